"""HTTP requests and responses as they are signed: complete, in memory, with lower-case header names."""

import msgspec


class HttpRequest(msgspec.Struct, frozen=True, gc=False):
    """An HTTP request; `target` is path and query."""

    method: str
    target: str
    content_type: str = ""
    body: bytes = b""


class HttpResponse(msgspec.Struct):
    """An HTTP response. Header names are in lower case."""

    status: int
    headers: dict[str, str] = {}
    body: bytes = b""
