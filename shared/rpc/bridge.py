"""Carries HTTP to a service: verifies a signed request, calls the application as ASGI, signs what it answers.

The application knows nothing of this. What is refused here is refused before the body is looked at, and every refusal
is a signed answer with a problem body. The broker takes an answer to whoever asked, so it cannot be sent elsewhere.
"""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import msgspec

from shared.bureaus import BureauCode
from shared.crypto.ed25519 import SigningKey
from shared.errors import (
    PROBLEM_JSON,
    RETRY_AFTER_SECONDS,
    AuditUnavailable,
    Busy,
    EnvelopeNotAccepted,
    Refusal,
    ReplyTooLarge,
    RequestTooLarge,
    TimedOut,
    TransportRefusal,
    problem,
)
from shared.identity import PURPOSES, Caller
from shared.ids import uuid7
from shared.protocol.envelope import EnvelopeRefused, Reason, ReplyHead, RequestHead, digest_of, sign_envelope
from shared.protocol.http import HttpRequest, HttpResponse
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import Verifier
from shared.rpc.asgi import Application, HttpCycle
from shared.rpc.keyring import NoKeyInForce
from shared.rpc.participant import Participant
from shared.rpc.replay import ReplayGuard, Seen
from shared.transport import Arrival, TransportFailure

# What a caller may need to understand an answer; everything else stays inside.
CARRIED_HEADERS: Final = ("allow", "i247-handling", "location", "retry-after")
REPLY_LIFETIME_SECONDS: Final = 30.0

# Of the characters that HTTP can carry there alone: whatever else came, an application would take for text and keep.
_is_target: Final = re.compile(r"/[!-~]*").fullmatch
_is_media_type: Final = re.compile(r"[\t -~]*").fullmatch


@dataclass(slots=True)
class Limits:
    """How much a bridge takes on."""

    running: int = 1024
    waiting: int = 16
    """How many may wait for the answer to one and the same envelope."""

    parcel_bytes: int = 7_900_000
    """At most; the broker may take less."""


@dataclass(slots=True)
class BridgeMetrics:
    """What a bridge has done since it started."""

    answered: int = 0
    refused: int = 0
    failed: int = 0
    ignored: int = 0
    busy_seconds: float = 0.0


class RequestAudit(Protocol):
    """Records what was asked and answered before the answer leaves."""

    async def append_request(
        self, caller: Caller, request: HttpRequest, *, status: int, signature: str, at: datetime
    ) -> None:
        """Record it on disk. Raises what its store raises."""
        ...


class Bridge:
    """Stands before one service: the handler of all that arrives on its subject."""

    def __init__(
        self,
        application: Application,
        service: Participant,
        limits: Limits | None = None,
        audit: RequestAudit | None = None,
    ) -> None:
        """Nothing that is accounted for is answered unless `audit` has it; without one nothing is written down."""
        self.figures = BridgeMetrics()
        self._application = application
        self._service = service.name
        self._keys = service.keys
        self._clock = service.clock
        self._log = service.log
        self._transport = service.transport
        self._limits = limits or Limits()
        self._audit = audit
        self._verifier = Verifier(service.name, service.directory, service.clock, service.times)
        self._guard: ReplayGuard[Parcel] = ReplayGuard()
        self._running = 0

    async def handle(self, arrival: Arrival) -> None:
        """Answer one arrival. Never raises: what goes wrong is logged, and answered if there is someone to answer."""
        sender = arrival.sender
        if not arrival.reply_to:
            # Nobody waits for an answer.
            self.figures.ignored += 1
            arrival.penalize()
            self._log.refusal("nobody-waits-for-an-answer", sender=sender)
            return
        try:
            await self._admit(arrival, sender)
        except TransportFailure as failure:
            self.figures.failed += 1
            self._log.refusal("answer-not-sent", sender=sender, error=str(failure))
        except NoKeyInForce as refusal:
            self.figures.failed += 1
            self._log.refusal("answer-not-signed", sender=sender, code=refusal.code)
        except Exception as error:
            self.figures.failed += 1
            self._log.failure("bridge-failed", error, sender=sender)

    async def _admit(self, arrival: Arrival, sender: str) -> None:
        parcel, digest = arrival.parcel, digest_of(arrival.parcel.signature)
        try:
            self._require_size(parcel)
            head = self._verifier.verify(RequestHead, parcel.signature, parcel.body, sender=sender)
            seen = self._guard.recall(head, digest)
            if seen is not None:
                await self._answer_again(seen, arrival)
                return
            caller, request = _caller(head), _request(head, parcel.body)
            now, passed = self._clock.now().timestamp(), self._clock.monotonic()
            seen = self._guard.admit(head, digest, now=now, passed=passed)
        except EnvelopeRefused as refused:
            arrival.penalize()
            refusal = EnvelopeNotAccepted(refused.detail, reason=refused.reason.value)
            await self._refuse(arrival, sender, digest, refusal)
        except (RequestTooLarge, Busy) as refusal:
            arrival.penalize()
            await self._refuse(arrival, sender, digest, refusal)
        else:
            task = _Task(head, digest, caller, request, seen)
            try:
                # Reckoned from the arrival, whatever the clock of whoever asks says.
                await self._work(arrival, task, seconds=head.exp - head.iat)
            except (TransportFailure, NoKeyInForce):
                raise
            except Exception as error:
                self.figures.failed += 1
                self._log.failure("application-failed", error, sender=sender, id=head.id)

    @property
    def _parcel_bytes(self) -> int:
        return min(self._limits.parcel_bytes, self._transport.max_parcel_bytes)

    def _require_size(self, parcel: Parcel) -> None:
        if parcel.size > self._parcel_bytes:
            raise RequestTooLarge(f"requests of more than {self._parcel_bytes} bytes are not carried")

    async def _answer_again(self, seen: Seen[Parcel], arrival: Arrival) -> None:
        if seen.reply is not None:
            await arrival.answer(seen.reply)
        elif seen.waiting is not None:
            if len(seen.waiting) >= self._limits.waiting:
                raise Busy(f"{len(seen.waiting)} wait for the answer to this request already")
            seen.waiting.append(arrival.answer)

    async def _work(self, arrival: Arrival, task: "_Task", *, seconds: float) -> None:
        if self._running >= self._limits.running:
            busy = Busy(f"{self._running} requests are being worked on: try again later")
            await self._conclude(task, _response(busy), arrival)
            return
        deadline = asyncio.timeout(seconds)

        async def on_response(response: HttpResponse) -> None:
            # What is written down now is what leaves, however long it takes; what is done after it has no more time.
            until = deadline.when()
            deadline.reschedule(None)
            await self._conclude(task, response, arrival)
            deadline.reschedule(until)

        exchange = HttpCycle(task.request, {"caller": task.caller}, on_response)
        self._running += 1
        try:
            async with deadline:
                await exchange.run(self._application)
        except TimeoutError:
            if not deadline.expired():
                # It is the application's own, and answered as any other crash.
                raise
            if task.seen.reply is None:
                late = TimedOut("the service did not finish before the request expired")
                await self._settle(task, self._refusal(task, late), arrival)
        finally:
            self._running -= 1

    async def _conclude(self, task: "_Task", response: HttpResponse, arrival: Arrival) -> None:
        status, parcel = response.status, self._seal(task.head.sender, task.head.id, task.digest, response)
        if parcel.size > self._parcel_bytes:
            refusal = ReplyTooLarge(f"the answer has {parcel.size} bytes: ask for less at once")
            status, parcel = refusal.status, self._refusal(task, refusal)
            task.caller.recorder.show_nothing()
        if not await self._written_down(task, status, parcel):
            parcel = self._refusal(task, AuditUnavailable("the audit log cannot be written: nothing is answered now"))
        await self._settle(task, parcel, arrival)

    async def _written_down(self, task: "_Task", status: int, parcel: Parcel) -> bool:
        """Tell whether an answer may leave: what is accounted for is in the audit log by then."""
        if self._audit is None or not task.caller.recorder.operation:
            return True
        try:
            await self._audit.append_request(
                task.caller, task.request, status=status, signature=parcel.signature, at=self._clock.now()
            )
        except Exception as error:
            self.figures.failed += 1
            self._log.failure("audit-not-written", error, sender=task.head.sender, id=task.head.id)
            return False
        return True

    def _refusal(self, task: "_Task", refusal: Refusal) -> Parcel:
        return self._seal(task.head.sender, task.head.id, task.digest, _response(refusal), refusal)

    async def _settle(self, task: "_Task", parcel: Parcel, arrival: Arrival) -> None:
        self.figures.answered += 1
        waiting = self._guard.settle(task.seen, parcel)
        try:
            await arrival.answer(parcel)
        finally:
            for answer in waiting:
                await answer(parcel)

    async def _refuse(self, arrival: Arrival, sender: str, digest: str, refusal: Refusal) -> None:
        self.figures.refused += 1
        self._log.refusal("request-refused", sender=sender, code=refusal.code, reason=refusal.members.get("reason"))
        # What was not verified names no id that could be repeated.
        key = self._keys.for_refusals
        await arrival.answer(self._seal(sender, "", digest, _response(refusal), refusal, key))

    def _seal(
        self,
        to: str,
        answered: str,
        digest: str,
        response: HttpResponse,
        refusal: Refusal | None = None,
        key: SigningKey | None = None,
    ) -> Parcel:
        at, key = self._clock.now(), key or self._keys.signing
        now = at.timestamp()
        head = ReplyHead(
            kid=key.kid,
            id=uuid7(at),
            sender=self._service,
            to=to,
            iat=now,
            exp=now + REPLY_LIFETIME_SECONDS,
            re=answered,
            re_digest=digest,
            status=response.status,
            # The framework names a type for an answer without a body, too.
            content_type=response.headers.get("content-type", "") if response.body else "",
            headers={name: response.headers[name] for name in CARRIED_HEADERS if name in response.headers},
            error=refusal.mark if isinstance(refusal, TransportRefusal) else None,
        )
        return Parcel(sign_envelope(head, response.body, key), response.body)


class _Task(msgspec.Struct, frozen=True):
    head: RequestHead
    digest: str
    caller: Caller
    request: HttpRequest
    seen: Seen[Parcel]


def _caller(head: RequestHead) -> Caller:
    purpose = PURPOSES.get(head.purpose)
    if purpose is None:
        raise EnvelopeRefused(Reason.MALFORMED, "the purpose is none of those that the network knows")
    if "\0" in head.officer:
        raise EnvelopeRefused(Reason.MALFORMED, "the officer holds U+0000, which no text may")
    return Caller(BureauCode(head.sender), head.officer, frozenset(head.scopes), purpose, head.id)


def _request(head: RequestHead, body: bytes) -> HttpRequest:
    if not (_is_target(head.target) and _is_media_type(head.content_type)):
        raise EnvelopeRefused(Reason.MALFORMED, "the target or the content type is not in the form that HTTP has")
    return HttpRequest(head.method, head.target, head.content_type, body)


def _response(refusal: Refusal) -> HttpResponse:
    headers = {"content-type": PROBLEM_JSON}
    if refusal.status == 503:
        headers["retry-after"] = str(RETRY_AFTER_SECONDS)
    return HttpResponse(refusal.status, headers, problem(refusal))
