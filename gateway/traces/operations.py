"""What an officer does with the traces of their bureau."""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from gateway.hits.models import HitSide
from gateway.hits.store import HitStore
from gateway.messages.record_reader import RecordReader
from gateway.traces import rules
from gateway.traces.chain import Chain
from gateway.traces.evidence_pack import EvidencePacks, messages_of
from gateway.traces.firearm import firearm_of, require_same_firearm
from gateway.traces.forms import answer_form, comment_form, request_form
from gateway.traces.models import (
    CommentDraft,
    NextRequestDraft,
    Trace,
    TraceAnswerDraft,
    TraceDraft,
    TraceExport,
    TracePage,
    TraceQuery,
    TraceSide,
)
from gateway.traces.rows import FoundRecord, StoredRequest, StoredStep, StoredTrace
from gateway.traces.store import TraceStore
from gateway.traces.transitions import OfRequest, TraceTransitions, new_status
from gateway.traces.views import chain_of, link_to_next, summary_of, trace_of
from shared.bureaus import BureauCode
from shared.errors import IllegalStep, Invalid, NotFound
from shared.identity import Caller
from shared.ids import uuid7
from shared.mailbox.host import MailboxSession
from shared.mailbox.mailbox import after_commit
from shared.mailbox.quote_models import RecordReference
from shared.mailbox.store import MailStore
from shared.mailbox.times import moment
from shared.storage import Session, page_of

FIREARMS: Final = "firearms"


class TraceOperations:
    """The traces of one bureau."""

    def __init__(self, session: MailboxSession, records: RecordReader, packs: EvidencePacks) -> None:
        self._records = records
        self._packs = packs
        self._mailbox = session.mailbox
        self._bureau = session.bureau
        self._code = BureauCode(session.bureau.name)
        self._transitions = TraceTransitions(session.bureau)

    async def page(self, query: TraceQuery) -> TracePage:
        """Return one page of traces."""
        now = self._mailbox.now()
        shown, last = page_of(await self._reading.page(query, now), query.limit)
        return TracePage(items=[summary_of(trace, now) for trace in shown], next=last and last.number)

    async def one(self, trace_id: str, requester: str | None = None) -> Trace:
        """Return a trace with all that this bureau knows of it. Raises NotFound."""
        trace = _known(await self._reading.find(trace_id, requester), trace_id)
        requests, steps = await self._reading.requests(trace), await self._reading.steps(trace)
        return trace_of(trace, requests, steps, self._mailbox.now())

    async def chain(self, trace_id: str, requester: str | None = None) -> Chain:
        """Return the chain of a trace. Raises NotFound."""
        return chain_of(*await self._with_steps(trace_id, requester))

    async def export(self, trace_id: str, requester: str | None, caller: Caller) -> TraceExport:
        """Return a trace as a file. Raises NotFound."""
        stored, steps = await self._with_steps(trace_id, requester)
        return TraceExport(
            exported=moment(self._mailbox.now()),
            by=self._code,
            officer=caller.officer,
            trace=trace_of(stored, await self._reading.requests(stored), steps, self._mailbox.now()),
            proofs=tuple(
                f"/api/messages/{step.message}/evidence?from={step.sender}" for step in messages_of(stored, steps)
            ),
        )

    async def evidence(self, trace_id: str, requester: str | None) -> bytes:
        """Return the signed evidence pack of a trace.

        Raises NotFound, Conflict, KeyNotValid, BureauSuspended, Busy.
        """
        return await self._packs.make(self._mailbox.reading, self._bureau, *await self._with_steps(trace_id, requester))

    async def begin(self, draft: TraceDraft, caller: Caller) -> Trace:
        """Begin a trace.

        Raises NotFound, Invalid, PersonalData, NotQuotable, NotConfirmed, IllegalStep, OwnAddress, NotStored.
        """
        rules.require_requester(self._code)
        rules.require_country(draft.to)
        now = self._mailbox.now()
        trace = StoredTrace(
            id=uuid7(moment(now)),
            requester=self._code,
            side=TraceSide.REQUESTER,
            firearm=firearm_of(draft.firearm),
            purpose=caller.purpose,
            stored=now,
            requests=1,
            asked=draft.to,
            status=new_status(now, draft.urgency),
        )
        rules.require_possible(trace.firearm, now)
        form, found = request_form(trace, draft, None), await self._found(self._mailbox.reading.session, draft.hit)
        if found is not None:
            record = RecordReference(service=found.service, kind=found.kind, record=found.record)
            # Before the transaction, as the service takes its time.
            require_same_firearm(trace.firearm, await self._records.content(record, caller, "/hit"))

        async def begin(store: MailStore) -> None:
            # The record may have been withdrawn meanwhile.
            begun = msgspec.structs.replace(trace, found=await self._found(store.session, draft.hit))
            await self._transitions.begin(store, begun, form, caller)

        return await self._step(begin, trace.id, self._code)

    async def go_on(self, trace_id: str, draft: NextRequestDraft, caller: Caller) -> Trace:
        """Ask the next bureau. Raises NotFound, NotTheRequester, IllegalStep, Invalid, PersonalData, OwnAddress."""
        rules.require_country(draft.to)

        async def go_on(store: MailStore) -> None:
            now, traces = self._mailbox.now(), TraceStore(store.session)
            trace = _known(await traces.find(trace_id), trace_id)
            rules.require_side(trace.side, TraceSide.REQUESTER)
            rules.require_next(trace.status, trace.requests, now)
            following = msgspec.structs.replace(
                trace, requests=trace.requests + 1, asked=draft.to, status=new_status(now, draft.urgency)
            )
            received = link_to_next(await traces.steps(trace), draft.to)
            await self._transitions.go_on(store, following, request_form(following, draft, received), caller)

        return await self._step(go_on, trace_id, self._code)

    async def answer(self, trace_id: str, requester: str | None, draft: TraceAnswerDraft, caller: Caller) -> Trace:
        """Answer the latest request. Raises NotFound, NotAsked, IllegalStep, Invalid, PersonalData, NotStored."""
        rules.require_answer(draft, self._code)

        async def answer(store: MailStore) -> None:
            trace, request = await self._latest(store, trace_id, requester)
            rules.require_side(trace.side, TraceSide.ASKED)
            if draft.link is not None:
                received = await TraceStore(store.session).received(trace, request.request)
                rules.require_dated(draft.link.on, trace.firearm, received, self._mailbox.now())
            form = answer_form(trace.id, request.request, draft)
            await self._transitions.answer(store, OfRequest(trace, request, caller, self._mailbox.now()), form)

        return await self._step(answer, trace_id, requester)

    async def comment(self, trace_id: str, requester: str | None, draft: CommentDraft, caller: Caller) -> Trace:
        """Comment on the latest request. Raises NotFound, IllegalStep, PersonalData, NotStored."""

        async def comment(store: MailStore) -> None:
            trace, request = await self._latest(store, trace_id, requester)
            rules.require_party(trace.side)
            made = await TraceStore(store.session).comments(trace, request.request, self._code)
            if made >= rules.MAX_COMMENTS:
                raise IllegalStep(
                    f"your bureau has made {rules.MAX_COMMENTS} comments on this request: write a message"
                )
            form = comment_form(trace.id, request.request, draft.text)
            await self._transitions.comment(store, OfRequest(trace, request, caller, self._mailbox.now()), form)

        return await self._step(comment, trace_id, requester)

    async def _with_steps(self, trace_id: str, requester: str | None) -> tuple[StoredTrace, list[StoredStep]]:
        trace = _known(await self._reading.find(trace_id, requester), trace_id)
        return trace, await self._reading.steps(trace)

    @property
    def _reading(self) -> TraceStore:
        return TraceStore(self._mailbox.reading.session)

    async def _found(self, session: Session, hit_id: str | None) -> FoundRecord | None:
        """Return the record of a hit of this bureau. Raises NotFound, Invalid."""
        if hit_id is None:
            return None
        hits = HitStore(session)
        hit = await hits.find(hit_id, HitSide.FINDER) or await hits.find(hit_id, HitSide.OWNER)
        if hit is None:
            raise NotFound(f"your bureau has no hit {hit_id}")
        if hit.service != FIREARMS:
            raise Invalid(f"is a hit in {hit.service}: a trace follows one on a firearm", at="/hit")
        details = hit.details
        return FoundRecord(
            hit=details.id, service=hit.service, kind=details.kind, record=details.record, version=details.version
        )

    async def _latest(
        self, store: MailStore, trace_id: str, requester: str | None
    ) -> tuple[StoredTrace, StoredRequest]:
        traces = TraceStore(store.session)
        trace = _known(await traces.find(trace_id, requester), trace_id)
        return trace, (await traces.requests(trace))[-1]

    async def _step(self, step: Callable[[MailStore], Awaitable[None]], trace_id: str, requester: str | None) -> Trace:
        await self._mailbox.write(step)
        self._mailbox.changes.notify()
        with after_commit():
            return await self.one(trace_id, requester)


def _known(trace: StoredTrace | None, trace_id: str) -> StoredTrace:
    if trace is None:
        raise NotFound(f"your bureau has no trace {trace_id}")
    return trace
