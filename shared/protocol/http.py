"""HTTP requests and responses as they are signed: whole, in memory, with lower-case header names."""

import msgspec


class HttpRequest(msgspec.Struct, frozen=True, gc=False):
    """An HTTP request as it is signed: method, target (path and query), content type, body."""

    method: str
    target: str
    content_type: str = ""
    body: bytes = b""


class HttpResponse(msgspec.Struct):
    """An HTTP response. Header names are in lower case."""

    status: int
    headers: dict[str, str] = {}
    body: bytes = b""
