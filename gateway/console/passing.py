"""Answers of the API that go on to the browser as they come: files of any size."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response, StreamingResponse

from gateway.console.api import Api
from gateway.console.defences import HEADERS

# Of a file: what it is called, how large it is, and how a download goes on.
_PASSED_ON: Final = (
    "accept-ranges",
    "content-disposition",
    "content-length",
    "content-range",
    "content-type",
    "etag",
)
_ASKED: Final = ("range", "if-range")


class PassedOn(Response):
    """The answer of the API at a path, in the officer's name: its status, what it says of a file, and its bytes.

    Only for what the API sends as an attachment: a browser never shows it as a page.
    """

    def __init__(self, api: Api, target: str, asked: Mapping[str, str]) -> None:
        super().__init__()
        self._api = api
        self._target = target
        self._asked = {name: asked[name] for name in _ASKED if name in asked}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the answer on. Raises ApiRefused before it begins."""
        async with self._api.opened("GET", self._target, more=self._asked) as answer:
            headers = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
            await StreamingResponse(answer.parts, answer.status, {**HEADERS, **headers})(scope, receive, send)
