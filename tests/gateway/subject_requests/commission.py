"""The Commission and the bureaus whose records it examines: a mesh with one service, and all mailboxes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, cast

import httpx

from gateway.subject_requests.worker import SUBJECTS
from services import missing_persons
from shared.bureaus import COMMISSION as COMMISSION_CODE
from shared.identity import AUDIT_READ, Purpose
from shared.mailbox.pruning import Pruner
from shared.protocol.envelope import ReplyHead
from shared.protocol.verifier import Verifier
from shared.rpc.bridge import Bridge
from shared.transport import Arrival, Handler, Subscription
from shared.transport.memory import MemorySubscription
from tests.gateway.accounts import BUREAUS
from tests.gateway.fake_service import Echo
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import PATIENCE, Officer
from tests.services.missing_persons.samples import PERSON
from tests.support import always

SERVICE: Final = missing_persons.SERVICE
PERSONS: Final = f"/api/{SERVICE.name}"
REQUESTS: Final = "/api/subject-requests"
OWN_SCOPES: Final = ("subject-requests:read", "subject-requests:write")
COMMISSION: Final = (
    *OWN_SCOPES,
    f"{SERVICE.name}:read",
    f"{SERVICE.name}:decide",
    AUDIT_READ,
    "purpose:data-subject-request",
)
AUDITOR: Final = (AUDIT_READ, "hits:read", "messages:read")
DRAFT: Final[dict[str, Any]] = {
    "kind": "deletion",
    "received": "2026-05-29",
    "subject": {"family_name": "Marlowe", "forename": "Julia Ann", "date_of_birth": "1987-04-19"},
    "statement": "I was found on 3 May, and want to be left in peace.",
}
ADMISSIBLE: Final = {"admissible": True, "reason": "Her identity is proven."}
CORRECTIONS: Final = {"forename": "Julia", "marks": None}
# The kind of request for each act, and the members that the act needs.
KINDS: Final = {"disclose": "access", "correct": "correction", "delete": "deletion"}
STATED: Final[dict[str, Any]] = {"disclose": {}, "correct": {"corrections": CORRECTIONS}, "delete": {}}


class Network:
    """A mesh whose France owns records of persons."""

    def __init__(self, mesh: Mesh, client: httpx.AsyncClient, service: Subscription) -> None:
        self.mesh = mesh
        self.client = client
        self._service = service

    # --- the Commission

    async def ask(self, method: str, path: str = "", *scopes: str, **options: Any) -> httpx.Response:
        """Send a data subject request operation as an officer of the Commission, with all scopes or those given."""
        return await self.at(method, f"{REQUESTS}{path}", *(scopes or COMMISSION), **options)

    async def at(self, method: str, path: str, *scopes: str, **options: Any) -> httpx.Response:
        """Send any request as an officer of the Commission."""
        bearer = self.mesh.bearer("CCF", *(scopes or COMMISSION), purpose=Purpose.DATA_SUBJECT_REQUEST)
        return await self.client.request(method, path, headers=bearer, **options)

    async def enter(self, **changed: Any) -> str:
        """Enter a request, and return its id."""
        return str((await self.done("POST", json=DRAFT | changed))["id"])

    async def admitted(self, *records: str, **changed: Any) -> str:
        """Enter a request on records, find it admissible, and return its id."""
        request = await self.enter(records=[place(record) for record in records], **changed)
        await self.done("POST", f"/{request}/admissibility", json=ADMISSIBLE)
        return request

    async def decide(self, request: str, outcome: str = "granted", *remedies: dict[str, Any]) -> Any:
        """Decide on a request."""
        decision = {"outcome": outcome, "reasons": "The purpose is fulfilled.", "remedies": remedies}
        return await self.done("POST", f"/{request}/decision", json=decision)

    async def done(self, method: str, path: str = "", **options: Any) -> Any:
        """Send a request that must succeed, and return its answer."""
        answer = await self.ask(method, path, **options)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def comes_to(self, request: str, state: str) -> Any:
        """Wait until a request is in a state, and return it."""
        return await self.until(f"/{request}", lambda shown: shown["state"] == state)

    async def until(self, path: str, fits: Callable[[Any], Any]) -> Any:
        """Repeat a request until its answer satisfies a condition, and return it."""

        async def asked() -> Any:
            return await self.done("GET", path)

        return await until(asked, fits)

    # --- bureaus

    async def of(self, bureau: str, method: str, path: str = "", **options: Any) -> httpx.Response:
        """Send a request to the service as an officer of a bureau who is also an auditor."""
        bearer = self.mesh.bearer(bureau, *SERVICE.scopes, AUDIT_READ)
        return await self.client.request(method, PERSONS + path, headers=bearer, **options)

    async def report(self, bureau: str = "FR", **changed: Any) -> str:
        """Report a missing person as a bureau does, and return the id of the record."""
        answer = await self.of(bureau, "POST", json=PERSON | changed)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def versions(self, record: str) -> list[Any]:
        """Return the versions of a record of France, the newest first."""
        items: list[Any] = (await self.of("FR", "GET", f"/{record}/versions")).json()["items"]
        return items

    def officer(self, bureau: str) -> Officer:
        """Return an officer who reads the messages of a bureau."""
        return Officer(self.client, self.mesh, bureau)

    async def withdrawal_message(self, bureau: str) -> str:
        """Wait until a bureau is notified of a withdrawal, and return the id of the message."""
        officer = self.officer(bureau)

        async def asked() -> list[Any]:
            return [each for each in (await officer.get(limit=100))["items"] if each["form"] == "withdrawal"]

        [message] = await until(asked, bool)
        return str(message["id"])

    async def passes(self, **span: float) -> None:
        """Advance the clock, and wake all workers."""
        self.mesh.clock.advance(timedelta(**span))
        for code in BUREAUS:
            (await self.mesh.mailbox_host.of(code)).mailbox.changes.notify()

    async def prune(self) -> None:
        """Prune as the gateway of the Commission does every hour."""
        session = await self.mesh.mailbox_host.of(COMMISSION_CODE)
        await Pruner(session.mailbox, self.mesh.clock, always, more=[SUBJECTS]).prune()

    @asynccontextmanager
    async def without_service(self) -> AsyncIterator[None]:
        """Stop the service until the block ends."""
        await self._service.stop()
        yield
        await self._served_by(cast("MemorySubscription", self._service)._handler)

    @asynccontextmanager
    async def holding_up(self) -> AsyncIterator[asyncio.Event]:
        """Delay requests to the service until the block ends, and yield an event that is set at the first one."""
        answers = cast("MemorySubscription", self._service)._handler
        arrived, over = asyncio.Event(), asyncio.Event()

        async def hold_up(arrival: Arrival) -> None:
            arrived.set()
            await over.wait()
            await answers(arrival)

        await self._service.stop()
        await self._served_by(hold_up)
        yield arrived
        over.set()

    @asynccontextmanager
    async def answering(self, status: int, body: bytes) -> AsyncIterator[Echo]:
        """Replace the service by a fixed answer until the block ends, and yield what records its requests."""
        answers, echo = cast("MemorySubscription", self._service)._handler, Echo()
        echo.status, echo.body = status, body
        await self._service.stop()
        await self._served_by(Bridge(echo, self.mesh.participants[SERVICE.name]).handle)
        yield echo
        await self._service.stop()
        await self._served_by(answers)

    async def _served_by(self, handler: Handler) -> None:
        self._service = await self.mesh.handle(self.mesh.participants[SERVICE.name], handler)


def remedy(act: str, record: int = 1, **more: Any) -> dict[str, Any]:
    """Return the remedy of a record."""
    return {"record": record, "act": act, **more}


def place(record: str) -> dict[str, str]:
    """Return the place of a person's record."""
    return {"service": SERVICE.name, "record": record}


async def until(ask: Callable[[], Awaitable[Any]], fits: Callable[[Any], Any]) -> Any:
    """Repeat a request until its answer satisfies a condition, and return it."""
    async with asyncio.timeout(PATIENCE):
        while not fits(answer := await ask()):  # noqa: ASYNC110 - no signal
            await asyncio.sleep(0.005)
        return answer


def require_proven(network: Network, proof: Any) -> None:
    """Require that a proof is the service's signed answer to the request, with its status."""
    verifier = Verifier(COMMISSION_CODE, network.mesh.directory, network.mesh.clock)
    head = verifier.verify(ReplyHead, proof["signature"], proof["body"].encode(), sender=SERVICE.name)
    assert (head.re, head.status) == (proof["request"], proof["status"])
