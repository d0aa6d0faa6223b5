"""The event that a record of an object is about: a loss, a theft, a find, a seizure."""

from datetime import date

from shared.dates import FUTURE_ALLOWED, certainly_before
from shared.errors import Refusal


class EventInFuture(Refusal, status=422, code="event-in-future", title="The event is in the future"):
    """Each day on which the object may have been lost, stolen, found or seized is more than a day after today."""


def require_past_event(event: str, *, today: date) -> None:
    """Require an event, stated as a partial date in `/event_date`, that is not in the future. Raises EventInFuture."""
    if certainly_before(today + FUTURE_ALLOWED, event):
        raise EventInFuture(f"{event} is in the future: state a day up to today", at="/event_date")
