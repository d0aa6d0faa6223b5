"""What a mailbox keeps, and for how long: on both databases, by a clock that the tests advance."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, Final, Literal, TypeVar

import pytest
import sqlalchemy as sa

from gateway.hits.models import HitQuery, HitState, Side
from gateway.hits.rows import EarlyRequest, KeptStep
from gateway.hits.rules import Standing
from gateway.hits.store import HitStore
from gateway.hits.tables import early_requests, steps
from gateway.hits.worker import RETENTION_RULES
from gateway.tables import GATEWAY_TABLES
from shared.clock import FixedClock
from shared.ids import uuid7
from shared.logs import Log
from shared.mailbox.mailbox import Mailbox, Mailboxes
from shared.mailbox.models import State, WebhookDeliveryQuery
from shared.mailbox.pruning import EVERY, Pruner
from shared.mailbox.rows import state_event
from shared.mailbox.rules import NotStored
from shared.protocol.payloads import ConfirmationRequest
from shared.rpc.irreversible import LARGE_SHARE_WAITS
from tests.gateway.hits.hit_samples import SERVICE, an_id, kept, requested
from tests.gateway.messages.officers import PATIENCE
from tests.gateway.messages.test_store import receipt, row_of
from tests.stores import Tables
from tests.support import Noted, always, events_in

T = TypeVar("T")

DAY: Final = timedelta(days=1)
MONTH: Final = timedelta(days=30)
MOMENT: Final = timedelta(milliseconds=1)
TABLES: Final = ("messages", "deliveries", "receipts", "events")


@pytest.fixture
def written() -> BytesIO:
    """Return what is logged."""
    return BytesIO()


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of a gateway."""
    return GATEWAY_TABLES


@pytest.fixture
async def mailboxes(database_url: str, clock: FixedClock, written: BytesIO) -> AsyncIterator[Mailboxes]:
    mailboxes = Mailboxes(
        lambda _: database_url, clock, Log("test", stream=written, clock=clock), tables=GATEWAY_TABLES
    )
    yield mailboxes
    await mailboxes.close()


@pytest.fixture
async def mailbox(mailboxes: Mailboxes) -> Mailbox:
    """Return a mailbox with a message in it, which is number 1."""
    mailbox = await mailboxes.of("FR")
    await mailbox.write(lambda store: store.add_all([row_of("a")]))
    return mailbox


@pytest.fixture(autouse=True)
def few_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have more than one batch of everything."""
    monkeypatch.setattr("shared.mailbox.pruning.BATCH_SIZE", 3)
    monkeypatch.setattr("shared.mailbox.pruning.NOTIFICATION_BATCH_SIZE", 2)
    monkeypatch.setattr("shared.mailbox.pruning.PAUSE_SECONDS", 0.0)
    monkeypatch.setattr("shared.mailbox.pruning.ANNOUNCED_SECONDS", 0.0)


async def prune(mailbox: Mailbox, clock: FixedClock) -> None:
    async with asyncio.timeout(PATIENCE):
        await Pruner(mailbox, clock, always).prune()


async def happen(mailbox: Mailbox, count: int, **changed: Any) -> None:
    """Add events to a mailbox."""
    rows = [state_event(1, "DE", State.DELIVERED, mailbox.now()) | changed] * count
    await mailbox.write(lambda store: store.events.add(rows, mailbox.now()))


async def events(mailbox: Mailbox) -> list[int]:
    return [row.number for row in await mailbox.reading.events.after(0, 1000)]


# --- events


async def test_events_are_kept_for_thirty_days(mailbox: Mailbox, clock: FixedClock) -> None:
    """To the millisecond; numbering continues after pruning."""
    await happen(mailbox, 7)
    clock.advance(MOMENT)
    await happen(mailbox, 2)
    clock.advance(MONTH - 2 * MOMENT)
    for left in (list(range(1, 10)), [8, 9], []):
        await prune(mailbox, clock)
        assert await events(mailbox) == left
        clock.advance(MOMENT)
    await happen(mailbox, 1)
    assert await events(mailbox) == [10]
    assert len(await mailbox.reading.find("a")) == 1


async def test_the_retention_of_an_event_starts_when_it_was_added(mailbox: Mailbox, clock: FixedClock) -> None:
    """A receipt that was signed long ago and arrives today is an event of today."""
    await happen(mailbox, 1, at=1)
    clock.advance(MONTH - MOMENT)
    await prune(mailbox, clock)
    assert await events(mailbox) == [1]


# --- deliveries of webhooks


async def register(mailbox: Mailbox, webhook: str) -> None:
    await mailbox.write(lambda store: store.webhooks.add(webhook, "{}", "secret"))


async def queue(mailbox: Mailbox, webhook: str) -> None:
    """Queue events for a webhook."""
    await mailbox.write(lambda store: store.webhooks.queue_events(webhook, ("message", "state"), mailbox.now(), 0))


async def end(mailbox: Mailbox, webhook: str, events: Sequence[int], state: str = "delivered") -> None:
    """Settle the delivery of events to a webhook."""
    plain = {"of": webhook, "new_state": state, "new_outcome": "204", "new_at": mailbox.now(), "new_due": None}
    await mailbox.write(lambda store: store.webhooks.settle([plain | {"which": event} for event in events]))


async def webhook_deliveries(mailbox: Mailbox, webhook: str) -> list[tuple[int, str]]:
    rows = await mailbox.reading.webhooks.page(webhook, WebhookDeliveryQuery(limit=200))
    return [(row.event, row.state) for row in reversed(rows)]


async def test_webhook_deliveries_are_listed_for_thirty_days_after_they_ended(
    mailbox: Mailbox, clock: FixedClock
) -> None:
    """Delivered or failed; their events are kept as long."""
    for webhook in ("a", "b"):
        await register(mailbox, webhook)
    await happen(mailbox, 7)
    for webhook, last in (("a", 4), ("b", 7)):
        await queue(mailbox, webhook)
        await end(mailbox, webhook, range(1, last + 1))
    clock.advance(DAY)
    await end(mailbox, "a", [5, 6], "failed")
    await end(mailbox, "a", [7])
    clock.advance(MONTH - DAY)
    await prune(mailbox, clock)
    listed = [(5, "failed"), (6, "failed"), (7, "delivered")]
    assert await webhook_deliveries(mailbox, "a") == listed
    assert await webhook_deliveries(mailbox, "b") == []
    assert await events(mailbox) == [5, 6, 7]
    clock.advance(DAY - MOMENT)
    await prune(mailbox, clock)
    assert await webhook_deliveries(mailbox, "a") == listed
    clock.advance(MOMENT)
    await prune(mailbox, clock)
    assert await webhook_deliveries(mailbox, "a") == []
    assert await events(mailbox) == []


async def test_a_webhook_skips_events_not_delivered_within_thirty_days(
    mailbox: Mailbox, clock: FixedClock, written: BytesIO
) -> None:
    """One that does not answer does not extend the retention; skipped events are logged."""
    for webhook in ("takes", "takes-not", "too-late"):
        await register(mailbox, webhook)
    await happen(mailbox, 4)
    for webhook in ("takes", "takes-not"):
        await queue(mailbox, webhook)
    await end(mailbox, "takes", [1, 2, 3, 4])
    clock.advance(MONTH - MOMENT)
    await happen(mailbox, 1)
    await queue(mailbox, "takes-not")
    await prune(mailbox, clock)
    assert await webhook_deliveries(mailbox, "takes-not") == [(event, "pending") for event in range(1, 6)]
    assert b"skipped" not in written.getvalue()
    clock.advance(MOMENT)
    await prune(mailbox, clock)
    assert await webhook_deliveries(mailbox, "takes") == []
    assert await webhook_deliveries(mailbox, "takes-not") == [(5, "pending")]
    assert await events(mailbox) == [5]
    assert written.getvalue().count(b"webhook-events-skipped") == 2
    await queue(mailbox, "too-late")
    assert await webhook_deliveries(mailbox, "too-late") == [(5, "pending")]


# --- notifications of services


async def notification(
    mailbox: Mailbox, notification_id: str, *recipients: str, kept_until: timedelta | None = MONTH
) -> int:
    """Add a notification of a service, and return its number."""
    until = None if kept_until is None else mailbox.now() + kept_until // MOMENT
    row = row_of(notification_id, sender="vehicles", box="outbox", stored=mailbox.now(), kept_until=until)
    await mailbox.write(lambda store: store.enqueue(row, recipients))
    return max(row.number for row in await mailbox.reading.find(notification_id))


async def sign(mailbox: Mailbox, number: int, bureau: str, state: str = "delivered") -> None:
    """Add the receipt of a bureau."""
    now = mailbox.now()
    move = {"of": number, "to": bureau, "new_state": state, "new_at": now, "new_reason": None}
    await mailbox.write(lambda store: store.receipts.add([receipt(number, bureau, state)]))
    await mailbox.write(lambda store: store.deliveries.move([move]))
    await mailbox.write(lambda store: store.events.add([state_event(number, bureau, State(state), now)], now))


async def notifications(mailbox: Mailbox) -> list[str]:
    held = [row for name in "abcdefg" for row in await mailbox.reading.find(name) if row.box == "outbox"]
    return [row.id for row in held]


@pytest.mark.both_databases
async def test_a_notification_is_kept_for_its_retention_and_until_all_recipients_signed(
    mailbox: Mailbox, clock: FixedClock
) -> None:
    """It is removed with its receipts and events; one without retention is kept with its receipts."""
    numbers = {name: await notification(mailbox, name, "DE", "KE") for name in "abcde"}
    numbers["f"] = await notification(mailbox, "f", "DE", "KE", kept_until=None)
    for name, number in numbers.items():
        await sign(mailbox, number, "DE", "refused" if name == "a" else "delivered")
        if name != "c":
            await sign(mailbox, number, "KE")
    clock.advance(MONTH - MOMENT)
    await prune(mailbox, clock)
    assert await notifications(mailbox) == list("abcdef")
    # A recent receipt does not extend its retention.
    await sign(mailbox, numbers["b"], "DE", "read")
    clock.advance(MOMENT)
    await prune(mailbox, clock)
    assert await notifications(mailbox) == ["c", "f"]
    assert len(await mailbox.reading.receipts.of(numbers["f"])) == 2
    assert await mailbox.reading.receipts.of(numbers["b"]) == []
    assert await mailbox.reading.deliveries.of(numbers["b"]) == []
    await sign(mailbox, numbers["c"], "KE")
    clock.advance(DAY)
    await prune(mailbox, clock)
    assert await notifications(mailbox) == ["f"]
    clock.advance(40 * MONTH)
    await prune(mailbox, clock)
    signed = await mailbox.reading.receipts.signed_about(["f"])
    assert {(row.bureau, row.state) for row in signed} == {("DE", "delivered"), ("KE", "delivered")}


async def test_a_notification_is_removed_once_its_deliveries_expired(mailbox: Mailbox, clock: FixedClock) -> None:
    """No recipient can sign for it after that."""
    number = await notification(mailbox, "b", "DE")
    for _ in range(3):
        clock.advance(MONTH)
        await prune(mailbox, clock)
        assert await notifications(mailbox) == ["b"]
    move = {"of": number, "to": "DE", "new_state": "expired", "new_at": mailbox.now(), "new_reason": None}
    await mailbox.write(lambda store: store.deliveries.move([move]))
    clock.advance(DAY)
    await prune(mailbox, clock)
    assert await notifications(mailbox) == []


async def test_messages_of_a_bureau_are_never_pruned(mailbox: Mailbox, clock: FixedClock) -> None:
    """They are its archive, with their receipts."""
    number = await notification(mailbox, "b", "DE", kept_until=None)
    await sign(mailbox, number, "DE")
    clock.advance(1000 * MONTH)
    await prune(mailbox, clock)
    [came], [sent] = await mailbox.reading.find("a"), await mailbox.reading.find("b")
    assert came.sealed == sent.sealed == b"sealed"
    assert len(await mailbox.reading.receipts.of(number)) == len(await mailbox.reading.deliveries.of(number)) == 1


# --- attachments


async def keep_chunk(mailbox: Mailbox, message_id: str) -> None:
    chunk = {"sender": "DE", "message_id": message_id, "attachment": 1, "number": 0, "sealed": b"x"}
    await mailbox.write(lambda store: store.chunks.put(chunk))


@pytest.mark.parametrize("chosen", ["00000000-0000-7000-8000-000000000001", "ffffffff-ffff-7fff-bfff-ffffffffffff", ""])
async def test_orphaned_chunks_are_removed_after_an_hour(mailbox: Mailbox, clock: FixedClock, chosen: str) -> None:
    """Of either box and whatever the id; not while their message may still arrive."""
    pruning, chunks = Pruner(mailbox, clock, always), mailbox.reading.chunks
    late, left = uuid7(clock.now()), chosen or uuid7(clock.now())
    for message_id in (late, left):
        await keep_chunk(mailbox, message_id)
    await pruning.prune()
    row = row_of(late, digest="digest")
    await mailbox.write(lambda store: store.add_all([row]))
    following = uuid7(clock.now())
    await keep_chunk(mailbox, following)
    assert [await chunks.count("DE", each) for each in (late, left, following)] == [1, 1, 1]
    await pruning.prune()
    assert [await chunks.count("DE", each) for each in (late, left, following)] == [1, 0, 1]
    await Pruner(mailbox, clock, always).prune()
    assert await chunks.count("DE", following) == 1
    await pruning.prune()
    assert await chunks.count("DE", following) == 0


# --- hits


YEARS: Final = timedelta(days=5 * 365)
AWAITED: Final = timedelta(days=367)


async def prune_all(mailbox: Mailbox, clock: FixedClock) -> HitStore:
    """Prune hits as well, and return their store."""
    await Pruner(mailbox, clock, always, more=RETENTION_RULES).prune()
    return HitStore(mailbox.reading.session)


async def keep(mailbox: Mailbox, work: Callable[[HitStore], Awaitable[T]]) -> T:
    """Write to the store of hits of a mailbox."""
    return await mailbox.write(lambda store: work(HitStore(store.session)))


def a_request(hit: str, message: str, signed: int) -> KeptStep:
    form = ConfirmationRequest(hit=hit, number=1, urgency="urgent", due=0)
    return KeptStep(message=message, officer="de.officer", signed=signed, form=form)


@pytest.mark.both_databases
@pytest.mark.parametrize("side", Side)
async def test_a_hit_is_kept_for_five_years(mailbox: Mailbox, clock: FixedClock, side: Side) -> None:
    """From when the bureau was notified, with its steps; while its deadline runs it is kept longer."""
    for standing in (*[Standing()] * 7, Standing(state=HitState.OVERDUE), requested(due=mailbox.now() + 9 * 10**12)):
        new = kept(side, standing=standing, stored=mailbox.now())
        hit = await keep(mailbox, lambda hits, new=new: hits.add(new))
        await keep(mailbox, lambda hits, hit=hit: hits.add_step(hit, a_request(hit.details.id, "a", 1)))
    clock.advance(MOMENT)
    young = await keep(mailbox, lambda hits: hits.add(kept(side, stored=mailbox.now())))
    everything = HitQuery(limit=200)
    clock.advance(YEARS - 2 * MOMENT)
    for left in (10, 2, 1):
        hits = await prune_all(mailbox, clock)
        assert len(await hits.page(everything, mailbox.now())) == left
        clock.advance(MOMENT)
    assert await hits.find(young.details.id) is None
    [running] = await hits.page(everything, mailbox.now())
    rows = await mailbox.reading.session.fetch(sa.select(steps.c.hit))
    assert [row.hit for row in rows] == [running.number]


@pytest.mark.both_databases
async def test_a_request_whose_hit_never_arrives_is_kept_as_long_as_the_hit_may_arrive(
    mailbox: Mailbox, clock: FixedClock
) -> None:
    """Any bureau may send a request for a hit that does not exist."""
    ids = [an_id() for _ in range(8)]
    for hit_id, signed in zip(ids, [mailbox.now()] * 7 + [mailbox.now() + 1], strict=True):
        early = EarlyRequest(hit=hit_id, sender="KE", step=a_request(hit_id, an_id(), signed))
        await keep(mailbox, lambda hits, early=early: hits.add_early(early))
    clock.advance(AWAITED - MOMENT)
    for left in (8, 1, 0):
        await prune_all(mailbox, clock)
        assert len(await mailbox.reading.session.fetch(sa.select(early_requests.c.hit))) == left
        clock.advance(MOMENT)


@pytest.mark.both_databases
async def test_a_withdrawal_is_remembered_as_long_as_a_hit_may_arrive(mailbox: Mailbox, clock: FixedClock) -> None:
    """After that there is none to reject."""
    records = [an_id() for _ in range(8)]
    for record, at in zip(records, [mailbox.now()] * 7 + [mailbox.now() + 1], strict=True):
        await keep(mailbox, lambda hits, record=record, at=at: hits.withdraw(SERVICE, record, at))
    clock.advance(AWAITED - MOMENT)
    for left in (8, 1, 0):
        hits = await prune_all(mailbox, clock)
        assert len(await hits.withdrawn(SERVICE, records)) == left
        clock.advance(MOMENT)


# --- when


@pytest.mark.both_databases
async def test_a_retention_rule_that_fails_does_not_stop_the_others(mailbox: Mailbox, clock: FixedClock) -> None:
    """So that personal data are removed in time."""

    async def fail(*_: object) -> int:
        raise ValueError("kept by another program")

    await happen(mailbox, 1)
    await keep(mailbox, lambda hits: hits.add(kept(stored=mailbox.now())))
    clock.advance(YEARS)
    pruning = Pruner(mailbox, clock, always, more=(replace(RETENTION_RULES[0], forget=fail), *RETENTION_RULES))
    with pytest.raises(ValueError, match="another program"):
        await pruning.prune()
    assert await HitStore(mailbox.reading.session).page(HitQuery(), mailbox.now()) == []
    assert await events(mailbox) == []


@pytest.mark.both_databases
async def test_several_processes_prune_concurrently(
    mailbox: Mailbox, database_url: str, clock: FixedClock, written: BytesIO
) -> None:
    """Rows that another process removed cause no error."""
    other = Mailboxes(lambda _: database_url, clock, Log("test", stream=written, clock=clock), tables=GATEWAY_TABLES)
    await register(mailbox, "a")
    await happen(mailbox, 20)
    await queue(mailbox, "a")
    await end(mailbox, "a", range(1, 11))
    for name in "bcdefg":
        number = await notification(mailbox, name, "DE", kept_until=MONTH)
        if name != "g":
            await sign(mailbox, number, "DE")
    clock.advance(MONTH)
    await asyncio.gather(*(prune(each, clock) for each in (mailbox, await other.of("FR")) * 2))
    await other.close()
    assert await notifications(mailbox) == ["g"]
    assert await events(mailbox) == await webhook_deliveries(mailbox, "a") == []
    assert b"not-written" not in written.getvalue()


class TickingClock(FixedClock):
    """A clock that other programs advance."""

    tick_seconds = 0.002  # type: ignore[misc] # that of a fixed clock is constant

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self.looked_at = Noted()

    def monotonic(self) -> float:
        self.looked_at.note()
        return super().monotonic()


class Counted(Pruner):
    """Counts its runs, and raises the given failures."""

    def __init__(self, clock: FixedClock, mailbox: Mailbox, turn: asyncio.Lock | None = None) -> None:
        super().__init__(mailbox, clock, always, turn)
        self.times = 0
        self.failures: list[Exception] = []
        self._pruned = asyncio.Condition()

    async def prune(self) -> None:
        """Count."""
        self.times += 1
        async with self._pruned:
            self._pruned.notify_all()
        if self.failures:
            raise self.failures.pop()

    async def until(self, times: int) -> None:
        """Wait until it has pruned so often."""
        async with asyncio.timeout(PATIENCE), self._pruned:
            await self._pruned.wait_for(lambda: self.times >= times)


@pytest.mark.both_databases
async def test_pruning_runs_at_the_start_and_then_hourly(mailbox: Mailbox, clock: FixedClock, written: BytesIO) -> None:
    """By the clock of the mesh, also if it is advanced; also after a failed run."""
    ticking = TickingClock(clock.now())
    counted = Counted(ticking, mailbox)
    counted.failures = [RuntimeError("secret"), NotStored("the disk is full")]
    task = asyncio.create_task(counted.run())
    await counted.until(1)
    for passed in (EVERY, 300 * DAY):
        times = counted.times
        ticking.advance(passed - MOMENT if passed == EVERY else timedelta(0))
        await ticking.looked_at.more(3)
        assert counted.times == times
        ticking.advance(MOMENT if passed == EVERY else passed)
        await counted.until(times + 1)
    task.cancel()
    assert written.getvalue().count(b"job-failed") == 1


@pytest.mark.parametrize("leap", [-DAY, DAY], ids=str)
async def test_setting_the_clock_neither_hastens_nor_delays_pruning(
    mailbox: Mailbox, clock: FixedClock, leap: timedelta
) -> None:
    """Orphaned chunks have an hour in which their message may arrive."""
    ticking = TickingClock(clock.now())
    counted = Counted(ticking, mailbox)
    task = asyncio.create_task(counted.run())
    await counted.until(1)
    ticking.step(leap)
    await ticking.looked_at.more(3)
    assert counted.times == 1
    ticking.advance(EVERY)
    await counted.until(2)
    task.cancel()


async def test_pruning_waits_while_it_is_not_allowed(
    mailbox: Mailbox, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as while the clock is not proven; it is checked again soon."""
    monkeypatch.setattr("shared.mailbox.pruning.HELD_SECONDS", 0.001)
    allowed, counted, asked = False, Counted(clock, mailbox), Noted()

    def may_be_taken() -> bool:
        asked.note()
        return allowed

    counted._may_be_taken = may_be_taken
    task = asyncio.create_task(counted.run())
    await asked.more(3)
    assert counted.times == 0
    allowed = True
    await counted.until(1)
    task.cancel()


async def test_pruning_is_announced_and_a_large_share_a_day_ahead(
    mailbox: Mailbox, clock: FixedClock, written: BytesIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the number of rows of each kind."""
    monkeypatch.setattr("shared.rpc.irreversible.FEW", 6)
    await happen(mailbox, 7)
    clock.advance(MONTH)
    pruning = Pruner(mailbox, clock, always)
    await pruning.prune()
    assert len(await events(mailbox)) == 7
    [announced] = events_in(written, "deletion-announced")
    assert (announced["level"], announced["what"], announced["due"]) == ("warning", "events of FR", 7)
    clock.advance(LARGE_SHARE_WAITS)
    await pruning.prune()
    assert await events(mailbox) == []


async def test_mailboxes_of_one_gateway_are_pruned_one_at_a_time(mailbox: Mailbox, clock: FixedClock) -> None:
    """So that pruning does not delay requests."""
    asked = Noted()

    class Turn(asyncio.Lock):
        async def acquire(self) -> Literal[True]:
            asked.note()
            return await super().acquire()

    turn = Turn()
    await turn.acquire()
    both = [Counted(clock, mailbox, turn) for _ in range(2)]
    tasks = [asyncio.create_task(each.run()) for each in both]
    await asked.more(2)
    assert [each.times for each in both] == [0, 0]
    turn.release()
    for each in both:
        await each.until(1)
    for task in tasks:
        task.cancel()
