"""What a page is told while it stands: how much waits, that something has changed, and that its session is over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from gateway.console.api import target_of
from gateway.console.in_process import HttpCall, called
from tests.gateway.console.browser import FROM_HERE, PATIENCE, text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.mesh import Mesh
from tests.services.notices.examples import complete


class Told:
    """What a page was told so far."""

    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self._parts = parts
        self.text = ""

    async def until(self, words: str) -> str:
        """Wait for some words, and return what came with them and since they were waited for."""
        self.text = ""
        async with asyncio.timeout(PATIENCE):
            while words not in self.text:
                self.text += (await anext(self._parts)).decode()
        return self.text


@asynccontextmanager
async def told(gateway: httpx.ASGITransport, cookies: str, **query: str) -> AsyncIterator[Told]:
    """Open the stream of a page."""
    headers = {name.lower(): value for name, value in FROM_HERE.items()} | {"cookie": cookies}
    async with called(gateway.app, HttpCall("GET", target_of("/events", query), headers)) as answer:
        assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        yield Told(answer.parts)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.console.events.PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("gateway.console.events.CHECK_SECONDS", 0.05)


@pytest.mark.thorough
async def test_a_page_is_told_what_waits_and_that_its_session_is_over(
    gateway: httpx.ASGITransport, signed_in: SignedIn
) -> None:
    """At first, and after each message; when the officer has signed out the stream ends, and so does the next one."""
    france, germany = await signed_in("FR"), await signed_in("DE")
    async with told(gateway, cookies := france.cookies) as page:
        await page.until('hx-target="#waiting-hits"')
        await germany.attach("/messages/new", codes="FR", subject="A car", body="Seen.")
        news = await page.until("event: mail")
        assert '<span class="count">1<span class="visually-hidden"> new messages</span></span>' in news
        await france.send("/sign-out", everywhere="")
        assert "Your session is over" in await page.until("event: over")
        with pytest.raises(StopAsyncIteration):
            await page.until("more")
    async with told(gateway, cookies) as page:
        await page.until("event: over")


@pytest.mark.thorough
async def test_a_page_is_told_what_came_before_its_stream_began(
    gateway: httpx.ASGITransport, signed_in: SignedIn, started: Mesh
) -> None:
    """And nothing if nothing came, whatever the time that it states."""
    france, germany = await signed_in("FR"), await signed_in("DE")
    made = started.clock.now().isoformat()
    started.clock.advance(timedelta(seconds=1))
    await germany.attach("/messages/new", codes="FR", subject="A car", body="Seen.")
    await france.until("/messages", "A car")
    async with told(gateway, france.cookies, since=made) as page:
        await page.until("event: mail")
    for since in (started.clock.now().isoformat(), "yesterday", "2026-06-01T12:00:00", ""):
        async with told(gateway, france.cookies, since=since) as page:
            assert "event: mail" not in await page.until(":\n\n")


@pytest.mark.thorough
async def test_a_page_is_told_that_the_purpose_was_changed_in_another_window(
    gateway: httpx.ASGITransport, signed_in: SignedIn
) -> None:
    """What it asks from now on has the other purpose, which it does not show."""
    france = await signed_in("FR")
    async with told(gateway, france.cookies) as page:
        await page.until('hx-target="#waiting-hits"')
        await france.send("/purpose", purpose="border-management", next="/")
        assert "border management" in await page.until('hx-target="#purpose-changed"')


@pytest.mark.thorough
async def test_a_reviewer_is_told_how_much_waits_for_review(
    gateway: httpx.ASGITransport, signed_in: SignedIn, started: Mesh
) -> None:
    """It is counted without reading a notice; others have no such count."""
    async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
        headers = started.bearer("KE", "notices:read", "notices:write")
        drafted = (await client.post("/api/notices", json=complete("blue"), headers=headers)).json()["id"]
        await client.post(f"/api/notices/{drafted}/submission", headers=headers)
    reviewer, kenya = await signed_in("IPSG"), await signed_in("KE", "messages:read", "hits:read", "notices:read")
    async with told(gateway, reviewer.cookies) as page:
        waiting = await page.until("wait for review")
        assert '<span class="count">1<span class="visually-hidden"> wait for review</span></span>' in waiting
    async with told(gateway, kenya.cookies) as page:
        assert "waiting-review" not in await page.until("waiting-hits")
    readers = await (await signed_in("KE")).get(f"/records/notices/{drafted}/readers")
    assert "No other bureau has received it yet." in text_of(readers)


@pytest.mark.thorough
async def test_a_head_has_no_stream_for_an_officer_without_messages(signed_in: SignedIn) -> None:
    """Nor is one sent: the API refuses it."""
    reader = await signed_in("FR", "hits:read", "checks:read")
    assert "sse:connect" not in (await reader.get("/")).text
    assert (await reader.get("/events")).status_code == 403


@pytest.mark.thorough
async def test_what_asks_for_the_head_of_the_stream_alone_takes_no_place_in_it(
    gateway: httpx.ASGITransport, signed_in: SignedIn
) -> None:
    france = await signed_in("FR")
    headers = {**FROM_HERE, "cookie": france.cookies}
    async with called(gateway.app, HttpCall("HEAD", "/events", headers)) as answer:
        assert (answer.status, await answer.read()) == (200, b"")
