"""Every service conforms to its own OpenAPI document, for valid and for invalid requests."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import pytest
import schemathesis
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from gateway.audit.operations import AuditOperations
from gateway.hits.models import Side
from gateway.hits.rows import KeptStep
from gateway.hits.store import HitStore
from gateway.local_services import LOCAL_SERVICES
from gateway.subject_requests import SERVICE as SUBJECT_REQUESTS
from gateway.subject_requests.models import RequestState
from gateway.subject_requests.store import SubjectRequestStore
from gateway.tables import GATEWAY_TABLES
from services import SERVICES
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.identity import AUDIT_READ, COMMON_SCOPES, Caller, Purpose
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailboxes
from shared.mailbox.store import MailStore
from shared.protocol.payloads import ConfirmationRequest
from shared.rpc.asgi import Application
from shared.rpc.client import Requester
from shared.service import Context, Service
from shared.service_process import RecordKeeping
from tests.conftest import NOW, store_of
from tests.extent import by_extent
from tests.gateway.hits.hit_samples import A_THREAD, kept, requested
from tests.gateway.mesh import Echo, FakeService, Mesh
from tests.gateway.subject_requests.requests import concerned
from tests.gateway.subject_requests.requests import kept as a_request
from tests.support import caller

A_HIT = "0197a3c2-7d30-7e5c-9b42-6f708192a3b4"
ECHO = FakeService()
A_REQUEST = "0197a3c2-6c2f-7d4b-8a31-5e6f708192a3"
# Python warns of a fork with threads from 3.12 on: the new process needs none of them.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
FORKED = multiprocessing.get_context("fork")
EVERY_SERVICE = pytest.mark.parametrize("store_tables", SERVICES, ids=lambda service: service.name)

# U+0000 is refused everywhere, see tests/shared/test_problems.py. 422: a rule may refuse what the schema allows, as no
# schema states that a plate needs its country or that a theft is in the past.
CONFIG: dict[str, Any] = {
    "generation": {"allow-x00": False, "max-examples": by_extent(2, 5), "deterministic": True},
    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 403, 404, 409, 422]}},
}
# The cases at every limit of a schema take most of the time, so only a thorough run tries them. A refused request does
# not reach the database, so PostgreSQL, which might fail on unusual values, gets the valid requests. A correction takes
# the same input as an entry.
LIMITS: dict[str, Any] = by_extent({"enabled": False}, {"generation": {"mode": "negative"}})
THOROUGHNESS: dict[str, dict[str, Any]] = {
    "sqlite": {"phases": {"coverage": LIMITS, "stateful": {"enabled": False}}},
    "postgresql": {"phases": {"coverage": {"generation": {"mode": "positive"}}}},
}
CORRECTIONS = {"operations": [{"include-method": "PUT", "phases": {"coverage": {"enabled": False}}}]}


@contextmanager
def running(service: Service, url: str) -> Iterator[Application]:
    """Run a service in an event loop of its own, as its connections may not change loops; call it from any other."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(store_of(service, url)) as database:
        participant = Mesh(FixedClock(NOW)).join(service.name, "service", 100)
        app = service.create_app(RecordKeeping(service, database, participant, None).context(1))
        with portal.wrap_async_context_manager(app.router.lifespan_context(app)):
            yield in_its_loop(portal, app, caller("FR", *service.scopes, *COMMON_SCOPES))


@contextmanager
def running_local(service: Service, url: str) -> Iterator[Application]:
    """Run a local service of a gateway in an event loop of its own, as part of a mesh in memory."""
    officer = caller("FR", *service.scopes, AUDIT_READ)
    if service is SUBJECT_REQUESTS:
        officer = caller("IPSG", *service.scopes, purpose=Purpose.DATA_SUBJECT_REQUEST)
    mail = handling_mail(service, url, officer.bureau)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(mail) as app:
        yield in_its_loop(portal, app, officer)


@asynccontextmanager
async def handling_mail(service: Service, url: str, bureau: BureauCode) -> AsyncIterator[FastAPI]:
    clock = FixedClock(NOW)
    mesh = Mesh(clock)
    mesh.mailbox_host = MailboxHost(Mailboxes(lambda _: url, clock, mesh.log, tables=GATEWAY_TABLES))
    app = service.create_app(Context(None, clock))
    app.state.mailbox_host, app.state.messaging = mesh.mailbox_host, mesh.messaging
    app.state.operations = AuditOperations((ECHO,), {bureau: Requester(mesh.bureaus[bureau])}, mesh.mailbox_host)
    await mesh.serve(ECHO, empty_log())
    async with mesh.handling_mail(bureau):
        # A stream of events ends at once.
        mesh.messaging.streams.closed = True
        mailbox = (await mesh.mailbox_host.of(bureau)).mailbox
        await mailbox.write(keep_request if service is SUBJECT_REQUESTS else keep_hits)
        yield app


def empty_log() -> Echo:
    """Return a service whose audit log is empty."""
    echo = Echo()
    echo.body = b'{"items": [], "next": null}'
    return echo


async def keep_hits(store: MailStore) -> None:
    """Store hits with the id that the document gives as an example: one to ask about, and one to answer."""
    found = kept(id=A_HIT, owner="DE", finder="FR")
    own = kept(Side.OWNER, id=A_HIT, standing=requested())
    asked = KeptStep(
        message=A_THREAD,
        officer="de.officer",
        signed=own.stored,
        form=ConfirmationRequest(hit=A_HIT, number=1, urgency="urgent", due=own.stored / 1000 + 600),
    )
    hits = HitStore(store.session)
    await hits.add(found)
    await hits.add_step(await hits.add(own), asked)


async def keep_request(store: MailStore) -> None:
    """Store a request with the id that the document gives as an example, to be decided on."""
    requests = SubjectRequestStore(store.session)
    request = await requests.add(a_request(id=A_REQUEST, state=RequestState.ADMISSIBLE, last_record=1))
    await requests.add_records(request, [concerned()])


def in_its_loop(portal: BlockingPortal, app: FastAPI, officer: Caller) -> Application:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        sent: list[Any] = []
        body = await receive()
        with_caller = {**scope, "state": {"caller": officer, "is_good": lambda: True}}
        await asyncio.wrap_future(portal.start_task_soon(answer, app, with_caller, body, sent))
        for message in sent:
            await send(message)

    return application


async def answer(app: FastAPI, scope: Any, body: Any, sent: list[Any]) -> None:
    received = 0

    async def receive() -> Any:
        nonlocal received
        received += 1
        if received > 1 and scope["type"] == "http":
            # The caller stays connected until the answer is complete.
            await asyncio.Event().wait()
        return body

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)


def failures_in_process(run: Callable[[], AbstractContextManager[Application]], url: str) -> list[str]:
    """Return the failures, found in a process of its own: schemathesis never releases the memory that it uses."""
    receiving, sending = FORKED.Pipe(duplex=False)

    def find() -> None:
        with run() as app:
            sending.send(failures_of(app, THOROUGHNESS[url.partition(":")[0]]))

    process = FORKED.Process(target=find)
    process.start()
    sending.close()
    try:
        found: list[str] = receiving.recv()
    finally:
        receiving.close()
        process.join()
    return found


def failures_of(app: Application, thoroughness: dict[str, Any]) -> list[str]:
    config = SchemathesisConfig.from_dict(CONFIG | CORRECTIONS | thoroughness)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)
    return [text for event in from_schema(schema).execute() for text in _failures(event)]


def _failures(event: Any) -> Iterator[str]:
    match event:
        case events.ScenarioFinished(recorder=recorder):
            for checks in recorder.checks.values():
                for check in checks:
                    if check.failure_info is not None:
                        yield f"{recorder.label}: {check.failure_info.failure}\n{check.failure_info.code_sample}"
        case events.NonFatalError() | events.FatalError():
            yield repr(event)


@EVERY_SERVICE
def test_a_service_conforms_to_its_openapi_document(store_tables: Service, database_url: str) -> None:
    """No undocumented status or body and no crash; valid requests are accepted and invalid ones refused."""
    failures = failures_in_process(partial(running, store_tables, database_url), database_url)
    assert failures == [], "\n\n".join(failures)


@pytest.mark.parametrize("service", LOCAL_SERVICES, ids=lambda service: service.name)
def test_a_local_service_of_the_gateway_conforms_to_its_openapi_document(service: Service, database_url: str) -> None:
    failures = failures_in_process(partial(running_local, service, database_url), database_url)
    assert failures == [], "\n\n".join(failures)
