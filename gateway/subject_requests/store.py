"""Remembers data subject requests, the records that concern each, and who did what. Never commits.

Whoever changes a request reads it in the same transaction, which is alone in its store: nothing is changed meanwhile.
"""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from gateway.subject_requests.models import Act, RemedyState, RequestQuery, Step
from gateway.subject_requests.rows import (
    REMEDY,
    DueRemedy,
    KeptRecord,
    KeptRequest,
    KeptStep,
    record_of,
    record_row,
    remedy_row,
    request_of,
    request_row,
)
from gateway.subject_requests.tables import records, requests, steps
from shared.storage import Session, first_or_none
from shared.storage.claims import ClaimQueue

_of: Final[sa.BindParameter[Any]] = sa.bindparam("of")
_last_number: Final = sa.select(sa.func.max(requests.c.number)).where(requests.c.year == sa.bindparam("of_year"))
_add: Final = sa.insert(requests).returning(requests.c.sequence)
_found: Final = sa.select(requests).where(requests.c.id == _of)
_MOVING: Final = ("state", "admitted", "due", "outcome", "forget_on", "last_record", "reasons")
_save: Final = (
    sa.update(requests)
    .where(requests.c.sequence == _of)
    .values({name: sa.bindparam(f"new_{name}") for name in _MOVING})
)
_add_record: Final = sa.insert(records)
_records_of: Final = sa.select(records).where(records.c.request == _of).order_by(records.c.number)
_this_record: Final = (records.c.request == _of, records.c.number == sa.bindparam("of_number"))
_remove_record: Final = sa.delete(records).where(*_this_record)
_save_record: Final = (
    sa.update(records).where(*_this_record).values({name: sa.bindparam(f"new_{name}") for name in REMEDY})
)
_queue: Final = ClaimQueue(records)
_earliest_due: Final = _queue.earliest()
_due: Final = (
    sa.select(records, requests.c.id, requests.c.year, requests.c.number.label("filed"))
    .join(requests, requests.c.sequence == records.c.request)
    .where(records.c.due <= sa.bindparam("now"))
    .order_by(records.c.due, records.c.request, records.c.number)
    .limit(sa.bindparam("at_most"))
)
# Until it has answered again, the service may do what it has refused before.
_claim: Final = _queue.settle(*_this_record, refused=False)
_add_step: Final = sa.insert(steps)
_steps_of: Final = sa.select(steps).where(steps.c.request == _of).order_by(steps.c.number)

_to_forget: Final = (
    sa.select(requests.c.sequence)
    .where(requests.c.forget_on <= sa.bindparam("today"), requests.c.subject.is_not(None))
    .order_by(requests.c.forget_on)
    .limit(sa.bindparam("at_most"))
)
_these: Final[sa.BindParameter[Any]] = sa.bindparam("these", expanding=True)
_forget: Final = (
    sa.update(requests).where(requests.c.sequence.in_(_these)).values(subject=None, statement=None, reasons=None),
    sa.update(steps).where(steps.c.request.in_(_these)).values(note=None),
    sa.update(records).where(records.c.request.in_(_these)).values(corrections=None, problem=None),
    # What only told where something about the subject is. What was changed stays, with the proof that it was.
    sa.delete(records).where(
        records.c.request.in_(_these),
        sa.or_(
            records.c.act.is_(None),
            records.c.act == Act.DISCLOSE.value,
            records.c.state == RemedyState.ABANDONED.value,
        ),
    ),
)


class SubjectRequestStore:
    """The requests of data subjects, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, new: KeptRequest) -> KeptRequest:
        """Remember a new request, and return it with the next number of its year."""
        [[last]] = await self._session.fetch(_last_number, {"of_year": new.year})
        numbered = msgspec.structs.replace(new, number=(last or 0) + 1)
        [row] = await self._session.fetch(_add, request_row(numbered))
        return msgspec.structs.replace(numbered, sequence=row.sequence)

    async def find(self, request_id: str) -> KeptRequest | None:
        """Return a request."""
        row = first_or_none(await self._session.fetch(_found, {"of": request_id}))
        return None if row is None else request_of(row)

    async def page(self, query: RequestQuery, today: date) -> list[KeptRequest]:
        """Return one request more than a page has, newest first."""
        wanted = sa.select(requests).where(*_conditions(query, today))
        newest_first = wanted.order_by(requests.c.sequence.desc()).limit(query.limit + 1)
        return [request_of(row) for row in await self._session.fetch(newest_first, in_thread=True)]

    async def save(self, request: KeptRequest) -> None:
        """Remember how far a request has come."""
        row = request_row(request)
        changed = {f"new_{name}": row[name] for name in _MOVING}
        await self._session.execute(_save, {"of": request.sequence, **changed})

    # --- the records that concern the subject

    async def add_records(self, request: KeptRequest, new: Iterable[KeptRecord]) -> None:
        """Remember that records concern the subject of a request."""
        rows = [{"request": request.sequence, **record_row(record)} for record in new]
        if rows:
            await self._session.execute(_add_record, rows)

    async def records(self, request: KeptRequest) -> list[KeptRecord]:
        """Return the records of a request, in the order in which they were attached."""
        return [record_of(row) for row in await self._session.fetch(_records_of, {"of": request.sequence})]

    async def remove_record(self, request: KeptRequest, number: int) -> bool:
        """Forget that a record concerns the subject; tell whether it was attached."""
        return await self._session.execute(_remove_record, {"of": request.sequence, "of_number": number}) == 1

    async def save_records(self, request: KeptRequest, changed: Iterable[KeptRecord]) -> None:
        """Remember how far it is with records."""
        for record in changed:
            new = {f"new_{name}": value for name, value in remedy_row(record).items()}
            await self._session.execute(_save_record, {"of": request.sequence, "of_number": record.number, **new})

    async def earliest_due(self) -> int | None:
        """Return when something is to be carried out next."""
        [[due]] = await self._session.fetch(_earliest_due)
        return None if due is None else int(due)

    async def due(self, now: int, limit: int) -> list[DueRemedy]:
        """Return what is to be carried out by now, what waits longest first."""
        rows = await self._session.fetch(_due, {"now": now, "at_most": limit})
        return [
            DueRemedy(
                sequence=row.request, request=row.id, reference=f"CCF/{row.year}/{row.filed}", record=record_of(row)
            )
            for row in rows
        ]

    async def claim(self, now: int, until: int, limit: int) -> list[DueRemedy]:
        """Return what is to be carried out by now, for one alone to do so until a time: then it is due again."""
        claimed = await self.due(now, limit)
        for each in claimed:
            this = {"of": each.sequence, "of_number": each.record.number}
            await self._session.execute(_claim, {**this, "new_due": until})
        return [
            msgspec.structs.replace(each, record=msgspec.structs.replace(each.record, due=until)) for each in claimed
        ]

    # --- what was done, and what is to be forgotten

    async def add_steps(self, request: KeptRequest, *new: KeptStep) -> None:
        """Remember what was done with a request."""
        rows = [
            {
                "request": request.sequence,
                "at": step.at,
                "officer": step.officer,
                "step": step.step.value,
                "record": step.record,
                "note": step.note,
            }
            for step in new
        ]
        await self._session.execute(_add_step, rows)

    async def steps(self, request: KeptRequest) -> list[KeptStep]:
        """Return what was done with a request, the first step first."""
        return [
            KeptStep(at=row.at, officer=row.officer, step=Step(row.step), record=row.record, note=row.note)
            for row in await self._session.fetch(_steps_of, {"of": request.sequence})
        ]

    async def to_forget(self, today: date, limit: int) -> Collection[int]:
        """Return which requests have ended so long ago that whom they were about is to be forgotten."""
        rows = await self._session.fetch(_to_forget, {"today": today, "at_most": limit})
        return [row.sequence for row in rows]

    async def forget(self, sequences: Collection[int], step: KeptStep) -> None:
        """Forget whom and what requests were about; their numbers, their dates and what was done stay."""
        for statement in _forget:
            await self._session.execute(statement, {"these": list(sequences)})
        row = {"at": step.at, "officer": step.officer, "step": step.step.value, "record": None, "note": None}
        await self._session.execute(_add_step, [{"request": sequence, **row} for sequence in sequences])


def _conditions(query: RequestQuery, today: date) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if query.state is not None:
        conditions.append(requests.c.state == query.state.value)
    if query.kind is not None:
        conditions.append(requests.c.kind == query.kind.value)
    if query.overdue is not None:
        # As `rules.is_overdue` does.
        is_overdue = sa.and_(requests.c.due.is_not(None), requests.c.due < today)
        conditions.append(is_overdue if query.overdue else sa.not_(is_overdue))
    if query.after is not None:
        conditions.append(requests.c.sequence < query.after)
    return conditions
