"""An attacker with a bureau's connection to the broker."""

from dataclasses import dataclass

import msgspec

from deploy.mesh.process_context import ProcessContext
from deploy.state.settings import Settings
from shared.bureaus import BureauCode
from shared.crypto.ed25519 import SigningKey
from shared.identity import PURPOSE_SCOPES, Purpose
from shared.ids import uuid7
from shared.protocol.directory import Directory
from shared.protocol.envelope import ReplyHead, RequestHead, sign_envelope
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import Verifier
from shared.rpc.participant import Participant
from shared.service import Service
from shared.transport import TransportFailure
from shared.transport.subjects import request_subject

TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class SignedRefusal:
    """The refusal of an envelope, in an answer that the receiver signed."""

    status: int
    reason: str


class Forger:
    """Sends envelopes that must be refused."""

    def __init__(self, participant: Participant) -> None:
        self._participant = participant

    @classmethod
    async def behind(cls, bureau: BureauCode, settings: Settings, directory: Directory) -> "Forger":
        """Return a forger with the broker connection of a bureau. Raises StartRefused, BrokerAbsent."""
        # Expected warnings are not logged.
        quiet = settings.model_copy(update={"log_level": "error"})
        return cls(await ProcessContext("forger", quiet).connect(bureau, directory))

    async def with_unknown_key(self, service: Service, method: str, target: str) -> SignedRefusal:
        """Send a request with a valid signature of a key that is not in the directory."""
        head = self._head(service, method, target, SigningKey.generate().kid)
        return await self._send(service, Parcel(sign_envelope(head, b"", SigningKey.generate()), b""))

    async def with_changed_body(self, service: Service, method: str, target: str) -> SignedRefusal:
        """Send a request whose body was changed after it was signed."""
        head = self._head(service, method, target, self._participant.keys.signing.kid)
        return await self._send(
            service, Parcel(sign_envelope(head, b"{}", self._participant.keys.signing), b'{"changed":1}')
        )

    async def as_another_bureau(self, bureau: BureauCode, service: Service) -> bool:
        """Send a request on another bureau's subject; return whether a service replied."""
        head = self._head(service, "GET", "/health", self._participant.keys.signing.kid)
        parcel = Parcel(sign_envelope(head, b"", self._participant.keys.signing), b"")
        try:
            await self._participant.transport.request(request_subject(service.name, bureau), parcel, timeout=0.5)
        except TransportFailure:
            return False
        return True

    async def close(self) -> None:
        """Disconnect."""
        await self._participant.transport.close()

    def _head(self, service: Service, method: str, target: str, kid: str) -> RequestHead:
        at = self._participant.clock.now()
        return RequestHead(
            kid=kid,
            id=uuid7(at),
            sender=self._participant.name,
            to=service.name,
            iat=at.timestamp(),
            exp=at.timestamp() + TIMEOUT_SECONDS,
            method=method,
            target=target,
            officer="forger",
            scopes=(*service.scopes, PURPOSE_SCOPES[Purpose.SECURITY_CHECK]),
            purpose=Purpose.SECURITY_CHECK,
        )

    async def _send(self, service: Service, parcel: Parcel) -> SignedRefusal:
        me = self._participant
        subject = request_subject(service.name, me.name)
        answer = await me.transport.request(subject, parcel, timeout=TIMEOUT_SECONDS)
        verifier = Verifier(me.name, me.directory, me.clock)
        head = verifier.verify(ReplyHead, answer.signature, answer.body, sender=service.name)
        return SignedRefusal(head.status, msgspec.json.decode(answer.body).get("reason", "") if head.error else "")
