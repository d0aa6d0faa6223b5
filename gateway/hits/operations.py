"""What an officer does with the hits of their bureau."""

from collections.abc import Awaitable, Callable

from gateway.hits import rules
from gateway.hits.models import AnswerDraft, ConclusionDraft, ConfirmationRequestDraft, Hit, HitPage, HitQuery, HitSide
from gateway.hits.rows import StoredHit
from gateway.hits.store import HitStore
from gateway.hits.transitions import HitTransitions, Transition
from gateway.hits.views import hit_of, summary_of
from shared.bureaus import SECRETARIAT
from shared.errors import IllegalStep, NotFound
from shared.identity import Caller
from shared.mailbox.host import MailboxSession
from shared.mailbox.mailbox import after_commit
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds
from shared.protocol.payloads import ConfirmationAnswer, ConfirmationRequest
from shared.storage import page_of


class HitOperations:
    """The hits of one bureau."""

    def __init__(self, session: MailboxSession) -> None:
        self._mailbox = session.mailbox
        self._bureau = session.bureau
        self._transitions = HitTransitions(session.bureau)

    async def page(self, query: HitQuery) -> HitPage:
        """Return one page of hits."""
        now = self._mailbox.now()
        hits = HitStore(self._mailbox.reading.session)
        shown, last = page_of(await hits.page(query, now), query.limit)
        steps = await hits.steps_of_all([hit for hit in shown if hit.status.requests])
        items = [summary_of(hit, steps.get(hit.number, ()), now, self._owner_can_confirm(hit)) for hit in shown]
        return HitPage(items=items, next=last and last.number)

    async def one(self, hit_id: str, side: HitSide | None = None) -> Hit:
        """Return a hit with the messages about it. Raises NotFound."""
        hits = HitStore(self._mailbox.reading.session)
        hit = _known(await hits.find(hit_id, side), hit_id)
        steps, conclusions = await hits.steps(hit), await hits.conclusions(hit)
        return hit_of(hit, steps, conclusions, self._mailbox.now(), self._owner_can_confirm(hit))

    async def ask(self, hit_id: str, draft: ConfirmationRequestDraft, caller: Caller) -> Hit:
        """Ask the owner for confirmation, or the Secretariat in the place of a suspended one.

        Raises NotFound, NotTheFinder, IllegalStep, NotStored.
        """

        async def ask(store: MailStore) -> None:
            now = self._mailbox.now()
            hit = await self._as_of(store, hit_id, HitSide.FINDER, now)
            urgency, status = draft.urgency, rules.ask(hit.status, draft.urgency, now)
            number, due = status.requests, (now + rules.CONFIRMATION_DEADLINE[urgency]) / 1000
            instead = not self._owner_can_confirm(hit)
            if instead and self._bureau.name == SECRETARIAT:
                raise IllegalStep(f"{hit.details.owner} is suspended and cannot confirm: there is nobody else to ask")
            form = ConfirmationRequest(
                hit=hit_id, number=number, urgency=urgency, due=due, remark=draft.remark, instead_of_owner=instead
            )
            await self._transitions.ask(store, Transition(hit, status, now), form, caller)

        return await self._step(ask, hit_id, HitSide.FINDER)

    async def answer(self, hit_id: str, draft: AnswerDraft, caller: Caller) -> Hit:
        """Answer the finder's latest request. Raises NotFound, NotTheOwnerOfHit, IllegalStep, AnswerTime, NotStored."""
        at = None if draft.at is None else draft.at.timestamp()

        async def answer(store: MailStore) -> None:
            now = self._mailbox.now()
            hit = await self._as_of(store, hit_id, HitSide.OWNER, now)
            status = rules.answer(hit.status, draft.answer, None if at is None else milliseconds(at), now)
            form = ConfirmationAnswer(
                hit=hit_id, number=status.requests, answer=draft.answer.value, at=at, remark=draft.remark
            )
            await self._transitions.answer(store, Transition(hit, status, now), form, caller)

        return await self._step(answer, hit_id, HitSide.OWNER)

    async def add_conclusion(self, hit_id: str, draft: ConclusionDraft, caller: Caller) -> Hit:
        """Add what an examiner concluded of a hit; what they concluded last is not repeated.

        Raises NotFound, IllegalStep.
        """

        async def add(store: MailStore) -> None:
            hits = HitStore(store.session)
            hit = _known(await hits.find(hit_id), hit_id)
            new = rules.StoredConclusion(officer=caller.officer, at=self._mailbox.now(), **draft.model_dump())
            if rules.is_new_conclusion(hit.service, hit.side, await hits.conclusions(hit), new):
                await hits.add_conclusion(hit, new)

        await self._mailbox.write(add)
        with after_commit():
            return await self.one(hit_id)

    def _owner_can_confirm(self, hit: StoredHit) -> bool:
        """Return whether the owner of a record is not suspended; one that the directory does not know may answer."""
        standing = self._bureau.directory.standing_of(hit.details.owner, self._bureau.clock.now().timestamp())
        return standing is None or standing.standing != "suspended"

    async def _as_of(self, store: MailStore, hit_id: str, side: HitSide, now: int) -> StoredHit:
        """Return a hit in its present state, for a step that is for one side to take. Raises what forbids it."""
        hits = HitStore(store.session)
        hit = _known(await hits.find(hit_id, side) or await hits.find(hit_id), hit_id)
        rules.require_side(hit.side, side)
        return await self._transitions.catch_up(store, hit, now)

    async def _step(self, step: Callable[[MailStore], Awaitable[None]], hit_id: str, side: HitSide) -> Hit:
        await self._mailbox.write(step)
        self._mailbox.changes.notify()
        with after_commit():
            return await self.one(hit_id, side)


def _known(hit: StoredHit | None, hit_id: str) -> StoredHit:
    if hit is None:
        raise NotFound(f"your bureau has no hit {hit_id}")
    return hit
