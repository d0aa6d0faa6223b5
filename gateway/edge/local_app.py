"""The backend for what the gateway answers itself: an ASGI application that gets the authenticated caller."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from gateway.auth.tokens import Tokens
from gateway.edge.access import on_behalf_of
from gateway.edge.bounded_body import BoundedBody
from gateway.edge.edge import EdgeRequest
from shared.clock import Clock
from shared.identity import Caller
from shared.ids import uuid7
from shared.rpc.asgi import Application
from shared.service import Service
from shared.web.strict_json import BODILESS_METHODS

RETRY_AFTER: Final = b"retry-after"

BodyLimit = Callable[[str], int]
"""How many bytes a body may have, by its media type in lower case."""


def at_most(size: int) -> BodyLimit:
    """Return a limit that is the same for bodies of every media type."""
    return lambda _media: size


class LocalApp:
    """Lets officers in to one application, each with the rights that they have at their own bureau."""

    def __init__(
        self,
        service: Service,
        application: Application,
        tokens: Tokens,
        clock: Clock,
        limit: BodyLimit,
        passed_on: Iterable[str] = (),
    ) -> None:
        """`passed_on`: scopes of services that the caller keeps, as the application asks services in their name."""
        self._service = service
        self._application = application
        self._tokens = tokens
        self._clock = clock
        self._limit = limit
        self._passed_on = frozenset(passed_on)

    async def answer(self, request: EdgeRequest) -> None:
        """Answer one request. Raises Refusal."""
        request_id = request.entry["id"] = uuid7(self._clock.now())

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = [*_with_retry_after(message), (b"i247-request-id", request_id.encode())]
                message = {**message, "headers": headers}
            await request.send(message)

        state = self._admit(request, request_id)
        await self._application({**request.scope, "state": state}, self._receive(request), send)

    def _admit(self, request: EdgeRequest, request_id: str) -> dict[str, Any]:
        """Return who calls, and a way to tell whether their token is still valid: a stream must not outlive it."""
        grant = request.grant
        officer = on_behalf_of(request.headers, grant, self._service.name, self._service.scopes)
        request.entry["purpose"] = officer.purpose
        scopes = frozenset(officer.scopes) | self._passed_on.intersection(grant.scopes)
        caller = Caller(grant.bureau, officer.officer, scopes, officer.purpose, request_id)
        return {"caller": caller, "is_good": lambda: self._tokens.is_good(grant)}

    def _receive(self, request: EdgeRequest) -> Any:
        if request.scope["method"] in BODILESS_METHODS:
            # Nobody reads what comes with it, and a client that goes meanwhile cuts nothing short.
            return request.receive
        media = request.headers.get(b"content-type", b"").decode("latin-1").lower()
        return BoundedBody(request, self._limit(media)).receive


def _with_retry_after(start: Any) -> list[tuple[bytes, bytes]]:
    headers = list(start.get("headers", ()))
    if start["status"] in {429, 503} and all(name != RETRY_AFTER for name, _ in headers):
        headers.append((RETRY_AFTER, b"1"))
    return headers
