"""Signing in at an outside provider: authorization code with PKCE."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from gateway.auth.code_flow import CodeFlow
from gateway.console.cookies import SESSION
from services import SERVICES
from tests.gateway.console.browser import FROM_HERE, text_of
from tests.gateway.mesh import Mesh

FROM_PROVIDER = {"Sec-Fetch-Site": "cross-site"}


class TokenServer:
    """The token endpoint of a provider."""

    def __init__(self) -> None:
        self.port = 0
        self.status = 200
        self.answer: Any = {}
        self.asked: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/token"


@contextmanager
def running() -> Iterator[TokenServer]:
    """Run a token endpoint on a free port of this machine."""
    server = TokenServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            server.asked.append(dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode())))
            body = json.dumps(server.answer).encode()
            self.send_response(server.status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server.port = http.server_address[1]
        Thread(target=http.serve_forever, daemon=True).start()
        yield server
        http.shutdown()


@pytest.fixture
def provider() -> Iterator[TokenServer]:
    with running() as server:
        yield server


@pytest.fixture
async def client(started: Mesh, provider: TokenServer) -> AsyncIterator[httpx.AsyncClient]:
    """Return a browser at a gateway whose officers sign in at the provider."""
    flow = CodeFlow("https://provider.example", "https://provider.example/auth", provider.url, "i247", "", "openid")
    async with started.handling_mail():
        gateway = httpx.ASGITransport(started.gateway(*SERVICES, issuer=None, logins=None, code_flow=flow))
        async with httpx.AsyncClient(transport=gateway, base_url="http://gateway", headers=FROM_HERE) as client:
            yield client


async def begin(client: httpx.AsyncClient) -> dict[str, str]:
    """Go to the provider, and return what it is told."""
    answer = await client.get("/sign-in/provider", params={"next": "/?q=Dupont"})
    address = urlsplit(answer.headers["location"])
    assert (address.netloc, address.path) == ("provider.example", "/auth")
    return {name: value for name, [value] in parse_qs(address.query).items()}


async def test_an_officer_signs_in_at_the_provider_and_comes_back(
    client: httpx.AsyncClient, provider: TokenServer, started: Mesh
) -> None:
    provider.answer = {"access_token": started.token("FR", "checks:read"), "token_type": "Bearer"}
    assert "/sign-in/provider?next=" in (await client.get("/sign-in")).text
    told = await begin(client)
    assert told["redirect_uri"] == "http://gateway/sign-in/done"
    back = {"code": "a-code", "state": told["state"], "iss": "https://provider.example"}
    answer = await client.get("/sign-in/done", params=back, headers=FROM_PROVIDER)
    assert 'content="0; url=/?q=Dupont"' in answer.text
    [asked] = provider.asked
    challenge = base64.urlsafe_b64encode(hashlib.sha256(asked["code_verifier"].encode()).digest()).decode().rstrip("=")
    assert (asked["code"], challenge, told["code_challenge_method"]) == ("a-code", told["code_challenge"], "S256")
    assert "fr.officer" in text_of(await client.get("/"))


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "of-somebody-else"}, "the answer belongs to another sign-in"),
        ({"iss": "https://evil.example"}, "the answer is of another provider"),
        ({"code": None, "error": "access_denied"}, "the provider signed nobody in"),
    ],
)
async def test_an_answer_of_another_sign_in_begins_no_session(
    client: httpx.AsyncClient, provider: TokenServer, changes: dict[str, str | None], said: str
) -> None:
    told = await begin(client)
    back = {"code": "a-code", "state": told["state"], **changes}
    params = {name: value for name, value in back.items() if value is not None}
    answer = await client.get("/sign-in/done", params=params, headers=FROM_PROVIDER)
    assert answer.status_code == 403
    assert said in text_of(answer)
    assert SESSION not in client.cookies
    assert provider.asked == []


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("status", "given"),
    [
        (400, {"error": "invalid_grant"}),
        (200, {}),
        (200, []),
        (200, {"access_token": 7, "token_type": "Bearer"}),
        (200, {"access_token": "forged", "token_type": "Bearer"}),
    ],
)
async def test_without_a_valid_token_there_is_no_session(
    client: httpx.AsyncClient, provider: TokenServer, status: int, given: Any
) -> None:
    provider.status, provider.answer = status, given
    told = await begin(client)
    answer = await client.get("/sign-in/done", params={"code": "a-code", "state": told["state"]}, headers=FROM_PROVIDER)
    assert answer.status_code == 403
    assert SESSION not in client.cookies


@pytest.mark.thorough
async def test_a_sign_in_that_failed_is_over(client: httpx.AsyncClient, provider: TokenServer, started: Mesh) -> None:
    """Another code with the same state begins no session."""
    told = await begin(client)
    provider.status = 400
    await client.get("/sign-in/done", params={"code": "a", "state": told["state"]}, headers=FROM_PROVIDER)
    provider.status, provider.answer = 200, {"access_token": started.token("FR", "checks:read"), "token_type": "Bearer"}
    answer = await client.get("/sign-in/done", params={"code": "b", "state": told["state"]}, headers=FROM_PROVIDER)
    assert (answer.status_code, SESSION in client.cookies) == (400, False)


@pytest.mark.thorough
async def test_a_link_of_another_site_to_the_provider_leads_nowhere_after_it(
    client: httpx.AsyncClient, provider: TokenServer, started: Mesh
) -> None:
    provider.answer = {"access_token": started.token("FR", "checks:read"), "token_type": "Bearer"}
    answer = await client.get("/sign-in/provider", params={"next": "/?q=Dupont"}, headers=FROM_PROVIDER)
    [state] = parse_qs(urlsplit(answer.headers["location"]).query)["state"]
    answer = await client.get("/sign-in/done", params={"code": "a", "state": state}, headers=FROM_PROVIDER)
    assert 'content="0; url=/"' in answer.text


@pytest.mark.thorough
async def test_a_sign_in_that_was_not_begun_here_is_not_ended_here(client: httpx.AsyncClient) -> None:
    """As when somebody is led to sign in as another officer, whose code the address has."""
    answer = await client.get("/sign-in/done", params={"code": "a-code", "state": "s"}, headers=FROM_PROVIDER)
    assert answer.status_code == 400
    assert SESSION not in client.cookies
