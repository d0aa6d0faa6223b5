"""The two bureaus of a hit, the Secretariat, and the service that notifies them."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final

import httpx

from gateway.hits.store import HitStore
from shared.bureaus import BureauCode
from shared.crypto.ed25519 import encode_base64url
from shared.ids import uuid7
from shared.mailbox.outbox import OutgoingPayload, enqueue
from shared.protocol.messages import SealedMessage
from shared.protocol.payloads import Form, HitDetails, HitsNotice, Withdrawal
from shared.transport.memory import MemoryTransport
from shared.transport.subjects import Lane, message_subject
from tests.gateway.hits.hit_samples import A_RECORD, SERVICE, details
from tests.gateway.mesh import Mesh
from tests.gateway.messages.form_samples import stated
from tests.gateway.messages.raw_messages import parcel_of, sealed

PATIENCE: Final = 5.0
SCOPES: Final = ("hits:read", "hits:write", "messages:read", "messages:write")


class Bureau:
    """An officer of a bureau at its gateway, with a new token for each request, as hours may pass."""

    def __init__(self, client: httpx.AsyncClient, mesh: Mesh, code: str, *scopes: str) -> None:
        self.code = BureauCode(code)
        self._client = client
        self._mesh = mesh
        self._scopes = scopes or SCOPES

    async def ask(self, method: str, path: str = "", **options: Any) -> httpx.Response:
        """Send a request to a path below that of the hits."""
        headers = self._mesh.bearer(self.code, *self._scopes)
        return await self._client.request(method, f"/api/hits{path}", headers=headers, **options)

    async def hit(self, hit_id: str, **query: Any) -> Any:
        """Return a hit, which must exist."""
        answer = await self.ask("GET", f"/{hit_id}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def listed(self, **query: Any) -> list[Any]:
        """Return the hits of the first page."""
        answer = await self.ask("GET", params=query)
        assert answer.status_code == 200, answer.text
        items: list[Any] = answer.json()["items"]
        return items

    async def request(self, hit_id: str, urgency: str = "urgent", remark: str = "") -> httpx.Response:
        """Ask for confirmation."""
        return await self.ask("POST", f"/{hit_id}/requests", json={"urgency": urgency, "remark": remark})

    async def asks(self, hit_id: str, urgency: str = "urgent", remark: str = "") -> str:
        """Ask for confirmation, wait for the owner's receipt, and return the id of the message."""
        asked = await self.request(hit_id, urgency, remark)
        assert asked.status_code == 202, asked.text
        message_id: str = asked.json()["confirmations"][-1]["message"]
        await self.has_receipt(message_id)
        return message_id

    async def answer(self, hit_id: str, answer: str, **stated: Any) -> httpx.Response:
        """Answer a request."""
        return await self.ask("POST", f"/{hit_id}/answer", json={"answer": answer, **stated})

    async def sees(self, hit_id: str, fits: Callable[[Any], bool] = bool, **query: Any) -> Any:
        """Wait until a hit satisfies a condition, and return it."""
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await self.ask("GET", f"/{hit_id}", params=query)
                if answer.status_code == 200 and fits(answer.json()):
                    return answer.json()
                await asyncio.sleep(0.005)

    async def misses(self, hit_id: str) -> None:
        """Wait until a hit is not found."""
        async with asyncio.timeout(PATIENCE):
            while (await self.ask("GET", f"/{hit_id}")).status_code != 404:  # noqa: ASYNC110 - no signal
                await asyncio.sleep(0.005)

    async def has_receipt(self, message_id: str) -> None:
        """Wait until the recipient of a message has signed a receipt."""
        async with asyncio.timeout(PATIENCE):
            while await self._state_of(message_id) in ("queued", "sent"):  # noqa: ASYNC110 - no signal
                await asyncio.sleep(0.005)

    async def refusal_of(self, message_id: str) -> str | None:
        """Wait for the receipt of the one recipient of a message, and return the reason of a refusal, if any."""
        await self.has_receipt(message_id)
        [recipient] = (await self._message(message_id))["recipients"]
        return recipient["reason"] if recipient["state"] == "refused" else None

    async def proof(self, message_id: str) -> str:
        """Return the evidence of a message of this bureau, as forms carry it."""
        headers = self._mesh.bearer(self.code, *self._scopes)
        answer = await self._client.get(f"/api/messages/{message_id}/evidence", headers=headers)
        assert answer.status_code == 200, answer.text
        return encode_base64url(answer.content)

    async def _state_of(self, message_id: str) -> str:
        state: str = (await self._message(message_id))["state"]
        return state

    async def _message(self, message_id: str) -> Any:
        headers = self._mesh.bearer(self.code, *self._scopes)
        return (await self._client.get(f"/api/messages/{message_id}", headers=headers)).json()

    async def thread(self, thread: str) -> list[Any]:
        """Return the messages of a conversation of this bureau, oldest first."""
        headers = self._mesh.bearer(self.code, *self._scopes)
        answer = await self._client.get("/api/messages", params={"thread": thread}, headers=headers)
        items: list[Any] = answer.json()["items"]
        return items[::-1]

    async def sends(self, form: Form, *to: str, **changed: Any) -> str:
        """Send a form that no officer could send, as a hostile gateway would; return the id of the message.

        By default in the thread of the hit, if the bureau has it.
        """
        session = await self._mesh.mailbox_host.of(self.code)
        hit = await HitStore(session.mailbox.reading.session).find(getattr(form, "hit", ""))
        plain: dict[str, Any] = {
            "thread": None if hit is None else hit.thread,
            "form": form,
            "to": _codes(to),
            "officer": "x.officer",
            "purpose": "security-check",
            "subject": "A hit",
        }
        payload = OutgoingPayload(**(plain | changed))
        accepted = await session.mailbox.write(lambda store: enqueue(store, session.bureau, payload))
        session.mailbox.changes.notify()
        return accepted.id


class Service:
    """A service that notifies bureaus of hits, each bureau with a separate message."""

    def __init__(self, mesh: Mesh, name: str = SERVICE, number: int = 100) -> None:
        self.name = name
        self._mesh = mesh
        self._transport = mesh.join(name, "service", number).transport
        mesh.broker.kept.ensure_streams([], [name])

    async def finds(self, *recipients: str, **changed: Any) -> HitDetails:
        """Notify both bureaus of a hit, or only those given."""
        found = details(**changed)
        await self.notifies(HitsNotice(service=self.name, hits=(found,)), *(recipients or (found.owner, found.finder)))
        return found

    async def withdraws(self, bureau: str, act: Any = "withdrawn", record: str = A_RECORD, **changed: Any) -> None:
        """Notify a bureau that a record was withdrawn or corrected."""
        at = self._mesh.clock.now().timestamp()
        plain = {"service": SERVICE, "kind": "vehicle", "record": record, "version": 2, "act": act, "at": at}
        await self.notifies(Withdrawal(**(plain | changed)), bureau)

    async def notifies(self, form: Form, *recipients: str) -> str:
        """Send a form to bureaus in one message, and return its id."""
        message = self.composes(form, *recipients)
        await self.delivers(message, *recipients)
        return message.head.id

    def composes(self, form: Form, *recipients: str) -> SealedMessage:
        """Return a message to bureaus, without delivering it."""
        return sealed(self._mesh, said=stated(form, officer=self.name), by=self.name, recipients=_codes(recipients))

    async def delivers(self, message: SealedMessage, *recipients: str) -> None:
        """Deliver a message to some of its recipients."""
        for code in _codes(recipients):
            subject = message_subject(code, Lane.URGENT, uuid7(self._mesh.clock.now()), self.name)
            await self._transport.post(subject, parcel_of(self._mesh, message, code), seconds=1)


def connection_of(mesh: Mesh, bureau: Bureau) -> MemoryTransport:
    """Return the connection of a bureau, so that it can be cut."""
    connection = mesh.bureaus[bureau.code].transport
    assert isinstance(connection, MemoryTransport)
    return connection


def _codes(bureaus: Iterable[str]) -> tuple[BureauCode, ...]:
    return tuple(map(BureauCode, bureaus))


def is_(state: str, **more: Any) -> Any:
    """Return a predicate of hits in a state."""
    return lambda hit: all(hit[name] == value for name, value in {"state": state, **more}.items())


def escalated(count: int) -> Any:
    return lambda hit: sum(len(asked["escalations"]) for asked in hit["confirmations"]) == count


async def asked(service: Service, germany: Bureau, france: Bureau, urgency: str = "urgent") -> str:
    """Have Germany find a record of France and ask for confirmation; return the id of the hit."""
    hit_id = (await service.finds()).id
    await germany.sees(hit_id)
    await france.sees(hit_id)
    await germany.asks(hit_id, urgency)
    await france.sees(hit_id, is_("requested"))
    return hit_id
