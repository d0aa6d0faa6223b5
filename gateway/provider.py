"""The tokens of an outside OpenID provider: signed with keys that it publishes at its JWKS URL, and changes.

A provider that does not answer is no fault of the officer: while no key of it is known his token is answered with a
503 and not a 401, on which a client would throw it away. Known keys serve until the provider answers again.
"""

import asyncio
import json
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import JWKRegistry, Key, KeySet

from gateway.tokens import Issuer
from shared.clock import Clock
from shared.errors import Refusal
from shared.logs import Log

if TYPE_CHECKING:
    import httpx

# Asymmetric ones alone: a provider's public key must never serve as a shared secret.
ALGORITHMS: Final = ("Ed25519", "EdDSA", "ES256", "ES384", "PS256", "RS256")
# Whoever sends bad tokens must not make this gateway a burden to the provider.
FETCHED_AT_MOST_EVERY_SECONDS: Final = 10.0
# So often the keys are looked at though all tokens are good, as the provider may have taken one back.
FETCHED_AT_LEAST_EVERY_SECONDS: Final = 600.0
# All whose tokens are to be checked wait for it.
FETCH_SECONDS: Final = 3.0
MAX_DOCUMENT: Final = 1024 * 1024


class ProviderUnreachable(
    Refusal, status=503, code="provider-unreachable", title="Tokens cannot be checked at the moment"
):
    """The outside provider did not give its keys, and none are known."""


class OutsideTokens:
    """Reads the tokens of an outside provider. A token must name its key (`kid`) if the provider has several."""

    def __init__(self, issuer: Issuer, jwks_url: str, clock: Clock, log: Log) -> None:
        self.issuer = issuer
        self._url = jwks_url
        self._clock = clock
        self._log = log
        self._keys: KeySet | None = None
        self._asked = float("-inf")
        self._asking = asyncio.Lock()

    async def read(self, token: str) -> dict[str, Any]:
        """Return the claims of an authentic token. Raises JoseError, ValueError, ProviderUnreachable."""
        keys = await self._known_keys()
        try:
            return _claims(token, keys)
        except (JoseError, ValueError):
            newer = await self._newer_keys(than=keys)
            if newer is keys:
                raise
            return _claims(token, newer)

    async def _known_keys(self) -> KeySet:
        keys = self._keys
        # Who finds the keys old asks for new ones; the others take the old ones meanwhile.
        if keys is None or self._since_asked() >= FETCHED_AT_LEAST_EVERY_SECONDS:
            keys = await self._newer_keys(than=keys)
        return keys

    async def _newer_keys(self, *, than: KeySet | None) -> KeySet:
        async with self._asking:
            if self._keys is than and self._since_asked() >= FETCHED_AT_MOST_EVERY_SECONDS:
                self._asked = self._clock.monotonic()
                self._keys = await self._fetch() or self._keys
        if self._keys is None:
            raise ProviderUnreachable("the provider of the tokens does not give its keys: try again later")
        return self._keys

    def _since_asked(self) -> float:
        return self._clock.monotonic() - self._asked

    async def _fetch(self) -> KeySet | None:
        import httpx

        try:
            async with (
                asyncio.timeout(FETCH_SECONDS),
                httpx.AsyncClient(timeout=FETCH_SECONDS) as client,
                client.stream("GET", self._url) as answer,
            ):
                document = await _body(answer.raise_for_status())
            keys = list(_usable_keys(json.loads(document)))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            self._log.error("provider-keys-not-fetched", error=type(error).__name__)
            return None
        if not keys:
            self._log.error("provider-keys-not-fetched", error="no key that can be used")
            return None
        self._log.info("provider-keys-fetched", keys=len(keys))
        return KeySet(keys)


def _claims(token: str, keys: KeySet) -> dict[str, Any]:
    with warnings.catch_warnings():
        # `EdDSA` is the old name of what RFC 9864 calls Ed25519, and what most providers still write.
        warnings.simplefilter("ignore", SecurityWarning)
        return jwt.decode(token, keys, algorithms=ALGORITHMS).claims


async def _body(answer: "httpx.Response") -> bytearray:
    body = bytearray()
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > MAX_DOCUMENT:
            raise ValueError(f"keys take no more than {MAX_DOCUMENT} bytes")
    return body


def _usable_keys(document: Any) -> Iterator[Key]:
    # RFC 7517 section 5: what is not understood is ignored.
    for each in document["keys"]:
        try:
            key = JWKRegistry.import_key(each)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if key.key_type != "oct":
            yield key
