"""The pages of the documents load and run nothing of other hosts."""

import re
from html import unescape

import pytest

from gateway.openapi.docs_pages import PAGES
from shared.service import Service
from tests.gateway.mesh import Mesh, client_of


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_loads_nothing_from_other_hosts(mesh: Mesh, echo: Service, path: str) -> None:
    """It works in a network without internet access, and its own files exist."""
    async with client_of(mesh.gateway(echo)) as client:
        page = await client.get(path)
        assert page.status_code == 200
        loaded = [unescape(url) for url in re.findall(r"<(?:script|link) [^>]*(?:src|href)=\"([^\"]+)\"", page.text)]
        assert len(loaded) >= 2
        for url in loaded:
            assert url.startswith("/docs/files/")
            assert (await client.get(url)).status_code == 200


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_links_to_the_others_and_to_the_documents(mesh: Mesh, path: str) -> None:
    async with client_of(mesh.gateway()) as client:
        page = await client.get(path)
    linked = re.findall(r"<a href=\"([^\"]+)\"", page.text.partition("</header>")[0])
    assert linked == [*PAGES, "/openapi.json", "/asyncapi.json"]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_allows_no_inline_script(mesh: Mesh, path: str) -> None:
    """The policy (CSP) allows scripts of this gateway alone, and restricts framing and requests to it."""
    async with client_of(mesh.gateway()) as client:
        page = await client.get(path)
    assert not re.findall(r"<script>|\son\w+=", page.text)
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"


async def test_cross_origin_requests_are_not_allowed(mesh: Mesh, echo: Service) -> None:
    """No preflight is granted and no answer allows an origin, so other sites cannot use officers' tokens."""
    origin = {"Origin": "https://elsewhere.example"}
    preflight = origin | {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    async with client_of(mesh.gateway(echo)) as client:
        answers = [
            await client.options("/api/echo", headers=preflight),
            await client.options("/oauth/token", headers=preflight),
            await client.get("/health", headers=origin),
            await client.get("/docs", headers=origin),
        ]
    for answer in answers:
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert answers[0].status_code == 401
    assert answers[1].status_code == 405
