"""What an entry may state of itself, given its kind and its content: a purpose, and the status of a person. Pure.

What is stated must fit; what is not stated is derived, or asked for. Nothing is ever taken from the caller's token.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from shared.errors import Refusal
from shared.identity import ORDINARY_PURPOSES, Purpose
from shared.people import StatusOfPerson

# Of a kind that declares none. Every record of the police may serve an investigation (RPD article 10(2)), and none may
# be assumed to serve more than that.
DEFAULT_FITTING: Final = (
    Purpose.CRIMINAL_INVESTIGATION,
    *(purpose for purpose in ORDINARY_PURPOSES if purpose is not Purpose.CRIMINAL_INVESTIGATION),
)


class DoesNotFit(Refusal):
    """What an entry states of itself contradicts its content; `pointer` is where it states it."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail, at=pointer)
        self.pointer = pointer


class PurposeDoesNotFit(
    DoesNotFit, status=422, code="purpose-does-not-fit", title="The purpose does not fit the record"
):
    """No record of this kind and content may be entered for this purpose; the detail lists those that fit."""


class StatusDoesNotFit(
    DoesNotFit, status=422, code="status-does-not-fit", title="The status of the person does not fit the record"
):
    """It contradicts the record, or must be stated; the detail lists those that fit."""


class FittingStatuses(NamedTuple):
    """The statuses that a person may have in a record, and the one that is derived where none is stated."""

    fitting: Sequence[StatusOfPerson]
    derived: StatusOfPerson | None
    """None where it must be stated."""


def purpose_of(stated: Purpose | None, fitting: Sequence[Purpose]) -> Purpose:
    """Return the purpose of an entry: the stated one, or the first that fits. Raises PurposeDoesNotFit."""
    if stated is None:
        return fitting[0]
    if stated not in fitting:
        raise PurposeDoesNotFit("/purpose", f"{stated} does not fit this record; it must be {listed(fitting)}")
    return stated


def status_of(stated: StatusOfPerson | None, statuses: FittingStatuses, pointer: str) -> StatusOfPerson | None:
    """Return the status of a person: the stated one, or the derived one, if any. Raises StatusDoesNotFit."""
    if stated is None:
        return statuses.derived
    if stated not in statuses.fitting:
        wanted = listed(statuses.fitting)
        raise StatusDoesNotFit(pointer, f"{stated} does not fit this record; it must be {wanted}")
    return stated


def required_status(stated: StatusOfPerson | None, statuses: FittingStatuses, pointer: str) -> StatusOfPerson:
    """Return the status of a person who must have one. Raises StatusDoesNotFit."""
    status = status_of(stated, statuses, pointer)
    if status is None:
        raise StatusDoesNotFit(pointer, f"must be stated: {listed(statuses.fitting)}")
    return status


def listed(fitting: Sequence[StrEnum]) -> str:
    """Return codes as text: `a, b or c`."""
    *others, last = fitting
    return f"{', '.join(others)} or {last}" if others else str(last)
