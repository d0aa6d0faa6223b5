"""The backend for an application in the gateway: ASGI, with the authenticated caller."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from gateway.context import GatewayContext
from gateway.edge.access import on_behalf_of
from gateway.edge.edge import BoundedBody, EdgeRequest
from shared.agreements import Agreement
from shared.bureaus import BureauCode
from shared.identity import Caller
from shared.outcomes import changes_something
from shared.rpc.asgi import Application
from shared.service import Service
from shared.web.strict_json import BODILESS_METHODS

RETRY_AFTER: Final = b"retry-after"

BodyLimit = Callable[[str], int]
"""The limit of a body in bytes, by its media type in lower case."""


def at_most(size: int) -> BodyLimit:
    """Return a limit that is the same for bodies of every media type."""
    return lambda _media: size


class LocalApp:
    """Passes requests to one application, with the rights of the officer at their own bureau."""

    def __init__(
        self,
        service: Service,
        application: Application,
        context: GatewayContext,
        limit: BodyLimit,
        passed_on: Iterable[str] = (),
    ) -> None:
        """`passed_on`: scopes for services that the caller keeps: the application sends requests in their name."""
        self._service = service
        self._application = application
        self._tokens = context.tokens
        self._clock = context.clock
        self._new_id = context.new_id
        self._requesters = context.requesters
        self._limit = limit
        self._passed_on = frozenset(passed_on)

    async def answer(self, request: EdgeRequest) -> None:
        """Answer one request. Raises Refusal."""
        request_id = request.entry["id"] = self._new_id(self._clock.now())

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), (b"i247-request-id", request_id.encode())]
                if message["status"] in {429, 503} and all(name != RETRY_AFTER for name, _ in headers):
                    headers.append((RETRY_AFTER, b"1"))
                message = {**message, "headers": headers}
            await request.send(message)

        state = self._admit(request, request_id)
        request.may_change = changes_something(request.scope["method"], ())
        await self._application({**request.scope, "state": state}, self._receive(request), send)

    def _admit(self, request: EdgeRequest, request_id: str) -> dict[str, Any]:
        """Return the caller, and a check that their token is still valid: a stream must not outlive it."""
        grant = request.grant
        officer = on_behalf_of(request.headers, grant, self._service.name, self._service.scopes)
        request.entry["purpose"] = officer.purpose
        scopes = frozenset(officer.scopes) | self._passed_on.intersection(grant.scopes)
        caller = Caller(
            grant.bureau,
            officer.officer,
            scopes,
            officer.purpose,
            request_id,
            agreement=self._agreement_of(grant.bureau),
        )
        return {"caller": caller, "is_good": lambda: self._tokens.is_good(grant)}

    def _agreement_of(self, bureau: BureauCode) -> Agreement | None:
        requester = self._requesters.get(bureau)
        return None if requester is None else requester.directory.agreement_of(bureau)

    def _receive(self, request: EdgeRequest) -> Any:
        if request.scope["method"] in BODILESS_METHODS:
            # The application reads no body.
            return request.receive
        media = request.headers.get(b"content-type", b"").decode("latin-1").lower()
        return BoundedBody(request, self._limit(media)).receive
