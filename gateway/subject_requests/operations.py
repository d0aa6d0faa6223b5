"""What officers of the Commission do with data subject requests, each step in one transaction with its history."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from msgspec.structs import replace

from gateway.subject_requests import rules
from gateway.subject_requests.models import (
    Admissibility,
    CommissionOutcome,
    DecisionDraft,
    RecordLocation,
    Remedy,
    RemedyAct,
    RemedyState,
    RequestQuery,
    RequestStep,
    Revision,
    StatedReason,
    SubjectRequest,
    SubjectRequestDraft,
    SubjectRequestKind,
    SubjectRequestPage,
    SubjectRequestState,
)
from gateway.subject_requests.record_client import RecordClient, fault_in, record_in
from gateway.subject_requests.reports import AccessReport, ExecutionReport, execution_of, report_on
from gateway.subject_requests.rows import StoredRecord, StoredRequest, StoredStep
from gateway.subject_requests.store import SubjectRequestStore
from gateway.subject_requests.views import request_view, summary_of
from gateway.subject_requests.worker import move_on
from shared.bureaus import BureauCode
from shared.errors import IllegalStep, NotFound
from shared.identity import Caller
from shared.ids import uuid7
from shared.mailbox.host import MailboxSession
from shared.mailbox.mailbox import after_commit
from shared.mailbox.store import MailStore
from shared.mailbox.times import moment
from shared.records.models import Corrections
from shared.storage import page_of

P = ParamSpec("P")
Change = Callable[Concatenate["SubjectRequestOperations", SubjectRequestStore, StoredRequest, P], Awaitable[None]]
Operation = Callable[Concatenate["SubjectRequestOperations", str, P], Awaitable[SubjectRequest]]


def in_transaction(change: Change[P]) -> Operation[P]:
    """Return an operation that makes a change of a stored request, in one transaction, and returns it as changed."""

    @wraps(change)
    async def operation(
        self: "SubjectRequestOperations", request_id: str, /, *args: P.args, **kwargs: P.kwargs
    ) -> SubjectRequest:
        async def on_store(store: MailStore) -> None:
            requests = SubjectRequestStore(store.session)
            await change(self, requests, _known(await requests.find(request_id), request_id), *args, **kwargs)

        await self.mailbox.write(on_store)
        self.mailbox.changes.notify()
        with after_commit():
            return await self.one(request_id)

    return operation


class SubjectRequestOperations:
    """The requests of data subjects, for one officer of the Commission."""

    def __init__(self, session: MailboxSession, officer: Caller) -> None:
        self.mailbox = session.mailbox
        self._clock = session.bureau.clock
        self._officer = officer.officer
        self._files = RecordClient(session.bureau, officer.officer, officer.scopes)

    # --- reading

    async def page(self, query: RequestQuery) -> SubjectRequestPage:
        """Return one page of requests."""
        found = await self._reading.page(query, self._today)
        shown, last = page_of(found, query.limit)
        return SubjectRequestPage(items=[summary_of(each, self._today) for each in shown], next=last and last.sequence)

    async def one(self, request_id: str) -> SubjectRequest:
        """Return a request with its records and its history. Raises NotFound."""
        request = await self._find(request_id)
        records, steps = await self._reading.records(request), await self._reading.steps(request)
        return request_view(request, records, steps, self._today)

    async def execution(self, request_id: str) -> ExecutionReport:
        """Return how a decision is carried out. Raises NotFound."""
        request = await self._find(request_id)
        return await execution_of(request, await self._reading.records(request), self._files, self._clock.now())

    async def report(self, request_id: str) -> AccessReport:
        """Return what the subject is given. Raises NotFound, IllegalStep, ScopeMissing, NotAnswered."""
        request = await self._find(request_id)
        if request.matter is not SubjectRequestKind.ACCESS or request.outcome in (None, CommissionOutcome.REFUSED):
            raise IllegalStep("a report is made on a request for access that is granted")
        return await report_on(request, await self._reading.records(request), self._files, self._clock.now())

    # --- steps

    async def enter(self, draft: SubjectRequestDraft) -> SubjectRequest:
        """Enter a request. Raises ReceivedInFuture, NotRevisable, RevisionTooLate, RecordNotFound, ..."""
        rules.require_received(draft.received, self._today)
        revision = {} if draft.revision is None else await self._revision(draft.revision, draft.received)
        found = await self._read(draft.records, [f"/records/{number}" for number in range(len(draft.records))])
        now = self._clock.now()
        new = StoredRequest(
            id=uuid7(now),
            year=now.year,
            kind=draft.kind,
            received=draft.received,
            entered=self.mailbox.now(),
            due=rules.due_of(draft.kind, SubjectRequestState.RECEIVED, draft.received),
            last_record=len(found),
            subject=draft.subject,
            statement=draft.statement,
            **revision,
        )

        async def add(store: MailStore) -> None:
            requests = SubjectRequestStore(store.session)
            entered = await requests.add(new)
            await requests.add_records(entered, found)
            await requests.add_steps(entered, self._step(RequestStep.ENTERED), *self._attached(found))

        await self.mailbox.write(add)
        with after_commit():
            return await self.one(new.id)

    @in_transaction
    async def decide_admissibility(
        self, store: SubjectRequestStore, request: StoredRequest, decision: Admissibility
    ) -> None:
        """Decide whether a request is examined. Raises NotFound, IllegalStep."""
        state = rules.admit(request.state, admissible=decision.admissible)
        admitted = self._today if decision.admissible else None
        await store.save(request.moved(state, self._today, admitted=admitted))
        step = RequestStep.ADMITTED if decision.admissible else RequestStep.NOT_ADMITTED
        await store.add_steps(request, self._step(step, reason=decision.reason))

    async def attach(self, request_id: str, place: RecordLocation) -> SubjectRequest:
        """Attach a record that concerns the subject. Raises as `enter`, NotFound, IllegalStep, TooManyRecords."""
        rules.require_collecting((await self._find(request_id)).state)
        [found] = await self._read([place], [""])
        return await self._attach(request_id, found)

    @in_transaction
    async def _attach(self, store: SubjectRequestStore, request: StoredRequest, found: StoredRecord) -> None:
        rules.require_collecting(request.state)
        attached = await store.records(request)
        _require_new(found.place, [record.place for record in attached])
        rules.require_room(len(attached))
        record = replace(found, number=request.last_record + 1)
        await store.add_records(request, [record])
        await store.save(replace(request, last_record=record.number))
        await store.add_steps(request, *self._attached([record]))

    @in_transaction
    async def remove(self, store: SubjectRequestStore, request: StoredRequest, number: int) -> None:
        """Take a record off a request. Raises NotFound, IllegalStep."""
        rules.require_collecting(request.state)
        if not await store.remove_record(request, number):
            raise _no_record(number)
        await store.add_steps(request, self._step(RequestStep.REMOVED, number))

    @in_transaction
    async def decide(self, store: SubjectRequestStore, request: StoredRequest, decision: DecisionDraft) -> None:
        """Decide on a request. Raises NotFound, IllegalStep, RemedyNotAllowed, ScopeMissing."""
        attached = {record.number: record for record in await store.records(request)}
        state = rules.decide(request.matter, request.state, decision.outcome, decision.remedies, attached)
        decided = [self._decided(attached[remedy.record], remedy) for remedy in decision.remedies]
        await store.save_records(request, decided)
        await store.save(request.moved(state, self._today, outcome=decision.outcome, reasons=decision.reasons))
        await store.add_steps(request, self._step(RequestStep.DECIDED))

    @in_transaction
    async def restate(
        self, store: SubjectRequestStore, request: StoredRequest, number: int, corrections: Corrections
    ) -> None:
        """Replace corrections that a service has refused. Raises NotFound, IllegalStep, ScopeMissing."""
        record = await _numbered(store, request, number)
        rules.require_restatable(request.state, record.act, record.state, refused=record.refused)
        self._files.require(record.place, RemedyAct.CORRECT)
        now, again = self.mailbox.now(), replace(record, attempts=0, problem=None, refused=False)
        await store.save_records(request, [replace(again, officer=self._officer, corrections=corrections, due=now)])
        await store.add_steps(request, self._step(RequestStep.RESTATED, number))

    @in_transaction
    async def abandon(
        self, store: SubjectRequestStore, request: StoredRequest, number: int, stated: StatedReason
    ) -> None:
        """Give up a remedy that failed. Raises NotFound, IllegalStep."""
        record = await _numbered(store, request, number)
        rules.require_abandonable(request.state, record.state, record.problem)
        await store.save_records(request, [replace(record, state=RemedyState.ABANDONED, due=None)])
        await store.add_steps(request, self._step(RequestStep.ABANDONED, number, reason=stated.reason))
        await move_on(store, request, self._today)

    @in_transaction
    async def close(self, store: SubjectRequestStore, request: StoredRequest, stated: StatedReason) -> None:
        """Record that the subject withdraws a request. Raises NotFound, IllegalStep."""
        await store.save(request.moved(rules.close(request.state), self._today))
        await store.add_steps(request, self._step(RequestStep.CLOSED, reason=stated.reason))

    # --- parts of these

    async def _revision(self, revision: Revision, received: date) -> dict[str, Any]:
        """Return what is stored of a decision that may be revised. Raises NotRevisable, RevisionTooLate."""
        request = await self._reading.find(revision.request)
        steps = [] if request is None or request.outcome is None else await self._reading.steps(request)
        decided = next((moment(each.at).date() for each in steps if each.step is RequestStep.DECIDED), None)
        rules.require_revisable(revision.discovered, received, decided)
        return {
            "revises": revision.request,
            "revised_kind": request and request.matter,
            "discovered": revision.discovered,
            "new_fact": revision.new_fact,
        }

    @property
    def _reading(self) -> SubjectRequestStore:
        return SubjectRequestStore(self.mailbox.reading.session)

    @property
    def _today(self) -> date:
        return self._clock.now().date()

    async def _find(self, request_id: str) -> StoredRequest:
        return _known(await self._reading.find(request_id), request_id)

    async def _read(self, places: Sequence[RecordLocation], pointers: Sequence[str]) -> list[StoredRecord]:
        """Read records once, to know that they exist; `pointers` lead to them in the request. Raises as `enter`."""
        for number, place in enumerate(places):
            self._files.require(place)
            _require_new(place, places[:number])
        found = (self._found(number, *each) for number, each in enumerate(zip(places, pointers, strict=True), start=1))
        return list(await asyncio.gather(*found))

    async def _found(self, number: int, place: RecordLocation, pointer: str) -> StoredRecord:
        answer = await self._files.read(place)
        if 400 <= answer.head.status < 500:
            # Where a path leads to no records a service may refuse with another status than 404.
            detail = f"{place.service} has no record {place.record} there: {fault_in(answer)}"
            raise rules.RecordNotFound(detail, at=f"{pointer}/record")
        return StoredRecord(number=number, place=place, owner=BureauCode(record_in(answer, place).owner))

    def _decided(self, record: StoredRecord, remedy: Remedy) -> StoredRecord:
        """Return a record with its remedy, to be carried out at once. Raises ScopeMissing."""
        self._files.require(record.place, remedy.act)
        decided = replace(record, act=remedy.act, corrections=remedy.corrections, state=RemedyState.DECIDED)
        return replace(decided, officer=self._officer, due=self.mailbox.now())

    def _step(self, step: RequestStep, record: int | None = None, reason: str | None = None) -> StoredStep:
        return StoredStep(at=self.mailbox.now(), officer=self._officer, step=step, record=record, reason=reason)

    def _attached(self, records: Sequence[StoredRecord]) -> list[StoredStep]:
        return [self._step(RequestStep.ATTACHED, record.number) for record in records]


def _known(request: StoredRequest | None, request_id: str) -> StoredRequest:
    if request is None:
        raise NotFound(f"there is no request {request_id}")
    return request


async def _numbered(requests: SubjectRequestStore, request: StoredRequest, number: int) -> StoredRecord:
    for record in await requests.records(request):
        if record.number == number:
            return record
    raise _no_record(number)


def _no_record(number: int) -> NotFound:
    return NotFound(f"there is no record {number} of this request")


def _require_new(place: RecordLocation, attached: Sequence[RecordLocation]) -> None:
    if place in attached:
        raise rules.AlreadyAttached(f"record {place.record} of {place.service} is attached already")
