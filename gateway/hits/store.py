"""Stores hits, the state of the confirmation of each, and the messages about it. Never commits."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from gateway.hits import rules
from gateway.hits.models import HitQuery, HitSide, HitState
from gateway.hits.rows import (
    EarlyRequest,
    StoredHit,
    StoredStep,
    hit_of_row,
    hit_row,
    step_of_row,
    step_row,
)
from gateway.hits.rules import ConfirmationStatus, StoredConclusion
from gateway.hits.tables import conclusions, early_requests, hits, steps, withdrawn
from gateway.struct_rows import columns_of, struct_of
from shared.mailbox.times import milliseconds_at
from shared.storage import Session

# One record may have been found often.
BATCH_SIZE: Final = 500

_known: Final = sa.select(hits.c.id, hits.c.side).where(hits.c.id.in_(sa.bindparam("ids", expanding=True)))
# In the order of the rows, so that each hit gets its own number.
_add: Final = sa.insert(hits).returning(hits.c.number, sort_by_parameter_order=True)
_found: Final = sa.select(hits).where(hits.c.id == sa.bindparam("of"))
_save: Final = (
    sa.update(hits)
    .where(
        hits.c.number == sa.bindparam("of"),
        hits.c.state == sa.bindparam("old_state"),
        hits.c.requests == sa.bindparam("old_requests"),
        # What is NULL equals nothing.
        sa.func.coalesce(hits.c.due, -1) == sa.bindparam("old_due"),
    )
    .values(
        {name: sa.bindparam(f"new_{name}") for name in ConfirmationStatus.__struct_fields__}
        | {"escalate_at": sa.null()}
    )
)
_earliest: Final = sa.select(
    sa.select(sa.func.min(hits.c.due)).where(hits.c.due.is_not(None)).scalar_subquery(),
    sa.select(sa.func.min(hits.c.escalate_at)).where(hits.c.escalate_at.is_not(None)).scalar_subquery(),
)


def _waiting(column: sa.Column[Any]) -> sa.Select[Any]:
    """Return what finds hits whose time in a column has come, the longest waiting first."""
    past = sa.select(hits).where(column <= sa.bindparam("now"))
    return past.order_by(column, hits.c.number).limit(sa.bindparam("at_most"))


_overdue: Final = _waiting(hits.c.due)
_to_escalate: Final = _waiting(hits.c.escalate_at)
_set_escalation: Final = (
    sa.update(hits)
    .where(hits.c.number == sa.bindparam("of"), sa.func.coalesce(hits.c.escalate_at, -1) == sa.bindparam("before"))
    .values(escalate_at=sa.bindparam("new_at"))
)
_add_step: Final = sa.insert(steps)
_steps_of: Final = sa.select(steps).where(steps.c.hit == sa.bindparam("of")).order_by(steps.c.number)
_steps_of_all: Final = sa.select(steps).where(steps.c.hit.in_(sa.bindparam("numbers", expanding=True)))
_add_conclusion: Final = sa.insert(conclusions)
_of_hit: Final = conclusions.c.hit == sa.bindparam("of")
_conclusions_of: Final = sa.select(conclusions).where(_of_hit).order_by(conclusions.c.number)
_add_early: Final = sa.insert(early_requests)
_early_of: Final = sa.select(sa.func.count()).where(
    early_requests.c.hit == sa.bindparam("of"), early_requests.c.sender == sa.bindparam("by")
)
_early: Final = (
    sa.delete(early_requests)
    .where(early_requests.c.hit.in_(sa.bindparam("ids", expanding=True)))
    .returning(*early_requests.c)
)
_found_of_record: Final = (
    sa.select(hits)
    .where(
        hits.c.service == sa.bindparam("of_service"),
        hits.c.record == sa.bindparam("of_record"),
        hits.c.side == HitSide.FINDER.value,
        hits.c.number > sa.bindparam("after"),
    )
    .order_by(hits.c.number)
    .limit(sa.bindparam("at_most"))
)
_drop: Final = sa.delete(hits).where(hits.c.number == sa.bindparam("of"))
_correct: Final = sa.update(hits).where(hits.c.number == sa.bindparam("of")).values(corrected=sa.bindparam("at"))
_withdrawn_at: Final = sa.select(withdrawn.c.record, withdrawn.c.at).where(
    withdrawn.c.service == sa.bindparam("of_service"),
    withdrawn.c.record.in_(sa.bindparam("records", expanding=True)),
)
_remove_withdrawn: Final = sa.delete(withdrawn).where(
    withdrawn.c.service == sa.bindparam("of_service"), withdrawn.c.record == sa.bindparam("of_record")
)
_add_withdrawn: Final = sa.insert(withdrawn)


class HitStore:
    """The hits of one bureau, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def known(self, ids: Iterable[str]) -> set[tuple[str, HitSide]]:
        """Return which of some hits are stored, on which side."""
        rows = await self._session.fetch(_known, {"ids": list(ids)})
        return {(row.id, HitSide(row.side)) for row in rows}

    async def add(self, new: StoredHit) -> StoredHit:
        """Store a new hit, and return it with its number."""
        [added] = await self.add_all([new])
        return added

    async def add_all(self, new: Sequence[StoredHit]) -> list[StoredHit]:
        """Store new hits, and return them with their numbers."""
        if not new:
            return []
        rows = await self._session.fetch(_add, [hit_row(hit) for hit in new])
        return [msgspec.structs.replace(hit, number=row.number) for hit, row in zip(new, rows, strict=True)]

    async def find(self, hit_id: str, side: HitSide | None = None) -> StoredHit | None:
        """Return a hit on one side; by default on the side where officers can act on it."""
        rows = await self._session.fetch(_found, {"of": hit_id})
        found = [hit_of_row(row) for row in rows if side in (None, row.side)]
        return min(found, key=lambda hit: hit.side is HitSide.SECRETARIAT, default=None)

    async def save(self, hit: StoredHit, status: ConfirmationStatus) -> bool:
        """Save the new status of a hit; return whether its old one was as expected: nobody else has changed it."""
        before = hit.status
        due = -1 if before.due is None else before.due
        expected = {"old_state": before.state.value, "old_requests": before.requests, "old_due": due}
        new = {f"new_{name}": value for name, value in columns_of(status).items()}
        return await self._session.execute(_save, {"of": hit.number, **expected, **new}) == 1

    async def page(self, query: HitQuery, now: int) -> list[StoredHit]:
        """Return one hit more than a page has, newest first, by their state at a time."""
        wanted = sa.select(hits).where(*_conditions(query, now))
        newest_first = wanted.order_by(hits.c.number.desc()).limit(query.limit + 1)
        return [hit_of_row(row) for row in await self._session.fetch(newest_first, in_thread=True)]

    async def earliest_due(self) -> int | None:
        """Return when a deadline passes next, or is to be escalated."""
        [row] = await self._session.fetch(_earliest)
        return min((at for at in row if at is not None), default=None)

    async def overdue(self, now: int, limit: int) -> list[StoredHit]:
        """Return hits whose deadline has passed, the longest overdue first."""
        return [hit_of_row(row) for row in await self._session.fetch(_overdue, {"now": now, "at_most": limit})]

    async def to_escalate(self, now: int, limit: int) -> list[StoredHit]:
        """Return hits whose deadline passed before the Secretariat could be informed, the longest waiting first."""
        return [hit_of_row(row) for row in await self._session.fetch(_to_escalate, {"now": now, "at_most": limit})]

    async def claim_escalation(self, hit: StoredHit) -> bool:
        """Record that the Secretariat is informed now; return whether no other process has done so."""
        return await self._set_escalation(hit, None)

    async def retry_escalation(self, hit: StoredHit, *, at: int | None) -> None:
        """Record when to try again to inform the Secretariat, None for never, unless another process has done so."""
        await self._set_escalation(hit, at)

    # --- messages about hits

    async def add_step(self, hit: StoredHit, step: StoredStep) -> None:
        """Store a message in the confirmation of a hit."""
        await self._session.execute(_add_step, {"hit": hit.number, **step_row(step), "late": step.late})

    async def steps(self, hit: StoredHit) -> list[StoredStep]:
        """Return the messages about a hit, in the order in which this bureau received or sent them."""
        return [step_of_row(row, late=row.late) for row in await self._session.fetch(_steps_of, {"of": hit.number})]

    async def steps_of_all(self, found: Iterable[StoredHit]) -> dict[int, list[StoredStep]]:
        """Return the messages about several hits, by the numbers of the hits, in any order."""
        numbers, steps_of = [hit.number for hit in found], dict[int, list[StoredStep]]()
        for row in await self._session.fetch(_steps_of_all, {"numbers": numbers}) if numbers else ():
            steps_of.setdefault(row.hit, []).append(step_of_row(row, late=row.late))
        return steps_of

    async def add_conclusion(self, hit: StoredHit, conclusion: StoredConclusion) -> None:
        """Store what an examiner concluded of a hit."""
        await self._session.execute(_add_conclusion, {"hit": hit.number, **columns_of(conclusion)})

    async def conclusions(self, hit: StoredHit) -> list[StoredConclusion]:
        """Return what examiners concluded of a hit, the first one first."""
        rows = await self._session.fetch(_conclusions_of, {"of": hit.number})
        return [struct_of(StoredConclusion, row) for row in rows]

    async def add_early(self, early: EarlyRequest) -> None:
        """Store a request whose hit has not come yet."""
        await self._session.execute(_add_early, {**step_row(early.step), "hit": early.hit, "sender": early.sender})

    async def early_requests(self, hit_id: str, sender: str) -> int:
        """Return how many requests of a bureau wait for a hit."""
        [[count]] = await self._session.fetch(_early_of, {"of": hit_id, "by": sender})
        return int(count)

    async def take_early(self, ids: Iterable[str]) -> list[EarlyRequest]:
        """Remove the requests that came before their hits, and return them in the order in which they were signed."""
        rows = await self._session.fetch(_early, {"ids": list(ids)})
        early = [EarlyRequest(hit=row.hit, sender=row.sender, step=step_of_row(row)) for row in rows]
        return sorted(early, key=lambda each: each.step.signed)

    # --- withdrawals and corrections of records

    async def withdraw(self, service: str, record: str, at: int) -> None:
        """Remove what this bureau had found of a record when it was withdrawn, and the messages about it."""
        async for found in self._found(service, record):
            await self._change_each(_drop, [hit for hit in found if rules.is_withdrawn(hit.details, at)])
        of_record = {"of_service": service, "of_record": record}
        present = (await self.withdrawn(service, [record])).get(record, at)
        await self._session.execute(_remove_withdrawn, of_record)
        await self._session.execute(_add_withdrawn, {"service": service, "record": record, "at": max(at, present)})

    async def correct(self, service: str, record: str, version: int, at: int) -> None:
        """Record that a record was corrected, with each hit that this bureau has on an earlier version."""
        async for found in self._found(service, record):
            older = [hit for hit in found if hit.details.version < version]
            await self._change_each(_correct, [hit for hit in older if (hit.corrected or -1) < at], at=at)

    async def withdrawn(self, service: str, records: Iterable[str]) -> dict[str, int]:
        """Return which of some records were withdrawn from this bureau, and when."""
        rows = await self._session.fetch(_withdrawn_at, {"of_service": service, "records": list(records)})
        return {row.record: row.at for row in rows}

    async def prune(self, table: sa.Table, is_past: sa.ColumnElement[bool], limit: int) -> int:
        """Remove rows that are past their retention, up to a limit; return how many."""
        past = sa.select(*table.primary_key).where(is_past).limit(limit)
        return await self._session.execute(sa.delete(table).where(sa.tuple_(*table.primary_key).in_(past)))

    async def _set_escalation(self, hit: StoredHit, at: int | None) -> bool:
        before = -1 if hit.escalate_at is None else hit.escalate_at
        return await self._session.execute(_set_escalation, {"of": hit.number, "before": before, "new_at": at}) == 1

    async def _found(self, service: str, record: str) -> AsyncIterator[list[StoredHit]]:
        """Yield the hits that this bureau has on a record, in batches."""
        of_record, after = {"of_service": service, "of_record": record, "at_most": BATCH_SIZE}, 0
        while rows := await self._session.fetch(_found_of_record, {**of_record, "after": after}, in_thread=True):
            yield [hit_of_row(row) for row in rows]
            after = rows[-1].number

    async def _change_each(self, statement: sa.Delete | sa.Update, found: Iterable[StoredHit], **values: int) -> None:
        if rows := [{"of": hit.number, **values} for hit in found]:
            await self._session.execute(statement, rows)


def _conditions(query: HitQuery, now: int) -> list[sa.ColumnElement[bool]]:
    equal = {hits.c.side: query.side, hits.c.service: query.service, hits.c.record: query.record}
    conditions = [column == str(value) for column, value in equal.items() if value is not None]
    if query.state is not None:
        conditions.append(_stands(query.state, now))
    if query.bureau is not None:
        conditions.append(sa.or_(hits.c.owner == query.bureau, hits.c.finder == query.bureau))
    if query.since is not None:
        conditions.append(hits.c.stored >= milliseconds_at(query.since))
    if query.after is not None:
        conditions.append(hits.c.number < query.after)
    return conditions


def _stands(state: HitState, now: int) -> sa.ColumnElement[bool]:
    """Return the condition of hits that are in a state by now, as `rules.as_of` has it."""
    stored = hits.c.state == state.value
    if state in rules.OPEN:
        return sa.and_(stored, hits.c.due > now)
    return sa.or_(stored, hits.c.due <= now) if state is HitState.EXPIRED else stored
