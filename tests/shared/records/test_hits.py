"""From disclosures to notifications of owner and finder: each hit once, many of them together."""

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
from shared.protocol.payloads import MAX_HITS_TOGETHER, HitDetails, HitsNotice
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
from tests.shared.records.record_kind import FakeMailbox, ThingStore, metadata
from tests.stores import Tables


class Service:
    """The audit log of a service, and its notifications."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database = database
        self.clock = clock
        self.log = AuditLog(database, RecentSearches())
        self.service_log = Log("things", stream=BytesIO(), clock=clock)
        self.notifier = HitNotifier("things", [ThingStore], database, clock, ChangeSignal(), self.service_log)
        self.mailbox = FakeMailbox()
        self.relay = OutboxRelay(database, self.mailbox, Log("things"))

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

    async def notifications(self) -> list[Notification]:
        """Return the notifications since the last call."""
        await self.notifier.turn()
        await self.relay.turn()
        notified, self.mailbox.received = self.mailbox.received, []
        return notified

    async def hits(self) -> list[HitDetails]:
        return [
            hit
            for message in await self.notifications()
            if isinstance(message.form, HitsNotice)
            for hit in message.form.hits
        ]


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of things."""
    return metadata


@pytest.fixture
async def service(database: Database, clock: FixedClock) -> AsyncIterator[Service]:
    service = Service(database, clock)
    yield service
    await service.log.close()


def record(owner: str = "FR", how: How = "search", **given: Any) -> Disclosure:
    return Disclosure("thing", given.get("id") or uuid7(NOW), 3, BureauCode(owner), how, 0.9, "colour")


async def test_owner_and_finder_are_notified_of_a_hit(service: Service) -> None:
    """Both get one message with the record, the officer and the purpose, but without the match."""
    found = record()
    await service.show("DE", found)
    [message] = await service.notifications()
    assert (message.recipients, message.disclosed) == (("FR", "DE"), True)
    assert isinstance(message.form, HitsNotice)
    [hit] = message.form.hits
    assert (hit.record, hit.version, hit.owner, hit.finder, hit.officer, hit.purpose) == (
        (found.record, 3, "FR", "DE", "de.officer", "warning")
    )
    assert found.match not in payloads.write(message.form)


@pytest.mark.parametrize("how", FOUND_LATER)
async def test_a_hit_of_an_earlier_search_is_notified_to_the_finder_alone(service: Service, how: How) -> None:
    """One message for each hit, so that its finder can show the owner one and no other."""
    await service.show("DE", record(how=how), record(how=how), seen := record())
    of_both, *later = sorted(await service.notifications(), key=lambda message: len(message.recipients), reverse=True)
    assert [each.record for each in hits_in(of_both)] == [seen.record]
    assert [(message.recipients, len(hits_in(message))) for message in later] == [(("DE",), 1), (("DE",), 1)]


async def test_a_message_with_hits_is_short_enough_to_be_quoted_as_evidence(service: Service) -> None:
    """Whatever the names of officers: quotes and backslashes in them grow with each level of quoting."""
    await service.show("DE", *(record() for _ in range(40)), officer='"\\' * 127)
    notified = await service.notifications()
    assert sum(len(hits_in(message)) for message in notified) == 40
    assert len(notified) > 1
    for message in notified:
        body = payloads.write(message.form)
        assert len(msgspec.json.encode(msgspec.json.encode(body).decode())) < 1.1 * notifier.MAX_QUOTED_BYTES


def hits_in(message: Notification) -> tuple[HitDetails, ...]:
    assert isinstance(message.form, HitsNotice)
    return message.form.hits


@pytest.mark.parametrize("how", ["list", "read", "change"])
async def test_a_list_a_read_or_a_change_is_no_hit(service: Service, how: How) -> None:
    await service.show("DE", record(how=how))
    assert await service.notifications() == []


async def test_a_bureau_is_not_notified_of_hits_on_its_own_records(service: Service) -> None:
    await service.show("FR", record("FR"))
    assert await service.notifications() == []


async def test_disclosures_to_the_commission_are_not_notified(service: Service) -> None:
    """The request of a data subject is confidential from the bureaus concerned."""
    await service.show("IPSG", record(), purpose=Purpose.DATA_SUBJECT_REQUEST)
    assert await service.notifications() == []


async def test_a_hit_is_notified_once(service: Service) -> None:
    """It is not repeated with later hits."""
    await service.show("DE", record())
    assert len(await service.hits()) == 1
    await service.show("DE", later := record())
    assert [hit.record for hit in await service.hits()] == [later.record]
    assert await service.notifications() == []


async def test_many_identical_hits_are_one_entry(service: Service) -> None:
    """With their count, and the first and last time; the hit of another officer is an entry of its own."""
    car = record()
    for _ in range(100):
        await service.show("DE", car)
    await service.show("DE", car, officer="another")
    first, second = await service.hits()
    assert (first.times, first.last - first.first) == (100, 99)
    assert (second.times, second.officer) == (1, "another")


async def test_hits_on_two_versions_of_a_record_are_two_entries(service: Service) -> None:
    """A record that is changed during a flood of hits was found before and after."""
    car = record()
    changed = msgspec.structs.replace(car, version=4)
    for found in (car, car, changed, changed, changed):
        await service.show("DE", found)
    assert [(hit.version, hit.times) for hit in await service.hits()] == [(3, 2), (4, 3)]


async def test_hits_of_each_pair_of_bureaus_share_messages_up_to_a_limit(service: Service) -> None:
    most = MAX_HITS_TOGETHER
    for number in range(most + 1):
        await service.show("DE", record("FR"), record("PL"), officer=f"officer {number}")
    notified = [(message.recipients, len(message.form.hits)) for message in await service.notifications()]  # type: ignore[union-attr]
    assert sorted(notified) == [(("FR", "DE"), 1), (("FR", "DE"), most), (("PL", "DE"), 1), (("PL", "DE"), most)]


async def test_a_notification_that_could_not_be_handed_over_is_kept(service: Service) -> None:
    """A mailbox that cannot be written delays a message, but loses none."""
    await service.show("DE", record())
    await service.notifier.turn()
    service.mailbox.broken = True
    with pytest.raises(OSError, match="full"):
        await service.relay.turn()
    service.mailbox.broken = False
    assert len(await service.notifications()) == 1
    assert await service.database.reading.fetch(sa.select(outgoing)) == []


async def test_a_refused_notification_does_not_block_later_ones(service: Service) -> None:
    """Even if a full batch is refused before them."""
    for bureau in sorted(MEMBERS)[: BATCH_SIZE + 2]:
        await service.show(bureau, record("IPSG"))
        await service.notifier.turn()
    *first, last = [row.id for row in await service.database.reading.fetch(sa.select(outgoing).order_by("id"))]
    service.mailbox.refused = set(first)
    with pytest.raises(OSError, match="full"):
        await service.relay.turn()
    assert [message.id for message in service.mailbox.received] == [last]
    service.mailbox.refused = set()
    assert {message.id for message in await service.notifications()} == {*first, last}


@pytest.mark.both_databases
async def test_several_processes_notify_each_hit_once(service: Service, database_url: str) -> None:
    """All of them follow the same log at once; gathered repeats are notified once as well."""
    databases = [open_database(database_url) for _ in range(3)]
    others = [
        HitNotifier("things", [ThingStore], database, service.clock, ChangeSignal(), service.service_log)
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


async def test_a_turn_without_hits_does_not_write_to_the_store(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each write delays the log; after many leaves without hits the cursor is stored."""
    monkeypatch.setattr(notifier, "PASSED_OVER", 12)
    await service.show("DE", record())
    await service.notifier.turn()
    cursor = await position(service.database.reading, notifier.NAME)
    for _ in range(11):
        await service.show("DE", record(how="read"))
        with monkeypatch.context() as patched:
            patched.setattr(service.database, "writing", None)
            await service.notifier.turn()
    assert await position(service.database.reading, notifier.NAME) == cursor
    await service.show("DE", record(how="read"))
    await service.notifier.turn()
    assert await position(service.database.reading, notifier.NAME) == cursor + 12
    await service.show("DE", record(how="read"))
    await service.notifier.turn()
    await service.show("DE", record())
    assert len(await service.hits()) == 2
    assert await position(service.database.reading, notifier.NAME) == cursor + 14


async def test_a_restarted_process_notifies_no_hit_twice(service: Service) -> None:
    """It continues at the stored cursor, and reads the leaves after it again."""
    await service.show("DE", record())
    await service.notifier.turn()
    await service.show("DE", record(how="read"))
    await service.notifier.turn()
    await HitNotifier(
        "things", [ThingStore], service.database, service.clock, ChangeSignal(), service.service_log
    ).turn()
    assert len(await service.hits()) == 1


@pytest.mark.both_databases
async def test_gathered_hits_of_a_flood_are_notified_in_consecutive_turns(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many they are, and though more are found meanwhile; then the usual pause follows."""
    over = hit_repeats_of_records._over.limit(2)
    monkeypatch.setattr(hit_repeats_of_records, "_over", over)
    records = [record() for _ in range(5)]
    for _ in range(2):
        await service.show("DE", *records)
        assert await service.notifier.turn() == GATHERED_SECONDS
    service.clock.advance(timedelta(seconds=REPEATS_SECONDS))
    await service.show("DE", record())
    assert [await service.notifier.turn() for _ in range(4)] == [0.0, 0.0, None, None]
    await service.relay.turn()
    notified = [hit for message in service.mailbox.received for hit in message.form.hits]  # type: ignore[union-attr]
    assert sorted(hit.times for hit in notified) == [1] * 11
    assert len(notified) == 11


async def test_repeats_of_a_recent_hit_are_gathered(service: Service) -> None:
    """They are notified together later, with their count."""
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
async def test_a_hit_after_a_quiet_period_is_notified_at_once(service: Service) -> None:
    """The row of gathered repeats is deleted when there are no more."""
    car = record()
    await service.show("DE", car)
    await service.hits()
    service.clock.advance(timedelta(seconds=REPEATS_SECONDS))
    assert await service.hits() == []
    assert await service.database.reading.fetch(sa.select(hit_repeats)) == []
    await service.show("DE", car)
    assert [hit.times for hit in await service.hits()] == [1]


@pytest.mark.both_databases
async def test_a_hit_of_another_officer_or_on_a_new_version_is_notified_at_once(service: Service) -> None:
    """Only repeats for the same officer and purpose are gathered."""
    car = record()
    await service.show("DE", car)
    await service.hits()
    await service.show("DE", car, officer="another")
    await service.show("DE", msgspec.structs.replace(car, version=4))
    assert sorted((hit.officer, hit.version) for hit in await service.hits()) == [("another", 3), ("de.officer", 4)]
