"""A page for an officer who is signed in: what a route of the console needs to read the API and to show the answer.

A route is a function of a `Page` that returns a response. It raises what the API refuses: the console shows it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import unquote

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.auth.tokens import Grant
from gateway.browser_sessions.sessions import BrowserSession
from gateway.console.api import Api, Value, target_of
from gateway.console.context import ConsoleContext
from gateway.console.defences import HEADERS
from gateway.console.in_process import OFFICER_DIFFERS, ApiRefused
from gateway.console.navigation import ENTRIES, Entry, entries_for, home_of
from gateway.console.rendering import SHOWN_OFFICER, SHOWN_PURPOSE, render
from gateway.console.sent_forms import MAX_FORM, Form, Upload, read_form, read_upload
from gateway.console.texts import Texts
from gateway.console.turns import LargePages
from shared.identity import PURPOSES

# With what its script asks for, a page states whose it is, and the purpose in its head.
PAGE_OFFICER: Final = "i247-page-officer"
PAGE_PURPOSE: Final = "i247-page-purpose"
T = TypeVar("T")


class Page:
    """One request of an officer who is signed in."""

    def __init__(
        self, request: Request, context: ConsoleContext, session: BrowserSession, grant: Grant, texts: Texts
    ) -> None:
        self.request = request
        self.context = context
        self.session = session
        self.grant = grant
        self.texts = texts
        client = request.client
        self.api = Api(
            context.gateway, session.token, session.purpose, None if client is None else (client.host, client.port)
        )

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters in the address."""
        return self.request.query_params

    @property
    def path(self) -> Mapping[str, Any]:
        """The parts of the path that its template names."""
        return self.request.path_params

    @property
    def is_partial(self) -> bool:
        """Whether a part of a page is asked for, by its script."""
        return self.request.headers.get("hx-request-type") == "partial"

    @property
    def here(self) -> str:
        """The address of this page, to come back to; of a form the page that has it."""
        url = self.request.url if self.request.method == "GET" else _page_before(self.request)
        return f"{url.path}?{url.query}" if url.query else url.path

    @property
    def made(self) -> str:
        """When the page was made, for the stream that follows what happens from then on."""
        return self.context.clock.now().isoformat()

    @property
    def is_first(self) -> bool:
        """Whether this is the first page, without a question."""
        return self.request.method == "GET" and self.here == "/"

    @property
    def here_at_rest(self) -> str:
        """The address to come back to with another purpose: a search is shown there, and not sent again."""
        return f"{self.here}&wait=yes" if self.here.startswith("/?") else self.here

    @property
    def section(self) -> str:
        """The path of the entry of the navigation that this page belongs to."""
        first = f"/{self.request.url.path.split('/')[1]}"
        return next((entry.path for entry in ENTRIES if entry.path == first), "/")

    @property
    def navigation(self) -> list[Entry]:
        """The pages that the officer may see."""
        return entries_for(self.grant.scopes)

    @property
    def home(self) -> str:
        """The address of the page where the work of the officer is."""
        return home_of(self.grant.scopes)

    def may_use(self, path: str) -> bool:
        """Return whether the officer may use a page of the navigation."""
        return any(entry.path == path for entry in self.navigation)

    def may(self, *scopes: str) -> bool:
        """Return whether the officer holds all of these scopes."""
        return self.grant.scopes.issuperset(scopes)

    async def together(self, *asked: Awaitable[T]) -> list[T]:
        """Ask several things at once. Raises ApiRefused of the first that is refused."""
        return list(await asyncio.gather(*asked))

    async def form(self, limit: int = MAX_FORM) -> Form:
        """Return the form that was sent. Raises TooLarge, Malformed."""
        return self.of_shown(await read_form(self.request, limit))

    async def upload(self, limit: int) -> Upload:
        """Return the form that was sent with its files: together at most so many bytes. Raises TooLarge, Malformed."""
        upload = await read_upload(self.request, limit)
        return upload._replace(form=self.of_shown(upload.form))

    @property
    def shown_purpose(self) -> str:
        """The purpose that the page shows, as its forms state it: that in its head, also if a part is made anew."""
        stated = self.request.headers.get(PAGE_PURPOSE)
        return stated if stated in PURPOSES or stated == "" else self.session.purpose or ""

    @property
    def is_of_another(self) -> bool:
        """Whether the page that asks for a part is of an officer who is not the one that is signed in now."""
        stated = self.request.headers.get(PAGE_OFFICER)
        return stated is not None and unquote(stated) != self.who

    @property
    def who(self) -> str:
        """The bureau and the name of the officer, as a form states whose page it is on."""
        return f"{self.grant.bureau} {self.grant.officer}"

    def of_shown(self, form: Form) -> Form:
        """Return a form without what it states of its page: whose it is, and the purpose that it shows.

        If the session has another purpose, nothing is done by it. Another was chosen in another window since: the
        officer would act for a purpose that they do not see. Raises ApiRefused if another officer has signed in since.
        """
        if form.has(SHOWN_OFFICER) and form.one(SHOWN_OFFICER) != self.who:
            raise ApiRefused(OFFICER_DIFFERS.status, OFFICER_DIFFERS)
        if form.has(SHOWN_PURPOSE) and form.one(SHOWN_PURPOSE) != (self.session.purpose or ""):
            self.api.bar()
        return Form(tuple(each for each in form.fields if each[0] not in (SHOWN_PURPOSE, SHOWN_OFFICER)))

    def show(self, template: str, status: int = 200, /, **values: Any) -> Response:
        """Return a page, or a part of one, of a template."""
        return render(template, self.request, self.texts, status, page=self, **values)

    async def show_large(self, made: Callable[[], Response]) -> Response:
        """Return a page that takes long to make, while others go on. Raises Busy."""
        large_pages: LargePages = self.request.app.state.large_pages
        return await large_pages.make((self.grant.bureau, self.grant.officer), made)

    def go(self, path: str, **query: Value) -> Response:
        """Return what leads the browser to another page, as after a form."""
        return RedirectResponse(target_of(path, query), 303, HEADERS)


def _page_before(request: Request) -> URL:
    """Return the page of this server whose form was sent, as its browser states it; else the first page."""
    before = URL(request.headers.get("referer", ""))
    return before if before.netloc == request.url.netloc and before.path.startswith("/") else URL("/")


class MissingPage(Page):
    """The page of an address that there is not: the same whatever the address is, so that it says nothing of it."""

    @property
    def here(self) -> str:
        """The address of the first page."""
        return self.home

    @property
    def section(self) -> str:
        """No entry of the navigation."""
        return ""
