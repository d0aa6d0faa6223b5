"""The public routes of a gateway, without a token: tokens, keys, health, documents, and the clock of a test."""

import asyncio

from fastapi import FastAPI
from fastapi.routing import APIRoute

from gateway.auth import token_endpoint
from gateway.auth.token_endpoint import TokenEndpoint
from gateway.context import GatewayContext
from gateway.edge import health, jwks, test_clock
from gateway.edge.health import HealthCheck
from gateway.explain import routes as explain
from gateway.local_services import LOCAL_SERVICES
from gateway.monitoring.broker import recent_alarms
from gateway.openapi.docs_pages import add_pages
from gateway.openapi.merge import API, document_bytes, merged_openapi
from gateway.openapi.published import NETWORK_PATH, PublishedDocument, add_document
from gateway.public_notices import routes as public_notices
from gateway.public_works import routes as public_works
from gateway.sandbox import app as sandbox
from gateway.sandbox.absent import CLOCK, SANDBOX, explain_absence
from gateway.sandbox.counterparts.operations import CounterpartOperations
from gateway.standing import public as public_standing
from shared.bureaus import SECRETARIAT
from shared.clock import SharedClock
from shared.web.openapi import operation_id
from shared.web.problems import render_refusals


def described_app(*, issues_tokens: bool, shares_clock: bool, is_sandbox: bool = False) -> FastAPI:
    """Make the application as the OpenAPI document describes it, without its state."""
    app = FastAPI(**API, openapi_url=None, docs_url=None, redoc_url=None, generate_unique_id_function=operation_id)
    render_refusals(app)
    if issues_tokens:
        app.include_router(token_endpoint.router)
    app.include_router(jwks.router)
    app.include_router(public_standing.router)
    app.include_router(health.router)
    app.router.routes.extend(public_notices.router.routes)
    app.router.routes.extend(public_works.router.routes)
    if not shares_clock:
        explain_absence(app, test_clock.PATH, CLOCK)
    else:
        # Not `include_router`, which makes the routes again, without their strict class.
        app.router.routes.extend(test_clock.router.routes)
    if not is_sandbox:
        explain_absence(app, sandbox.PREFIX, SANDBOX)
    else:
        app.router.routes.extend((*sandbox.ROUTES, *explain.router.routes))
    for route in app.routes:
        if isinstance(route, APIRoute):
            # As FastAPI's documentation does: a router with a class of its own for routes has names of its own.
            route.operation_id = operation_id(route)
    return app


def public_app(context: GatewayContext) -> tuple[FastAPI, PublishedDocument]:
    """Make the application of a gateway, and the OpenAPI document that it publishes."""
    clock, issuer = context.clock, context.issuer
    app = described_app(
        issues_tokens=issuer is not None,
        shares_clock=isinstance(clock, SharedClock),
        is_sandbox=context.sandbox is not None,
    )
    # The Secretariat signs the pings where it is hosted, otherwise the first bureau.
    pinging = context.requesters.get(SECRETARIAT) or next(iter(context.requesters.values()))
    app.state.clock = clock
    app.state.sandbox = context.sandbox
    if context.sandbox is not None:
        app.state.counterparts = CounterpartOperations(
            context.sandbox.counterparts, context.sandbox.conditions, context.mailbox_host, context.requesters.keys()
        )
    app.state.directory = pinging.directory
    faults = None if context.public_faults is None else context.public_faults.text
    app.state.health_check = HealthCheck(
        context.services, pinging, clock, lambda: recent_alarms(context.mailbox_host), faults
    )
    if context.logins is not None and issuer is not None:
        app.state.token_endpoint = TokenEndpoint(context.logins, issuer, context.tokens, context.log)

    async def describe() -> bytes:
        return await asyncio.to_thread(lambda: document_bytes(merged_openapi(app, context.services, LOCAL_SERVICES)))

    document = PublishedDocument(context.describe or describe)
    app.state.find_paths = document.paths
    add_document(app, document)
    if context.describe_network is not None:
        add_document(app, PublishedDocument(context.describe_network), NETWORK_PATH)
    add_pages(app)
    return app, document
