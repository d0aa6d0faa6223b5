"""Carries HTTP to a service: verifies a signed request, calls the ASGI application, and signs the reply.

Refusals here come before the body is read, and each is a signed reply with a problem. The broker delivers a reply
to the requester, so it cannot be sent elsewhere.
"""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import msgspec

from shared.crypto.ed25519 import SigningKey
from shared.errors import (
    AuditUnavailable,
    Busy,
    EnvelopeNotAccepted,
    Refusal,
    ReplyTooLarge,
    RequestTooLarge,
    TimedOut,
    TransportRefusal,
)
from shared.identity import Caller
from shared.ids import uuid7
from shared.outcomes import Outcome
from shared.protocol.envelope import EnvelopeRefused, RefusalReason, ReplyHead, RequestHead, digest_of, sign_envelope
from shared.protocol.http import HttpRequest, HttpResponse
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import Verifier
from shared.rpc.acting import caller_of
from shared.rpc.asgi import Application, HttpCycle, problem_response
from shared.rpc.keyring import NoKeyInForce
from shared.rpc.participant import Participant
from shared.rpc.replay import ReplayGuard, Seen
from shared.rpc.replicas import Replicas
from shared.transport import Arrival, TransportFailure

# Other response headers are not passed on.
CARRIED_HEADERS: Final = ("allow", "i247-handling", "location", "retry-after")
REPLY_LIFETIME_SECONDS: Final = 30.0

# The characters that HTTP allows: an application would accept and store any other.
_is_target: Final = re.compile(r"/[!-~]*").fullmatch
_is_media_type: Final = re.compile(r"[\t -~]*").fullmatch


@dataclass(slots=True)
class Limits:
    """How much a bridge accepts."""

    running: int = 1024
    waiting: int = 16
    """How many copies of one envelope may wait for its reply."""

    parcel_bytes: int = 7_900_000
    """At most; the limit of the broker may be lower."""


@dataclass(slots=True)
class BridgeMetrics:
    """The counters of a bridge since its start."""

    answered: int = 0
    refused: int = 0
    failed: int = 0
    ignored: int = 0


class RequestAudit(Protocol):
    """Records a request and its reply before the reply is sent."""

    async def append_request(
        self, caller: Caller, request: HttpRequest, *, status: int, signature: str, at: datetime
    ) -> None:
        """Record it on disk. Raises what its store raises."""


class Bridge:
    """The handler of all requests to one service."""

    def __init__(
        self,
        application: Application,
        service: Participant,
        limits: Limits | None = None,
        audit: RequestAudit | None = None,
    ) -> None:
        """No audited operation is replied to unless `audit` has recorded it; without `audit` nothing is recorded."""
        self.metrics = BridgeMetrics()
        self._application = application
        self._service = service.name
        self._keys = service.keys
        self._clock = service.clock
        self._log = service.log
        self._transport = service.transport
        self._limits = limits or Limits()
        self._audit = audit
        self._directory = service.directory
        self._verifier = Verifier(service.name, service.directory, service.clock, service.times)
        self._guard: ReplayGuard[Parcel] = ReplayGuard()
        self.replicas = Replicas(service, self._guard)
        self._running = 0

    async def handle(self, arrival: Arrival) -> None:
        """Handle one request. Never raises: errors are logged, and replied to where possible."""
        sender = arrival.sender
        if not arrival.reply_to:
            self.metrics.ignored += 1
            arrival.penalize()
            self._log.refusal("no-reply-subject", sender=sender)
            return
        try:
            await self._admit(arrival, sender)
        except TransportFailure as failure:
            self.metrics.failed += 1
            self._log.refusal("answer-not-sent", sender=sender, error=str(failure))
        except NoKeyInForce as refusal:
            self.metrics.failed += 1
            self._log.refusal("answer-not-signed", sender=sender, code=refusal.code)
        except Exception as error:
            self.metrics.failed += 1
            self._log.failure("bridge-failed", error, sender=sender)

    async def _admit(self, arrival: Arrival, sender: str) -> None:
        parcel, digest = arrival.parcel, digest_of(arrival.parcel.signature)
        try:
            self._require_size(parcel)
            head = self._verifier.verify(RequestHead, parcel.signature, parcel.body, sender=sender)
            seen = self._guard.recall(head, digest)
            if seen is not None:
                await self._repeat_reply(seen, arrival)
                return
            now, monotonic = self._clock.now().timestamp(), self._clock.monotonic()
            caller, request = caller_of(head, self._service, self._directory, now), _request(head, parcel.body)
            seen = self._guard.admit(head, digest, now=now, monotonic=monotonic)
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
                # From the arrival, whatever the clock of the sender says.
                await self._work(arrival, task, seconds=head.exp - head.iat)
            except (TransportFailure, NoKeyInForce):
                raise
            except Exception as error:
                self.metrics.failed += 1
                self._log.failure("application-failed", error, sender=sender, id=head.id)

    @property
    def _parcel_bytes(self) -> int:
        return min(self._limits.parcel_bytes, self._transport.max_parcel_bytes)

    def _require_size(self, parcel: Parcel) -> None:
        if parcel.size > self._parcel_bytes:
            raise RequestTooLarge(f"requests may have at most {self._parcel_bytes} bytes")

    async def _repeat_reply(self, seen: Seen[Parcel], arrival: Arrival) -> None:
        if seen.reply is not None:
            await arrival.reply(seen.reply)
        elif seen.waiting is not None:
            if len(seen.waiting) >= self._limits.waiting:
                raise _is_under_way(len(seen.waiting))
            seen.waiting.append(arrival.reply)

    async def _work(self, arrival: Arrival, task: "_Task", *, seconds: float) -> None:
        if self._running >= self._limits.running:
            busy = Busy(f"{self._running} requests are being handled: try again later")
            await self._audit_and_reply(task, problem_response(busy, changes=False), arrival)
            return
        deadline = asyncio.timeout(seconds)

        async def on_response(response: HttpResponse) -> None:
            # What is recorded now is sent, however long it takes; afterwards the deadline holds again.
            until = deadline.when()
            deadline.reschedule(None)
            await self._audit_and_reply(task, response, arrival)
            deadline.reschedule(until)

        cycle = HttpCycle(task.request, {"caller": task.caller}, on_response)
        self._running += 1
        try:
            async with deadline:
                await cycle.run(self._application)
        except TimeoutError:
            if not deadline.expired():
                # Raised by the application itself: a crash like any other.
                raise
            if task.seen.reply is None:
                late = TimedOut("the service did not reply before the request expired")
                await self._send_reply(task, self._refusal(task, late), arrival)
        finally:
            self._running -= 1

    async def _audit_and_reply(self, task: "_Task", response: HttpResponse, arrival: Arrival) -> None:
        if task.caller.recorder.is_repeated:
            same = await self.replicas.reply_to(task.head, task.digest)
            if same is not None:
                await self._send_reply(task, same, arrival)
                return
        status, parcel = response.status, self._sign(task.head.sender, task.head.id, task.digest, response)
        if parcel.size > self._parcel_bytes:
            refusal = ReplyTooLarge(f"the reply has {parcel.size} bytes: request less at once")
            status, parcel = refusal.status, self._refusal(task, refusal)
            task.caller.recorder.show_nothing()
        if not await self._is_recorded(task, status, parcel):
            parcel = self._refusal(task, AuditUnavailable("the audit log cannot be written: the reply is withheld"))
        await self._send_reply(task, parcel, arrival)

    async def _is_recorded(self, task: "_Task", status: int, parcel: Parcel) -> bool:
        """Record an audited operation; return whether the reply may be sent."""
        if self._audit is None or not task.caller.recorder.operation:
            return True
        try:
            await self._audit.append_request(
                task.caller, task.request, status=status, signature=parcel.signature, at=self._clock.now()
            )
        except Exception as error:
            self.metrics.failed += 1
            self._log.failure("audit-not-written", error, sender=task.head.sender, id=task.head.id)
            return False
        return True

    def _refusal(self, task: "_Task", refusal: Refusal) -> Parcel:
        response = problem_response(refusal, changes=task.caller.recorder.may_change)
        return self._sign(task.head.sender, task.head.id, task.digest, response, refusal)

    async def _send_reply(self, task: "_Task", parcel: Parcel, arrival: Arrival) -> None:
        self.metrics.answered += 1
        waiting = self._guard.keep_reply(task.seen, parcel)
        try:
            await arrival.reply(parcel)
        finally:
            for reply in waiting:
                await reply(parcel)

    async def _refuse(self, arrival: Arrival, sender: str, digest: str, refusal: Refusal) -> None:
        self.metrics.refused += 1
        self._log.refusal("request-refused", sender=sender, code=refusal.code, reason=refusal.members.get("reason"))
        # The id of a request that was not verified is not repeated.
        key = self._keys.for_refusals
        response = problem_response(refusal, changes=True)
        await arrival.reply(self._sign(sender, "", digest, response, refusal, key))

    def _sign(
        self,
        to: str,
        request_id: str,
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
            re=request_id,
            re_digest=digest,
            status=response.status,
            # The framework states a type even without a body.
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


def _is_under_way(waiting: int) -> Busy:
    refusal = Busy(f"{waiting} already wait for the reply to this request")
    # It is carried out meanwhile.
    refusal.outcome = Outcome.UNKNOWN
    return refusal


def _request(head: RequestHead, body: bytes) -> HttpRequest:
    if not (_is_target(head.target) and _is_media_type(head.content_type)):
        raise EnvelopeRefused(RefusalReason.MALFORMED, "the target or the content type is not valid in HTTP")
    return HttpRequest(head.method, head.target, head.content_type, body)
