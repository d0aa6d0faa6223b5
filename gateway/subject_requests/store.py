"""Stores data subject requests, the records that concern each, and the steps of officers. Never commits.

A change reads the request in the same transaction, and no other transaction writes meanwhile.
"""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from msgspec.structs import replace

from gateway.struct_rows import columns_of, struct_of
from gateway.subject_requests.models import RemedyAct, RemedyState, RequestQuery
from gateway.subject_requests.rows import (
    REMEDY,
    DueRemedy,
    StoredRecord,
    StoredRequest,
    StoredStep,
    due_remedy,
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
# Until it has answered again, the service may accept what it has refused before.
_claim: Final = _queue.reschedule(*_this_record, refused=False)
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
    sa.update(requests)
    .where(requests.c.sequence.in_(_these))
    .values(subject=None, statement=None, new_fact=None, reasons=None),
    sa.update(steps).where(steps.c.request.in_(_these)).values(reason=None),
    sa.update(records).where(records.c.request.in_(_these)).values(corrections=None, problem=None),
    # Records that were only disclosed. What was changed stays, with its proof.
    sa.delete(records).where(
        records.c.request.in_(_these),
        sa.or_(
            records.c.act.is_(None),
            records.c.act == RemedyAct.DISCLOSE.value,
            records.c.state == RemedyState.ABANDONED.value,
        ),
    ),
)


class SubjectRequestStore:
    """The requests of data subjects, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, new: StoredRequest) -> StoredRequest:
        """Store a new request, and return it with the next number of its year."""
        [[last]] = await self._session.fetch(_last_number, {"of_year": new.year})
        numbered = replace(new, number=(last or 0) + 1)
        [row] = await self._session.fetch(_add, request_row(numbered))
        return replace(numbered, sequence=row.sequence)

    async def find(self, request_id: str) -> StoredRequest | None:
        """Return a request."""
        row = first_or_none(await self._session.fetch(_found, {"of": request_id}))
        return None if row is None else request_of(row)

    async def page(self, query: RequestQuery, today: date) -> list[StoredRequest]:
        """Return one request more than a page has, newest first."""
        wanted = sa.select(requests).where(*_conditions(query, today))
        newest_first = wanted.order_by(requests.c.sequence.desc()).limit(query.limit + 1)
        return [request_of(row) for row in await self._session.fetch(newest_first, in_thread=True)]

    async def save(self, request: StoredRequest) -> None:
        """Save the state of a request."""
        row = request_row(request)
        changed = {f"new_{name}": row[name] for name in _MOVING}
        await self._session.execute(_save, {"of": request.sequence, **changed})

    # --- the records that concern the subject

    async def add_records(self, request: StoredRequest, new: Iterable[StoredRecord]) -> None:
        """Store records that concern the subject of a request."""
        rows = [{"request": request.sequence, **record_row(record)} for record in new]
        if rows:
            await self._session.execute(_add_record, rows)

    async def records(self, request: StoredRequest) -> list[StoredRecord]:
        """Return the records of a request, in the order in which they were attached."""
        return [record_of(row) for row in await self._session.fetch(_records_of, {"of": request.sequence})]

    async def remove_record(self, request: StoredRequest, number: int) -> bool:
        """Remove a record from a request; return whether it was attached."""
        return await self._session.execute(_remove_record, {"of": request.sequence, "of_number": number}) == 1

    async def save_records(self, request: StoredRequest, changed: Iterable[StoredRecord]) -> None:
        """Save the state of the remedies of records."""
        for record in changed:
            new = {f"new_{name}": value for name, value in remedy_row(record).items()}
            await self._session.execute(_save_record, {"of": request.sequence, "of_number": record.number, **new})

    async def earliest_due(self) -> int | None:
        """Return when a remedy is due next."""
        [[due]] = await self._session.fetch(_earliest_due)
        return None if due is None else int(due)

    async def due(self, now: int, limit: int) -> list[DueRemedy]:
        """Return the remedies that are due by now, the longest waiting first."""
        return [due_remedy(row) for row in await self._session.fetch(_due, {"now": now, "at_most": limit})]

    async def claim(self, now: int, until: int, limit: int) -> list[DueRemedy]:
        """Claim and return the remedies that are due by now, until a time when they are due again."""
        claimed = await self.due(now, limit)
        for each in claimed:
            this = {"of": each.sequence, "of_number": each.record.number}
            await self._session.execute(_claim, {**this, "new_due": until})
        return [replace(each, record=replace(each.record, due=until)) for each in claimed]

    # --- steps, and what is to be removed

    async def add_steps(self, request: StoredRequest, *new: StoredStep) -> None:
        """Store steps in a request."""
        await self._session.execute(_add_step, [{"request": request.sequence, **columns_of(step)} for step in new])

    async def steps(self, request: StoredRequest) -> list[StoredStep]:
        """Return the steps in a request, the first step first."""
        return [struct_of(StoredStep, row) for row in await self._session.fetch(_steps_of, {"of": request.sequence})]

    async def to_forget(self, today: date, limit: int) -> Collection[int]:
        """Return which requests ended so long ago that their subjects are to be removed."""
        rows = await self._session.fetch(_to_forget, {"today": today, "at_most": limit})
        return [row.sequence for row in rows]

    async def forget(self, sequences: Collection[int], step: StoredStep) -> None:
        """Remove the person, the request and its reasons; numbers, dates and steps stay."""
        for statement in _forget:
            await self._session.execute(statement, {"these": list(sequences)})
        row = columns_of(step)
        await self._session.execute(_add_step, [{"request": sequence, **row} for sequence in sequences])


def _conditions(query: RequestQuery, today: date) -> list[sa.ColumnElement[bool]]:
    equal = {requests.c.state: query.state, requests.c.kind: query.kind}
    conditions = [column == value.value for column, value in equal.items() if value is not None]
    if query.overdue is not None:
        # As `rules.is_overdue` does.
        is_overdue = sa.and_(requests.c.due.is_not(None), requests.c.due < today)
        conditions.append(is_overdue if query.overdue else sa.not_(is_overdue))
    if query.after is not None:
        conditions.append(requests.c.sequence < query.after)
    return conditions
