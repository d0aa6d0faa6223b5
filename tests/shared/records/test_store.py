"""What every record store guarantees: visibility, paging, and the handling of concurrent changes."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.errors import AlreadyHandled, Conflict, Invalid, NotFound, NotTheOwner
from shared.handling import Handling
from shared.identity import Caller, Purpose
from shared.ids import uuid7
from shared.records.policy import Audience, require_owner
from shared.records.results import RecordPageQuery
from shared.records.store import MAX_BYTES
from shared.records.transaction import REMEMBERED_FOR, require_first_time
from shared.storage import Database
from shared.web import paging
from tests.conftest import NOW
from tests.shared.records.record_kind import Thing, ThingRecords, ThingStore, metadata, things
from tests.support import caller

pytestmark = pytest.mark.both_databases

FRANCE, KENYA, POLAND, SECRETARIAT = caller("FR"), caller("KE"), caller("PL"), caller("IPSG")
COMMISSION = caller("CCF", purpose=Purpose.DATA_SUBJECT_REQUEST)


class ThingFilter(RecordPageQuery):
    colour: str | None = None


def thing(at: datetime = NOW, **given: Any) -> Thing:
    return Thing(
        id=uuid7(at),
        owner=given.pop("owner", "FR"),
        handling=given.pop("handling", Handling.OFFICIAL_USE),
        purpose=given.pop("purpose", Purpose.LOCATE),
        created=at,
        updated=at,
        expires=given.pop("expires", at + timedelta(days=365)),
        version=1,
        **given,
    )


@pytest.fixture
def store(database: Database) -> Database:
    return database


async def remember(store: Database, *records: Thing) -> None:
    async with store.writing() as session:
        await ThingStore(session, FRANCE, NOW).add_many(records)


async def seen_by(store: Database, who: Caller, at: datetime = NOW) -> list[str]:
    page = await ThingStore(store.reading, who, at).list(RecordPageQuery(limit=200))
    return [record.id for record in page.items]


async def can_read(store: Database, who: Caller, record: Thing, at: datetime = NOW) -> bool:
    try:
        return (await ThingStore(store.reading, who, at).get(record.id)).id == record.id
    except NotFound:
        return False


@pytest.mark.parametrize(
    ("known_to", "expected"),
    [
        (Audience.ALL, {"FR", "PL", "IPSG"}),
        (Audience.SECRETARIAT, {"FR", "IPSG"}),
        (Audience.OWNER, {"FR"}),
    ],
)
async def test_the_audience_decides_which_bureaus_see_a_record(
    store: Database, known_to: Audience, expected: set[str]
) -> None:
    """Lists and reads agree: all bureaus, the owner and the Secretariat, or the owner alone."""
    record = thing(known_to=known_to)
    await remember(store, record)
    bureaus = (FRANCE, POLAND, SECRETARIAT)
    assert {who.bureau for who in bureaus if await seen_by(store, who)} == expected
    assert {who.bureau for who in bureaus if await can_read(store, who, record)} == expected


async def test_a_barred_bureau_cannot_tell_a_hidden_record_from_a_missing_one(store: Database) -> None:
    """Both are refused with the same message."""
    barred, absent = thing(restricted=("KE", "PL")), thing()
    await remember(store, barred)
    refusals = []
    for record in (barred, absent):
        with pytest.raises(NotFound) as refused:
            await ThingStore(store.reading, KENYA, NOW).get(record.id)
        refusals.append(refused.value.detail.replace(record.id, "ID"))
    assert refusals[0] == refusals[1]
    assert await seen_by(store, SECRETARIAT) == [barred.id]


@pytest.mark.parametrize("barred", [(), ("KE",), ("KE", "PL"), ("KE", "PL", "ZW")])
@pytest.mark.parametrize("known_to", Audience)
async def test_the_commission_sees_every_record(store: Database, barred: tuple[str, ...], known_to: Audience) -> None:
    """However many bureaus the owner bars, and whatever the audience."""
    record = thing(restricted=barred, known_to=known_to)
    await remember(store, record)
    assert await seen_by(store, COMMISSION) == [record.id]
    assert await can_read(store, COMMISSION, record)


async def test_pages_do_not_reveal_hidden_records(store: Database) -> None:
    """A page that only hidden records follow is the last one for a barred bureau."""
    await remember(store, thing(restricted=("PL",)), thing(restricted=("PL",)), thing())
    assert (await ThingStore(store.reading, POLAND, NOW).list(RecordPageQuery(limit=1))).next is None
    assert (await ThingStore(store.reading, KENYA, NOW).list(RecordPageQuery(limit=1))).next is not None


async def test_only_the_owner_sees_which_bureaus_are_barred(store: Database) -> None:
    """Other bureaus see the record with an empty restriction."""
    record = thing(restricted=("KE",))
    await remember(store, record)
    assert (await ThingStore(store.reading, FRANCE, NOW).get(record.id)).restricted == ("KE",)
    assert (await ThingStore(store.reading, POLAND, NOW).get(record.id)).restricted == ()


async def test_an_owner_sees_its_record_though_it_is_on_the_list_of_barred_bureaus(store: Database) -> None:
    record = thing(restricted=("FR",))
    await remember(store, record)
    assert await can_read(store, FRANCE, record)


async def test_an_expired_record_is_visible_to_no_bureau(store: Database) -> None:
    """From the second of its expiry, not even to the owner."""
    record = thing(expires=NOW + timedelta(days=1))
    await remember(store, record)
    assert await can_read(store, FRANCE, record, record.expires - timedelta(seconds=1))
    assert not await can_read(store, FRANCE, record, record.expires)
    assert await seen_by(store, FRANCE, record.expires) == []


async def test_a_filter_shows_only_records_with_its_value(store: Database) -> None:
    """A filter that is None shows all."""
    red, blue = thing(colour="red"), thing(colour="blue")
    await remember(store, red, blue)
    held = ThingStore(store.reading, POLAND, NOW)
    assert [record.id for record in (await held.list(ThingFilter(colour="blue"))).items] == [blue.id]
    assert len((await held.list(ThingFilter())).items) == 2


minutes = st.integers(min_value=-1000, max_value=1000)


@pytest.mark.thorough
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shown=st.lists(minutes, max_size=12), barred=st.lists(minutes, max_size=12), limit=st.integers(1, 5))
async def test_pages_neither_skip_nor_repeat(store: Database, shown: list[int], barred: list[int], limit: int) -> None:
    """Newest first, every visible record once, while new ones arrive between the pages."""
    old = [thing(NOW + timedelta(minutes=at)) for at in shown]
    hidden = [thing(NOW + timedelta(minutes=at), restricted=("PL",)) for at in barred]
    async with store.writing() as session:
        await session.execute(sa.delete(things))
        for record in (*old, *hidden):
            await ThingStore(session, FRANCE, NOW).add(record)
    after, read = None, list[str]()
    while True:
        page = await ThingStore(store.reading, POLAND, NOW).list(RecordPageQuery(after=after, limit=limit))
        read += [record.id for record in page.items]
        if page.next is None:
            break
        assert len(page.items) == limit
        after = page.next
        await remember(store, thing(NOW + timedelta(days=30)))
    assert read == sorted((record.id for record in old), reverse=True)


async def test_a_page_fits_into_an_answer(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records that do not fit are on the next page; each page has at least one."""
    records = [thing(NOW - timedelta(minutes=minute), colour="é" * 16) for minute in range(5)]
    await remember(store, *records)
    size = len(records[0].model_dump_json().encode())
    for most, on_each in ((2 * size, [2, 2, 1]), (2 * size - 1, [1] * 5)):
        monkeypatch.setattr(paging, "MAX_REPLY_BYTES", most)
        read, pages, after = list[str](), list[int](), None
        while not pages or after is not None:
            page = await ThingStore(store.reading, POLAND, NOW).list(RecordPageQuery(after=after))
            read += [record.id for record in page.items]
            pages.append(len(page.items))
            after = page.next
        assert (read, pages) == ([record.id for record in records], on_each)


async def test_the_second_of_two_changes_to_one_version_is_refused(store: Database) -> None:
    """The first change is kept; the second caller is asked to read the record again."""
    record = thing()
    await remember(store, record)
    async with store.writing() as session:
        await ThingStore(session, FRANCE, NOW).replace(record.next_version(NOW, colour="blue"))
    with pytest.raises(Conflict, match="read it and decide again"):
        await replace(store, record.next_version(NOW, colour="green"))
    current = await ThingStore(store.reading, FRANCE, NOW).get(record.id)
    assert (current.colour, current.version) == ("blue", 2)


async def replace(store: Database, record: Thing) -> None:
    async with store.writing() as session:
        await ThingStore(session, FRANCE, NOW).replace(record)


async def test_one_of_two_concurrent_changes_is_refused(store: Database) -> None:
    """However the writers interleave, exactly one of the changes takes effect."""
    record = thing()
    await remember(store, record)
    changes = (replace(store, record.next_version(NOW, colour=colour)) for colour in ("blue", "green"))
    outcomes = await asyncio.gather(*changes, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "NoneType"]
    assert (await ThingStore(store.reading, FRANCE, NOW).get(record.id)).version == 2


def test_only_the_owner_passes_the_check_of_ownership() -> None:
    """Another bureau, and the Secretariat, are refused with the name of the owner."""
    require_owner(thing(), FRANCE)
    for other in (POLAND, SECRETARIAT):
        with pytest.raises(NotTheOwner, match="belongs to FR"):
            require_owner(thing(), other)


async def carry_out(store: Database, request: Caller, record: Thing, at: datetime = NOW) -> None:
    async with store.writing() as session:
        await require_first_time(session, request, at)
        await ThingStore(session, request, at).add(record)


async def test_a_repeated_request_is_not_carried_out_again(store: Database) -> None:
    """It is refused and leaves nothing behind."""
    request = caller("FR")
    first, second = thing(), thing()
    await carry_out(store, request, first)
    with pytest.raises(AlreadyHandled):
        await carry_out(store, request, second)
    assert await seen_by(store, FRANCE) == [first.id]


async def test_a_request_that_reaches_two_writers_at_once_is_carried_out_once(store: Database) -> None:
    """The other replica refuses it."""
    request = caller("FR")
    outcomes = await asyncio.gather(*(carry_out(store, request, thing()) for _ in range(2)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyHandled", "NoneType"]
    assert len(await seen_by(store, FRANCE)) == 1


async def test_a_failed_request_may_be_repeated(store: Database) -> None:
    """Its transaction was rolled back."""
    request, record = caller("FR"), thing()
    await remember(store, record)
    with pytest.raises(sa.exc.IntegrityError):
        await carry_out(store, request, record)
    await carry_out(store, request, thing())
    assert len(await seen_by(store, FRANCE)) == 2


async def test_handled_requests_are_deleted_after_their_time(store: Database) -> None:
    """Until then a repetition is refused."""
    request = caller("FR")
    await carry_out(store, request, thing())
    with pytest.raises(AlreadyHandled):
        await carry_out(store, request, thing(), NOW + REMEMBERED_FOR)
    await carry_out(store, caller("FR"), thing(), NOW + REMEMBERED_FOR + timedelta(seconds=1))
    remembered = await store.reading.fetch(sa.select(sa.func.count()).select_from(metadata.tables["handled_requests"]))
    assert remembered[0][0] == 1


async def test_an_owner_states_no_more_than_a_record_may_have(records: ThingRecords) -> None:
    """In an entry and in a change; a record that is too large for another reason can still be withdrawn."""
    with pytest.raises(Invalid, match="may have 262,144"):
        await records.enter(text="x" * MAX_BYTES)
    thing = await records.enter(text="x" * (MAX_BYTES - 2_000))
    with pytest.raises(Invalid, match="may have 262,144"):
        await records.change(thing, text="x" * MAX_BYTES)
    await records.change(thing, text="x" * MAX_BYTES, known_to=Audience.OWNER)
