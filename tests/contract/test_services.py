"""Every service conforms to its own OpenAPI document, for valid and for invalid requests."""

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import pytest
import schemathesis
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from gateway.local_services import LOCAL_SERVICES
from gateway.subject_requests import SERVICE as SUBJECT_REQUESTS
from services import SERVICES
from shared.clock import FixedClock
from shared.identity import AUDIT_READ, COMMON_SCOPES, Caller, Purpose
from shared.rpc.asgi import Application
from shared.service import Service
from shared.service_process import RecordKeeping
from tests.conftest import NOW, store_of
from tests.contract.example_mailbox import handling_mail
from tests.contract.operations import operations_of
from tests.extent import by_extent
from tests.gateway.mesh import Mesh
from tests.support import caller

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
# the same input as an entry. A line of a batch that its schema does not allow is answered with its error, status 200.
LIMITS: dict[str, Any] = by_extent({"enabled": False}, {"generation": {"mode": "negative"}})
THOROUGHNESS: dict[str, dict[str, Any]] = {
    "sqlite": {"phases": {"coverage": LIMITS, "stateful": {"enabled": False}}},
    "postgresql": {"phases": {"coverage": {"generation": {"mode": "positive"}}}},
}
EXCEPTIONS = {
    "operations": [
        {"include-method": "PUT", "phases": {"coverage": {"enabled": False}}},
        {"include-path-regex": "/(checks|entries)$", "checks": {"negative_data_rejection": {"enabled": False}}},
    ]
}
# In OpenAPI 3.1 a stream of events is a text; schemathesis reads its schema as that of each event.
EVENT: dict[str, Any] = {
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string", "contentMediaType": "application/json"}},
    "required": ["event", "data"],
}


@schemathesis.hook
def before_load_schema(_context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Describe each event of a stream as schemathesis expects it."""
    for operation in operations_of(raw_schema):
        for stated in operation.stated["responses"].values():
            if described := stated.get("content", {}).get("text/event-stream"):
                described["schema"] = EVENT


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
        officer = caller("CCF", *service.scopes, purpose=Purpose.DATA_SUBJECT_REQUEST)
    mail = handling_mail(service, url, officer.bureau)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(mail) as app:
        yield in_its_loop(portal, app, officer)


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
    config = SchemathesisConfig.from_dict(CONFIG | EXCEPTIONS | thoroughness)
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


@pytest.mark.thorough
@EVERY_SERVICE
def test_a_service_conforms_to_its_openapi_document(store_tables: Service, database_url: str) -> None:
    """No undocumented status or body and no crash; valid requests are accepted and invalid ones refused."""
    failures = failures_in_process(partial(running, store_tables, database_url), database_url)
    assert failures == [], "\n\n".join(failures)


@pytest.mark.thorough
@pytest.mark.parametrize("service", LOCAL_SERVICES, ids=lambda service: service.name)
def test_a_local_service_of_the_gateway_conforms_to_its_openapi_document(service: Service, database_url: str) -> None:
    failures = failures_in_process(partial(running_local, service, database_url), database_url)
    assert failures == [], "\n\n".join(failures)
