"""What an officer of the Commission does with data subject requests, each step in one transaction with its history."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date

import msgspec

from gateway.subject_requests import rules
from gateway.subject_requests.execution import move_on
from gateway.subject_requests.models import (
    Abandonment,
    Act,
    Admissibility,
    Closure,
    DecisionDraft,
    Kind,
    Outcome,
    Place,
    Remedy,
    RemedyState,
    RequestDraft,
    RequestPage,
    RequestQuery,
    RequestState,
    Step,
    SubjectRequest,
)
from gateway.subject_requests.record_client import RecordClient, fault_in, note_of
from gateway.subject_requests.reports import execution_of, report_on
from gateway.subject_requests.results import AccessReport, ExecutionReport
from gateway.subject_requests.rows import KeptRecord, KeptRequest, KeptStep
from gateway.subject_requests.store import SubjectRequestStore
from gateway.subject_requests.views import request_view, summary_of
from shared.bureaus import BureauCode
from shared.errors import IllegalStep, NotFound
from shared.identity import Caller
from shared.ids import uuid7
from shared.mailbox.host import MailboxSession
from shared.mailbox.store import MailStore
from shared.records.models import Corrections
from shared.storage import page_of

Change = Callable[[SubjectRequestStore, KeptRequest], Awaitable[None]]


class SubjectRequestOperations:
    """The requests of data subjects, for one officer of the Commission."""

    def __init__(self, session: MailboxSession, officer: Caller) -> None:
        self._mailbox = session.mailbox
        self._clock = session.bureau.clock
        self._officer = officer.officer
        self._files = RecordClient(session.bureau, officer.officer, officer.scopes)

    # --- what there is

    async def page(self, query: RequestQuery) -> RequestPage:
        """Return one page of requests."""
        found = await self._reading.page(query, self._today)
        shown, last = page_of(found, query.limit)
        return RequestPage(items=[summary_of(each, self._today) for each in shown], next=last and last.sequence)

    async def one(self, request_id: str) -> SubjectRequest:
        """Return a request with all that is known of it. Raises NotFound."""
        requests = self._reading
        request = _known(await requests.find(request_id), request_id)
        return request_view(request, await requests.records(request), await requests.steps(request), self._today)

    async def execution(self, request_id: str) -> ExecutionReport:
        """Return how a decision is carried out. Raises NotFound."""
        request = _known(await self._reading.find(request_id), request_id)
        return await execution_of(request, await self._reading.records(request), self._files, self._clock.now())

    async def report(self, request_id: str) -> AccessReport:
        """Return what the subject is given. Raises NotFound, IllegalStep, ScopeMissing, NotAnswered."""
        request = _known(await self._reading.find(request_id), request_id)
        if request.kind is not Kind.ACCESS or request.outcome in (None, Outcome.REFUSED):
            raise IllegalStep("a report is made on a request for access that is granted")
        return await report_on(request, await self._reading.records(request), self._files, self._clock.now())

    # --- steps

    async def enter(self, draft: RequestDraft) -> SubjectRequest:
        """Enter a request. Raises ReceivedInFuture, RecordNotFound, AlreadyAttached, ScopeMissing, NotAnswered."""
        rules.require_received(draft.received, self._today)
        found = await self._read(draft.records)
        now = self._clock.now()
        new = KeptRequest(
            id=uuid7(now),
            year=now.year,
            kind=draft.kind,
            received=draft.received,
            entered=self._mailbox.now(),
            due=rules.due_of(draft.kind, RequestState.RECEIVED, draft.received),
            last_record=len(found),
            subject=draft.subject,
            statement=draft.statement,
        )

        async def add(store: MailStore) -> None:
            requests = SubjectRequestStore(store.session)
            entered = await requests.add(new)
            await requests.add_records(entered, found)
            await requests.add_steps(entered, self._step(Step.ENTERED), *self._attached(found))

        await self._mailbox.write(add)
        return await self.one(new.id)

    async def decide_admissibility(self, request_id: str, decision: Admissibility) -> SubjectRequest:
        """Say whether a request is examined. Raises NotFound, IllegalStep."""

        async def change(requests: SubjectRequestStore, request: KeptRequest) -> None:
            state = rules.admit(request.state, admissible=decision.admissible)
            await requests.save(
                request.moved(state, self._today, admitted=self._today if decision.admissible else None)
            )
            step = Step.ADMITTED if decision.admissible else Step.NOT_ADMITTED
            await requests.add_steps(request, self._step(step, note=decision.reason))

        return await self._change(request_id, change)

    async def attach(self, request_id: str, place: Place) -> SubjectRequest:
        """Note that a record concerns the subject. Raises what `enter` does, NotFound, IllegalStep, TooManyRecords."""
        rules.require_collecting(_known(await self._reading.find(request_id), request_id).state)
        [found] = await self._read([place])

        async def change(requests: SubjectRequestStore, request: KeptRequest) -> None:
            rules.require_collecting(request.state)
            attached = await requests.records(request)
            _require_new(place, [record.place for record in attached])
            rules.require_room(len(attached), 1)
            record = msgspec.structs.replace(found, number=request.last_record + 1)
            await requests.add_records(request, [record])
            await requests.save(msgspec.structs.replace(request, last_record=record.number))
            await requests.add_steps(request, *self._attached([record]))

        return await self._change(request_id, change)

    async def remove(self, request_id: str, number: int) -> None:
        """Take a record off a request. Raises NotFound, IllegalStep."""

        async def change(requests: SubjectRequestStore, request: KeptRequest) -> None:
            rules.require_collecting(request.state)
            if not await requests.remove_record(request, number):
                raise _no_record(number)
            await requests.add_steps(request, self._step(Step.REMOVED, number))

        await self._change(request_id, change)

    async def decide(self, request_id: str, decision: DecisionDraft) -> SubjectRequest:
        """Decide on a request. Raises NotFound, IllegalStep, RemedyNotAllowed, ScopeMissing."""

        async def change(requests: SubjectRequestStore, request: KeptRequest) -> None:
            attached = {record.number: record for record in await requests.records(request)}
            state = rules.decide(request.kind, request.state, decision.outcome, decision.remedies, attached)
            decided = [self._decided(attached[remedy.record], remedy) for remedy in decision.remedies]
            await requests.save_records(request, decided)
            moved = request.moved(state, self._today, outcome=decision.outcome, reasons=decision.reasons)
            await requests.save(moved)
            await requests.add_steps(request, self._step(Step.DECIDED))

        return await self._change(request_id, change)

    async def restate(self, request_id: str, number: int, corrections: Corrections) -> SubjectRequest:
        """State corrections otherwise that a service has refused. Raises NotFound, IllegalStep, ScopeMissing."""

        async def change(requests: SubjectRequestStore, request: KeptRequest) -> None:
            record = await _numbered(requests, request, number)
            rules.require_restatable(request.state, record.act, record.state, refused=record.refused)
            self._files.require(record.place, Act.CORRECT)
            restated = msgspec.structs.replace(
                record,
                officer=self._officer,
                corrections=corrections,
                attempts=0,
                problem=None,
                refused=False,
                due=self._mailbox.now(),
            )
            await requests.save_records(request, [restated])
            await requests.add_steps(request, self._step(Step.RESTATED, number))

        return await self._change(request_id, change)

    async def abandon(self, request_id: str, number: int, abandonment: Abandonment) -> SubjectRequest:
        """Give up what was tried in vain to carry out. Raises NotFound, IllegalStep."""

        async def change(requests: SubjectRequestStore, request: KeptRequest) -> None:
            record = await _numbered(requests, request, number)
            rules.require_abandonable(request.state, record.state, record.problem)
            abandoned = msgspec.structs.replace(record, state=RemedyState.ABANDONED, due=None)
            await requests.save_records(request, [abandoned])
            await requests.add_steps(request, self._step(Step.ABANDONED, number, note=abandonment.reason))
            await move_on(requests, request, self._today)

        return await self._change(request_id, change)

    async def close(self, request_id: str, closure: Closure) -> SubjectRequest:
        """Note that the subject withdraws a request. Raises NotFound, IllegalStep."""

        async def change(requests: SubjectRequestStore, request: KeptRequest) -> None:
            await requests.save(request.moved(rules.close(request.state), self._today))
            await requests.add_steps(request, self._step(Step.CLOSED, note=closure.reason))

        return await self._change(request_id, change)

    # --- how each is done

    @property
    def _reading(self) -> SubjectRequestStore:
        return SubjectRequestStore(self._mailbox.reading.session)

    @property
    def _today(self) -> date:
        return self._clock.now().date()

    async def _change(self, request_id: str, change: Change) -> SubjectRequest:
        async def on_store(store: MailStore) -> None:
            requests = SubjectRequestStore(store.session)
            await change(requests, _known(await requests.find(request_id), request_id))

        await self._mailbox.write(on_store)
        self._mailbox.changes.notify()
        return await self.one(request_id)

    async def _read(self, places: Sequence[Place]) -> list[KeptRecord]:
        """Read records once, so that they are known to be there. Raises what `enter` does."""
        for number, place in enumerate(places):
            self._files.require(place)
            _require_new(place, places[:number])
        return list(await asyncio.gather(*(self._found(number, place) for number, place in enumerate(places, start=1))))

    async def _found(self, number: int, place: Place) -> KeptRecord:
        answer = await self._files.read(place)
        if 400 <= answer.head.status < 500:
            # Below a path that leads to no records a service may refuse otherwise than with 404.
            raise rules.RecordNotFound(f"{place.service} has no record {place.record} there: {fault_in(answer)}")
        return KeptRecord(number=number, place=place, owner=BureauCode(note_of(answer, place).owner))

    def _decided(self, record: KeptRecord, remedy: Remedy) -> KeptRecord:
        """Return a record on which something is decided, to be carried out at once. Raises ScopeMissing."""
        self._files.require(record.place, remedy.act)
        return msgspec.structs.replace(
            record,
            act=remedy.act,
            officer=self._officer,
            corrections=remedy.corrections,
            state=RemedyState.DECIDED,
            due=self._mailbox.now(),
        )

    def _step(self, step: Step, record: int | None = None, note: str | None = None) -> KeptStep:
        return KeptStep(at=self._mailbox.now(), officer=self._officer, step=step, record=record, note=note)

    def _attached(self, records: Sequence[KeptRecord]) -> list[KeptStep]:
        return [self._step(Step.ATTACHED, record.number) for record in records]


def _known(request: KeptRequest | None, request_id: str) -> KeptRequest:
    if request is None:
        raise NotFound(f"there is no request {request_id}")
    return request


async def _numbered(requests: SubjectRequestStore, request: KeptRequest, number: int) -> KeptRecord:
    for record in await requests.records(request):
        if record.number == number:
            return record
    raise _no_record(number)


def _no_record(number: int) -> NotFound:
    return NotFound(f"there is no record {number} of this request")


def _require_new(place: Place, attached: Sequence[Place]) -> None:
    if place in attached:
        raise rules.AlreadyAttached(f"record {place.record} of {place.service} is attached already")
