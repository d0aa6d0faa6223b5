"""What waits for an officer, on every page: a stream that follows the events of their mailbox, as parts of pages.

A page opens it by script, once it stands: a page view costs nothing more. It is no use of a session, and ends with it.
Says how much waits, and that something has changed: a list on the page then asks for itself again.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from gateway.console.api import EVENTS
from gateway.console.cookies import texts_for
from gateway.console.defences import HEADERS
from gateway.console.hits import rules
from gateway.console.in_process import ApiRefused, HttpAnswer
from gateway.console.page import Page
from gateway.console.rendering import render_text
from gateway.console.texts import Texts
from shared.bureaus import SECRETARIAT
from shared.identity import Purpose

# How many are counted; more are shown as "100+".
COUNTED: Final = 100
# Many messages may come at once: a page hears of them together.
PAUSE_SECONDS: Final = 1.0
# How soon a stream ends when its session has ended.
CHECK_SECONDS: Final = 10.0
CHANGED: Final = "event: mail\ndata: changed\n\n"
"""The event that lists on a page wait for."""

OVER: Final = "event: over\ndata: over\n\n"
_EVENT: Final = b"event:"


class Count(NamedTuple):
    """How many of something wait."""

    number: int
    is_more: bool

    def __add__(self, other: "Count") -> "Count":  # type: ignore[override]  # of counts, not of tuples
        return Count(self.number + other.number, self.is_more or other.is_more)


def routes() -> list[Route]:
    """Return the route of the stream."""
    return [Route("/events", _follow, methods=["GET"])]


async def _follow(request: Request) -> Response:
    """Follow the mailbox of an officer's bureau; tell a page whose session is over, so that it asks no more."""
    opened: Page | Response = await request.app.state.open(request, counts_as_use=False)
    if request.method == "HEAD":
        return Response(headers=HEADERS, media_type=EVENTS)
    if isinstance(opened, Page) and request.query_params.get("officer", opened.who) == opened.who:
        return _Followed(opened)
    return Response(_part(texts_for(request), is_over=True) + OVER, headers=HEADERS, media_type=EVENTS)


class _Followed(Response):
    """The stream of one page."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Send the stream until the session, the token or the page ends. Raises ApiRefused before it begins."""
        async with self._page.api.opened("GET", "/api/messages/stream", accept=EVENTS) as answer:
            headers = {**HEADERS, "X-Accel-Buffering": "no"}
            told = _told(self._page, answer)
            await StreamingResponse(told, headers=headers, media_type=EVENTS)(scope, receive, send)


async def _told(page: Page, answer: HttpAnswer) -> AsyncIterator[str]:
    """Yield what a page is told: at first what waits, and whenever something has changed."""
    changed, ended = asyncio.Event(), asyncio.Event()
    reading = asyncio.create_task(_read(answer, changed, ended))
    try:
        yield await _waiting(page) + (CHANGED if await _has_news(page) else "")
        while not ended.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), CHECK_SECONDS)
            session = await page.context.sessions.find(page.session.cookie)
            if session is None:
                yield _part(page.texts, is_over=True) + OVER
                return
            if session.purpose != page.session.purpose:
                yield _part(page.texts, purpose=session.purpose)
            if changed.is_set():
                await asyncio.sleep(PAUSE_SECONDS)
                changed.clear()
                yield await _waiting(page) + CHANGED
            else:
                # So that a page that is gone is noticed.
                yield ":\n\n"
    finally:
        reading.cancel()


async def _read(answer: HttpAnswer, changed: asyncio.Event, ended: asyncio.Event) -> None:
    """Note whenever the API tells of an event, and when its stream ends."""
    try:
        async for piece in answer.parts:
            if _EVENT in piece:
                changed.set()
    finally:
        ended.set()
        changed.set()


async def _has_news(page: Page) -> bool:
    """Return whether a message has come since the page was made, before the stream began or while it rested."""
    try:
        made = datetime.fromisoformat(page.query.get("since", ""))
        newest = (await page.api.get("/api/messages", unread=True, limit=1))["items"]
        return any(datetime.fromisoformat(each["stored"]) > made for each in newest)
    except (ApiRefused, ValueError, TypeError):
        # Also an address without the time, or with one that has no zone.
        return False


async def _waiting(page: Page) -> str:
    """Return the part of the head that says how much waits; what the API refuses now is left as it is."""
    try:
        unread, *waiting = await page.together(_unread(page), *_hits(page))
    except ApiRefused:
        return ""
    hits = sum(waiting, Count(0, is_more=False)) if waiting else None
    return _part(page.texts, unread=unread, hits=hits, reviews=await _reviews(page))


def _part(
    texts: Texts,
    *,
    is_over: bool = False,
    purpose: Purpose | None = None,
    unread: Count | None = None,
    hits: Count | None = None,
    reviews: Count | None = None,
) -> str:
    counts = {"unread": unread, "hits": hits, "reviews": reviews}
    markup = render_text("parts/waiting.html", texts, is_over=is_over, purpose=purpose, **counts)
    return "".join(f"data: {line}\n" for line in markup.splitlines() if line.strip()) + "\n"


async def _unread(page: Page) -> Count:
    return await _count(page, "/api/messages", unread=True)


def _hits(page: Page) -> list[Any]:
    """Return what counts the hits that wait for the officer's bureau, if the officer may see them."""
    if not page.may("hits:read"):
        return []
    sides = (rules.OWNER, rules.OVERSIGHT) if page.grant.bureau == SECRETARIAT else (rules.OWNER,)
    return [_count(page, "/api/hits", side=side, state=state) for side in sides for state in rules.WAITING[side]]


async def _reviews(page: Page) -> Count | None:
    """Return how much waits for review, if the officer reviews; None as well if the service does not say it now."""
    if not page.may("notices:review"):
        return None
    try:
        answer = await page.api.get("/api/notices/reviews/count")
    except ApiRefused:
        return None
    return Count(answer["waiting"], is_more=False)


async def _count(page: Page, source: str, **query: Any) -> Count:
    answer = await page.api.get(source, **query, limit=COUNTED)
    return Count(len(answer["items"]), answer["next"] is not None)
