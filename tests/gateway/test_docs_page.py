"""The documentation page of the gateway loads and runs nothing of other hosts."""

import base64
import hashlib
import re
from html import unescape

from shared.service import Service
from tests.gateway.mesh import Mesh, client_of

# The documentation page


async def test_the_documentation_page_loads_nothing_from_other_hosts(mesh: Mesh, echo: Service) -> None:
    """It works in a network without internet access."""
    async with client_of(mesh.gateway(echo)) as client:
        page = await client.get("/docs")
        assert page.status_code == 200
        loaded = [unescape(url) for url in re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text)]
        assert len(loaded) == 3
        for url in loaded:
            assert url.startswith("/docs/files/")
            assert (await client.get(url)).status_code == 200
    assert "//" not in page.text.replace("<!-- `SwaggerUIBundle` is now available on the page -->", "")


async def test_the_documentation_page_allows_only_its_own_script(mesh: Mesh, echo: Service) -> None:
    """The policy (CSP) pins the digest of the script, forbids framing, and restricts requests to this gateway."""
    async with client_of(mesh.gateway(echo)) as client:
        page = await client.get("/docs")
    (script,) = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    assert policy["script-src"] == f"'self' 'sha256-{digest}'"
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["connect-src"] == "'self'"


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


async def test_the_root_redirects_to_the_documentation_page(mesh: Mesh) -> None:
    async with client_of(mesh.gateway()) as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")
