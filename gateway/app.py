"""The gateway as one ASGI application: the hot path to the services, what the gateway answers itself, and the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from fastapi import FastAPI, Response
from starlette.responses import JSONResponse

from gateway import audit, hits, messages, subject_requests
from gateway.audit import app as audit_app
from gateway.audit.operations import AuditOperations
from gateway.auth.logins import Logins
from gateway.auth.token_endpoint import TokenEndpoint, token_routes
from gateway.auth.tokens import TokenIssuer, Tokens
from gateway.edge.health import Health, HealthCheck
from gateway.edge.jwks import key_routes
from gateway.edge.local_app import LocalApp, at_most
from gateway.edge.service_proxy import PREFIX, ServiceProxy, service_of
from gateway.edge.test_clock import clock_routes
from gateway.hits import app as hits_app
from gateway.local_services import LOCAL_SERVICES
from gateway.messages import app as messages_app
from gateway.messages import submission
from gateway.messages.access import with_mailbox_host
from gateway.messages.mailroom import MailboxHost
from gateway.monitoring.answer_alarms import AnswerAlarms
from gateway.monitoring.broker import recent_alarms
from gateway.openapi.docs_pages import add_pages
from gateway.openapi.merge import API, document_bytes, merged_openapi
from gateway.openapi.published import MADE_AFTER_SECONDS, PublishedDocument, add_document
from gateway.subject_requests import app as subject_requests_app
from gateway.witness.store import KeptAlarm
from shared.bureaus import SECRETARIAT, BureauCode
from shared.clock import Clock, SharedClock
from shared.logs import Log
from shared.protocol.directory import Directory
from shared.rpc.client import Requester
from shared.service import HEALTH_PATH, Context, Service
from shared.web.openapi import operation_id
from shared.web.problems import render_refusals

if TYPE_CHECKING:
    from shared.storage import Database

# An answer is never taken for a page or a script, whatever was put into a record.
NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")
# What answers here is kept in the mailbox of each bureau, not in one store.
NO_DATABASE: Final = cast("Database", None)


@dataclass(frozen=True, slots=True)
class GatewayParts:
    """What a gateway is made of."""

    services: tuple[Service, ...]
    requesters: Mapping[BureauCode, Requester]
    mailroom: MailboxHost
    tokens: Tokens
    logins: Logins | None
    issuer: TokenIssuer | None
    """None where an outside provider issues the tokens."""

    body_limit: int
    clock: Clock
    log: Log
    describe: Callable[[], Awaitable[bytes]] | None = None
    """Makes the OpenAPI document in another process; None for a thread of this one."""


class Gateway:
    """Answers HTTP for one or many bureaus."""

    def __init__(self, parts: GatewayParts) -> None:
        self._edge, self.document = create_edge(parts)
        self.alarms = AnswerAlarms(parts.mailroom, parts.log)
        self._doors = {door.name: door for door in _doors(parts)}
        self._forward = ServiceProxy(
            parts.services,
            parts.requesters,
            parts.tokens,
            body_limit=parts.body_limit,
            log=parts.log,
            beside=self._doors,
        ).alarming(self.alarms.note)
        self.mailroom = parts.mailroom
        self.log = parts.log

    async def prepare_later(self) -> None:
        """Make once the start is over what the first requests would have to wait for."""
        await asyncio.sleep(MADE_AFTER_SECONDS)
        await self._forward.prepare()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await self._doors.get(service_of(scope["path"]), self._forward)(scope, receive, send)
        else:
            await self._at_the_edge(scope, receive, send)

    async def _at_the_edge(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_safely(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], NO_SNIFFING]}
            await send(message)

        try:
            await self._edge(scope, receive, send_safely)
        except Exception as error:
            # The answer was sent. The server below would log the message of the error, which may hold personal data.
            self.log.failure("gateway-failed", error)


def _doors(parts: GatewayParts) -> Iterator[LocalApp]:
    """Return the doors to what answers in the gateway itself."""
    context, guard = Context(NO_DATABASE, parts.clock), (parts.tokens, parts.clock, parts.log)
    of_messages = with_mailbox_host(messages_app.create_app(context), parts.mailroom)
    yield LocalApp(messages.SERVICE, of_messages, *guard, submission.limit_of)
    of_hits = with_mailbox_host(hits_app.create_app(context), parts.mailroom)
    yield LocalApp(hits.SERVICE, of_hits, *guard, at_most(hits_app.MAX_BODY))
    audit_desk = AuditOperations(parts.services, parts.requesters, parts.mailroom)
    of_audit = audit_app.with_desk(audit_app.create_app(context), audit_desk)
    yield LocalApp(audit.SERVICE, of_audit, *guard, at_most(audit_app.MAX_BODY))
    of_subjects = with_mailbox_host(subject_requests_app.create_app(context), parts.mailroom)
    door = LocalApp(subject_requests.SERVICE, of_subjects, *guard, at_most(subject_requests_app.MAX_BODY))
    # It asks the services in the name of the officer, and for no more than he may ask himself.
    yield door.handing_on(scope for service in parts.services for scope in service.scopes)


def create_edge(parts: GatewayParts) -> tuple[FastAPI, PublishedDocument]:
    """Make the application for all but the hot path: tokens, health, documents; and the OpenAPI document."""
    desk: TokenEndpoint | None = None
    if parts.logins is not None and parts.issuer is not None:
        desk = TokenEndpoint(parts.logins, parts.issuer, parts.tokens, parts.log)
    first = _pinging(parts.requesters)

    async def alarms() -> list[KeptAlarm]:
        return await recent_alarms(parts.mailroom)

    edge = _described_edge(HealthCheck(parts.services, first, parts.clock, alarms), desk, first.directory, parts.clock)

    async def describe() -> bytes:
        return await asyncio.to_thread(lambda: document_bytes(merged_openapi(edge, parts.services, LOCAL_SERVICES)))

    document = PublishedDocument(parts.describe or describe)
    add_document(edge, document)
    add_pages(edge)
    return edge, document


def describe_gateway(
    services: tuple[Service, ...], clock: Clock | None = None, *, issues_tokens: bool = True
) -> dict[str, Any]:
    """Return the OpenAPI document of a gateway. Nothing need run to describe it."""
    nothing: Any = None
    desk = TokenEndpoint(nothing, nothing, nothing, nothing) if issues_tokens else None
    edge = _described_edge(HealthCheck(services, nothing, nothing, nothing), desk, nothing, clock)
    return merged_openapi(edge, services, LOCAL_SERVICES)


def _described_edge(
    health: HealthCheck, desk: TokenEndpoint | None, directory: Directory, clock: Clock | None
) -> FastAPI:
    edge = FastAPI(**API, openapi_url=None, docs_url=None, redoc_url=None, generate_unique_id_function=operation_id)
    render_refusals(edge)
    if desk is not None:
        edge.include_router(token_routes(desk))
    edge.include_router(key_routes(directory))
    _add_health(edge, health)
    if isinstance(clock, SharedClock):
        # As they are: a router that is included has its routes made anew, and leniently.
        edge.router.routes.extend(clock_routes(clock).routes)
    return edge


def _pinging(requesters: Mapping[BureauCode, Requester]) -> Requester:
    """Return who signs the pings: the Secretariat where it is hosted, otherwise the first bureau."""
    return requesters.get(SECRETARIAT) or next(iter(requesters.values()))


def _add_health(edge: FastAPI, health: HealthCheck) -> None:
    @edge.get(
        HEALTH_PATH,
        tags=["health"],
        response_model=Health,
        responses={503: {"model": Health, "description": "A service is down, or there is none."}},
    )
    async def check_health() -> Response:
        """Tell whether the mesh works: each service is sent a signed ping, and its signed answer verified."""
        found = await health.check()
        return JSONResponse(found.model_dump(mode="json"), 200 if found.status == "up" else 503)
