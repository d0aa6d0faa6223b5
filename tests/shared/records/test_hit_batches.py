"""Notifications of hits: many share a message, and each is sent once, by several processes and after failures."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from shared.background import ChangeSignal
from shared.bureaus import MEMBERS
from shared.clock import FixedClock
from shared.protocol.payloads import MAX_HITS_TOGETHER
from shared.records.cursor import position
from shared.records.hits import notifier
from shared.records.hits.deduplication import REPEATS_SECONDS
from shared.records.hits.notifier import GATHERED_SECONDS, HitNotifier
from shared.records.outbox import BATCH_SIZE
from shared.records.tables import hit_repeats, outgoing
from shared.storage import Database, open_database
from tests.shared.records.hit_notifications import Service, record
from tests.shared.records.record_kind import ThingStore


@pytest.fixture
async def service(database: Database, clock: FixedClock) -> AsyncIterator[Service]:
    service = Service(database, clock)
    yield service
    await service.log.close()


async def test_many_identical_hits_are_one_entry(service: Service) -> None:
    """With their count, and the first and last time; the hit of another officer is an entry of its own."""
    car = record()
    for _ in range(100):
        await service.show("DE", car)
    await service.show("DE", car, officer="another")
    first, second = await service.hits()
    assert (first.times, first.last - first.first) == (100, 99)
    assert (second.times, second.officer) == (1, "another")


async def test_hits_of_each_pair_of_bureaus_share_messages_up_to_a_limit(service: Service) -> None:
    most = MAX_HITS_TOGETHER
    for number in range(most + 1):
        await service.show("DE", record("FR"), record("PL"), officer=f"officer {number}")
    notified = [(message.recipients, len(message.form.hits)) for message in await service.notifications()]  # type: ignore[union-attr]
    assert sorted(notified) == [(("FR", "DE"), 1), (("FR", "DE"), most), (("PL", "DE"), 1), (("PL", "DE"), most)]


async def test_a_notification_that_could_not_be_handed_over_is_kept(service: Service) -> None:
    """A mailbox that cannot be written delays a message, but loses none."""
    await service.show("DE", record())
    await service.notifier.run_once()
    service.mailbox.broken = True
    with pytest.raises(OSError, match="full"):
        await service.relay.run_once()
    service.mailbox.broken = False
    assert len(await service.notifications()) == 1
    assert await service.database.reading.fetch(sa.select(outgoing)) == []


async def test_a_refused_notification_does_not_block_later_ones(service: Service) -> None:
    """Even if a full batch is refused before them."""
    for bureau in sorted(MEMBERS)[: BATCH_SIZE + 2]:
        await service.show(bureau, record("IPSG"))
        await service.notifier.run_once()
    *first, last = [row.id for row in await service.database.reading.fetch(sa.select(outgoing).order_by("id"))]
    service.mailbox.refused = set(first)
    with pytest.raises(OSError, match="full"):
        await service.relay.run_once()
    assert [message.id for message in service.mailbox.received] == [last]
    service.mailbox.refused = set()
    assert {message.id for message in await service.notifications()} == {*first, last}


@pytest.mark.thorough
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
        await others[number % 3].run_once()
        await service.show("DE", car, record())
        await asyncio.gather(*(other.run_once() for other in others))
    for _ in range(3):
        found += await service.hits()
        service.clock.advance(timedelta(seconds=REPEATS_SECONDS + 1))
        await asyncio.gather(*(other.run_once() for other in others))
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
    await service.notifier.run_once()
    cursor = await position(service.database.reading, notifier.NAME)
    for _ in range(11):
        await service.show("DE", record(how="read"))
        with monkeypatch.context() as patched:
            patched.setattr(service.database, "writing", None)
            await service.notifier.run_once()
    assert await position(service.database.reading, notifier.NAME) == cursor
    await service.show("DE", record(how="read"))
    await service.notifier.run_once()
    assert await position(service.database.reading, notifier.NAME) == cursor + 12
    await service.show("DE", record(how="read"))
    await service.notifier.run_once()
    await service.show("DE", record())
    assert len(await service.hits()) == 2
    assert await position(service.database.reading, notifier.NAME) == cursor + 14


async def test_a_restarted_process_notifies_no_hit_twice(service: Service) -> None:
    """It continues at the stored cursor, and reads the leaves after it again."""
    await service.show("DE", record())
    await service.notifier.run_once()
    await service.show("DE", record(how="read"))
    await service.notifier.run_once()
    await HitNotifier(
        "things", [ThingStore], service.database, service.clock, ChangeSignal(), service.service_log
    ).run_once()
    assert len(await service.hits()) == 1


@pytest.mark.both_databases
async def test_gathered_hits_of_a_flood_are_notified_in_consecutive_turns(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many they are, and though more are found meanwhile; then the usual pause follows."""
    monkeypatch.setattr("shared.records.repeats.BATCH_SIZE", 2)
    records = [record() for _ in range(5)]
    for _ in range(2):
        await service.show("DE", *records)
        assert await service.notifier.run_once() == GATHERED_SECONDS
    service.clock.advance(timedelta(seconds=REPEATS_SECONDS))
    await service.show("DE", record())
    assert [await service.notifier.run_once() for _ in range(4)] == [0.0, 0.0, None, None]
    await service.relay.run_once()
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
