"""Refuses requests with malformed text, or with a parameter twice, before they reach an application.

JSON parsers accept what stores and other readers refuse: U+0000, a lone surrogate, NaN, a number beyond floating point.
"""

import json
from collections.abc import Collection, Iterable
from typing import Any, Final
from urllib.parse import unquote_plus

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import Invalid, Malformed, Refusal, TooLarge
from shared.protocol.verifier import unique_members
from shared.validation import SHOWN_OF_A_NAME, pointer_to
from shared.web.problems import problem_response

BODILESS_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

# In one body: what is wrong with each is found out before anything is refused.
MAX_VALUES: Final = 20_000

_NUL_IN_QUERY: Final = b"%00"
_RAW_NUL_IN_QUERY: Final = b"\0"
_NUL_IN_JSON: Final = b"\\u0000"
_NUL: Final = "\0"


class WellFormed:
    """Plain ASGI middleware that checks the URL and parses a JSON body strictly.

    With `max_bytes` it refuses a larger body of any type, as soon as that is known. Does NOT check other bodies, nor
    those of paths whose operations read their bodies strictly themselves.
    """

    def __init__(self, app: ASGIApp, max_bytes: int | None = None, read_elsewhere: Collection[str] = ()) -> None:
        """`read_elsewhere` are these paths."""
        self._app = app
        self._max_bytes = max_bytes
        self._read_elsewhere = frozenset(read_elsewhere)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            check_target(scope)
            if self._max_bytes is not None:
                receive = _at_most(self._max_bytes, receive)
            if self._reads(scope):
                receive = await _checked(receive)
        except Refusal as refusal:
            # `receive` may refuse as well, such as a body that is too large.
            await problem_response(refusal, changes=False)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _reads(self, scope: Scope) -> bool:
        return scope["method"] not in BODILESS_METHODS and _is_json(scope) and scope["path"] not in self._read_elsewhere


def check_target(scope: Scope) -> None:
    """Check the path and the query of a request. Raises Malformed, Invalid."""
    query = scope["query_string"]
    if _NUL_IN_QUERY in query or _RAW_NUL_IN_QUERY in query or _NUL in scope["path"]:
        raise Malformed("the URL contains the character U+0000")
    if b"&" in query:
        _require_once(part.partition(b"=")[0] for part in query.split(b"&") if part)


def _require_once(names: Iterable[bytes]) -> None:
    """Require that no parameter is given twice: no operation takes several, and one would be ignored."""
    known = set[str]()
    for each in names:
        name = unquote_plus(each.decode("latin-1"))
        if name in known:
            raise Invalid("is given twice: give it once", at=pointer_to([name[:SHOWN_OF_A_NAME]]), place="query")
        known.add(name)


def _is_json(scope: Scope) -> bool:
    media_type: bytes = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    # Without parameters, such as a boundary.
    return b"json" in media_type.partition(b";")[0].lower()


def _at_most(max_bytes: int, receive: Receive) -> Receive:
    """Return a `receive` that raises TooLarge for a larger body."""
    left = max_bytes

    async def receive_bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise TooLarge(f"the body may have at most {max_bytes} bytes")
        return message

    return receive_bounded


async def _checked(receive: Receive) -> Receive:
    """Read and check the whole body; return a `receive` that returns it in one message."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Malformed("the connection ended before the body did")
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if body:
        check_json(bytes(body))
    whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def receive_whole() -> Message:
        return whole.pop() if whole else await receive()

    return receive_whole


def check_json(body: bytes, max_values: int = MAX_VALUES, what: str = "the body") -> None:
    """Check that a text is strict JSON in UTF-8 without U+0000, of not too many values. Raises Malformed, TooLarge.

    `what` names it in their details.
    """
    try:
        value = msgspec.json.decode(body)
        _require_few_values(body, value, max_values, what)
        # Of a duplicate member, some readers take the first and others the last.
        json.loads(body, object_pairs_hook=unique_members)
    except (msgspec.DecodeError, ValueError) as error:
        raise Malformed(f"{what} is not strict JSON in UTF-8: {error}") from error
    except RecursionError as error:
        raise Malformed(f"{what} is nested too deeply") from error
    if _NUL_IN_JSON in body and _contains_nul(value):
        raise Malformed(f"{what} contains the character U+0000")


def _require_few_values(body: bytes, value: Any, max_values: int, what: str) -> None:
    # Each value has a comma or an opening bracket before it.
    if body.count(b",") + body.count(b"[") + body.count(b"{") >= max_values and _has_more_values(value, max_values):
        raise TooLarge(f"{what} has more than {max_values:,} values, of lists and objects together: send fewer")


def _has_more_values(value: Any, max_values: int) -> bool:
    """Return whether the lists and objects in a value have more values than a body may have: looks at no more."""
    number, inside = 0, [value]
    while inside and number <= max_values:
        each = inside.pop()
        members = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        number += len(members)
        inside.extend(member for member in members if isinstance(member, dict | list))
    return number > max_values


def _contains_nul(value: Any) -> bool:
    match value:
        case str():
            return _NUL in value
        case list():
            return any(map(_contains_nul, value))
        case dict():
            return any(_NUL in key or _contains_nul(member) for key, member in value.items())
        case _:
            return False
