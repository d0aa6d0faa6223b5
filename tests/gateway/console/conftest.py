"""Fixtures for the console: browsers of officers at a gateway with the real services and mailboxes, without scripts."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest

from services import SERVICES
from shared.bureaus import BureauCode
from tests.gateway.console.browser import Browser
from tests.gateway.mesh import Mesh

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

        async def sign_in(bureau: str, *scopes: str, officer: str = "") -> Browser:
            client = httpx.AsyncClient(transport=gateway, base_url="http://gateway", follow_redirects=True)
            browser = Browser(await stack.enter_async_context(client))
            await browser.begin(started, BureauCode(bureau), *scopes, officer=officer)
            return browser

        yield sign_in
