"""Asks services in the name of one bureau: signs each request, and trusts no answer that is not signed for it."""

import asyncio
from collections.abc import Iterable

import msgspec

from shared.errors import ForgedReply, Refusal, RequestTooLarge, TimedOut, Unreachable
from shared.identity import Purpose
from shared.ids import uuid7
from shared.protocol.envelope import EnvelopeRefused, Reason, ReplyHead, RequestHead, digest_of, sign_envelope
from shared.protocol.http import HttpRequest
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import Verifier
from shared.rpc.participant import Participant
from shared.transport import DeadlinePassed, MessageTooLarge, NoResponder, NotAdmitted, TransportFailure
from shared.transport.subjects import request_subject

# The service gives up a little before the caller does, so that its own account of the delay arrives.
DEADLINE_SHAVE_SECONDS = 0.25
# A service hears no more of a bureau for a moment when its share is used up.
WAITS = (0.005, 0.02, 0.08)


class ActingOfficer(msgspec.Struct, frozen=True):
    """The officer for whom a bureau asks, and why."""

    officer: str
    scopes: tuple[str, ...]
    purpose: Purpose


class Reply(msgspec.Struct, frozen=True):
    """A verified answer: its head, its exact body, and the signature over both for whoever wants to check it again."""

    head: ReplyHead
    body: bytes
    signature: str
    request_id: str


class Requester:
    """One bureau's way to the services."""

    def __init__(self, bureau: Participant) -> None:
        self.participant = bureau
        self.bureau = bureau.name
        self.transport = bureau.transport
        self.directory = bureau.directory
        self._keys = bureau.keys
        self._clock = bureau.clock
        self._verifier = Verifier(bureau.name, bureau.directory, bureau.clock, bureau.times)

    async def ask(
        self, service: str, request: HttpRequest, on_behalf: ActingOfficer, *, seconds: float, attempts: int = 2
    ) -> Reply:
        """Send a request to a service and return its verified answer; `attempts` share the time there is.

        An answer may be lost, as when the broker was told anew who may say what. The same envelope is carried out
        once, however often it comes, and answered each time.

        Raises Unreachable, TimedOut, RequestTooLarge, ForgedReply, each with the id of the request as its `instance`;
        NoKeyInForce if the bureau cannot sign.
        """
        key = self._keys.signing
        head = self._head(service, request, on_behalf, seconds, kid=key.kid)
        parcel = Parcel(sign_envelope(head, request.body, key), request.body)
        try:
            answer = await self._send(service, parcel, seconds, attempts)
            return self._verify(service, head, parcel, answer)
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
            id=uuid7(at),
            sender=self.bureau,
            to=service,
            iat=now,
            exp=now + max(seconds - DEADLINE_SHAVE_SECONDS, seconds / 2),
            method=request.method,
            target=request.target,
            content_type=request.content_type,
            officer=on_behalf.officer,
            scopes=on_behalf.scopes,
            purpose=on_behalf.purpose,
        )

    async def _send(self, service: str, parcel: Parcel, seconds: float, attempts: int) -> Parcel:
        subject = request_subject(service, self.bureau)
        for attempt in range(attempts):
            try:
                return await self._request(subject, parcel, seconds / attempts, WAITS if attempts > 1 else ())
            except DeadlinePassed:
                continue
            except TransportFailure as failure:
                if attempt:
                    # Whether it was carried out is not known: nothing is said of that.
                    break
                raise self._refusal(service, failure) from failure
        raise TimedOut(f"the service {service} did not answer within {seconds:g} s")

    async def _request(self, subject: str, parcel: Parcel, seconds: float, waits: Iterable[float]) -> Parcel:
        """Ask again a few times where nobody hears: the service may be about to open this bureau's next window."""
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
                return Unreachable(f"this network has no service {service}: the Secretariat never entered one")
            if service not in self.directory.services(self._clock.now()):
                return Unreachable(
                    f"the service {service} holds no valid key: its operator has to ask the Secretariat for one"
                )
            return Unreachable(
                f"the service {service} is not there, or this bureau sends it more than its share: try again later"
            )
        if isinstance(failure, NotAdmitted):
            return Unreachable(f"{failure}: the alarms of the Secretariat say which; try again later")
        return Unreachable("the gateway has no connection to the network at the moment: try again later")

    def _verify(self, service: str, head: RequestHead, parcel: Parcel, answer: Parcel) -> Reply:
        asked = digest_of(parcel.signature)
        try:
            reply = self._verifier.verify(ReplyHead, answer.signature, answer.body, sender=service, answers=asked)
            # A service that could not read the request cannot name its id; the digest always binds.
            if reply.re_digest != asked or reply.re not in (head.id, ""):
                raise EnvelopeRefused(Reason.UNRELATED, "it answers another request")  # noqa: TRY301 - one refusal
        except EnvelopeRefused as refused:
            raise ForgedReply(
                f"the answer of {service} is refused: {refused.detail}", reason=refused.reason
            ) from refused
        return Reply(reply, answer.body, answer.signature, head.id)
