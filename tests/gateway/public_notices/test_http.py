"""HTTP as browsers, crawlers and old clients use it: methods, origins, compression, caches, proxies, shares, faults."""

import asyncio
import json
import socket
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest

from gateway.app import Gateway
from gateway.hosted_bureaus import HostedBureaus
from gateway.public_notices.asgi import AT_WORK
from gateway.public_notices.links import base_of
from gateway.public_notices.source import NoticeSource
from gateway.public_quota import PublicQuota
from gateway.runner import run_gateway
from tests.gateway.public_notices.world import ROOT, PublicWorld

CORS = {"access-control-allow-origin": "*", "access-control-allow-headers": "*"}


@asynccontextmanager
async def running(world: PublicWorld, gateway: Gateway, *proxies: str) -> AsyncIterator[str]:
    """Run a gateway as a server on a free port, and yield the URL of its public notices API."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        hosting = HostedBureaus(world.mesh.directory, world.mesh.bureaus.values(), lambda _known: (), lambda: None)
        serving = asyncio.create_task(run_gateway(gateway, listening, hosting, trusted_proxies=proxies))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}{ROOT}"
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving


async def test_any_page_in_a_browser_may_read_it(world: PublicWorld, anyone: httpx.AsyncClient) -> None:
    """Answers and errors, and it may ask first whether it may."""
    await world.publish()
    for path in ("red", "red/2026-52482", "red/2026-1", "countries"):
        answer = await anyone.get(path, headers={"Origin": "https://example.org"})
        assert CORS.items() <= dict(answer.headers).items()
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    preflight = await anyone.options("red", headers=asked | {"Access-Control-Request-Headers": "x-anything"})
    assert (preflight.status_code, preflight.content) == (204, b"")
    assert CORS.items() <= dict(preflight.headers).items()


@pytest.mark.parametrize("path", ["red", "red/2026-52482", "red/2026-52482/images/62412748", "red/2026-1"])
async def test_head_answers_as_get_without_the_body(world: PublicWorld, anyone: httpx.AsyncClient, path: str) -> None:
    """With the same status and length."""
    await world.publish(photographs=("62412748",))
    head, got = await anyone.head(path), await anyone.get(path)
    assert (head.status_code, head.content, got.content != b"") == (got.status_code, b"", True)
    assert head.headers == got.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_nothing_can_be_changed(anyone: httpx.AsyncClient, method: str) -> None:
    """The refusal says what is allowed."""
    answer = await anyone.request(method, "red", content=b"{}")
    assert (answer.status_code, answer.json()["name"]) == (405, "MethodNotAllowedError")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_a_body_and_any_headers_are_ignored(world: PublicWorld, anyone: httpx.AsyncClient) -> None:
    """A token as well, even one that is no token; some clients send a GET with a body."""
    await world.publish()
    headers = {"Authorization": "Bearer nonsense", "Accept": "text/html", "User-Agent": "", "I247-Purpose": "none"}
    answer = await anyone.request("GET", "red", content=b"page=1", headers=headers)
    assert (answer.status_code, answer.json()["total"]) == (200, 1)


async def test_large_answers_are_compressed_for_clients_that_can_read_that(
    world: PublicWorld, anyone: httpx.AsyncClient
) -> None:
    """Caches keep the two apart."""
    for _ in range(10):
        await world.publish()
    plain = await anyone.get("red", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    for accepted in ("gzip, deflate, br", "*", "gzip;q=0.5"):
        packed = await anyone.get("red", headers={"Accept-Encoding": accepted})
        assert packed.headers["content-encoding"] == "gzip"
        assert (packed.content, packed.headers["vary"]) == (plain.content, "Accept-Encoding")
    refusing = await anyone.get("red", headers={"Accept-Encoding": "gzip;q=0, br"})
    assert "content-encoding" not in refusing.headers


async def test_a_cache_asks_each_time(world: PublicWorld, anyone: httpx.AsyncClient) -> None:
    """An answer that is the same is not sent again; errors are not kept."""
    await world.publish()
    first = await anyone.get("red/2026-52482")
    assert first.headers["cache-control"] == "public, no-cache"
    again = await anyone.get("red/2026-52482", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await anyone.get("red/2026-1")).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("gateway", "http://gateway"),
        ("notices.example.org:8247", "http://notices.example.org:8247"),
        ("[::1]:8247", "http://[::1]:8247"),
        ('evil"><script>', "http://gateway:80"),
        ("a b", "http://gateway:80"),
        ("user@evil.org", "http://gateway:80"),
        ("evil.org/path", "http://gateway:80"),
        ("", "http://gateway:80"),
    ],
)
async def test_links_name_the_host_that_was_asked(
    world: PublicWorld, anyone: httpx.AsyncClient, host: str, base: str
) -> None:
    """If it is a host, else this server."""
    answer = await anyone.get("red", headers={"Host": host})
    self = answer.json()["_links"]["self"]["href"]
    assert self.replace("http://gateway/", "http://gateway:80/" if host != "gateway" else "http://gateway/") == (
        f"{base}/notices/v1/red?&resultPerPage=20&page=1"
    )


FORWARDED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "ws-public.example.org",
    "X-Forwarded-Prefix": "/interpol/",
}


@pytest.mark.thorough
async def test_links_are_those_of_a_trusted_proxy(world: PublicWorld) -> None:
    """With its scheme, host and prefix."""
    async with running(world, world.gateway(), "127.0.0.1") as url, httpx.AsyncClient() as client:
        answer = (await client.get(f"{url}/red", headers=FORWARDED)).json()
        assert answer["_links"]["self"]["href"] == (
            "https://ws-public.example.org/interpol/notices/v1/red?&resultPerPage=20&page=1"
        )
        wrong = {"X-Forwarded-Host": "a b", "X-Forwarded-Prefix": "//evil.org/<"}
        answer = (await client.get(f"{url}/red", headers=wrong)).json()
        assert answer["_links"]["self"]["href"].startswith(f"{url}/red?")
        several = {"X-Forwarded-Host": "evil.org, ws-public.example.org"}
        answer = (await client.get(f"{url}/red", headers=several)).json()
        assert answer["_links"]["self"]["href"].startswith("http://ws-public.example.org/")


@pytest.mark.thorough
@pytest.mark.parametrize("proxies", [(), ("10.0.0.0/8",)])
async def test_nobody_else_can_state_where_links_lead(world: PublicWorld, proxies: tuple[str, ...]) -> None:
    """Whether there are trusted proxies or not."""
    async with running(world, world.gateway(), *proxies) as url, httpx.AsyncClient() as client:
        answer = (await client.get(f"{url}/red", headers=FORWARDED)).json()
        assert answer["_links"]["self"]["href"] == f"{url}/red?&resultPerPage=20&page=1"


@pytest.mark.thorough
@pytest.mark.parametrize("path", ["red//2026-52482", "red///2026-52482//images/", "/red", "red//"])
async def test_slashes_may_be_repeated(world: PublicWorld, path: str) -> None:
    """As programs do that put an address together of parts of which one is empty; the original reads one slash."""
    await world.publish()
    async with running(world, world.gateway()) as url, httpx.AsyncClient() as client:
        for root in (url, url.replace("/notices/v1", "//notices//v1")):
            answer = await client.get(f"{root}/{path}")
            assert answer.status_code == 200
            assert f"{url}/red" in answer.json()["_links"]["self"]["href"]


@pytest.mark.thorough
async def test_an_old_client_reads_page_after_page(world: PublicWorld) -> None:
    """With `urllib`, in the order of its links."""
    for _ in range(45):
        await world.publish()

    def download(url: str) -> list[str]:
        found: list[str] = []
        link: str | None = f"{url}/red"
        while link:
            with urllib.request.urlopen(link) as answer:  # noqa: S310 - of this test
                page = json.load(answer)
            found += [each["entity_id"] for each in page["_embedded"]["notices"]]
            link = page["_links"].get("next", {}).get("href")
        return found

    async with running(world, world.gateway()) as url:
        found = await asyncio.to_thread(download, url)
    assert found == [f"2026/{number}" for number in range(52526, 52481, -1)]


async def test_a_gateway_without_the_public_answers_that_it_is_not_available(world: PublicWorld) -> None:
    """It does not fail."""
    transport = httpx.ASGITransport(world.mesh.gateway())
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway/notices/v1/") as client:
        answer = await client.get("red")
        assert (answer.status_code, answer.json()["name"]) == (503, "ServiceUnavailableError")
        assert answer.headers["retry-after"] == "1"
        assert (await client.get("countries")).status_code == 200


@pytest.mark.thorough
async def test_one_client_cannot_keep_others_waiting(
    world: PublicWorld, anyone: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has a bounded number of requests at work and waiting; those beyond it are refused."""
    at_work, most, released = 0, 0, asyncio.Event()
    page = NoticeSource.page

    async def slow(self: Any, *arguments: Any) -> Any:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await released.wait()
        at_work -= 1
        return await page(self, *arguments)

    monkeypatch.setattr(NoticeSource, "page", slow)
    asked = [asyncio.create_task(anyone.get("red")) for _ in range(100)]
    for _ in range(200):
        await asyncio.sleep(0)
    released.set()
    statuses = [answer.status_code for answer in await asyncio.gather(*asked)]
    assert (most, {*statuses}) == (AT_WORK, {200, 429})
    assert statuses.count(429) == 100 - AT_WORK - 64


async def test_a_url_that_is_too_long_is_refused(anyone: httpx.AsyncClient) -> None:
    assert (await anyone.get(f"red?name={'x' * 5000}")).status_code == 414


async def test_a_costly_pattern_is_refused(
    world: PublicWorld, anyone: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the service were busy: no client knows another refusal."""
    monkeypatch.setattr("services.notices.public_list.name_patterns.MATCHING_SECONDS", -1.0)
    await world.publish()
    assert (await anyone.get("red?name=x")).status_code == 503


@pytest.mark.thorough
async def test_faults_are_the_same_with_the_same_seed(world: PublicWorld) -> None:
    """As often as was said, and below this API alone; health says so."""
    await world.publish()
    runs = []
    for _ in range(2):
        async with world.client("403=0.2,502=0.1,seed=7") as client:
            runs.append([(await client.get("red")).status_code for _ in range(100)])
            assert (await client.get("http://gateway/standing")).status_code == 200
            health = (await client.get("http://gateway/health")).json()
            assert health["public_faults"] == "403=0.2,502=0.1,seed=7"
    assert runs[0] == runs[1]
    assert (10 <= runs[0].count(403) <= 30, 3 <= runs[0].count(502) <= 20) == (True, True)
    assert {*runs[0]} == {200, 403, 502}


async def test_a_fault_has_the_form_of_other_errors(world: PublicWorld) -> None:
    async with world.client("403=1") as client:
        assert (await client.get("red")).json() == {"status": 403, "name": "ForbiddenError", "message": "Forbidden"}
    async with world.client() as client:
        assert (await client.get("http://gateway/health")).json()["public_faults"] is None


def test_a_link_to_an_address_of_ipv6_has_brackets() -> None:
    assert base_of({"headers": [], "server": ("::1", 8247)}) == "http://[::1]:8247/notices/v1"


async def test_who_asks_too_often_is_told_when_to_ask_again(world: PublicWorld) -> None:
    """In the words of this API, whose programs know no problem; other addresses are answered."""
    quota = PublicQuota(in_all=20, of_an_address=2)
    gateway = world.gateway(public_quota=quota)

    def client(address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(gateway, client=(address, 40_000))
        return httpx.AsyncClient(transport=transport, base_url=f"http://gateway{ROOT}/")

    async with client("203.0.113.7") as one, client("198.51.100.9") as other, client("127.0.0.1") as local:
        answers = [await one.get("red") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].json() == {"status": 429, "name": "TooManyRequestsError", "message": "Too Many Requests"}
        assert answers[2].headers["retry-after"] == "1800"
        assert (await other.get("red")).status_code == 200
        assert [(await local.get("red")).status_code for _ in range(18)] == [200] * 17 + [429]
