"""What the mesh is compared with: the same application without the mesh, and a common reverse proxy in front of it.

uvicorn runs these factories; environment variables name the store and the target.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, Request, Response

from services.stolen_vehicles import SERVICE
from shared.bureaus import BureauCode
from shared.clock import SystemClock
from shared.identity import PURPOSE_SCOPES, Caller, Purpose
from shared.service import Context
from shared.storage import open_database

STORE_VARIABLE = "I247_BENCH_STORE"
TARGET_VARIABLE = "I247_BENCH_TARGET"


def bare() -> Any:
    """Return the vehicles application as FastAPI answers it, on its store, without envelope, token or purpose."""
    application = _vehicles()
    # Set before the first request, which would make those of the mesh.
    application.middleware_stack = FastAPI.build_middleware_stack(application)
    return _with_caller(application)


def direct() -> Any:
    """Return the same application as the bridge calls it: reads are answered past the layers of FastAPI."""
    return _with_caller(_vehicles())


def _vehicles() -> FastAPI:
    return SERVICE.create_app(Context(open_database(os.environ[STORE_VARIABLE]), SystemClock()))


def _with_caller(application: FastAPI) -> Any:
    scopes = frozenset((*SERVICE.scopes, PURPOSE_SCOPES[Purpose.SECURITY_CHECK]))
    bureau, purpose = BureauCode("DE"), Purpose.SECURITY_CHECK

    async def with_caller(scope: Any, receive: Any, send: Any) -> None:
        # One caller for each request, as it records the disclosures of that request.
        scope["state"] = {"caller": Caller(bureau, "bench", scopes, purpose, "bench")}
        await application(scope, receive, send)

    return with_caller


def proxy() -> FastAPI:
    """Return a common reverse proxy: a FastAPI application with an httpx client."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with httpx.AsyncClient(base_url=os.environ[TARGET_VARIABLE]) as client:
            app.state.client = client
            yield

    app = FastAPI(lifespan=lifespan)

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def forward(path: str, request: Request) -> Response:
        answer = await request.app.state.client.request(
            request.method, f"/{path}", params=request.query_params, content=await request.body()
        )
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

    return app


def hello() -> Any:
    """Return an application that does nothing, to measure the HTTP server alone."""

    async def answer(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    return answer
