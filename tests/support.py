"""Shared by tests of several layers: a caller, a client that calls as the bridge does, and a counting session."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import date, datetime
from io import BytesIO
from itertools import count
from typing import Any

import httpx
import msgspec
import sqlalchemy as sa
from fastapi import FastAPI

from gateway.edge.declared_answers import operations_of, require_allowed
from services import SERVICES
from shared.agreements import READ, Agreement
from shared.audit.pending import pending_of
from shared.audit.writer import AuditLog, unanswered
from shared.bureaus import BureauCode, kind_of
from shared.clock import Clock
from shared.disclosure import Disclosure
from shared.errors import PROBLEM_JSON, PROBLEM_TYPE_PREFIX
from shared.identity import HANDLING_CONFIDENTIAL, PURPOSE_SCOPES, Caller, Purpose, is_purpose_open_to
from shared.protocol.envelope import ReplyHead
from shared.protocol.signed_times import ClockAssessment, SignedTimes
from shared.records.search.saved_searches import RecentSearches
from shared.rpc.bridge import CARRIED_HEADERS
from shared.rpc.client import Reply
from shared.service import Service
from shared.standing import BureauStanding, Measure, Standing
from shared.storage import NO_PARAMETERS, Database, Parameters, Rows, Session
from shared.web.routing import path_of

_requests = count(1)


def caller(bureau: str, *scopes: str, purpose: Purpose | None = None) -> Caller:
    """Return an officer of a bureau with their own request, who holds the scope of its purpose."""
    code = BureauCode(bureau)
    purpose = purpose or next(each for each in (Purpose.SECURITY_CHECK, *Purpose) if is_purpose_open_to(code, each))
    held = frozenset((*scopes, PURPOSE_SCOPES[purpose]))
    agreement = reading_of({scope.partition(":")[0] for scope in scopes}) if kind_of(code) == "partner" else None
    request = f"00000000-0000-7000-8000-{next(_requests):012d}"
    return Caller(code, f"{bureau.lower()}.officer", held, purpose, request, agreement=agreement)


def reading_of(services: Iterable[str]) -> Agreement:
    """Return an agreement of a partner to read services for all purposes, without a foreseeable end."""
    return Agreement(
        services=tuple(services), verbs=(READ,), purposes=tuple(Purpose), until=date(2100, 1, 1), resolution="AG/2026/4"
    )


def under(standing: Standing, *services: str) -> BureauStanding:
    """Return a standing on a measure without an end, for all services or some."""
    measure = Measure(reason="compliance", since=0.0, resolution="EC/2026/14", services=services)
    return BureauStanding(standing, measure)


def problem_of(answer: httpx.Response) -> tuple[int, str]:
    """Return status and code of an answer that is a whole problem."""
    assert answer.headers["content-type"] == PROBLEM_JSON
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"]
    assert problem["detail"]
    return answer.status_code, problem["type"].removeprefix(PROBLEM_TYPE_PREFIX)


async def log_readers(
    database: Database, shown: Disclosure, operation: str, bureaus: Iterable[str], at: datetime
) -> None:
    """Log that bureaus were shown a record in an operation, as the bridge does."""
    log = AuditLog(database, RecentSearches())
    for bureau in bureaus:
        reader = caller(bureau)
        reader.recorder.operation = operation
        reader.recorder.record(shown)
        await log.add(unanswered(pending_of(reader), at))
    await log.close()


def events_in(written: BytesIO, event: str) -> list[dict[str, Any]]:
    """Return the logged events of a name."""
    lines = map(msgspec.json.decode, written.getvalue().splitlines())
    return [line for line in lines if line["event"] == event]


class Noted:
    """Counts how often something happened, and lets a test wait for more."""

    def __init__(self) -> None:
        self.times = 0
        self._again = asyncio.Event()

    def note(self) -> None:
        """Count one more."""
        self.times += 1
        self._again.set()

    async def more(self, times: int, *, seconds: float = 5.0) -> None:
        """Wait until it has happened this many more times from now on. Raises TimeoutError."""
        until = self.times + times
        async with asyncio.timeout(seconds):
            while self.times < until:
                self._again.clear()
                await self._again.wait()


class Agreed(SignedTimes):
    """Signed times of other participants that confirm any clock."""

    def assess(self, clock: Clock) -> ClockAssessment:  # noqa: ARG002 - any clock is confirmed
        """Return an assessment that confirms the clock."""
        return ClockAssessment(signers=3, near=3, ahead_seconds=0.0, others={})


def always() -> bool:
    """Allow irreversible steps."""
    return True


class ServiceClient:
    """An HTTP client of one service that calls as an officer of a bureau, with all scopes or the given ones."""

    def __init__(self, service: Service, app: FastAPI) -> None:
        self.app = app
        self._service = service

    def officer_for(self, bureau: str, purpose: Purpose) -> httpx.AsyncClient:
        """Return a client of an officer of a bureau with all scopes of the service, for a purpose."""
        return self.calling(lambda: caller(bureau, *self._service.scopes, HANDLING_CONFIDENTIAL, purpose=purpose))

    def officer(self, bureau: str, *scopes: str) -> httpx.AsyncClient:
        """Return a client of an officer of a bureau, who holds the given scopes, or all of the service and handling."""
        held = scopes or (*self._service.scopes, HANDLING_CONFIDENTIAL)
        return self.calling(lambda: caller(bureau, *held))

    def measured(self, bureau: str, standing: Standing, *more: str) -> httpx.AsyncClient:
        """Return a client of an officer of a bureau of a standing, with all scopes of the service, and more."""
        scopes = (*self._service.scopes, *more)
        return self.calling(lambda: msgspec.structs.replace(caller(bureau, *scopes), standing=under(standing)))

    def calling(self, make_caller: Callable[[], Caller]) -> httpx.AsyncClient:
        """Return a client that makes a new caller for each request."""

        async def as_caller(scope: Any, receive: Any, send: Any) -> None:
            await self.app({**scope, "state": {"caller": make_caller()}}, receive, send)

        return httpx.AsyncClient(
            transport=httpx.ASGITransport(as_caller),
            base_url="http://service",
            event_hooks={"response": [self._require_allowed] if self._service in SERVICES else []},
        )

    async def _require_allowed(self, response: httpx.Response) -> None:
        """Check every answer as a gateway does: see `gateway.edge.declared_answers`."""
        method, path, body = response.request.method, response.request.url.path, await response.aread()
        if not path.startswith(path_of(self._service.name)):
            # A gateway does not forward such a path.
            return
        headers = {name: response.headers[name] for name in CARRIED_HEADERS if name in response.headers}
        head = ReplyHead(
            kid="",
            id="",
            sender=self._service.name,
            to="",
            iat=0,
            exp=0,
            re="",
            re_digest="",
            status=response.status_code,
            content_type=response.headers.get("content-type", "") if body else "",
            headers=headers,
        )
        operation = operations_of(self._service).find(method, path)
        require_allowed(self._service.name, operation, Reply(head, body, "", ""))


class Counting:
    """A session that records its statements and the largest number of rows of any answer."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.most = 0
        self.asked = list[str]()

    async def fetch(
        self, statement: sa.Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> Rows:
        rows = await self._session.fetch(statement, parameters, in_thread=in_thread)
        self.asked.append(str(statement))
        self.most = max(self.most, len(rows))
        return rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)
