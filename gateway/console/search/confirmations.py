"""Asks the owner of a record that was found to confirm it: one key on a hit.

A hit arrives as a sealed message a moment after the search, so it is waited for. Where it has not come in some seconds,
the page says so, and what to do.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import part
from gateway.console.defences import HEADERS
from gateway.console.in_process import ApiRefused
from gateway.console.page import Page
from gateway.console.routing import get, post
from gateway.console.search.hits import SETTLED
from gateway.console.search.known import HITS, RUNNING, asked_before, known_of
from gateway.console.sent_forms import Form

WAITED_SECONDS: Final = 6.0
LOOKED_EVERY_SECONDS: Final = 0.25
URGENCIES: Final = ("urgent", "routine")
MAX_REMARK: Final = 2_000
_OF_SERVERS: Final = 500


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [
        post("/search/confirmation", ask_owner),
        # What the script of a page asks for when a message has come.
        get("/search/confirmation/{hit}", show_state, counts_as_use=False),
    ]


async def ask_owner(page: Page) -> Response:
    """Ask for confirmation of a hit, once it has arrived; show its state."""
    form = await page.form()
    known = None if form.one("again") else await _asked_before(page, form)
    hit = known or await _arrived(page, form)
    problem = None
    if hit is not None and known is None and hit["state"] not in RUNNING:
        try:
            hit = await page.api.post(f"{HITS}/{part(hit['id'])}/requests", _draft(form))
        except ApiRefused as refused:
            if refused.status not in {403, 409}:
                raise
            problem = refused.problem
    if hit is not None and known is None and problem is None and not page.is_partial:
        return page.go(f"/hits/{part(hit['id'])}")
    template = "search/part_confirmation.html" if page.is_partial else "search/confirmation.html"
    shown = None if known is None else known_of(known)
    return page.show(template, hit=hit, known=shown, problem=problem, asked=dict(form.fields), back=_back(form))


async def show_state(page: Page) -> Response:
    """Show what has become of a request, in the results of a search."""
    try:
        hit = await page.api.get(f"{HITS}/{part(page.path['hit'])}", side="finder")
    except ApiRefused as refused:
        if refused.status < _OF_SERVERS:
            raise
        # What the page shows stays, and asks again.
        return Response(status_code=204, headers=HEADERS)
    return page.show("search/part_confirmation.html", hit=hit, known=None, problem=None, asked={}, back="/")


def _draft(form: Form) -> dict[str, str]:
    urgency = form.one("urgency")
    return {"urgency": urgency if urgency in URGENCIES else "routine", "remark": form.one("remark")[:MAX_REMARK]}


def _back(form: Form) -> str:
    """Return the address of the results that the hit is among."""
    back = form.one("back", "/")
    return back if back.startswith("/?") and back.isprintable() else "/"


async def _asked_before(page: Page, form: Form) -> Mapping[str, Any] | None:
    """Return the hit on the record that its owner was asked about already; None if there is none. Raises ApiRefused."""
    hits = (await page.api.get(HITS, side="finder", record=form.one("record"), limit=20))["items"]
    asked = asked_before(hits)
    if asked is None:
        return None
    hit: Mapping[str, Any] = await page.api.get(f"{HITS}/{part(asked['id'])}", side="finder")
    return hit


async def _arrived(page: Page, form: Form) -> Mapping[str, Any] | None:
    """Return the hit that a search gave on a record; None if it has not arrived in time. Raises ApiRefused."""
    record, request = form.one("record"), form.one("request")
    until = asyncio.get_running_loop().time() + WAITED_SECONDS
    while True:
        hits = (await page.api.get(HITS, side="finder", record=record, limit=20))["items"]
        if hit := chosen_of(hits, request):
            return hit
        if asyncio.get_running_loop().time() > until:
            return hits[0] if hits else None
        await asyncio.sleep(LOOKED_EVERY_SECONDS)


def chosen_of(hits: Sequence[Mapping[str, Any]], request: str) -> Mapping[str, Any] | None:
    """Return the hit to ask for, of those on a record, the newest first: that of the search, else one that is open.

    What the same officer is shown again within half a minute is told later, together: the hit before it is the same.
    """
    of_search = (hit for hit in hits if hit["request"] == request)
    is_open = (hit for hit in hits if hit["state"] not in SETTLED)
    return next(of_search, None) or next(is_open, None)
