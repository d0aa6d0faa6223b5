"""The times of confirmations, and what a step returns."""

from collections.abc import Callable

from gateway.hits.rules import AnswerTime, ConfirmationStatus
from shared.errors import IllegalStep

NOW = 1_780_315_200_000
MINUTE = 60_000


def result_of(step: Callable[[], ConfirmationStatus | None]) -> ConfirmationStatus | type[Exception] | None:
    try:
        return step()
    except (IllegalStep, AnswerTime) as refusal:
        return type(refusal)
