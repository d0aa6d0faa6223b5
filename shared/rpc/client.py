"""The client of services for one bureau: signs each request, and accepts no reply that is not signed for it."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from shared.errors import ForgedReply, Refusal, RequestTooLarge, TimedOut, Unreachable
from shared.identity import Purpose
from shared.ids import uuid7
from shared.protocol.envelope import EnvelopeRefused, RefusalReason, ReplyHead, RequestHead, digest_of, sign_envelope
from shared.protocol.http import HttpRequest
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import Verifier
from shared.rpc.participant import Participant
from shared.transport import DeadlinePassed, MessageTooLarge, NoResponder, NotAdmitted, TransportFailure
from shared.transport.subjects import request_subject

# The service gives up this much before the client does, so that its own refusal arrives.
REPLY_MARGIN_SECONDS = 0.25
# Before another attempt where there is no responder: the share of the bureau may be used up for a moment.
WAITS = (0.005, 0.02, 0.08)


NewId = Callable[[datetime], str]
"""Returns an id for what is done at a time."""


class ActingOfficer(msgspec.Struct, frozen=True):
    """The officer on whose behalf a bureau makes a request, with scopes and purpose."""

    officer: str
    scopes: tuple[str, ...]
    purpose: Purpose


class Reply(msgspec.Struct, frozen=True):
    """A verified reply: its head, its exact body, and the signature over both."""

    head: ReplyHead
    body: bytes
    signature: str
    request_id: str
    is_of_repetition: bool = False
    """Whether there was no reply the first time: another process may have carried the request out."""


class Trace(msgspec.Struct):
    """The parcels of one request as they crossed the broker, for those who explain it. Mutable."""

    request: Parcel | None = None
    """None before it is signed."""

    reply: Parcel | None = None
    """None before one came, accepted or not."""


class Requester:
    """Sends the requests of one bureau to services."""

    def __init__(self, bureau: Participant, new_id: NewId = uuid7) -> None:
        """`new_id` returns the id of a request."""
        self.participant = bureau
        self._new_id = new_id
        self.bureau = bureau.name
        self.transport = bureau.transport
        self.directory = bureau.directory
        self._keys = bureau.keys
        self._clock = bureau.clock
        self._verifier = Verifier(bureau.name, bureau.directory, bureau.clock, bureau.times)

    async def ask(
        self,
        service: str,
        request: HttpRequest,
        on_behalf: ActingOfficer,
        *,
        seconds: float,
        attempts: int = 2,
        trace: Trace | None = None,
    ) -> Reply:
        """Send a request to a service and return its verified reply; `attempts` share the seconds.

        What was sent and what came is added to the trace, whatever is raised.

        A reply may be lost, such as when the broker reloads its configuration. The service handles an envelope once,
        and replies to each copy.

        Raises Unreachable, TimedOut, RequestTooLarge, ForgedReply, each with the id of the request as its `instance`;
        NoKeyInForce if the bureau cannot sign.
        """
        key = self._keys.signing
        head = self._head(service, request, on_behalf, seconds, kid=key.kid)
        parcel, trace = Parcel(sign_envelope(head, request.body, key), request.body), trace or Trace()
        trace.request = parcel
        try:
            trace.reply, sent_before = await self._send(service, parcel, seconds, attempts)
            reply = self._verify(service, head, parcel, trace.reply)
            return msgspec.structs.replace(reply, is_of_repetition=sent_before > 0)
        except Refusal as refusal:
            refusal.members["instance"] = head.id
            raise

    def _head(
        self, service: str, request: HttpRequest, on_behalf: ActingOfficer, seconds: float, *, kid: str
    ) -> RequestHead:
        at = self._clock.now()
        now = at.timestamp()
        return RequestHead(
            kid=kid,
            id=self._new_id(at),
            sender=self.bureau,
            to=service,
            iat=now,
            exp=now + max(seconds - REPLY_MARGIN_SECONDS, seconds / 2),
            method=request.method,
            target=request.target,
            content_type=request.content_type,
            officer=on_behalf.officer,
            scopes=on_behalf.scopes,
            purpose=on_behalf.purpose,
        )

    async def _send(self, service: str, parcel: Parcel, seconds: float, attempts: int) -> tuple[Parcel, int]:
        """Return the reply, and how many attempts before it had none."""
        subject = request_subject(service, self.bureau)
        for attempt in range(attempts):
            try:
                waits = WAITS if attempts > 1 else ()
                return await self._request(subject, parcel, seconds / attempts, waits), attempt
            except DeadlinePassed:
                continue
            except TransportFailure as failure:
                if attempt:
                    # The first attempt may have been carried out.
                    break
                raise self._refusal(service, failure) from failure
        raise TimedOut(f"the service {service} did not answer within {seconds:g} s")

    async def _request(self, subject: str, parcel: Parcel, seconds: float, waits: Iterable[float]) -> Parcel:
        """Try a few times where there is no responder: the service may be about to open the next window."""
        for wait in waits:
            try:
                return await self.transport.request(subject, parcel, timeout=seconds)
            except NoResponder:
                await asyncio.sleep(wait)
        return await self.transport.request(subject, parcel, timeout=seconds)

    def _refusal(self, service: str, failure: TransportFailure) -> Refusal:
        if isinstance(failure, MessageTooLarge):
            return RequestTooLarge(f"the network carries at most {self.transport.max_parcel_bytes} bytes")
        if isinstance(failure, NoResponder):
            if not self.directory.knows(service):
                return Unreachable(f"this network has no service {service}")
            if service not in self.directory.services(self._clock.now()):
                return Unreachable(f"the service {service} has no valid key: its operator must request one")
            return Unreachable(f"the service {service} is down, or this bureau exceeds its share: try again later")
        if isinstance(failure, NotAdmitted):
            return Unreachable(f"{failure}: see the alarms of the Secretariat; try again later")
        return Unreachable("the gateway has no connection to the network: try again later")

    def _verify(self, service: str, head: RequestHead, parcel: Parcel, reply: Parcel) -> Reply:
        digest = digest_of(parcel.signature)
        try:
            verified = self._verifier.verify(
                ReplyHead, reply.signature, reply.body, sender=service, request_digest=digest
            )
            # A service that could not read the request does not know its id; the digest always binds.
            if verified.re_digest != digest or verified.re not in (head.id, ""):
                raise EnvelopeRefused(RefusalReason.UNRELATED, "it is the reply to another request")  # noqa: TRY301 - one refusal
        except EnvelopeRefused as refused:
            detail = f"the reply of {service} is refused: {refused.detail}"
            raise ForgedReply(detail, reason=refused.reason) from refused
        return Reply(verified, reply.body, reply.signature, head.id)
