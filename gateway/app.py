"""The gateway as one ASGI application: the hot path to the services, and beside it all that is asked for rarely."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Response
from fastapi_offline import FastAPIOffline
from starlette.responses import JSONResponse

from gateway.documents import merged_openapi
from gateway.forward import PREFIX, Forward
from gateway.health import Health, HealthCheck
from gateway.oauth import token_routes
from gateway.officers import Officers
from gateway.tokens import TokenIssuer, Tokens
from shared.api import HEALTH_PATH, render_refusals
from shared.bureaus import SECRETARIAT, BureauCode
from shared.logs import Log
from shared.requester import Requester
from shared.service import Service


@dataclass(frozen=True, slots=True)
class GatewayParts:
    """What a gateway is made of."""

    services: tuple[Service, ...]
    requesters: Mapping[BureauCode, Requester]
    tokens: Tokens
    officers: Officers | None
    issuer: TokenIssuer | None
    """None where an outside provider issues the tokens."""

    body_limit: int
    log: Log


class Gateway:
    """Answers HTTP for one or many bureaus."""

    def __init__(self, parts: GatewayParts) -> None:
        self._edge = create_edge(parts)
        self._forward = Forward(
            parts.services, parts.requesters, parts.tokens, body_limit=parts.body_limit, log=parts.log
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await self._forward(scope, receive, send)
        else:
            await self._edge(scope, receive, send)


def create_edge(parts: GatewayParts) -> FastAPI:
    """Make the application for all but the hot path: tokens, health, documents."""
    edge = FastAPIOffline(
        title="i247",
        version="1.0.0",
        redoc_url=None,
        swagger_ui_parameters={"persistAuthorization": True, "docExpansion": "none"},
    )
    render_refusals(edge)
    if parts.officers is not None and parts.issuer is not None:
        edge.include_router(token_routes(parts.officers, parts.issuer))
    _add_health(edge, HealthCheck(parts.services, _pinging(parts.requesters)))
    document: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not document:
            document.update(merged_openapi(edge, parts.services))
        return document

    edge.openapi = openapi  # type: ignore[method-assign]
    return edge


def _pinging(requesters: Mapping[BureauCode, Requester]) -> Requester:
    """Return who signs the pings: the Secretariat where it is hosted, otherwise the first bureau."""
    return requesters.get(SECRETARIAT) or next(iter(requesters.values()))


def _add_health(edge: FastAPI, health: HealthCheck) -> None:
    @edge.get(
        HEALTH_PATH,
        tags=["health"],
        response_model=Health,
        responses={503: {"model": Health, "description": "A service is down."}},
    )
    async def check_health() -> Response:
        """Tell whether the mesh works: each service is sent a signed ping, and its signed answer verified."""
        found = await health.check()
        return JSONResponse(found.model_dump(), 200 if found.status == "up" else 503)
