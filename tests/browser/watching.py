"""What a page does that no page may do: it is collected while the page is used."""

from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Dialog, Page, Request, Response

INSIDE: Final = ("data:", "blob:", "about:")
# What a browser says of each refused request, whose status is looked at.
OF_A_STATUS: Final = "Failed to load resource"
ANSWERS: Final = ("/api/", "/oauth/token")
"""Where refusals are answers, which the page shows."""


class Watch(list[str]):
    """The faults of a page: errors of scripts, violations of its policy, other hosts, refused files, dialogs."""

    def __init__(self, page: Page, *, expected: int = 200) -> None:
        """Watch a page, whose own status is `expected`."""
        super().__init__()
        self._expected = expected
        self._page = page
        page.on("pageerror", lambda error: self.append(f"error: {error.message}"))
        page.on("console", self._heard)
        page.on("request", self._asked)
        page.on("response", self._answered)
        page.on("dialog", self._was_shown)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(OF_A_STATUS):
            self.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        own = urlsplit(self._page.url).netloc
        if not request.url.startswith(INSIDE) and own and urlsplit(request.url).netloc != own:
            self.append(f"request: {request.url}")

    def _answered(self, answer: Response) -> None:
        path = urlsplit(answer.url).path
        is_of_page = answer.request.is_navigation_request() and answer.status == self._expected
        if answer.status >= 400 and not is_of_page and not path.startswith(ANSWERS):
            self.append(f"{answer.status}: {path}")

    def _was_shown(self, dialog: Dialog) -> None:
        self.append(f"dialog: {dialog.message}")
        dialog.dismiss()
