"""How long a mailbox keeps hits, requests to confirm them, and withdrawals."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final, TypeVar

import pytest
import sqlalchemy as sa

from gateway.hits.models import HitQuery, HitSide, HitState
from gateway.hits.rows import EarlyRequest, StoredStep
from gateway.hits.rules import ConfirmationStatus
from gateway.hits.store import HitStore
from gateway.hits.tables import early_requests, steps
from gateway.hits.worker import RETENTION_RULES
from shared.clock import FixedClock
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.pruning import Pruner
from shared.protocol.payloads import ConfirmationRequest
from tests.gateway.hits.hit_samples import SERVICE, an_id, kept, requested
from tests.gateway.messages.pruning.mailbox_contents import MOMENT, events, happen
from tests.support import always

T = TypeVar("T")
YEARS: Final = timedelta(days=5 * 365)
AWAITED: Final = timedelta(days=367)


async def prune_all(mailbox: Mailbox, clock: FixedClock) -> HitStore:
    """Prune hits as well, and return their store."""
    await Pruner(mailbox, clock, always, more=RETENTION_RULES).prune()
    return HitStore(mailbox.reading.session)


async def keep(mailbox: Mailbox, work: Callable[[HitStore], Awaitable[T]]) -> T:
    """Write to the store of hits of a mailbox."""
    return await mailbox.write(lambda store: work(HitStore(store.session)))


def a_request(hit: str, message: str, signed: int) -> StoredStep:
    form = ConfirmationRequest(hit=hit, number=1, urgency="urgent", due=0)
    return StoredStep(message=message, officer="de.officer", signed=signed, form=form)


@pytest.mark.both_databases
@pytest.mark.parametrize("side", HitSide)
async def test_a_hit_is_kept_for_five_years(mailbox: Mailbox, clock: FixedClock, side: HitSide) -> None:
    """From when the bureau was notified, with its steps; while its deadline runs it is kept longer."""
    for status in (
        *[ConfirmationStatus()] * 7,
        ConfirmationStatus(state=HitState.OVERDUE),
        requested(due=mailbox.now() + 9 * 10**12),
    ):
        new = kept(side, status=status, stored=mailbox.now())
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


@pytest.mark.both_databases
async def test_a_retention_rule_that_fails_does_not_stop_the_others(mailbox: Mailbox, clock: FixedClock) -> None:
    """So that personal data are removed in time."""

    async def fail(*_: object) -> int:
        raise ValueError("kept by another program")

    await happen(mailbox, 1)
    await keep(mailbox, lambda hits: hits.add(kept(stored=mailbox.now())))
    clock.advance(YEARS)
    pruning = Pruner(mailbox, clock, always, more=(replace(RETENTION_RULES[0], remove=fail), *RETENTION_RULES))
    with pytest.raises(ValueError, match="another program"):
        await pruning.prune()
    assert await HitStore(mailbox.reading.session).page(HitQuery(), mailbox.now()) == []
    assert await events(mailbox) == []
