"""Does what a script says about one message, by the means of the officers of the bureau, or by a flawed envelope."""

from datetime import timedelta
from typing import Final, NamedTuple

from gateway.hits.models import AnswerDraft, HitSide, OwnerAnswer
from gateway.hits.operations import HitOperations
from gateway.messages.reading import MailboxReader
from gateway.sandbox.counterparts.envelopes import CounterpartPost, EndedKey, Reply
from gateway.sandbox.counterparts.models import (
    AnswerMessage,
    ConfirmHit,
    ContradictItself,
    CounterpartScript,
    DenyHit,
    Did,
    Doing,
    Flaw,
    Ignore,
    PostponeHit,
    RefuseMessage,
    ReplayEnvelope,
)
from shared.bureaus import BureauCode
from shared.identity import Caller
from shared.ids import uuid7
from shared.mailbox.host import MailboxSession
from shared.mailbox.models import MessageState, MessageSummary
from shared.protocol.messages import MAX_SUBJECT
from shared.protocol.payloads import ConfirmationAnswer, ConfirmationRequest, read

REQUEST: Final = "confirmation-request"
CONFIRMED: Final = AnswerDraft(answer=OwnerAnswer.CONFIRMED, at=None, remark="")
DENIED: Final = AnswerDraft(answer=OwnerAnswer.NOT_CONFIRMED, at=None, remark="")
DID: Final[dict[OwnerAnswer, Did]] = {
    OwnerAnswer.CONFIRMED: "confirmed",
    OwnerAnswer.NOT_CONFIRMED: "denied",
    OwnerAnswer.LATER: "postponed",
}
ANSWER: Final = "Answer to a request to confirm a hit"
REPLAYED: Final = "We have received your message."


class Step(NamedTuple):
    """One thing that a counterpart did, and the message that it sent."""

    did: Did
    sent: str | None = None
    flaw: Flaw | None = None
    hit: str | None = None


class Counterpart:
    """One bureau that acts by a script."""

    def __init__(self, session: MailboxSession, ended_key: EndedKey) -> None:
        self._bureau = session.bureau
        self._officer = f"{self._bureau.name.lower()}.counterpart"
        self._post = CounterpartPost(session, self._officer, ended_key)
        self._reader = MailboxReader(*session)
        self._hits = HitOperations(session)

    async def doing(self, message: MessageSummary, script: CounterpartScript) -> Doing | None:
        """Return what a script says about a message; None if it says nothing. Raises NotFound for an unknown hit."""
        if message.form is None:
            return script.messages
        if message.form != REQUEST:
            return None
        if not script.records:
            return script.hits
        hit = await self._hits.one((await self._request(message)).hit, HitSide.OWNER)
        return script.records.get(hit.record, script.hits)

    async def act(self, message: MessageSummary, doing: Doing) -> list[Step]:
        """Do it, and return what was done, in order. Raises Refusal, TransportFailure, TimeoutError."""
        hit = (await self._request(message)).hit if message.form == REQUEST else None
        return [step._replace(hit=hit) for step in await self._steps(message, doing)]

    async def _steps(self, message: MessageSummary, doing: Doing) -> list[Step]:
        if isinstance(doing, Ignore):
            return [Step("ignored")]
        if isinstance(doing, RefuseMessage):
            await self._reader.answer(message.id, message.sender, MessageState.REFUSED, doing.reason)
            return [Step("refused")]
        done = await self._answers(message, doing)
        await self._reader.answer(message.id, message.sender, MessageState.READ)
        return done or [Step("read")]

    async def _answers(self, message: MessageSummary, doing: Doing) -> list[Step]:
        match doing:
            case AnswerMessage():
                numbers = range(1, doing.times + 1)
                return [await self._answer(message, doing.text, number, doing.flaw) for number in numbers]
            case ConfirmHit() | DenyHit() | PostponeHit():
                return [await self._answer_hit(message, self._draft(doing), doing.flaw)]
            case ContradictItself():
                return [await self._answer_hit(message, CONFIRMED), await self._contradict(message)]
            case ReplayEnvelope():
                return await self._replay(message)
        return []

    async def _answer(self, message: MessageSummary, text: str, number: int = 1, flaw: Flaw | None = None) -> Step:
        subject = f"Re: {message.subject}"[:MAX_SUBJECT]
        return Step("answered", await self._post.send(Reply(message, subject, text, number), flaw), flaw)

    async def _answer_hit(self, message: MessageSummary, draft: AnswerDraft, flaw: Flaw | None = None) -> Step:
        request, did = await self._request(message), DID[draft.answer]
        if flaw is not None:
            # Its own gateway does not know of it, and the hit stays as it is.
            form = _form(request, draft)
            return Step(did, await self._post.send(Reply(message, ANSWER, form), flaw), flaw)
        hit = await self._hits.answer(request.hit, draft, self._caller(message))
        return Step(did, hit.confirmations[-1].answers[-1].message)

    def _draft(self, doing: ConfirmHit | DenyHit | PostponeHit) -> AnswerDraft:
        if isinstance(doing, PostponeHit):
            until = self._bureau.clock.now() + timedelta(minutes=doing.minutes)
            return AnswerDraft(answer=OwnerAnswer.LATER, at=until, remark=doing.remark)
        answer = OwnerAnswer.CONFIRMED if isinstance(doing, ConfirmHit) else OwnerAnswer.NOT_CONFIRMED
        return AnswerDraft(answer=answer, at=None, remark=doing.remark)

    async def _contradict(self, message: MessageSummary) -> Step:
        """Sign another final answer, as the gateway of the bureau lets no officer do."""
        request = await self._request(message)
        form = _form(request, DENIED)
        return Step("contradicted", await self._post.send(Reply(message, ANSWER, form)))

    async def _replay(self, message: MessageSummary) -> list[Step]:
        is_text = message.form is None
        answered = await (self._answer(message, REPLAYED) if is_text else self._answer_hit(message, CONFIRMED))
        if answered.sent is not None:
            await self._post.until_received(answered.sent)
        return [answered, Step("replayed", await self._post.repeat_oldest(message.sender))]

    async def _request(self, message: MessageSummary) -> ConfirmationRequest:
        body = (await self._reader.message(message.id, message.sender)).body
        request = read(REQUEST, body)
        assert isinstance(request, ConfirmationRequest)  # noqa: S101 - it is stored under this form
        return request

    def _caller(self, message: MessageSummary) -> Caller:
        code, now = BureauCode(self._bureau.name), self._bureau.clock.now()
        return Caller(code, self._officer, frozenset(), message.purpose, uuid7(now))


def _form(request: ConfirmationRequest, draft: AnswerDraft) -> ConfirmationAnswer:
    hit, number, remark = request.hit, request.number, draft.remark
    at = None if draft.at is None else draft.at.timestamp()
    return ConfirmationAnswer(hit=hit, number=number, answer=draft.answer.value, at=at, remark=remark)
