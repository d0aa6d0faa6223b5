"""The gateway of a sandbox as one ASGI application: it marks the requests of clients, at which faults may happen.

A client may choose the id of a request, in the header `I247-Request-Id`, so that faults can be for that request alone.
"""

import re
from typing import Any, Final

from gateway.sandbox.identity_triggers import IdentityTriggers
from gateway.sandbox.sandbox import Sandbox
from shared.errors import Invalid
from shared.ids import UUID7_PATTERN, uuid7
from shared.sandbox.client_request import ClientRequest, working_on
from shared.web.problems import problem_response

REQUEST_ID: Final = b"i247-request-id"
API: Final = "/api/"
# While the state of the mesh is replaced, all else waits. The supervisor asks for the health.
AT_ANY_TIME: Final = ("/health", "/sandbox/reset", "/sandbox/snapshots")
CLIENT_PATHS: Final = (API, "/oauth/", "/notices/", "/find/", "/works-of-art/")
_NAMED_OTHERWISE: Final = {"find": "checks", "works-of-art": "cultural-property"}

_is_uuid7: Final = re.compile(UUID7_PATTERN[1:-1]).fullmatch


class SandboxEdge:
    """Passes every request on to the gateway of a sandbox."""

    def __init__(self, inner: Any, sandbox: Sandbox, triggers: IdentityTriggers) -> None:
        self._inner = inner
        self._sandbox = sandbox
        self._triggers = triggers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"].startswith(AT_ANY_TIME):
            await self._inner(scope, receive, send)
        else:
            await self._sandbox.under_way.answer(self._answer, scope, receive, send)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        await self._sandbox.operations.state_replaced()
        if not scope["path"].startswith(CLIENT_PATHS):
            await self._inner(scope, receive, send)
            return
        chosen = dict(scope["headers"]).get(REQUEST_ID, b"").decode("latin-1")
        if chosen and not _is_uuid7(chosen):
            refusal = Invalid("must be a UUIDv7 in lower case", at="/I247-Request-Id", place="header")
            await problem_response(refusal)(scope, receive, send)
            return
        request = ClientRequest(chosen or uuid7(self._sandbox.clock.now()), _service_in(scope["path"]))

        async def send_late(message: Any) -> None:
            if message["type"] == "http.response.start":
                await request.answer_time()
            await send(message)

        identity, receive = await self._triggers.searched(scope, receive)
        if identity is not None:
            self._triggers.before(identity, request.id)
        with working_on(request):
            await self._inner(scope, receive, send_late)
        if identity is not None:
            self._triggers.after(identity)


def _service_in(path: str) -> str:
    """Return the service that a path names; that of the public notices is `notices`, that of tokens `oauth`."""
    name = path.removeprefix(API).strip("/").partition("/")[0]
    return _NAMED_OTHERWISE.get(name, name)
