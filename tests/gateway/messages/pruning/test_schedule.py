"""When mailboxes are pruned: at the start and hourly, one at a time, by several processes, announced if it is much."""

import asyncio
from datetime import datetime, timedelta
from io import BytesIO
from typing import Literal

import pytest

from gateway.tables import GATEWAY_TABLES
from shared.clock import FixedClock
from shared.logs import Log
from shared.mailbox.mailbox import Mailbox, Mailboxes
from shared.mailbox.pruning import EVERY, Pruner
from shared.mailbox.rules import NotStored
from shared.rpc.irreversible import LARGE_SHARE_WAITS
from tests.gateway.messages.officers import PATIENCE
from tests.gateway.messages.pruning.mailbox_contents import (
    DAY,
    MOMENT,
    MONTH,
    end,
    events,
    happen,
    notification,
    notifications,
    prune,
    queue,
    register,
    sign,
    webhook_deliveries,
)
from tests.support import Noted, always, events_in


@pytest.mark.thorough
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


@pytest.mark.thorough
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
