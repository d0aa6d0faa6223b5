"""The way to what answers in the gateway itself: the same checks as before a service, then an application.

Plain ASGI, so that a stream of events and an attachment pass through piece by piece. Each request of an
officer is one line of the log, as of any other: who, for what purpose, never about what.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final, Self

from gateway.auth.tokens import Tokens
from gateway.edge.access import (
    EVERY_ANSWER,
    bearer_token,
    cut_off,
    log_request,
    on_behalf_of,
    refusal_response,
    single_headers,
)
from shared.clock import Clock
from shared.errors import Internal, Refusal, TooLarge
from shared.identity import Caller
from shared.ids import uuid7
from shared.logs import Log
from shared.rpc.asgi import Application
from shared.service import Service
from shared.web.strict_json import BODILESS_METHODS

MAX_METHOD: Final = 16
# Of a length; cut short it is still too large.
MAX_LENGTH_DIGITS: Final = 15
RETRY_AFTER: Final = b"retry-after"


# How large a body may be, by its media type in lower case.
Limit = Callable[[str], int]


def at_most(size: int) -> Limit:
    """Return a limit that is the same for bodies of every media type."""
    return lambda _media: size


class LocalApp:
    """Lets officers in to one application, each with his own bureau's rights."""

    def __init__(
        self, service: Service, application: Application, tokens: Tokens, clock: Clock, log: Log, limit: Limit
    ) -> None:
        self.name = service.name
        self._service = service
        self._application = application
        self._tokens = tokens
        self._clock = clock
        self._log = log
        self._limit = limit
        self._handed_on: frozenset[str] = frozenset()

    def handing_on(self, scopes: Iterable[str]) -> Self:
        """Tell the application which of these scopes an officer holds as well, as it asks services in his name."""
        self._handed_on = frozenset(scopes)
        return self

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        started = time.perf_counter()
        request_id = uuid7(self._clock.now())
        entry: dict[str, Any] = {
            "method": scope["method"][:MAX_METHOD],
            "service": self._service.name,
            "id": request_id,
        }
        own_headers = [(b"i247-request-id", request_id.encode()), *EVERY_ANSWER]

        async def send_on(message: Any) -> None:
            if message["type"] == "http.response.start":
                entry["status"] = message["status"]
                message = {**message, "headers": [*_with_retry_after(message), *own_headers]}
            await send(message)

        try:
            state = await self._admit(scope, request_id, entry)
            await self._application({**scope, "state": state}, _bounded(scope, receive, self._limit), send_on)
        except Refusal as refusal:
            entry["code"] = refusal.code
            if "status" not in entry:
                await _answer(send_on, refusal)
        except Exception as error:
            # Where the application broke, it has answered by itself.
            self._log.failure("gateway-failed", error)
            if "status" not in entry:
                await _answer(send_on, Internal("the gateway failed; its log says why"))
        finally:
            milliseconds = round((time.perf_counter() - started) * 1000, 2)
            log_request(self._log, entry | {"milliseconds": milliseconds})

    async def _admit(self, scope: Any, request_id: str, entry: dict[str, Any]) -> dict[str, Any]:
        """Return who calls, and a way to tell whether their token is good still: a stream must not outlive it."""
        headers = single_headers(scope["headers"])
        grant = await self._tokens.check(bearer_token(headers))
        entry |= {"bureau": grant.bureau, "officer": grant.officer}
        officer = on_behalf_of(headers, grant, self._service.name, self._service.scopes)
        entry["purpose"] = officer.purpose
        scopes = frozenset(officer.scopes) | self._handed_on.intersection(grant.scopes)
        caller = Caller(grant.bureau, officer.officer, scopes, officer.purpose, request_id)
        return {"caller": caller, "is_good": lambda: self._tokens.is_good(grant)}


def _with_retry_after(start: Any) -> list[tuple[bytes, bytes]]:
    headers = list(start.get("headers", ()))
    if start["status"] in {429, 503} and all(name != RETRY_AFTER for name, _ in headers):
        headers.append((RETRY_AFTER, b"1"))
    return headers


async def _answer(send: Any, refusal: Refusal) -> None:
    status, headers, body = refusal_response(refusal)
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _bounded(scope: Any, receive: Any, limit: Limit) -> Any:
    """Return a `receive` within bounds. Raises TooLarge where the request itself states that it is beyond them."""
    if scope["method"] in BODILESS_METHODS:
        # Nobody reads what comes with it, and who goes while it is answered cuts nothing short.
        return receive
    headers = dict(scope["headers"])
    media = headers.get(b"content-type", b"").decode("latin-1").lower()
    bounded = _Bounded(scope, receive, limit(media))
    stated = headers.get(b"content-length", b"0").decode("latin-1")
    bounded.check(int(stated[:MAX_LENGTH_DIGITS]) if stated.isdecimal() else 0)
    return bounded.receive


class _Bounded:
    """Passes a body on as long as it is not too large, and is not cut off in the middle."""

    def __init__(self, scope: Any, receive: Any, limit: int) -> None:
        self._scope = scope
        self._receive = receive
        self._limit = limit
        self._received = 0
        self._whole = False

    def check(self, size: int) -> None:
        """Refuse a body of a size beyond the limit. Raises TooLarge."""
        if size > self._limit:
            raise TooLarge(f"the body may have at most {self._limit} bytes")

    async def receive(self) -> Any:
        """Return the next message. Raises TooLarge, Malformed, TooSlow."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
            self.check(self._received)
        elif not self._whole:
            raise cut_off(self._scope)
        return message
