"""Every service against its own OpenAPI document: what it promises is what it does, for good requests and bad."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from services import SERVICES
from shared.asgi import Application
from shared.clock import FixedClock
from shared.service import Context, Service
from tests.conftest import NOW, store_of
from tests.support import caller

EVERY_SERVICE = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)

# U+0000 is refused everywhere, see tests/shared/test_problems.py. 422: a rule may refuse what the schema lets pass, as
# no schema says that a plate needs its country or that a theft lies in the past.
CONFIG: dict[str, Any] = {
    "generation": {"allow-x00": False, "max-examples": 5, "deterministic": True},
    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 403, 404, 409, 422]}},
}
# The cases at every limit of a schema take most of the time. What is refused reaches no database, so that PostgreSQL,
# the one that might choke on odd values, gets the good requests. What a correction takes is what an entry takes.
THOROUGHNESS: dict[str, dict[str, Any]] = {
    "sqlite": {"phases": {"coverage": {"generation": {"mode": "negative"}}, "stateful": {"enabled": False}}},
    "postgresql": {"phases": {"coverage": {"generation": {"mode": "positive"}}}},
}
CORRECTIONS = {"operations": [{"include-method": "PUT", "phases": {"coverage": {"enabled": False}}}]}


@contextmanager
def running(service: Service, url: str) -> Iterator[Application]:
    """Run a service in an event loop of its own, as its connections may not change loops; call it from any other."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(store_of(service, url)) as database:
        app = service.create_app(Context(database, FixedClock(NOW)))

        async def in_its_loop(scope: Any, receive: Any, send: Any) -> None:
            sent: list[Any] = []
            body = await receive()
            with_caller = {**scope, "state": {"caller": caller("FR", *service.scopes)}}
            await asyncio.wrap_future(portal.start_task_soon(answer, app, with_caller, body, sent))
            for message in sent:
                await send(message)

        with portal.wrap_async_context_manager(app.router.lifespan_context(app)):
            yield in_its_loop


async def answer(app: FastAPI, scope: Any, body: Any, sent: list[Any]) -> None:
    async def receive() -> Any:
        return body

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)


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
def test_a_service_does_what_its_document_says(service: Service, database_url: str) -> None:
    """No undocumented status or body, no crash; good requests are taken and bad ones refused, on both databases."""
    with running(service, database_url) as app:
        failures = failures_of(app, THOROUGHNESS[database_url.partition(":")[0]])
    assert failures == [], "\n\n".join(failures)
