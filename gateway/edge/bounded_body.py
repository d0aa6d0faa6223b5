"""The body of a request within bounds: neither larger than allowed nor cut short."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.edge.edge import EdgeRequest
from shared.errors import Malformed, Refusal, TooLarge

# In the state of a request: the refusal with which its connection was closed.
CUT_OFF_BY: Final = "cut_off_by"
# More digits are no length that fits, and would be refused as a number.
MAX_LENGTH_DIGITS: Final = 15


class BoundedBody:
    """Passes a body on while it is within a limit, in bytes."""

    def __init__(self, request: EdgeRequest, limit: int) -> None:
        """Take the body of a request. Raises TooLarge where the request states a larger length."""
        self._scope = request.scope
        self._receive = request.receive
        self._limit = limit
        self._received = 0
        self._is_whole = False
        stated = request.headers.get(b"content-length", b"")
        if stated.isdigit():
            self._require_limit(int(stated[:MAX_LENGTH_DIGITS]))

    async def receive(self) -> Any:
        """Return the next ASGI message. Raises TooLarge, Malformed, TooSlow."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            self._is_whole = not message.get("more_body", False)
            self._require_limit(self._received)
        elif not self._is_whole:
            raise _cut_off(self._scope)
        return message

    async def read(self) -> bytes:
        """Return the whole body. Raises TooLarge, Malformed, TooSlow."""
        parts: list[bytes] = []
        while not self._is_whole:
            parts.append((await self.receive()).get("body", b""))
        return b"".join(parts)

    def _require_limit(self, size: int) -> None:
        if size > self._limit:
            raise TooLarge(f"the body may have at most {self._limit} bytes")


def _cut_off(scope: Mapping[str, Any]) -> Refusal:
    """Return why a request ended before its body did. What came so far must not pass for the whole."""
    by: Refusal | None = scope.get("state", {}).get(CUT_OFF_BY)
    return by or Malformed("the connection ended before the body did")
