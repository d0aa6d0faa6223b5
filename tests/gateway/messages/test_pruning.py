"""What a mailbox keeps, and for how long: on both databases, by a clock that stands until it is moved on."""

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
from tests.gateway.hits.notes import SERVICE, an_id, kept, requested
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
    """Return those of a mailbox."""
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
    """Have more than one portion of everything."""
    monkeypatch.setattr("shared.mailbox.pruning.BATCH_SIZE", 3)
    monkeypatch.setattr("shared.mailbox.pruning.NOTIFICATION_BATCH_SIZE", 2)
    monkeypatch.setattr("shared.mailbox.pruning.PAUSE_SECONDS", 0.0)
    monkeypatch.setattr("shared.mailbox.pruning.ANNOUNCED_SECONDS", 0.0)


async def prune(mailbox: Mailbox, clock: FixedClock) -> None:
    async with asyncio.timeout(PATIENCE):
        await Pruner(mailbox, clock, always).prune()


async def happen(mailbox: Mailbox, count: int, **changed: Any) -> None:
    """Have something told in a mailbox."""
    rows = [state_event(1, "DE", State.DELIVERED, mailbox.now()) | changed] * count
    await mailbox.write(lambda store: store.events.add(rows, mailbox.now()))


async def events(mailbox: Mailbox) -> list[int]:
    return [row.number for row in await mailbox.reading.events.after(0, 1000)]


# --- events


async def test_events_are_kept_for_thirty_days(mailbox: Mailbox, clock: FixedClock) -> None:
    """To the moment, however many; and their numbers go on where they were."""
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


async def test_an_event_is_kept_from_when_it_was_told(mailbox: Mailbox, clock: FixedClock) -> None:
    """What was signed long ago and comes today is news today."""
    await happen(mailbox, 1, at=1)
    clock.advance(MONTH - MOMENT)
    await prune(mailbox, clock)
    assert await events(mailbox) == [1]


# --- what came of telling webhooks


async def register(mailbox: Mailbox, webhook: str) -> None:
    await mailbox.write(lambda store: store.webhooks.add(webhook, "{}", "secret"))


async def queue(mailbox: Mailbox, webhook: str) -> None:
    """Begin to tell a webhook of what has happened."""
    await mailbox.write(lambda store: store.webhooks.queue_events(webhook, ("message", "state"), mailbox.now(), 0))


async def end(mailbox: Mailbox, webhook: str, events: Sequence[int], state: str = "delivered") -> None:
    """Come to an end with telling a webhook of events."""
    plain = {"of": webhook, "new_state": state, "new_outcome": "204", "new_at": mailbox.now(), "new_due": None}
    await mailbox.write(lambda store: store.webhooks.settle([plain | {"which": event} for event in events]))


async def told(mailbox: Mailbox, webhook: str) -> list[tuple[int, str]]:
    rows = await mailbox.reading.webhooks.page(webhook, WebhookDeliveryQuery(limit=200))
    return [(row.event, row.state) for row in reversed(rows)]


async def test_what_came_of_telling_a_webhook_is_listed_for_thirty_days(mailbox: Mailbox, clock: FixedClock) -> None:
    """From when it came to an end, well or not; the event stays as long."""
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
    assert await told(mailbox, "a") == listed
    assert await told(mailbox, "b") == []
    assert await events(mailbox) == [5, 6, 7]
    clock.advance(DAY - MOMENT)
    await prune(mailbox, clock)
    assert await told(mailbox, "a") == listed
    clock.advance(MOMENT)
    await prune(mailbox, clock)
    assert await told(mailbox, "a") == []
    assert await events(mailbox) == []


async def test_a_webhook_skips_what_it_was_not_told_in_thirty_days(
    mailbox: Mailbox, clock: FixedClock, written: BytesIO
) -> None:
    """One that takes nothing holds nothing back, whatever waits for it; that it skips is logged."""
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
    assert await told(mailbox, "takes-not") == [(event, "pending") for event in range(1, 6)]
    assert b"skipped" not in written.getvalue()
    clock.advance(MOMENT)
    await prune(mailbox, clock)
    assert await told(mailbox, "takes") == []
    assert await told(mailbox, "takes-not") == [(5, "pending")]
    assert await events(mailbox) == [5]
    assert written.getvalue().count(b"webhook-events-skipped") == 2
    await queue(mailbox, "too-late")
    assert await told(mailbox, "too-late") == [(5, "pending")]


# --- what a service said


async def letter(mailbox: Mailbox, letter_id: str, *recipients: str, kept_until: timedelta | None = MONTH) -> int:
    """Have a service say something, and return its number."""
    until = None if kept_until is None else mailbox.now() + kept_until // MOMENT
    row = row_of(letter_id, sender="vehicles", box="outbox", stored=mailbox.now(), kept_until=until)
    await mailbox.write(lambda store: store.enqueue(row, recipients))
    return max(row.number for row in await mailbox.reading.find(letter_id))


async def sign(mailbox: Mailbox, number: int, bureau: str, state: str = "delivered") -> None:
    """Take in what a bureau has signed."""
    now = mailbox.now()
    move = {"of": number, "to": bureau, "new_state": state, "new_at": now, "new_reason": None}
    await mailbox.write(lambda store: store.receipts.add([receipt(number, bureau, state)]))
    await mailbox.write(lambda store: store.deliveries.move([move]))
    await mailbox.write(lambda store: store.events.add([state_event(number, bureau, State(state), now)], now))


async def letters(mailbox: Mailbox) -> list[str]:
    held = [row for name in "abcdefg" for row in await mailbox.reading.find(name) if row.box == "outbox"]
    return [row.id for row in held]


@pytest.mark.both_databases
async def test_a_letter_is_kept_for_its_time_and_until_all_have_signed(mailbox: Mailbox, clock: FixedClock) -> None:
    """Then it is removed with all its notes, also recent ones; one without retention stays with its receipts."""
    numbers = {name: await letter(mailbox, name, "DE", "KE") for name in "abcde"}
    numbers["f"] = await letter(mailbox, "f", "DE", "KE", kept_until=None)
    for name, number in numbers.items():
        await sign(mailbox, number, "DE", "refused" if name == "a" else "delivered")
        if name != "c":
            await sign(mailbox, number, "KE")
    clock.advance(MONTH - MOMENT)
    await prune(mailbox, clock)
    assert await letters(mailbox) == list("abcdef")
    # What has just happened to it does not keep it any longer.
    await sign(mailbox, numbers["b"], "DE", "read")
    clock.advance(MOMENT)
    await prune(mailbox, clock)
    assert await letters(mailbox) == ["c", "f"]
    assert len(await mailbox.reading.receipts.of(numbers["f"])) == 2
    assert await mailbox.reading.receipts.of(numbers["b"]) == []
    assert await mailbox.reading.deliveries.of(numbers["b"]) == []
    await sign(mailbox, numbers["c"], "KE")
    clock.advance(DAY)
    await prune(mailbox, clock)
    assert await letters(mailbox) == ["f"]
    clock.advance(40 * MONTH)
    await prune(mailbox, clock)
    signed = await mailbox.reading.receipts.signed_about(["f"])
    assert {(row.bureau, row.state) for row in signed} == {("DE", "delivered"), ("KE", "delivered")}


async def test_a_letter_that_nobody_can_sign_for_any_more_goes(mailbox: Mailbox, clock: FixedClock) -> None:
    """It was valid for a time, which is over."""
    number = await letter(mailbox, "b", "DE")
    for _ in range(3):
        clock.advance(MONTH)
        await prune(mailbox, clock)
        assert await letters(mailbox) == ["b"]
    move = {"of": number, "to": "DE", "new_state": "expired", "new_at": mailbox.now(), "new_reason": None}
    await mailbox.write(lambda store: store.deliveries.move([move]))
    clock.advance(DAY)
    await prune(mailbox, clock)
    assert await letters(mailbox) == []


async def test_what_a_bureau_sent_and_received_is_kept_for_good(mailbox: Mailbox, clock: FixedClock) -> None:
    """It is its archive, with what proves it."""
    number = await letter(mailbox, "b", "DE", kept_until=None)
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
async def test_what_is_left_of_attachments_goes_after_an_hour(mailbox: Mailbox, clock: FixedClock, chosen: str) -> None:
    """Where their message did not come into being, of either box, whatever its id; not while it may be on its way."""
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
    """Prune what is kept of hits as well, and return what is left."""
    await Pruner(mailbox, clock, always, more=RETENTION_RULES).prune()
    return HitStore(mailbox.reading.session)


async def keep(mailbox: Mailbox, work: Callable[[HitStore], Awaitable[T]]) -> T:
    """Put something into a mailbox that is about hits."""
    return await mailbox.write(lambda store: work(HitStore(store.session)))


def a_request(hit: str, message: str, signed: int) -> KeptStep:
    form = ConfirmationRequest(hit=hit, number=1, urgency="urgent", due=0)
    return KeptStep(message=message, officer="de.officer", signed=signed, form=form)


@pytest.mark.both_databases
@pytest.mark.parametrize("side", Side)
async def test_a_hit_is_kept_for_five_years(mailbox: Mailbox, clock: FixedClock, side: Side) -> None:
    """From when the bureau was told, with what was said of it; as long as its clock runs it stays."""
    for standing in (*[Standing()] * 7, Standing(state=HitState.OVERDUE), requested(due=mailbox.now() + 9 * 10**12)):
        new = kept(side, standing=standing, stored=mailbox.now())
        hit = await keep(mailbox, lambda hits, new=new: hits.add(new))
        await keep(mailbox, lambda hits, hit=hit: hits.add_step(hit, a_request(hit.note.id, "a", 1)))
    clock.advance(MOMENT)
    young = await keep(mailbox, lambda hits: hits.add(kept(side, stored=mailbox.now())))
    everything = HitQuery(limit=200)
    clock.advance(YEARS - 2 * MOMENT)
    for left in (10, 2, 1):
        hits = await prune_all(mailbox, clock)
        assert len(await hits.page(everything, mailbox.now())) == left
        clock.advance(MOMENT)
    assert await hits.find(young.note.id) is None
    [running] = await hits.page(everything, mailbox.now())
    rows = await mailbox.reading.session.fetch(sa.select(steps.c.hit))
    assert [row.hit for row in rows] == [running.number]


@pytest.mark.both_databases
async def test_a_request_whose_hit_never_comes_is_kept_as_long_as_it_may_come(
    mailbox: Mailbox, clock: FixedClock
) -> None:
    """Any bureau may ask of a hit that there is not."""
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
async def test_that_a_record_was_withdrawn_is_known_as_long_as_a_hit_may_come(
    mailbox: Mailbox, clock: FixedClock
) -> None:
    """After that there is none that it could keep out."""
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
async def test_what_cannot_be_pruned_keeps_nothing_else(mailbox: Mailbox, clock: FixedClock) -> None:
    """What is personal data above all: whatever fails, the rest is forgotten in its time."""

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
async def test_several_processes_may_prune_at_once(
    mailbox: Mailbox, database_url: str, clock: FixedClock, written: BytesIO
) -> None:
    """What one of them has removed, the other does not miss."""
    other = Mailboxes(lambda _: database_url, clock, Log("test", stream=written, clock=clock), tables=GATEWAY_TABLES)
    await register(mailbox, "a")
    await happen(mailbox, 20)
    await queue(mailbox, "a")
    await end(mailbox, "a", range(1, 11))
    for name in "bcdefg":
        number = await letter(mailbox, name, "DE", kept_until=MONTH)
        if name != "g":
            await sign(mailbox, number, "DE")
    clock.advance(MONTH)
    await asyncio.gather(*(prune(each, clock) for each in (mailbox, await other.of("FR")) * 2))
    await other.close()
    assert await letters(mailbox) == ["g"]
    assert await events(mailbox) == await told(mailbox, "a") == []
    assert b"not-written" not in written.getvalue()


class TickingClock(FixedClock):
    """A clock that outside programs move on."""

    tick_seconds = 0.002  # type: ignore[misc] # that of a fixed clock is constant

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self.looked_at = Noted()

    def monotonic(self) -> float:
        self.looked_at.note()
        return super().monotonic()


class Counted(Pruner):
    """Counts how often it prunes, and fails as it is told."""

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
async def test_it_is_pruned_at_once_and_then_every_hour(mailbox: Mailbox, clock: FixedClock, written: BytesIO) -> None:
    """By the clock of the mesh, also where that is moved on; whatever became of the time before."""
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
async def test_a_clock_that_is_set_has_nothing_pruned_sooner_or_later(
    mailbox: Mailbox, clock: FixedClock, leap: timedelta
) -> None:
    """What is left of attachments has an hour for its message to come."""
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


async def test_what_is_not_allowed_is_not_pruned_until_it_is(
    mailbox: Mailbox, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while the clock is not proven; it is looked at again soon."""
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


async def test_what_is_pruned_is_announced_and_a_large_share_a_day_before(
    mailbox: Mailbox, clock: FixedClock, written: BytesIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With how much it is, of each kind."""
    monkeypatch.setattr("shared.rpc.irreversible.FEW", 6)
    await happen(mailbox, 7)
    clock.advance(MONTH)
    pruning = Pruner(mailbox, clock, always)
    await pruning.prune()
    assert len(await events(mailbox)) == 7
    [told] = events_in(written, "deletion-announced")
    assert (told["level"], told["what"], told["due"]) == ("warning", "events of FR", 7)
    clock.advance(LARGE_SHARE_WAITS)
    await pruning.prune()
    assert await events(mailbox) == []


async def test_mailboxes_of_one_gateway_are_pruned_one_after_the_other(mailbox: Mailbox, clock: FixedClock) -> None:
    """However many there are, so that those who use them are not held up."""
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
