"""The help for officers: what each page is for, the keys, and what to do when something does not work."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.cookies import texts_for
from gateway.console.navigation import ENTRIES
from gateway.console.page import Page
from gateway.console.rendering import render

PATH: Final = "/help"


def _(text: str) -> str:
    return text


PURPOSES: Final = {
    "/": _(
        "Type what you have into one box: a name, a date of birth, a document, a plate, a number. It shows which "
        "registers were asked, and what each answered."
    ),
    "/hits": _(
        "A hit is no proof: its finder asks the owner of the record to confirm it. Here the owner answers, and the "
        "finder reads the answer."
    ),
    "/messages": _(
        "Write to other bureaus, signed and encrypted, and read what they wrote. Each message states whether it "
        "arrived."
    ),
    "/records": _("Read, enter, change and withdraw records, and see who has seen those of your bureau."),
    "/traces": _(
        "Ask where a firearm came from, country after country, and answer what other bureaus ask from the books of "
        "yours."
    ),
    "/prints": _("Enter fingerprints, search with a print, and compare two of them."),
    "/review": _("Reviewers of the General Secretariat approve or refuse what bureaus hand in."),
    "/audit": _("Auditors see what was asked and shown, why, and what proves it."),
    "/commission": _("Officers of the Commission handle requests of persons about their data."),
    "/network": _("Who takes part, whose keys are in force, and which services answer now."),
}
"""What each page of the navigation is for, in English: the keys of their translations."""

KEYS: Final = (
    ("/", _("to the box of the search")),
    ("j k", _("to the next hit or message of a list, and back; the arrows do the same")),
    ("c", _("ask the owner to confirm the hit that is in focus")),
    ("y n l", _("at a hit that you answer: confirmed, not confirmed, later")),
    ("y n h", _("at a review: approve, refuse, ask the bureau")),
    ("w a r", _("messages: write, answer, mark as read")),
    ("← →", _("at a review: the previous and the next; at a comparison of prints: each pair of points")),
)
"""The keys and what they do."""


def routes() -> list[Route]:
    """Return the route of this page."""
    return [Route(PATH, _show, methods=["GET"])]


async def _show(request: Request) -> Response:
    """Show the help, also to officers who cannot sign in: to those who are signed in only the pages that they have."""
    page: Page | None = await request.app.state.look(request)
    entries = ENTRIES if page is None else page.navigation
    return render("help.html", request, texts_for(request), page=page, entries=entries, purposes=PURPOSES, keys=KEYS)
