"""From what was shown to what owner and finder are told: each hit once, together where there are many."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from shared.audit.writer import AuditLog, Entry
from shared.background import ChangeSignal
from shared.bureaus import MEMBERS, BureauCode
from shared.clock import FixedClock
from shared.disclosure import FOUND_LATER, Disclosure, How
from shared.identity import Purpose
from shared.ids import uuid7
from shared.logs import Log
from shared.mailbox.notifications import Notification
from shared.protocol import payloads
from shared.protocol.payloads import MAX_HITS_TOGETHER, HitNote, HitsNotice
from shared.records.cursor import position
from shared.records.hits import deduplication as hit_repeats_of_records
from shared.records.hits import notifier
from shared.records.hits.deduplication import REPEATS_SECONDS
from shared.records.hits.notifier import GATHERED_SECONDS, HitNotifier
from shared.records.outbox import BATCH_SIZE, OutboxRelay
from shared.records.search.saved_searches import RecentSearches
from shared.records.tables import hit_repeats, outgoing
from shared.storage import Database, open_database
from tests.conftest import NOW
from tests.shared.records.record_kind import Letters, ThingStore, metadata
from tests.stores import Tables


class Service:
    """The log of a service, and what it tells bureaus."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database = database
        self.clock = clock
        self.log = AuditLog(database, RecentSearches())
        self.noted = Log("things", stream=BytesIO(), clock=clock)
        self.notifier = HitNotifier("things", [ThingStore], database, clock, ChangeSignal(), self.noted)
        self.letters = Letters()
        self.postman = OutboxRelay(database, self.letters, Log("things"))

    async def show(
        self, finder: str, *records: Disclosure, officer: str = "", purpose: Purpose = Purpose.WARNING
    ) -> None:
        self.clock.advance(timedelta(seconds=1))
        now = self.clock.now()
        await self.log.add(
            Entry(
                at=now.timestamp(),
                request=uuid7(now),
                bureau=BureauCode(finder),
                officer=officer or f"{finder.lower()}.officer",
                purpose=purpose,
                operation="search_things",
                status=200,
                query=None,
                answer=None,
                salt=bytes(16),
                shown=records,
                pending=False,
            )
        )

    async def told(self) -> list[Notification]:
        """Return what was told since it was asked last."""
        await self.notifier.turn()
        await self.postman.turn()
        told, self.letters.taken = self.letters.taken, []
        return told

    async def hits(self) -> list[HitNote]:
        return [hit for letter in await self.told() if isinstance(letter.form, HitsNotice) for hit in letter.form.hits]


@pytest.fixture
def store_tables() -> Tables:
    """Return those above."""
    return metadata


@pytest.fixture
async def service(database: Database, clock: FixedClock) -> AsyncIterator[Service]:
    service = Service(database, clock)
    yield service
    await service.log.close()


def record(owner: str = "FR", how: How = "search", **given: Any) -> Disclosure:
    return Disclosure("thing", given.get("id") or uuid7(NOW), 3, BureauCode(owner), how, 0.9, "colour")


async def test_owner_and_finder_are_told_of_a_hit(service: Service) -> None:
    """Both get the one message: which record, by which officer, for what purpose; and nothing of what it says."""
    found = record()
    await service.show("DE", found)
    [letter] = await service.told()
    assert (letter.recipients, letter.disclosed) == (("FR", "DE"), True)
    assert isinstance(letter.form, HitsNotice)
    [hit] = letter.form.hits
    assert (hit.record, hit.version, hit.owner, hit.finder, hit.officer, hit.purpose) == (
        (found.record, 3, "FR", "DE", "de.officer", "warning")
    )
    assert found.match not in payloads.write(letter.form)


@pytest.mark.parametrize("how", FOUND_LATER)
async def test_what_a_search_from_before_the_record_finds_is_told_to_the_finder_alone(
    service: Service, how: How
) -> None:
    """Each hit by itself, so that its finder can show the owner one and no other."""
    await service.show("DE", record(how=how), record(how=how), seen := record())
    of_both, *later = sorted(await service.told(), key=lambda letter: len(letter.recipients), reverse=True)
    assert [each.record for each in hits_in(of_both)] == [seen.record]
    assert [(letter.recipients, len(hits_in(letter))) for letter in later] == [(("DE",), 1), (("DE",), 1)]


async def test_hits_of_one_message_can_be_proven_by_showing_it(service: Service) -> None:
    """However their officers are called: what is quoted within what is quoted grows with each of these signs."""
    await service.show("DE", *(record() for _ in range(40)), officer='"\\' * 127)
    told = await service.told()
    assert sum(len(hits_in(letter)) for letter in told) == 40
    assert len(told) > 1
    for letter in told:
        body = payloads.write(letter.form)
        assert len(msgspec.json.encode(msgspec.json.encode(body).decode())) < 1.1 * notifier.MAX_QUOTED_BYTES


def hits_in(letter: Notification) -> tuple[HitNote, ...]:
    assert isinstance(letter.form, HitsNotice)
    return letter.form.hits


@pytest.mark.parametrize("how", ["list", "read", "change"])
async def test_what_no_search_found_is_no_hit(service: Service, how: How) -> None:
    """Who reads a list has found nobody."""
    await service.show("DE", record(how=how))
    assert await service.told() == []


async def test_nobody_is_told_of_his_own_records(service: Service) -> None:
    """A bureau that finds what it entered knows of it."""
    await service.show("FR", record("FR"))
    assert await service.told() == []


async def test_what_the_commission_sees_is_told_to_nobody(service: Service) -> None:
    """The request of a data subject is confidential from the bureaus concerned."""
    await service.show("IPSG", record(), purpose=Purpose.DATA_SUBJECT_REQUEST)
    assert await service.told() == []


async def test_a_hit_is_told_once(service: Service) -> None:
    """What was told before is not told with what comes later, nor by another process at the same time."""
    await service.show("DE", record())
    assert len(await service.hits()) == 1
    await service.show("DE", later := record())
    assert [hit.record for hit in await service.hits()] == [later.record]
    assert await service.told() == []


async def test_a_flood_of_the_same_is_one_note(service: Service) -> None:
    """A camera that sees the same car a hundred times is told with how often, and from when to when."""
    car = record()
    for _ in range(100):
        await service.show("DE", car)
    await service.show("DE", car, officer="another")
    first, second = await service.hits()
    assert (first.times, first.last - first.first) == (100, 99)
    assert (second.times, second.officer) == (1, "another")


async def test_what_was_found_in_each_version_is_a_note_of_its_own(service: Service) -> None:
    """A record that is changed in the middle of a flood was found before and after."""
    car = record()
    changed = msgspec.structs.replace(car, version=4)
    for found in (car, car, changed, changed, changed):
        await service.show("DE", found)
    assert [(hit.version, hit.times) for hit in await service.hits()] == [(3, 2), (4, 3)]


async def test_many_hits_go_together_and_to_those_concerned_alone(service: Service) -> None:
    """One message for each two bureaus, with as many notes as one may hold."""
    most = MAX_HITS_TOGETHER
    for number in range(most + 1):
        await service.show("DE", record("FR"), record("PL"), officer=f"officer {number}")
    told = [(letter.recipients, len(letter.form.hits)) for letter in await service.told()]  # type: ignore[union-attr]
    assert sorted(told) == [(("FR", "DE"), 1), (("FR", "DE"), most), (("PL", "DE"), 1), (("PL", "DE"), most)]


async def test_what_could_not_be_handed_over_is_kept(service: Service) -> None:
    """A mailbox that cannot be written delays a message; it loses none."""
    await service.show("DE", record())
    await service.notifier.turn()
    service.letters.broken = True
    with pytest.raises(OSError, match="full"):
        await service.postman.turn()
    service.letters.broken = False
    assert len(await service.told()) == 1
    assert await service.database.reading.fetch(sa.select(outgoing)) == []


async def test_what_could_not_be_handed_over_keeps_nothing_else_from_being_so(service: Service) -> None:
    """However much of it lies before the rest."""
    for bureau in sorted(MEMBERS)[: BATCH_SIZE + 2]:
        await service.show(bureau, record("IPSG"))
        await service.notifier.turn()
    *first, last = [row.id for row in await service.database.reading.fetch(sa.select(outgoing).order_by("id"))]
    service.letters.refused = set(first)
    with pytest.raises(OSError, match="full"):
        await service.postman.turn()
    assert [letter.id for letter in service.letters.taken] == [last]
    service.letters.refused = set()
    assert {letter.id for letter in await service.told()} == {*first, last}


@pytest.mark.both_databases
async def test_several_processes_tell_of_each_hit_once(service: Service, database_url: str) -> None:
    """All follow the same log at once, whatever one of them passed over; and tell of what was gathered so, too."""
    databases = [open_database(database_url) for _ in range(3)]
    others = [
        HitNotifier("things", [ThingStore], database, service.clock, ChangeSignal(), service.noted)
        for database in databases
    ]
    car, found = record(), []
    for number in range(12):
        await service.show("DE", record(how="read"))
        await others[number % 3].turn()
        await service.show("DE", car, record())
        await asyncio.gather(*(other.turn() for other in others))
    for _ in range(3):
        found += await service.hits()
        service.clock.advance(timedelta(seconds=REPEATS_SECONDS + 1))
        await asyncio.gather(*(other.turn() for other in others))
    for database in databases:
        await database.close()
    assert await service.hits() == []
    assert [hit.times for hit in found if hit.record == car.record] == [1, 11]
    assert [hit.times for hit in found if hit.record != car.record] == [1] * 12


async def test_nothing_is_written_where_nothing_was_found(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each write is one that the log waits for: what no search found is passed over, and after very much noted so."""
    monkeypatch.setattr(notifier, "PASSED_OVER", 12)
    await service.show("DE", record())
    await service.notifier.turn()
    told = await position(service.database.reading, notifier.NAME)
    for _ in range(11):
        await service.show("DE", record(how="read"))
        with monkeypatch.context() as patched:
            patched.setattr(service.database, "writing", None)
            await service.notifier.turn()
    assert await position(service.database.reading, notifier.NAME) == told
    await service.show("DE", record(how="read"))
    await service.notifier.turn()
    assert await position(service.database.reading, notifier.NAME) == told + 12
    await service.show("DE", record(how="read"))
    await service.notifier.turn()
    await service.show("DE", record())
    assert len(await service.hits()) == 2
    assert await position(service.database.reading, notifier.NAME) == told + 14


async def test_nothing_is_found_twice_by_a_process_that_is_started_again(service: Service) -> None:
    """It begins where the last one wrote down something, and passes over the rest once more."""
    await service.show("DE", record())
    await service.notifier.turn()
    await service.show("DE", record(how="read"))
    await service.notifier.turn()
    await HitNotifier("things", [ThingStore], service.database, service.clock, ChangeSignal(), service.noted).turn()
    assert len(await service.hits()) == 1


@pytest.mark.both_databases
async def test_after_a_flood_what_was_gathered_is_told_without_a_rest(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much it is, and though more is found meanwhile; then it rests as usual."""
    over = hit_repeats_of_records._over.limit(2)
    monkeypatch.setattr(hit_repeats_of_records, "_over", over)
    records = [record() for _ in range(5)]
    for _ in range(2):
        await service.show("DE", *records)
        assert await service.notifier.turn() == GATHERED_SECONDS
    service.clock.advance(timedelta(seconds=REPEATS_SECONDS))
    await service.show("DE", record())
    assert [await service.notifier.turn() for _ in range(4)] == [0.0, 0.0, None, None]
    await service.postman.turn()
    told = [hit for letter in service.letters.taken for hit in letter.form.hits]  # type: ignore[union-attr]
    assert sorted(hit.times for hit in told) == [1] * 11
    assert len(told) == 11


async def test_what_was_told_a_moment_ago_is_gathered(service: Service) -> None:
    """Who is shown the same record again and again is told of that once in a while, with how often."""
    car = record()
    await service.show("DE", car)
    assert [hit.times for hit in await service.hits()] == [1]
    for _ in range(3):
        await service.show("DE", car)
        assert await service.hits() == []
    service.clock.advance(timedelta(seconds=REPEATS_SECONDS))
    [again] = await service.hits()
    assert (again.record, again.times, again.last - again.first) == (car.record, 3, 2)


@pytest.mark.both_databases
async def test_after_a_rest_a_hit_is_told_at_once_again(service: Service) -> None:
    """What was gathered is forgotten once there is nothing more of it; it leaves no rows behind."""
    car = record()
    await service.show("DE", car)
    await service.hits()
    service.clock.advance(timedelta(seconds=REPEATS_SECONDS))
    assert await service.hits() == []
    assert await service.database.reading.fetch(sa.select(hit_repeats)) == []
    await service.show("DE", car)
    assert [hit.times for hit in await service.hits()] == [1]


@pytest.mark.both_databases
async def test_another_officer_or_a_new_version_is_told_at_once(service: Service) -> None:
    """Only what the very same officer was shown for the same purpose waits."""
    car = record()
    await service.show("DE", car)
    await service.hits()
    await service.show("DE", car, officer="another")
    await service.show("DE", msgspec.structs.replace(car, version=4))
    assert sorted((hit.officer, hit.version) for hit in await service.hits()) == [("another", 3), ("de.officer", 4)]
