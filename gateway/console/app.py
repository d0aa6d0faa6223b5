"""The console as an ASGI application: who is signed in, the pages, their files, and what they say of refusals."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.auth.claims import TokenRefused
from gateway.auth.tokens import Grant
from gateway.browser_sessions.sessions import BrowserSession
from gateway.console import events, files, help_page, pictures, sign_in
from gateway.console.audit import pages as audit
from gateway.console.commission import pages as commission
from gateway.console.context import ConsoleContext
from gateway.console.cookies import session_cookie, texts_for
from gateway.console.defences import SAFE_METHODS, is_from_here
from gateway.console.hits import pages as hits
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.messages import groups, writing
from gateway.console.messages import pages as messages
from gateway.console.network import pages as network
from gateway.console.page import MissingPage, Page
from gateway.console.prints import routes as prints_routes
from gateway.console.records import pages as records
from gateway.console.records.forms import pages as forms
from gateway.console.rendering import render
from gateway.console.review import routes as review_routes
from gateway.console.search import pages as search
from gateway.console.traces import pages as traces
from gateway.console.turns import LargePages, Turns
from shared.errors import Refusal

# A token is renewed when less than this is left of it.
RENEWED_BEFORE: Final = timedelta(minutes=20)

PAGES: Final[tuple[Callable[[], list[Route]], ...]] = (
    search.routes,
    hits.routes,
    traces.routes,
    groups.routes,
    writing.routes,
    messages.routes,
    # Before the records: `new` is no record.
    forms.routes,
    records.routes,
    review_routes.routes,
    prints_routes.routes,
    audit.routes,
    network.routes,
    commission.routes,
    sign_in.routes,
    help_page.routes,
    pictures.routes,
    events.routes,
    files.routes,
)
"""The routes of each page: the only list of them."""


class Console:
    """The pages of a gateway."""

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context
        routes = [route for pages in PAGES for route in pages()]
        self._first_parts = {_first_part(route.path) for route in routes}
        self._app = Starlette(
            routes=routes,
            exception_handlers={
                ApiRefused: self._show_api_refusal,
                Refusal: self._show_refusal,
                HTTPException: self._show_missing,
                ClientDisconnect: _answer_nobody,
                Exception: self._show_crash,
            },
        )
        # An address with a slash at its end is another one: what corrects it would take the host from the request.
        self._app.router.redirect_slashes = False
        self._app.state.open = self._open
        self._app.state.look = self._look
        self._app.state.context = context
        self._app.state.turns = Turns()
        self._app.state.large_pages = LargePages()

    def serves(self, scope: Mapping[str, Any]) -> bool:
        """Return whether a request is for a page of the console."""
        return scope["type"] == "http" and _first_part(scope["path"]) in self._first_parts

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)

    async def _open(self, request: Request, *, counts_as_use: bool) -> Page | Response:
        """Return the page of an officer who is signed in; else what the browser is answered."""
        if not is_from_here(request):
            # Nothing is done before the officer says that they want it.
            status = 200 if request.method in SAFE_METHODS else 403
            return render("elsewhere.html", request, texts_for(request), status)
        found = await self._signed_in(request)
        if found is None:
            return sign_in.to_sign_in(request, was_signed_in=session_cookie(request) is not None)
        session, grant = found
        page = Page(request, self._context, session, grant, texts_for(request))
        if page.is_of_another:
            return page.show("parts/session_over.html", other=grant)
        if counts_as_use:
            await self._context.sessions.use(session)
            page = Page(request, self._context, await self._renewed(session, grant), grant, page.texts)
        # The first page is the search, which not every officer may use.
        return page.go(page.home) if page.is_first and not page.may_use(sign_in.HOME) else page

    async def _look(self, request: Request, kind: type[Page] = Page) -> Page | None:
        """Return a page that needs no officer; None if nobody is signed in. It is no use of their session."""
        found = await self._signed_in(request) if is_from_here(request) else None
        return None if found is None else kind(request, self._context, *found, texts_for(request))

    async def _signed_in(self, request: Request) -> tuple[BrowserSession, Grant] | None:
        """Return the session of a browser, and what its officer may do; None if they are not signed in."""
        cookie = session_cookie(request)
        session = None if cookie is None else await self._context.sessions.find(cookie)
        if session is None:
            return None
        try:
            return session, await self._context.tokens.check(session.token)
        except TokenRefused:
            return None

    async def _renewed(self, session: BrowserSession, grant: Grant) -> BrowserSession:
        """Return a session whose token is valid for longer, if this gateway issues tokens."""
        issuer, left = self._context.issuer, grant.expires - self._context.clock.now().timestamp()
        if issuer is None or grant.account is None or left > RENEWED_BEFORE.total_seconds():
            return session
        return await self._context.sessions.renew(session, issuer.issue(grant.account, tuple(sorted(grant.scopes))))

    async def _show_api_refusal(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, ApiRefused)  # noqa: S101 - registered for this type alone
        if error.status == 401:
            return sign_in.to_sign_in(request, was_signed_in=True)
        shown = await self._show_problem(request, error.status, error.problem)
        if error.retry_after is not None:
            shown.headers["Retry-After"] = error.retry_after
        return shown

    async def _show_refusal(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)  # noqa: S101 - registered for this type alone
        return await self._show_problem(
            request, error.status, Problem(error.code, error.title, error.status, error.detail)
        )

    async def _show_missing(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type alone
        shown = await self._show_problem(request, error.status_code, Problem(status=error.status_code))
        shown.headers.update(error.headers or {})
        return shown

    async def _show_crash(self, request: Request, _error: Exception) -> Response:
        # The framework raises the error again once this is sent, so that it is logged.
        return _problem_page(request, 500, Problem(status=500), None)

    async def _show_problem(self, request: Request, status: int, problem: Problem) -> Response:
        """Show a refusal, with the navigation of the officer, so that they can go on."""
        page = await self._look(request, MissingPage if status == 404 else Page)
        return _problem_page(request, status, problem, page)


async def _answer_nobody(_request: Request, _error: Exception) -> Response:
    return Response(status_code=400)


def _problem_page(request: Request, status: int, problem: Problem, page: Page | None) -> Response:
    is_partial = request.headers.get("hx-request-type") == "partial"
    template = "parts/problem.html" if is_partial else "problem.html"
    return render(template, request, texts_for(request), status, problem=problem, page=page)


def is_of_person(scope: Mapping[str, Any]) -> bool:
    """Return whether a request is that of a browser whose user opens a page: programs ask for no HTML."""
    if scope["type"] != "http":
        return False
    accepted = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return scope["method"] in SAFE_METHODS and b"text/html" in accepted.lower()


def _first_part(path: str) -> str:
    return path.split("/", 2)[1] if path.startswith("/") else path
