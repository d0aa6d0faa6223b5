"""A service without a package, and an application that records its requests."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Final

from fastapi import FastAPI, Response

from shared.audit.disclosure_router import service_router
from shared.errors import NotTheOwner
from shared.identity import Caller
from shared.service import Context, Service
from shared.web.openapi import complete_document
from shared.web.problems import refusals
from shared.web.routing import permission

ANSWERS: Final[dict[int | str, Any]] = {
    200: {"description": "JSON, or an image.", "content": {"application/json": {}, "image/x-wsq": {}}},
    201: {"description": "JSON.", "content": {"application/json": {}}},
    204: {"description": "Nothing."},
    **refusals(NotTheOwner),
}
_METHODS: Final = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]


def declaring(answers: dict[int | str, Any], *, name: str = "echo", verb: str = "read") -> FastAPI:
    """Return an application that declares these answers for any request below its path."""
    application, router = FastAPI(), service_router(name)

    async def answer(_: Annotated[Caller, permission(name, verb)]) -> None: ...

    for path in ("", "/{part}", "/{part}/"):
        for method in _METHODS:
            router.add_api_route(
                path,
                answer,
                methods=[method],
                name=f"{method.lower()}_answer_{len(router.routes)}",
                responses=answers,
                response_class=Response,
            )
    application.include_router(router)
    complete_document(application)
    return application


@cache
def echo_application() -> FastAPI:
    """Return an application that declares `ANSWERS`. Gateways keep its operations for as long as the process runs."""
    return declaring(ANSWERS)


@dataclass(frozen=True, slots=True)
class FakeService(Service):
    """A service without a package: the mesh knows its name and scopes, and a test its application."""

    package: str = ""
    name: str = "echo"
    summary: str = "Gives a configured answer."
    application: FastAPI = field(default_factory=echo_application)

    @property
    def create_app(self) -> Callable[[Context], FastAPI]:
        """Return the application that it was given."""
        return lambda _context: self.application


class Echo:
    """A plain ASGI application that records its requests, and gives a configured answer."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.status = 200
        self.headers = {"content-type": "application/json"}
        self.body = b"{}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        message = await receive()
        self.requests.append({**scope, "body": message["body"]})
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})

    @property
    def last(self) -> dict[str, Any]:
        """The last request: its scope, and its body."""
        return self.requests[-1]
