"""Two bureaus and two services in memory, and an application that counts its calls."""

import asyncio
import io
import json
from typing import Any

import msgspec

from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.identity import Purpose
from shared.logs import Log
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, sign_entry
from shared.protocol.envelope import ReplyHead, RequestHead, digest_of, sign_envelope
from shared.protocol.http import HttpRequest
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import Verifier
from shared.rpc.asgi import Application
from shared.rpc.bridge import Bridge, Limits
from shared.rpc.client import ActingOfficer, Reply, Requester
from shared.rpc.keyring import KeyRing, PrivateKeys
from shared.rpc.participant import Participant
from shared.transport.memory import MemoryBroker
from shared.transport.subjects import request_subject
from tests.conftest import NOW

NAMES = ("FR", "DE", "notices", "fingerprints")
SUBJECT = request_subject("notices", "FR")
OFFICER = ActingOfficer("fr.officer", ("notices:read", "notices:write"), Purpose.WARNING)
GET = HttpRequest("GET", "/")
PATIENCE = 5.0


class Net:
    """Two bureaus and two services in memory that know each other's keys and share a clock."""

    def __init__(self) -> None:
        self.clock = FixedClock(NOW)
        self.broker = MemoryBroker(max_parcel_bytes=100_000)
        self.log = io.BytesIO()
        self.keys = {name: SigningKey.generate() for name in NAMES}
        self.root = SigningKey.generate()
        self.directory = Directory(self.root.public, [sign_entry(self._entry(name), self.root) for name in NAMES])
        self.requester = Requester(self.participant("FR"))

    def _entry(self, name: str) -> Entry:
        return Entry(
            participant=name,
            kind="bureau" if name.isupper() else "service",
            signing_key=encode_base64url(self.keys[name].public.raw),
            nats_user="U",
            issued=NOW.timestamp(),
            not_before=NOW.timestamp() - 3_600,
            not_after=NOW.timestamp() + 3_600,
        )

    def change(self, name: str, **changed: Any) -> None:
        """Reissue the entry of a participant with changes, as the Secretariat does."""
        issued = NOW.timestamp() + self.directory.version
        entry = msgspec.structs.replace(self._entry(name), issued=issued, **changed)
        self.directory.learn(sign_entry(entry, self.root))

    def participant(self, name: str) -> Participant:
        """Return a connected participant."""
        log = Log(name, stream=self.log)
        keys = KeyRing(name, self.directory, self.clock, lambda: PrivateKeys([self.keys[name]]))
        return Participant(name, keys, self.directory, self.broker.connect(name), self.clock, log)

    async def serve(self, application: Application, limits: Limits | None = None, audit: Any = None) -> Bridge:
        """Serve an application on the network as the service `notices`."""
        service = self.participant("notices")
        bridge = Bridge(application, service, limits, audit)
        await service.transport.subscribe(request_subject("notices", "*"), bridge.handle, group="notices")
        return bridge

    async def ask(self, request: HttpRequest = GET, seconds: float = PATIENCE) -> Reply:
        """Send a request to the service as an officer of France."""
        return await self.requester.ask("notices", request, OFFICER, seconds=seconds)

    def head(self, **changed: Any) -> RequestHead:
        """Return the head of a request from France."""
        now = self.clock.now().timestamp()
        head = RequestHead(
            kid=self.keys["FR"].kid,
            id="019e8312-1c00-7000-8000-000000000001",
            sender="FR",
            to="notices",
            iat=now,
            exp=now + PATIENCE,
            method="POST",
            target="/",
            officer="fr.officer",
            scopes=("notices:read",),
            purpose="warning",
        )
        return msgspec.structs.replace(head, **changed)

    def sealed(self, body: bytes = b"", *, by: str = "FR", **changed: Any) -> Parcel:
        """Return a request of France, with members of its head changed."""
        return Parcel(sign_envelope(self.head(**changed), body, self.keys[by]), body)

    async def send(self, parcel: Parcel) -> tuple[ReplyHead, dict[str, Any]]:
        """Send a parcel as France and return head and JSON body of the answer, which must be genuine."""
        head, body = await self.send_raw(parcel)
        return head, json.loads(body)

    async def send_raw(self, parcel: Parcel) -> tuple[ReplyHead, bytes]:
        """Send a parcel as France and return head and body of the answer, which must be genuine."""
        answer = await self.requester.transport.request(SUBJECT, parcel, timeout=PATIENCE)
        head = Verifier("FR", self.directory, self.clock).verify(
            ReplyHead, answer.signature, answer.body, sender="notices"
        )
        assert head.re_digest == digest_of(parcel.signature)
        return head, answer.body


class Counting:
    """An application that counts its calls and answers once an event allows it."""

    def __init__(self, *, allowed: bool = True) -> None:
        self.calls = 0
        self.begun = asyncio.Event()
        self.allowed = asyncio.Event()
        self.cancelled = False
        if allowed:
            self.allowed.set()

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        """Answer with the number of the call."""
        self.calls += 1
        self.begun.set()
        try:
            await self.allowed.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        await send({"type": "http.response.start", "status": 201, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": str(self.calls).encode()})
