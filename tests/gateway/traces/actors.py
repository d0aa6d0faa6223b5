"""The bureaus of a trace: France asks, Germany and then Kenya are asked."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import httpx

from shared.bureaus import BureauCode
from shared.crypto.ed25519 import encode_base64url
from shared.mailbox.outbox import OutgoingPayload, enqueue
from shared.protocol.payloads import Form
from shared.transport.memory import MemoryTransport
from tests.gateway.mesh import Mesh

PATIENCE: Final = 5.0
Pass = Callable[..., Awaitable[None]]
SCOPES: Final = (
    *("traces:read", "traces:write", "messages:read", "messages:write", "hits:read"),
    *("firearms:read", "firearms:write"),
)
FIREARM: Final[dict[str, Any]] = {
    "make": "Walther",
    "serial_number": "DEM 204881",
    "model": "P99",
    "country_of_manufacture": "DE",
}
LINK: Final = {"from": "DE", "to": "KE", "on": "2019-05", "kind": "export"}


class Bureau:
    """An officer of a bureau at its gateway, with a new token for each request, as days may pass."""

    def __init__(self, client: httpx.AsyncClient, mesh: Mesh, code: str) -> None:
        self.code = BureauCode(code)
        self.without = frozenset[str]()
        """Scopes that its officer does not hold."""

        self._client = client
        self._mesh = mesh

    @property
    def connection(self) -> MemoryTransport:
        """The connection of the bureau, so that it can be cut."""
        connection = self._mesh.bureaus[self.code].transport
        assert isinstance(connection, MemoryTransport)
        return connection

    async def proof(self, message: str) -> str:
        """Return the evidence of a message of this bureau, as forms carry it."""
        answer = await self.ask("GET", f"/{message}/evidence", base="/api/messages")
        assert answer.status_code == 200, answer.text
        return encode_base64url(answer.content)

    async def ask(self, method: str, path: str = "", base: str = "/api/traces", **options: Any) -> httpx.Response:
        """Send a request to a path below that of the traces."""
        headers = self._mesh.bearer(self.code, *(scope for scope in SCOPES if scope not in self.without))
        return await self._client.request(method, f"{base}{path}", headers=headers, **options)

    async def begin(self, to: str = "DE", **stated: Any) -> httpx.Response:
        """Begin a trace."""
        return await self.ask("POST", json={"to": to, "firearm": FIREARM, **stated})

    async def begins(self, to: str = "DE", **stated: Any) -> Any:
        """Begin a trace, which must be possible, and return it."""
        begun = await self.begin(to, **stated)
        assert begun.status_code == 202, begun.text
        return begun.json()

    async def step(self, trace: str, path: str, **stated: Any) -> httpx.Response:
        """Take a step in a trace."""
        return await self.ask("POST", f"/{trace}/{path}", json=stated)

    async def answers(self, trace: str, *answers: str, **stated: Any) -> Any:
        """Give answers, which must be possible, the last with what is stated."""
        for answer in answers:
            given = stated if answer == answers[-1] else {}
            done = await self.step(trace, "answer", answer=answer, **given)
            assert done.status_code == 202, done.text
        return done.json()

    async def goes_on(self, trace: str, to: str, **stated: Any) -> Any:
        """Ask the next bureau, which must be possible."""
        done = await self.step(trace, "requests", to=to, **stated)
        assert done.status_code == 202, done.text
        return done.json()

    async def trace(self, trace: str, **query: Any) -> Any:
        """Return a trace, which must exist."""
        answer = await self.ask("GET", f"/{trace}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def listed(self, **query: Any) -> list[Any]:
        """Return the traces of the first page."""
        answer = await self.ask("GET", params=query)
        assert answer.status_code == 200, answer.text
        items: list[Any] = answer.json()["items"]
        return items

    async def sees(self, trace: str, fits: Callable[[Any], bool] = bool, **query: Any) -> Any:
        """Wait until a trace satisfies a condition, and return it."""
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await self.ask("GET", f"/{trace}", params=query)
                if answer.status_code == 200 and fits(answer.json()):
                    return answer.json()
                await asyncio.sleep(0.005)

    async def waits(self, fits: Callable[[Any], Any], path: str = "", **options: Any) -> Any:
        """Wait until what is read at a path satisfies a condition, and return it."""
        async with asyncio.timeout(PATIENCE):
            while not fits(answer := (await self.ask("GET", path, **options)).json()):  # noqa: ASYNC110 - no signal
                await asyncio.sleep(0.005)
        return answer

    async def receipt(self, message: str) -> Any:
        """Wait for the receipt of the one recipient of a message, and return it."""
        async with asyncio.timeout(PATIENCE):
            while True:
                shown = (await self.ask("GET", f"/{message}", base="/api/messages")).json()
                [recipient] = shown["recipients"]
                if recipient["state"] not in ("queued", "sent"):
                    return recipient
                await asyncio.sleep(0.005)

    async def sends(self, form: Form, to: str, thread: str | None = None, **changed: Any) -> str:
        """Send a form that no officer could send, as a hostile gateway would; return the id of the message."""
        session = await self._mesh.mailbox_host.of(self.code)
        plain: dict[str, Any] = {
            "thread": thread,
            "form": form,
            "to": (BureauCode(to),),
            "officer": "x.officer",
            "purpose": "security-check",
            "subject": "A trace",
        }
        payload = OutgoingPayload(**(plain | changed))
        accepted = await session.mailbox.write(lambda store: enqueue(store, session.bureau, payload))
        session.mailbox.changes.notify()
        return accepted.id


def is_(state: str, **more: Any) -> Any:
    """Return a predicate of traces in a state."""
    return lambda trace: all(trace[name] == value for name, value in {"state": state, **more}.items())


def refusal(answer: Any) -> tuple[int, str, list[str]]:
    """Return the status of a refusal, its code, and the pointers of its errors."""
    problem = answer.json()
    pointers = [error["pointer"] for error in problem.get("errors", ())]
    return answer.status_code, problem["type"].rpartition(":")[2], pointers
