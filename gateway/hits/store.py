"""Remembers hits, how far the confirmation of each has come, and what was said about it. Never commits."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from gateway.hits import rules
from gateway.hits.models import HitQuery, HitState, Side
from gateway.hits.rows import EarlyRequest, KeptHit, KeptStep, hit_of_row, hit_row, step_of_row, step_row
from gateway.hits.rules import Standing
from gateway.hits.tables import early_requests, hits, steps, withdrawn
from shared.mailbox.times import milliseconds_at
from shared.storage import Session

# Of what was found of one record, which may be much.
BATCH_SIZE: Final = 500

_known: Final = sa.select(hits.c.id, hits.c.side).where(hits.c.id.in_(sa.bindparam("ids", expanding=True)))
# In the order of the rows, so that each gets its own number.
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
        state=sa.bindparam("new_state"),
        requests=sa.bindparam("new_requests"),
        due=sa.bindparam("new_due"),
        promised=sa.bindparam("new_promised"),
        late=sa.bindparam("new_late"),
        untold=sa.null(),
    )
)
_earliest: Final = sa.select(
    sa.select(sa.func.min(hits.c.due)).where(hits.c.due.is_not(None)).scalar_subquery().label("due"),
    sa.select(sa.func.min(hits.c.untold)).where(hits.c.untold.is_not(None)).scalar_subquery().label("untold"),
)
_overdue: Final = (
    sa.select(hits)
    .where(hits.c.due <= sa.bindparam("now"))
    .order_by(hits.c.due, hits.c.number)
    .limit(sa.bindparam("at_most"))
)
_untold: Final = (
    sa.select(hits)
    .where(hits.c.untold <= sa.bindparam("now"))
    .order_by(hits.c.untold, hits.c.number)
    .limit(sa.bindparam("at_most"))
)
_put_off: Final = (
    sa.update(hits)
    .where(hits.c.number == sa.bindparam("of"), sa.func.coalesce(hits.c.untold, -1) == sa.bindparam("old_untold"))
    .values(untold=sa.bindparam("new_untold"))
)
_add_step: Final = sa.insert(steps)
_steps_of: Final = sa.select(steps).where(steps.c.hit == sa.bindparam("of")).order_by(steps.c.number)
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
        hits.c.side == Side.FINDER.value,
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
_forget_withdrawn: Final = sa.delete(withdrawn).where(
    withdrawn.c.service == sa.bindparam("of_service"), withdrawn.c.record == sa.bindparam("of_record")
)
_add_withdrawn: Final = sa.insert(withdrawn)


def _forget(table: sa.Table, *past: sa.ColumnElement[bool]) -> sa.Delete:
    """Return what removes rows that are past their time, up to a limit."""
    which = sa.tuple_(*table.primary_key)
    some = sa.select(*table.primary_key).where(*past).limit(sa.bindparam("at_most"))
    return sa.delete(table).where(which.in_(some))


_forget_hits: Final = _forget(hits, hits.c.stored <= sa.bindparam("before"), hits.c.due.is_(None))
_forget_early: Final = _forget(early_requests, early_requests.c.signed <= sa.bindparam("before"))
_forget_old_withdrawn: Final = _forget(withdrawn, withdrawn.c.at <= sa.bindparam("before"))


class HitStore:
    """The hits of one bureau, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def known(self, ids: Iterable[str]) -> set[tuple[str, Side]]:
        """Return which of some hits are here, on which side."""
        rows = await self._session.fetch(_known, {"ids": list(ids)})
        return {(row.id, Side(row.side)) for row in rows}

    async def add(self, new: KeptHit) -> KeptHit:
        """Remember a new hit, and return it with its number."""
        [added] = await self.add_all([new])
        return added

    async def add_all(self, new: Sequence[KeptHit]) -> list[KeptHit]:
        """Remember new hits, and return them with their numbers."""
        if not new:
            return []
        rows = await self._session.fetch(_add, [hit_row(hit) for hit in new])
        return [msgspec.structs.replace(hit, number=row.number) for hit, row in zip(new, rows, strict=True)]

    async def find(self, hit_id: str, side: Side | None = None) -> KeptHit | None:
        """Return a hit on one side; by default on the side where something can be done about it."""
        rows = await self._session.fetch(_found, {"of": hit_id})
        found = sorted((hit_of_row(row) for row in rows if side in (None, row.side)), key=_is_of_secretariat)
        return found[0] if found else None

    async def save(self, hit: KeptHit, standing: Standing) -> bool:
        """Move a hit on; tell whether it stood as it was known to, so that nobody else has moved it on meanwhile."""
        before = hit.standing
        values = {
            "of": hit.number,
            "old_state": before.state.value,
            "old_requests": before.requests,
            "old_due": -1 if before.due is None else before.due,
            "new_state": standing.state.value,
            "new_requests": standing.requests,
            "new_due": standing.due,
            "new_promised": standing.promised,
            "new_late": standing.late,
        }
        return await self._session.execute(_save, values) == 1

    async def page(self, query: HitQuery, now: int) -> list[KeptHit]:
        """Return one hit more than a page has, newest first, by how they stand at a time."""
        wanted = sa.select(hits).where(*_conditions(query, now))
        newest_first = wanted.order_by(hits.c.number.desc()).limit(query.limit + 1)
        return [hit_of_row(row) for row in await self._session.fetch(newest_first, in_thread=True)]

    async def earliest_due(self) -> int | None:
        """Return when a deadline passes next, or is to be told of."""
        [row] = await self._session.fetch(_earliest)
        return min((at for at in row if at is not None), default=None)

    async def overdue(self, now: int, limit: int) -> list[KeptHit]:
        """Return hits whose deadline has passed, the longest overdue first."""
        return [hit_of_row(row) for row in await self._session.fetch(_overdue, {"now": now, "at_most": limit})]

    async def untold(self, now: int, limit: int) -> list[KeptHit]:
        """Return hits of which the Secretariat is to be told that their deadline passed, the longest waiting first."""
        return [hit_of_row(row) for row in await self._session.fetch(_untold, {"now": now, "at_most": limit})]

    async def defer(self, hit: KeptHit, until: int | None) -> bool:
        """Note when the Secretariat is to be told, or None if it is; tell whether nobody else has noted it."""
        before = -1 if hit.untold is None else hit.untold
        return await self._session.execute(_put_off, {"of": hit.number, "old_untold": before, "new_untold": until}) == 1

    # --- what was said

    async def add_step(self, hit: KeptHit, step: KeptStep) -> None:
        """Remember a message in the confirmation of a hit."""
        await self._session.execute(_add_step, {"hit": hit.number, **step_row(step), "late": step.late})

    async def steps(self, hit: KeptHit) -> list[KeptStep]:
        """Return what was said about a hit, in the order in which this bureau had it."""
        return [step_of_row(row, late=row.late) for row in await self._session.fetch(_steps_of, {"of": hit.number})]

    async def put_early(self, early: EarlyRequest) -> None:
        """Remember a request whose hit has not come yet."""
        await self._session.execute(_add_early, {**step_row(early.step), "hit": early.hit, "sender": early.sender})

    async def early_requests(self, hit_id: str, sender: str) -> int:
        """Return how many requests of a bureau wait for a hit."""
        [[count]] = await self._session.fetch(_early_of, {"of": hit_id, "by": sender})
        return int(count)

    async def take_early(self, ids: Iterable[str]) -> list[EarlyRequest]:
        """Return the requests that came before their hits, in the order in which they were signed, and forget them."""
        rows = await self._session.fetch(_early, {"ids": list(ids)})
        early = [EarlyRequest(hit=row.hit, sender=row.sender, step=step_of_row(row)) for row in rows]
        return sorted(early, key=lambda each: each.step.signed)

    # --- what becomes of the record

    async def withdraw(self, service: str, record: str, at: int) -> None:
        """Forget what this bureau has found of a record by the time that it was withdrawn, and what was said of it."""
        async for found in self._found(service, record):
            await self._change_each(_drop, [hit for hit in found if rules.is_withdrawn(hit.note, at)])
        of_record = {"of_service": service, "of_record": record}
        present = (await self.withdrawn(service, [record])).get(record, at)
        await self._session.execute(_forget_withdrawn, of_record)
        await self._session.execute(_add_withdrawn, {"service": service, "record": record, "at": max(at, present)})

    async def correct(self, service: str, record: str, version: int, at: int) -> None:
        """Note with what this bureau has found of a record that it was corrected, where a version before was found."""
        async for found in self._found(service, record):
            older = [hit for hit in found if hit.note.version < version]
            await self._change_each(_correct, [hit for hit in older if (hit.corrected or -1) < at], at=at)

    async def withdrawn(self, service: str, records: Iterable[str]) -> dict[str, int]:
        """Return which of some records were withdrawn from this bureau, and when."""
        rows = await self._session.fetch(_withdrawn_at, {"of_service": service, "records": list(records)})
        return {row.record: row.at for row in rows}

    # --- what is past its time

    async def forget_hits(self, before: int, limit: int) -> int:
        """Forget hits of before a time whose clock does not run, up to a limit; return how many that were."""
        return await self._session.execute(_forget_hits, {"before": before, "at_most": limit})

    async def forget_early_requests(self, before: int, limit: int) -> int:
        """Forget requests signed before a time whose hit has not come, up to a limit; return how many that were."""
        return await self._session.execute(_forget_early, {"before": before, "at_most": limit})

    async def forget_withdrawals(self, before: int, limit: int) -> int:
        """Forget which records were withdrawn before a time, up to a limit; return how many that were."""
        return await self._session.execute(_forget_old_withdrawn, {"before": before, "at_most": limit})

    async def _found(self, service: str, record: str) -> AsyncIterator[list[KeptHit]]:
        """Yield what this bureau has found of a record, a few at a time."""
        of_record, after = {"of_service": service, "of_record": record, "at_most": BATCH_SIZE}, 0
        while rows := await self._session.fetch(_found_of_record, {**of_record, "after": after}, in_thread=True):
            yield [hit_of_row(row) for row in rows]
            after = rows[-1].number

    async def _change_each(self, statement: sa.Delete | sa.Update, found: Iterable[KeptHit], **values: int) -> None:
        if rows := [{"of": hit.number, **values} for hit in found]:
            await self._session.execute(statement, rows)


def _conditions(query: HitQuery, now: int) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if query.side is not None:
        conditions.append(hits.c.side == query.side.value)
    if query.state is not None:
        conditions.append(_stands(query.state, now))
    if query.service is not None:
        conditions.append(hits.c.service == query.service)
    if query.record is not None:
        conditions.append(hits.c.record == query.record)
    if query.bureau is not None:
        conditions.append(sa.or_(hits.c.owner == query.bureau, hits.c.finder == query.bureau))
    if query.since is not None:
        conditions.append(hits.c.stored >= milliseconds_at(query.since))
    if query.after is not None:
        conditions.append(hits.c.number < query.after)
    return conditions


def _stands(state: HitState, now: int) -> sa.ColumnElement[bool]:
    """Return what tells how a hit stands by now, as `rules.as_of` does."""
    stored = hits.c.state == state.value
    if state in rules.OPEN:
        return sa.and_(stored, hits.c.due > now)
    return sa.or_(stored, hits.c.due <= now) if state is HitState.EXPIRED else stored


def _is_of_secretariat(hit: KeptHit) -> bool:
    return hit.side is Side.SECRETARIAT
