"""An OpenID provider for tests: a real HTTP server that publishes keys, and tokens signed with them."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from threading import Event, Thread
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from gateway.app import Gateway
from gateway.auth.oidc import Issuer, OutsideTokens
from gateway.auth.tokens import Tokens
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.identity import ORDINARY_PURPOSES, PURPOSE_SCOPES
from shared.service import Service
from tests.gateway.mesh import Mesh

ISSUER = "https://provider.example"
KEYS: dict[str, Key] = {
    "RS256": RSAKey.generate_key(2048, {"kid": "rsa"}),
    "PS256": RSAKey.generate_key(2048, {"kid": "pss", "alg": "PS256", "use": "sig"}),
    "ES256": ECKey.generate_key("P-256", {"kid": "ec"}),
    "ES384": ECKey.generate_key("P-384", {"kid": "ec-384"}),
    "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "ed"}),
    "Ed25519": OKPKey.generate_key("Ed25519", {"kid": "ed-2"}),
}


class Provider:
    """The key set that the provider publishes, and how often it was fetched."""

    def __init__(self) -> None:
        self.asked = 0
        self.status = 200
        self.document: Any = {}
        self.port = 0
        self.answering = Event()
        self.answering.set()

    @property
    def jwks_url(self) -> str:
        """The URL of the key set."""
        return f"http://127.0.0.1:{self.port}/jwks"

    def publish(self, *keys: Key) -> None:
        """Publish these keys and no others."""
        self.document = {"keys": [key.as_dict(private=False) for key in keys]}

    @staticmethod
    def sign(claims: dict[str, Any], algorithm: str, key: Key | None = None, **header: str) -> str:
        """Return a token, signed with a key of this algorithm if none is given."""
        signing = key or KEYS[algorithm]
        kid = {"kid": signing.kid} if signing.kid else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # about the name EdDSA, which most providers still use
            return jwt.encode(
                {"alg": algorithm, "typ": "at+jwt", **kid, **header}, claims, signing, algorithms=[algorithm]
            )


@contextmanager
def running_provider() -> Iterator[Provider]:
    """Run a provider on a free port of this machine."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked += 1
            provider.answering.wait(10)
            body = provider.document if isinstance(provider.document, bytes) else dumps(provider.document).encode()
            self.send_response(provider.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()


def trusting(mesh: Mesh, service: Service, jwks_url: str, **terms: Any) -> Gateway:
    """Return a gateway that accepts only tokens of a provider, with changed terms if given."""
    usual = Issuer(
        ISSUER,
        "police",
        "country",
        bureaus=frozenset({BureauCode("DE"), BureauCode("IT")}),
        scopes=frozenset({*service.scopes, *(PURPOSE_SCOPES[purpose] for purpose in ORDINARY_PURPOSES)}),
        valid_for=timedelta(days=1),
    )
    reader = OutsideTokens(replace(usual, **terms), jwks_url, mesh.clock, mesh.log)
    return mesh.gateway(service, tokens=Tokens(reader, mesh.clock), logins=None, issuer=None)


def claims_at(clock: FixedClock) -> dict[str, Any]:
    """Return the claims of a valid token of the provider."""
    return {
        "iss": ISSUER,
        "aud": ["police", "account"],
        "sub": "5f1c6a60-2d5c-4b43-a5d5-6d4e8f1d2f3a",
        "country": "DE",
        "scp": ["openid", "echo:read"],
        "purpose": "locate",
        "iat": int(clock.now().timestamp()),
        "exp": int(clock.now().timestamp()) + 36_000,
    }


async def show(gate: httpx.AsyncClient, token: str) -> int:
    """Return the status of a request with a token."""
    response = await gate.get("/api/echo", headers={"Authorization": f"Bearer {token}"})
    return response.status_code
