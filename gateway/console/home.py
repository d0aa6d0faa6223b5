"""The first page of an officer."""

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.page import Page, get


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [get("/", show_home)]


async def show_home(page: Page) -> Response:
    """Show what an officer can do."""
    return page.show("home.html")
