"""An OpenID provider for tests: a real HTTP server that publishes keys, and the tokens that they sign."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from threading import Event, Thread
from typing import Any

from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

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
    """What the provider publishes at present, and how often it was asked for it."""

    def __init__(self) -> None:
        self.asked = 0
        self.status = 200
        self.document: Any = {}
        self.port = 0
        self.answering = Event()
        self.answering.set()

    @property
    def jwks_url(self) -> str:
        """Where the keys are."""
        return f"http://127.0.0.1:{self.port}/jwks"

    def publish(self, *keys: Key) -> None:
        """Publish these keys and no others."""
        self.document = {"keys": [key.as_dict(private=False) for key in keys]}

    @staticmethod
    def sign(claims: dict[str, Any], algorithm: str, key: Key | None = None, **header: str) -> str:
        """Return a token, of a key of this algorithm if none is given."""
        signing = key or KEYS[algorithm]
        kid = {"kid": signing.kid} if signing.kid else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # of the name EdDSA, which most providers still write
            return jwt.encode({"alg": algorithm, **kid, **header}, claims, signing, algorithms=[algorithm])


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
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
