"""Who may leave a search standing, and how many. Pure: no input or output, no FastAPI, no SQLAlchemy."""

from typing import Final

from shared.errors import PurposeNotAllowed, Refusal, ScopeMissing
from shared.identity import Caller, examines

MAX_STANDING: Final = 1_000


class TooManySubscriptions(Refusal, status=409, code="too-many-subscriptions", title="Too many searches stand"):
    """A bureau has as many of this kind standing as it may: end some."""


def require_may_subscribe(caller: Caller, scope_to_read: str) -> None:
    """Require the right to read what will be found. Raises ScopeMissing, PurposeNotAllowed.

    What the Commission is shown is told to no owner, so nothing is told to the Commission either.
    """
    if scope_to_read not in caller.scopes:
        raise ScopeMissing(f"this needs the scope {scope_to_read} as well, which the officer does not hold")
    if examines(caller.bureau, caller.purpose):
        raise PurposeNotAllowed(f"no search can be left standing for {caller.purpose}: search again later")


def require_room(standing: int) -> None:
    """Let a bureau leave one more search standing. Raises TooManySubscriptions."""
    if standing >= MAX_STANDING:
        raise TooManySubscriptions(f"{standing} searches of your bureau stand already: end some that are not needed")
