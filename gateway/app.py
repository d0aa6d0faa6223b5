"""The gateway as one ASGI application: the edge to services and local applications, and the public routes."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, Final

from starlette.routing import Match

from gateway import audit, checks, hits, messages, subject_requests, traces
from gateway.audit import app as audit_app
from gateway.audit.operations import AuditOperations
from gateway.browser_sessions.sessions import Sessions
from gateway.checks import app as checks_app
from gateway.checks.operations import Ask, CheckOperations
from gateway.checks.registers import registers_of
from gateway.console.app import Console, is_of_person
from gateway.console.context import ConsoleContext
from gateway.context import GatewayContext
from gateway.edge.edge import PREFIXES, Backend, Edge
from gateway.edge.exchange_keeper import ExchangeKeeper
from gateway.edge.local_app import BodyLimit, LocalApp, at_most
from gateway.edge.service_proxy import ServiceProxy
from gateway.explain.explainer import Explainer
from gateway.hits import app as hits_app
from gateway.local_services import LOCAL_SERVICES
from gateway.messages import submission
from gateway.messages.record_reader import FindReading, Reading, RecordReader
from gateway.monitoring.alarms import AnswerAlarms
from gateway.openapi.merge import merged_openapi
from gateway.openapi.published import MADE_AFTER_SECONDS
from gateway.public_app import described_app, public_app
from gateway.public_notices.asgi import PublicNotices, serves
from gateway.public_notices.source import SERVICE as NOTICES
from gateway.public_notices.source import NoticeSource
from gateway.public_quota import QuestionCounter
from gateway.public_works import asgi as public_works
from gateway.public_works.models import SERVICE as WORKS
from gateway.public_works.source import WorkSource
from gateway.sandbox.exchanges import Exchanges
from gateway.sandbox.sandbox import Sandbox
from gateway.subject_requests import app as subject_requests_app
from gateway.traces import app as traces_app
from gateway.traces.evidence_pack import EvidencePacks
from shared.clock import Clock, SharedClock
from shared.identity import Caller
from shared.protocol.http import HttpRequest
from shared.rpc.asgi import Application
from shared.rpc.client import Reply
from shared.service import Context, Service, in_sandbox
from shared.web.strict_json import WellFormed

# A browser never interprets an answer as a page or a script, whatever a record contains.
NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")
# Of what needs no token. The largest is the script of a counterpart, in a sandbox.
MAX_PUBLIC_BODY: Final = 1024 * 1024
# Of a question to the public register of works of art.
MAX_QUESTION: Final = 16 * 1024


class Gateway:
    """Answers HTTP for one or many bureaus."""

    def __init__(self, context: GatewayContext) -> None:
        self.context = context
        self.log = context.log
        self.alarms = AnswerAlarms(context.mailbox_host, context.log)
        self._public, self.document = public_app(context)
        keeper = self._keeper(context)
        self._proxies = {
            each.name: ServiceProxy(
                each, context.requesters, body_limit=context.body_limit, alarm=self.alarms.record, observer=keeper
            )
            for each in context.services
        }
        if context.sandbox is not None:
            self._explain_to_officers(context.sandbox)
        self._public.state.public_notices = NoticeSource(self._proxies.get(NOTICES), context.requesters)
        self._public.state.public_works = WorkSource(self._proxies.get(WORKS), context.requesters)
        # What the public notices API accepts is for that to say.
        self._notices = PublicNotices(self._public, self._questions(), context.public_faults)
        questions = WellFormed(self._public, MAX_QUESTION)
        self._works = public_works.PublicWorks(questions, self._questions(), context.public_faults)
        self._strict = WellFormed(self._public, MAX_PUBLIC_BODY)
        backends: dict[str, Backend] = {**self._proxies, **dict(_local_apps(context, self._proxies))}
        self._edge = Edge(backends, context.tokens, context.log, keeper)
        self._console = Console(_console_context(context, self))

    def _questions(self) -> QuestionCounter:
        """Return the counter of a public API: each adds to the log of a service of its own."""
        return QuestionCounter(self.context.public_quota, self.context.clock)

    def _keeper(self, context: GatewayContext) -> ExchangeKeeper | None:
        """Return what keeps the exchanges of a sandbox; None in any other mesh."""
        if context.sandbox is None:
            return None
        exchanges, faults = _exchanges_in(context.sandbox), context.sandbox.faults
        keeper = ExchangeKeeper(exchanges, faults, context.clock, context.log, context.new_id)
        context.mailbox_host.on_refused = keeper.see_refused
        return keeper

    def _explain_to_officers(self, sandbox: Sandbox) -> None:
        context = self.context
        self._public.state.explainer = Explainer(
            _exchanges_in(sandbox),
            sandbox.faults,
            context.tokens,
            context.requesters,
            self._proxies,
            context.mailbox_host,
        )

    async def prepare_later(self) -> None:
        """Prepare, once the start is over, what the first requests would have to wait for."""
        await asyncio.sleep(MADE_AFTER_SECONDS)
        for proxy in self._proxies.values():
            await proxy.prepare()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] == "http" and serves(scope):
            await self._answer_anyone(self._notices, scope, receive, send)
        elif scope["type"] == "http" and public_works.serves(scope):
            await self._answer_anyone(self._works, scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(PREFIXES):
            await self._edge(scope, receive, send)
        elif self._console.serves(scope) or (is_of_person(scope) and not self._has_route(scope)):
            await self._answer_anyone(self._console, scope, receive, send)
        else:
            await self._answer_anyone(self._strict, scope, receive, send)

    def _has_route(self, scope: Any) -> bool:
        """Return whether the public API knows a path: for a person one that it does not know is a missing page."""
        return any(route.matches(scope)[0] is not Match.NONE for route in self._public.routes)

    async def _answer_anyone(self, app: Any, scope: Any, receive: Any, send: Any) -> None:
        async def send_safely(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], NO_SNIFFING]}
            await send(message)

        try:
            await app(scope, receive, send_safely)
        except Exception as error:
            # The answer was sent. uvicorn would log the message of the error, which may contain personal data.
            self.log.failure("gateway-failed", error)


def _console_context(context: GatewayContext, gateway: Application) -> ConsoleContext:
    return ConsoleContext(
        gateway=gateway,
        sessions=Sessions(context.mailbox_host, context.console_idle),
        tokens=context.tokens,
        issuer=context.issuer,
        code_flow=context.code_flow,
        requesters=context.requesters,
        clock=context.clock,
        log=context.log,
        services=tuple(service.name for service in context.services),
        is_sandbox=context.sandbox is not None,
    )


def _exchanges_in(sandbox: Sandbox) -> Exchanges:
    return Exchanges(sandbox.folder / "exchanges")


def describe_gateway(
    services: tuple[Service, ...],
    clock: Clock | None = None,
    *,
    issues_tokens: bool = True,
    is_sandbox: bool = False,
) -> dict[str, Any]:
    """Return the OpenAPI document of a gateway, without running it."""
    app = described_app(issues_tokens=issues_tokens, shares_clock=isinstance(clock, SharedClock), is_sandbox=is_sandbox)
    return merged_openapi(app, in_sandbox(services) if is_sandbox else services, LOCAL_SERVICES)


def _readings(proxies: Mapping[str, ServiceProxy]) -> FindReading:
    """Return what finds how a record of a kind is read from a service."""

    async def find(service: str, kind: str) -> Reading | None:
        proxy = proxies.get(service)
        operations = None if proxy is None else await proxy.operations()
        path = None if operations is None else operations.record_path(kind)
        return None if operations is None or path is None else Reading(path, operations.find("GET", path).scopes)

    return find


def _asking(proxies: Mapping[str, ServiceProxy]) -> Ask:
    """Return what sends a request of a check to a service, as any request to it."""

    async def ask(caller: Caller, service: str, request: HttpRequest, seconds: float) -> Reply:
        return await proxies[service].ask_for(caller, request, seconds)

    return ask


def _local_apps(context: GatewayContext, proxies: Mapping[str, ServiceProxy]) -> Iterator[tuple[str, LocalApp]]:
    """Yield the applications in the gateway, by name. Their store is the mailbox of each bureau."""
    host, services = context.mailbox_host, context.services

    def local(service: Service, limit: BodyLimit, *passed_on: str, **state: object) -> tuple[str, LocalApp]:
        app = service.create_app(Context(None, context.clock))
        for name, value in state.items():
            setattr(app.state, name, value)
        return service.name, LocalApp(service, app, context, limit, passed_on)

    shared: dict[str, object] = {"event_streams": context.event_streams, "webhook_sender": context.webhook_sender}
    # They send requests to services in the officer's name, with the officer's scopes.
    scopes = [scope for service in services for scope in service.scopes]
    records = RecordReader(context.requesters, _readings(proxies))
    yield local(messages.SERVICE, submission.limit_of, *scopes, mailbox_host=host, records=records, **shared)
    yield local(hits.SERVICE, at_most(hits_app.MAX_BODY), mailbox_host=host)
    checking = CheckOperations(registers_of(proxies), _asking(proxies))
    yield local(checks.SERVICE, at_most(checks_app.MAX_BODY), *scopes, checks=checking)
    packs = EvidencePacks()
    yield local(traces.SERVICE, at_most(traces_app.MAX_BODY), *scopes, mailbox_host=host, records=records, packs=packs)
    operations = AuditOperations(services, context.requesters, host)
    yield local(audit.SERVICE, at_most(audit_app.MAX_BODY), operations=operations)
    yield local(subject_requests.SERVICE, at_most(subject_requests_app.MAX_BODY), *scopes, mailbox_host=host)
