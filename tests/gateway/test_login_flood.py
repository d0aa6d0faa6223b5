"""A flood of logins at a real HTTP server: how long it delays a valid one, and which address counts."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from time import perf_counter

import httpx
import pytest
from msgspec.structs import replace

import gateway.runner
from gateway.auth.accounts import hash_password
from gateway.auth.login_failures import FAILURES_OF_LOGIN
from gateway.auth.logins import Logins
from gateway.hosted_bureaus import HostedBureaus
from gateway.runner import run_gateway
from shared.service import Service
from tests.gateway.accounts import PASSWORD, logins_of, officers_of
from tests.gateway.mesh import Mesh

FLOOD = 150
OFFICER = {"grant_type": "password", "username": "fr.officer", "password": PASSWORD}


@asynccontextmanager
async def running(mesh: Mesh, echo: Service, logins: Logins, proxies: Sequence[str] = ()) -> AsyncIterator[str]:
    """Run a gateway on a free port, and yield its URL."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(2 * FLOOD)
        hosting = HostedBureaus(mesh.directory, mesh.bureaus.values(), lambda _known: (), lambda: None)
        serving = asyncio.create_task(
            run_gateway(mesh.gateway(echo, logins=logins), listening, hosting, trusted_proxies=proxies)
        )
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving


def client_from(address: str, url: str) -> httpx.AsyncClient:
    """Return a client that connects from an address of this machine."""
    limits = httpx.Limits(max_connections=None)
    transport = httpx.AsyncHTTPTransport(local_address=address, limits=limits)
    return httpx.AsyncClient(transport=transport, base_url=url, timeout=60)


async def ask(client: httpx.AsyncClient, username: str = "fr.officer") -> tuple[int, float]:
    """Return the status of a login, and how many seconds it took."""
    began = perf_counter()
    response = await client.post("/oauth/token", data=OFFICER | {"username": username})
    return response.status_code, perf_counter() - began


@pytest.mark.thorough
@pytest.mark.parametrize("source", ["127.0.0.1", "127.0.0.2"], ids=["same address", "another address"])
async def test_a_flood_of_unknown_names_delays_a_valid_login_by_a_second_at_most(
    mesh: Mesh, echo: Service, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """Or by the time of three logins on a slow machine: not by that of all others.

    The passwords have the real hashing cost, and the officer has not logged in from this address before.
    """
    monkeypatch.setattr(gateway.runner, "GRACE_SECONDS", 1)
    work = hash_password(PASSWORD)
    logins = logins_of([replace(each, password_hash=work) for each in officers_of(echo)], mesh.clock)
    async with (
        running(mesh, echo, logins) as url,
        client_from("127.0.0.1", url) as client,
        client_from(source, url) as stranger,
    ):
        await ask(client, "de.officer")
        _, alone = await ask(client, "de.officer")
        flood = [asyncio.create_task(ask(stranger, f"nobody-{number}")) for number in range(FLOOD)]
        # Once the whole flood is queued.
        await asyncio.wait(flood, return_when=asyncio.FIRST_COMPLETED)
        status, seconds = await ask(client)
        waiting = sum(not task.done() for task in flood)
        for task in flood:
            task.cancel()
        outcomes = await asyncio.gather(*flood, return_exceptions=True)
    assert status == 200
    assert seconds - alone < max(1.0, 3 * alone)
    assert waiting > FLOOD // 2
    assert {outcome[0] for outcome in outcomes if isinstance(outcome, tuple)} == {400}


@pytest.mark.thorough
async def test_a_forwarded_address_from_a_client_is_ignored(mesh: Mesh, echo: Service) -> None:
    """Otherwise each guess would count for another source."""
    async with running(mesh, echo, logins_of(officers_of(echo), mesh.clock)) as url:
        assert await statuses_with_forwarded(url) == [400] * FAILURES_OF_LOGIN + [429]


@pytest.mark.thorough
async def test_a_forwarded_address_from_a_trusted_proxy_is_used(mesh: Mesh, echo: Service) -> None:
    """The last address that is no proxy's counts: those before it may be invented by the client."""
    async with running(mesh, echo, logins_of(officers_of(echo), mesh.clock), ["127.0.0.0/8"]) as url:
        assert await statuses_with_forwarded(url) == [400] * (FAILURES_OF_LOGIN + 1)
        assert await statuses_with_forwarded(url, ", 203.0.113.1, 127.0.0.9") == [400] * FAILURES_OF_LOGIN + [429]


async def statuses_with_forwarded(url: str, by_proxy: str = "") -> list[int]:
    """Return the statuses of one wrong password more than allowed, each with another forwarded address."""
    form, statuses = OFFICER | {"password": "guessed"}, []
    async with client_from("127.0.0.1", url) as client:
        for number in range(FAILURES_OF_LOGIN + 1):
            headers = {"X-Forwarded-For": f"192.0.2.{number}{by_proxy}"}
            statuses.append((await client.post("/oauth/token", data=form, headers=headers)).status_code)
    return statuses
