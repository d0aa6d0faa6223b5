"""A hostile service: it signs any answer, with its own key or another."""

from typing import Any

import httpx

from shared.crypto.ed25519 import SigningKey
from shared.ids import uuid7
from shared.protocol.envelope import ReplyHead, digest_of, sign_envelope
from shared.protocol.parcel import Parcel
from shared.service import Service
from shared.transport import Arrival
from tests.gateway.mesh import Mesh, client_of


class Forger:
    """Answers in the place of a service with any key, in a head that differs from an honest one in the given fields."""

    def __init__(self, mesh: Mesh, key: SigningKey, body: bytes = b"{}", **changes: Any) -> None:
        self._mesh = mesh
        self._key = key
        self._body = body
        self._changes = changes

    async def handle(self, arrival: Arrival) -> None:
        """Answer one request."""
        at = self._mesh.clock.now()
        honest: dict[str, Any] = {
            "kid": self._key.kid,
            "id": uuid7(at),
            "sender": "echo",
            "to": "FR",
            "iat": at.timestamp(),
            "exp": at.timestamp() + 30,
            "re": "",
            "re_digest": digest_of(arrival.parcel.signature),
            "status": 200,
            "content_type": "application/json",
        }
        head = ReplyHead(**honest | self._changes)
        await arrival.reply(Parcel(sign_envelope(head, self._body, self._key), self._body))


async def begin_to_forge(mesh: Mesh, **changes: Any) -> None:
    """Let a forger answer for the fake service from now on."""
    participant = mesh.join("echo", "service", 100)
    key = changes.pop("key", participant.keys.signing)
    await mesh.handle(participant, Forger(mesh, key, **changes).handle)


async def ask_forger(mesh: Mesh, echo: Service, **changes: Any) -> httpx.Response:
    """Return the gateway's response to a forged answer."""
    await begin_to_forge(mesh, **changes)
    async with client_of(mesh.gateway(echo)) as client:
        return await client.get("/api/echo", headers=mesh.bearer("FR", "echo:read"))
