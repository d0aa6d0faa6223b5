"""The event that a record of an object is about: a loss, a theft, a find, a seizure."""

from datetime import date

from shared.dates import FUTURE_ALLOWED, certainly_before
from shared.errors import Refusal


class EventInFuture(Refusal, status=422, code="event-in-future", title="The event is in the future"):
    """Each day on which the object may have been lost, stolen, found or seized is more than a day after today."""


def require_past_event(stated: str, *, today: date, at: str = "/event_date") -> None:
    """Require a partial date that is not in the future; `at` is the pointer to its member. Raises EventInFuture."""
    if certainly_before(today + FUTURE_ALLOWED, stated):
        raise EventInFuture(f"{stated} is in the future: state a day up to today", at=at)
