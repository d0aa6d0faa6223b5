"""The routes of pages: each opens the page of the officer who is signed in, and waits for its turn among theirs."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, Final

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.page import Page
from gateway.console.turns import Turns


class _Number(Convertor[int]):
    """A number in a path, as the API has them: Python refuses to read thousands of digits."""

    regex = "[0-9]{1,18}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("number", _Number())

Handler = Callable[[Page], Awaitable[Response]]


def route(
    path: str, handler: Handler, *, method: str = "GET", counts_as_use: bool = True, is_work_until_sent: bool = False
) -> Route:
    """Return the route of a page for officers who are signed in.

    Without `counts_as_use` it does not keep a session from ending, as what a page asks for without its officer. An
    answer that is made while it is sent `is_work_until_sent`: a file that is only passed on is not.
    """

    async def answer(request: Request) -> Response:
        opened: Page | Response = await request.app.state.open(request, counts_as_use=counts_as_use)
        if isinstance(opened, Response):
            return opened
        if is_work_until_sent:
            return _InTurn(opened, handler)
        async with _turn_of(opened):
            return await handler(opened)

    return Route(path, answer, methods=[method])


def _turn_of(page: Page) -> AbstractAsyncContextManager[None]:
    """Return the turn of a page among those of its officer. Entering it raises Busy."""
    turns: Turns = page.request.app.state.turns
    return turns.of((page.grant.bureau, page.grant.officer))


class _InTurn(Response):
    """The answer of a handler, whose turn ends once all of it is sent."""

    def __init__(self, page: Page, handler: Handler) -> None:
        super().__init__()
        self._page = page
        self._handler = handler

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Make and send the answer. Raises what the handler raises before it begins."""
        async with _turn_of(self._page):
            response = await self._handler(self._page)
            await response(scope, receive, send)


get: Final = partial(route, method="GET")
post: Final = partial(route, method="POST")
