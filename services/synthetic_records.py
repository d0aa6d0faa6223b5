"""What the synthetic records of all services have in common: who enters them, their ids and times, their references.

Also the example records, which the requests of the documents are about.
"""

import string
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from random import Random
from types import MappingProxyType
from typing import Any, Final, TypeVar

from shared.bureaus import BureauCode
from shared.identity import Caller, Purpose
from shared.ids import uuid7
from shared.records import service_kit as kit

SEEDING: Final = "00000000-0000-7000-8000-000000000000"
"""The id of the request in which synthetic records and example subscriptions are entered: there was none."""


def seeding_officer(bureau: BureauCode, purpose: Purpose = Purpose.CRIME_ANALYSIS, *scopes: str) -> Caller:
    """Return the caller who enters the synthetic records of a bureau."""
    return Caller(bureau, "seed", frozenset(scopes), purpose, SEEDING)


def revision_at(random: Random, at: datetime) -> kit.Revision:
    """Return a revision of this time, with a random id."""
    return kit.Revision(uuid7(at, random.randbytes), at)


def case_reference(random: Random, bureau: BureauCode, at: datetime) -> str:
    """Return the reference of a case, such as `FR-2026-004417`."""
    return f"{bureau}-{at.year}-{random.randrange(10**6):06d}"


K = TypeVar("K")
ExampleEntry = Callable[[kit.Session], Awaitable[object]]
"""Enters an example in a transaction. Raises sqlalchemy.exc.IntegrityError if it is there."""

EXAMPLES_ENTERED_BEFORE: Final = timedelta(days=30)
# The longest time of a subscription.
_DAYS: Final = 365
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def example_revision(record_id: str, at: datetime) -> kit.Revision:
    """Return the revision of an example record."""
    return kit.Revision(record_id, at - EXAMPLES_ENTERED_BEFORE)


def described_examples(of: kit.ExampleRecord, content: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the id and the entry of each example record of a kind.

    The same but for its reference and for the last figure of its numbers, so that a search finds the first alone.
    """
    for number, record_id in enumerate(of.all):
        links = [of.linked] if number == 0 else []
        others = {name: _counted(content[name], number) for name in of.numbers if number}
        yield record_id, {**content, **others, "reference": kit.reference_of(number), "links": links}


def _counted(text: str, number: int) -> str:
    """Return a number with another last figure: none that a request of the documents enters."""
    place = max(at for at, sign in enumerate(text) if sign in string.digits)
    return f"{text[:place]}{(int(text[place]) + 3 + number) % 10}{text[place + 1 :]}"


def entered_examples(
    of: kit.ExampleRecord,
    content: kit.RecordInput,
    enter: Callable[..., K],
    owner: BureauCode,
    at: datetime,
    others: Mapping[str, Any] = _NOTHING,
) -> Iterator[K]:
    """Yield the example records of a kind whose state is that of a new one; `others` is of all but the first."""
    stated = content.model_dump(exclude_unset=True)
    for record_id, described in described_examples(of, stated):
        entry = described if record_id == of.id() else {**described, **others}
        revision = example_revision(record_id, at)
        record = enter(type(content).model_validate(entry), by=seeding_officer(owner), revision=revision)
        yield ending_soon(record, at) if record_id == of.renewed else record


def ending_soon(record: Any, at: datetime) -> Any:
    """Return a record as if it had been entered so early that it ends in some days, and may be renewed."""
    expires = at + EXAMPLES_ENTERED_BEFORE
    entered = expires - (record.expires - record.created)
    return record.model_copy(update={"created": entered, "updated": entered, "expires": expires})


async def add_example(store: type[kit.RecordStore[Any]], record: Any, at: datetime, session: kit.Session) -> None:
    """Add an example record to the store of its kind, unless it was deleted."""
    if not await was_deleted(record, session):
        await store(session, seeding_officer(record.owner), at).add_many([record])


async def was_deleted(record: kit.Record, session: kit.Session) -> bool:
    """Return whether a record was there and deleted: its id is not used again."""
    return await kit.tombstone_of(session, record.record_kind(), record.id) is not None


def example_subscriptions(
    of: kit.ExampleRecord, store: type[kit.MatchedStore[Any, Any]], search: Any, owner: BureauCode, at: datetime
) -> Iterator[ExampleEntry]:
    """Yield what enters the example subscriptions of a kind."""

    async def add(subscription: str, session: kit.Session) -> None:
        await kit.SubscriptionStore(store, session, seeding_officer(owner), at).add(subscription, search, _DAYS)

    for subscription in of.subscriptions:
        yield partial(add, subscription)
