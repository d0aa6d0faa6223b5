"""What in a notice cannot be, in whatever state it is: dates in the future, and dates that exclude one another."""

from collections.abc import Callable, Iterator
from datetime import date

from services.notices.criteria.subject_checks import Fault
from services.notices.entries import CommonEntry, RedEntry
from services.notices.subjects.models import Person
from shared.dates import FUTURE_ALLOWED, certainly_before

DatedCheck = Callable[[CommonEntry, date], Iterator[Fault]]
"""A check that needs the present day."""


def event_is_past(content: CommonEntry, today: date) -> Iterator[Fault]:
    """Yield an event that is yet to come."""
    if content.event and content.event.date and certainly_before(today + FUTURE_ALLOWED, content.event.date):
        yield Fault("/event/date", "a date that is not in the future")


def birth_is_past(content: CommonEntry, today: date) -> Iterator[Fault]:
    """Yield births that are yet to come, of the person and of other identities."""
    for pointer, born in _births(content):
        if certainly_before(today + FUTURE_ALLOWED, born):
            yield Fault(pointer, "a date that is not in the future")


def _births(content: CommonEntry) -> Iterator[tuple[str, str]]:
    if not isinstance(content.subject, Person):
        return
    if content.subject.date_of_birth:
        yield "/subject/date_of_birth", content.subject.date_of_birth
    for place, identity in enumerate(content.subject.identities):
        if identity.date_of_birth:
            yield f"/subject/identities/{place}/date_of_birth", identity.date_of_birth


def event_is_after_birth(content: CommonEntry, _today: date) -> Iterator[Fault]:
    """Yield an event before the person was born."""
    born = content.subject.date_of_birth if isinstance(content.subject, Person) else None
    if born and content.event and content.event.date and certainly_before(content.event.date, born):
        yield Fault("/event/date", "a date after the birth")


def warrants_are_past(content: CommonEntry, today: date) -> Iterator[Fault]:
    """Yield warrants that are yet to be issued."""
    for pointer, issued in _issued(content):
        if certainly_before(today + FUTURE_ALLOWED, issued):
            yield Fault(pointer, "a date that is not in the future")


def warrants_are_after_event(content: CommonEntry, _today: date) -> Iterator[Fault]:
    """Yield a warrant from before what it is about; one of several may be about something earlier."""
    issued, event = list(_issued(content)), content.event.date if content.event else None
    if event and issued and all(certainly_before(day, event) for _, day in issued):
        yield Fault(issued[0][0], "a date after the event that the notice describes")


def _issued(content: CommonEntry) -> Iterator[tuple[str, str]]:
    if isinstance(content, RedEntry):
        for position, warrant in enumerate(content.warrants):
            if warrant.issued:
                yield f"/warrants/{position}/issued", warrant.issued
