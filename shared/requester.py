"""Asks services in the name of one bureau: signs each request, and trusts no answer that is not signed for it."""

import msgspec

from shared.asgi import HttpRequest
from shared.envelope import EnvelopeRefused, Reason, ReplyHead, RequestHead, Verifier, digest_of, seal
from shared.errors import ForgedReply, Refusal, RequestTooLarge, TimedOut, Unreachable
from shared.identity import Purpose
from shared.ids import uuid7
from shared.participant import Participant
from shared.transport import (
    DeadlinePassed,
    Disconnected,
    MessageTooLarge,
    NoResponder,
    Parcel,
    TransportFailure,
    request_subject,
)

# The service gives up a little before the caller does, so that its own account of the delay arrives.
DEADLINE_SHAVE_SECONDS = 0.25


class OnBehalf(msgspec.Struct, frozen=True):
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
        self.bureau = bureau.name
        self.transport = bureau.transport
        self.directory = bureau.directory
        self._keys = bureau.keys
        self._clock = bureau.clock
        self._verifier = Verifier(bureau.name, bureau.directory, bureau.clock)

    async def ask(self, service: str, request: HttpRequest, on_behalf: OnBehalf, *, seconds: float) -> Reply:
        """Send a request to a service and return its verified answer.

        Raises Unreachable, TimedOut, RequestTooLarge, ForgedReply, each with the id of the request as its `instance`;
        NoKeyInForce if the bureau cannot sign.
        """
        key = self._keys.signing
        head = self._head(service, request, on_behalf, seconds, kid=key.kid)
        parcel = Parcel(seal(head, request.body, key), request.body)
        try:
            answer = await self._send(service, parcel, seconds)
            return self._verify(service, head, parcel, answer)
        except Refusal as refusal:
            refusal.members["instance"] = head.id
            raise

    def _head(
        self, service: str, request: HttpRequest, on_behalf: OnBehalf, seconds: float, *, kid: str
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

    async def _send(self, service: str, parcel: Parcel, seconds: float) -> Parcel:
        subject, half = request_subject(service, self.bureau), seconds / 2
        try:
            return await self.transport.request(subject, parcel, timeout=half)
        except NoResponder as failure:
            raise Unreachable(f"the service {service} is not there at the moment: try again later") from failure
        except Disconnected as failure:
            raise Unreachable(
                "the gateway has no connection to the network at the moment: try again later"
            ) from failure
        except MessageTooLarge as failure:
            raise RequestTooLarge(f"the network carries at most {self.transport.max_parcel_bytes} bytes") from failure
        except DeadlinePassed:
            # The answer may be lost, as when the broker was told anew who may say what. The same envelope is carried
            # out once, however often it comes, and answered each time.
            return await self._send_again(service, parcel, half)

    async def _send_again(self, service: str, parcel: Parcel, seconds: float) -> Parcel:
        try:
            return await self.transport.request(request_subject(service, self.bureau), parcel, timeout=seconds)
        except TransportFailure as failure:
            # Whether it was carried out is not known: nothing is said of that.
            raise TimedOut(f"the service {service} did not answer within {2 * seconds:g} s") from failure

    def _verify(self, service: str, head: RequestHead, parcel: Parcel, answer: Parcel) -> Reply:
        try:
            reply = self._verifier.open(ReplyHead, answer.signature, answer.body, sender=service)
            # A service that could not read the request cannot name its id; the digest always binds.
            if reply.re_digest != digest_of(parcel.signature) or reply.re not in (head.id, ""):
                raise EnvelopeRefused(Reason.UNRELATED, "it answers another request")  # noqa: TRY301 - one refusal
        except EnvelopeRefused as refused:
            raise ForgedReply(
                f"the answer of {service} is refused: {refused.detail}", reason=refused.reason
            ) from refused
        return Reply(reply, answer.body, answer.signature, head.id)
