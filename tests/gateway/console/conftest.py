"""Fixtures for the console: browsers of officers at a gateway with the real services and mailboxes, without scripts."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Final

import httpx
import pytest

from services import SERVICES
from shared.bureaus import BureauCode
from tests.gateway.accounts import PASSWORD
from tests.gateway.console.browser import FROM_HERE, Browser
from tests.gateway.mesh import Mesh

OFFICER: Final = "fr.officer"
SignedIn = Callable[..., Awaitable[Browser]]


@pytest.fixture
async def gateway(started: Mesh) -> AsyncIterator[httpx.ASGITransport]:
    """Return the gateway, as a transport of HTTP clients, while it handles the mail of all bureaus."""
    async with started.handling_mail():
        yield httpx.ASGITransport(started.gateway(*SERVICES))


@pytest.fixture
async def signed_in(gateway: httpx.ASGITransport, started: Mesh) -> AsyncIterator[SignedIn]:
    """Return a function that returns the browser of an officer who is signed in, with some scopes or all."""
    async with AsyncExitStack() as stack:

        async def begin(bureau: str, *scopes: str, officer: str = "") -> Browser:
            client = httpx.AsyncClient(transport=gateway, base_url="http://gateway", follow_redirects=True)
            browser = Browser(await stack.enter_async_context(client))
            await browser.begin(started, BureauCode(bureau), *scopes, officer=officer)
            return browser

        yield begin


@pytest.fixture
async def client(gateway: httpx.ASGITransport, started: Mesh) -> AsyncIterator[httpx.AsyncClient]:
    """Return a browser that is not signed in and follows no redirect."""
    started.token("FR", "checks:read")
    async with httpx.AsyncClient(transport=gateway, base_url="http://gateway", headers=FROM_HERE) as client:
        yield client


async def sign_in(client: httpx.AsyncClient, **changes: str) -> httpx.Response:
    """Sign in by the form, with what is changed in it."""
    return await client.post("/sign-in", data={"username": OFFICER, "password": PASSWORD, "next": "/", **changes})
