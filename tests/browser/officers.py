"""Officers in front of a browser: each has a context of their own, and signs in once by the form."""

from contextlib import ExitStack
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page, expect

from deploy.provisioning.roles import Role
from tests.system.mesh import RunningMesh

SECONDS: Final = 60
expect.set_options(timeout=SECONDS * 1000)
SCREEN: Final = {"width": 1280, "height": 800}

Sessions = dict[tuple[str, Role], Any]


class Officers:
    """The officers of a mesh, in one browser."""

    def __init__(self, browser: Browser, mesh: RunningMesh, sessions: Sessions, stack: ExitStack) -> None:
        self._browser = browser
        self._mesh = mesh
        self._stack = stack
        self._sessions = sessions

    def context(self, bureau: str | None = None, role: Role = "officer", **options: Any) -> BrowserContext:
        """Return a new context in which an officer is signed in; nobody is without a bureau."""
        session = None if bureau is None else self._session(bureau, role)
        return self._open(storage_state=session, **options)

    def page(self, bureau: str | None = None, role: Role = "officer", **options: Any) -> Page:
        """Return an empty page in a context of its own."""
        return self.context(bureau, role, **options).new_page()

    def _session(self, bureau: str, role: Role) -> Any:
        known = self._sessions.get((bureau, role))
        if known is None:
            context = self._open()
            page = context.new_page()
            sign_in(page, self._mesh.base, *self._mesh.login(bureau, role))
            known = self._sessions[bureau, role] = context.storage_state()
            context.close()
        return known

    def _open(self, **options: Any) -> BrowserContext:
        context = self._browser.new_context(base_url=self._mesh.base, **{"viewport": SCREEN, **options})
        context.set_default_timeout(SECONDS * 1000)
        self._stack.callback(context.close)
        return context


def sign_in(page: Page, base: str, name: str, password: str) -> None:
    """Sign in by the form of the console, and wait for the page that it leads to."""
    page.goto(f"{base}/sign-in")
    page.fill("#username", name)
    page.fill("#password", password)
    with page.expect_navigation():
        page.press("#password", "Enter")
