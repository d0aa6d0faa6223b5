"""The tokens of an outside OpenID provider, signed with keys that it publishes at its JWKS URL, and rotates.

While no key of the provider is known, a token is answered with a 503 and not a 401, on which a client would discard it.
Known keys are used until the provider answers again, and no longer: one that publishes no usable key has revoked them.
"""

import asyncio
import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import JWKRegistry, Key, KeySet, RSAKey

from gateway.auth.claims import TokenRefused, read_claims, require_access_token, require_audience
from gateway.auth.tokens import Grant
from shared.bureaus import BureauCode, is_participant
from shared.clock import Clock
from shared.errors import Refusal
from shared.identity import PURPOSE_SCOPES, purposes_allowed
from shared.logs import Log

# Asymmetric ones alone: a provider's public key must never serve as a shared secret.
ALGORITHMS: Final = ("Ed25519", "EdDSA", "ES256", "ES384", "PS256", "RS256")
# Invalid tokens must not cause many requests to the provider.
FETCHED_AT_MOST_EVERY_SECONDS: Final = 10.0
# Also while all tokens are valid: the provider may have revoked a key.
FETCHED_AT_LEAST_EVERY_SECONDS: Final = 600.0
# All checks of tokens wait for it.
FETCH_SECONDS: Final = 3.0
# Ten times what large providers publish. Reading it takes a few hundredths of a second.
MAX_DOCUMENT: Final = 64 * 1024
# NIST SP 800-131A and RFC 7518 section 3.3: shorter keys can be broken.
MIN_RSA_BITS: Final = 2048
AHEAD: Final = "the clock of its provider is ahead of that of this gateway: have both set, then get a new one"


class ProviderUnreachable(
    Refusal, status=503, code="provider-unreachable", title="Tokens cannot be checked at the moment"
):
    """The outside provider did not publish its keys, and none are known."""


class _NotFetched(Exception):
    """The provider sent no document; the message says why, without anything that it sent."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """An outside provider: the names of its claims, and what its tokens may grant."""

    name: str
    audience: str
    bureau_claim: str
    bureaus: frozenset[BureauCode]
    """The bureaus whose officers it may name."""

    scopes: frozenset[str]
    """The scopes that it may grant, with those of purposes; other scopes of a token are ignored."""

    valid_for: timedelta
    """The maximum validity of a token."""

    untyped: bool = False
    """Whether its access tokens may have only the type JWT."""


class OutsideTokens:
    """Reads the tokens of an outside provider. A token must name its key (`kid`) if the provider has several."""

    def __init__(self, issuer: Issuer, jwks_url: str, clock: Clock, log: Log) -> None:
        self._issuer = issuer
        self._url = jwks_url
        self._clock = clock
        self._log = log
        self._keys: KeySet | None = None
        self._asked = float("-inf")
        self._asking = asyncio.Lock()

    async def read(self, token: str, now: float) -> Grant:
        """Return the grant of a token. Raises TokenRefused, JoseError, ValueError, ProviderUnreachable."""
        read = await self._authentic(token)
        require_access_token(read, self._issuer.name, untyped=self._issuer.untyped)
        require_audience(read.claims, self._issuer.audience)
        return self._grant(read.claims, now)

    def upholds(self, grant: Grant) -> bool:
        """Return whether it is still valid: the provider says nothing until the keys are fetched again."""
        return grant.account is None

    def _grant(self, claims: dict[str, Any], now: float) -> Grant:
        stated, bureau = read_claims(claims, now, self._issuer.valid_for, AHEAD), self._bureau(claims)
        may = self._issuer.scopes
        # By all stated purposes: a token whose purposes are all ignored must not be valid for every other one.
        purposes = tuple(each for each in purposes_allowed(bureau, stated.scopes) if PURPOSE_SCOPES[each] in may)
        return Grant(stated.subject, bureau, stated.scopes & may, stated.purpose, purposes, stated.expires)

    def _bureau(self, claims: dict[str, Any]) -> BureauCode:
        name = self._issuer.bureau_claim
        bureau = claims.get(name)
        if not isinstance(bureau, str) or not is_participant(bureau):
            raise TokenRefused(f"{name}: the token names no bureau")
        if bureau not in self._issuer.bureaus:
            raise TokenRefused(f"{name}: the provider may not name officers of {bureau} here")
        return BureauCode(bureau)

    async def _authentic(self, token: str) -> jwt.Token:
        keys = self._keys
        # The first one to find the keys old fetches new ones; others use the old ones meanwhile.
        if keys is None or self._since_asked() >= FETCHED_AT_LEAST_EVERY_SECONDS:
            keys = await self._newer_keys(than=keys)
        try:
            return _verified(token, keys)
        except (JoseError, ValueError):
            newer = await self._newer_keys(than=keys)
            if newer is keys:
                raise
            return _verified(token, newer)

    async def _newer_keys(self, *, than: KeySet | None) -> KeySet:
        async with self._asking:
            if self._keys is than and self._since_asked() >= FETCHED_AT_MOST_EVERY_SECONDS:
                self._asked = self._clock.monotonic()
                self._keys = await self._fetch(self._keys)
        if self._keys is None:
            raise ProviderUnreachable("the provider of the tokens does not publish its keys: try again later")
        return self._keys

    def _since_asked(self) -> float:
        return self._clock.monotonic() - self._asked

    async def _fetch(self, known: KeySet | None) -> KeySet | None:
        """Return the keys that the provider publishes; the known ones if it does not answer with a key set."""
        try:
            keys = list(_usable_keys(json.loads(await self._document())))
        except (_NotFetched, ValueError, TypeError, KeyError, RecursionError) as error:
            self._log.error("provider-keys-not-fetched", error=_named(error))
            return known
        if not keys:
            self._log.error("provider-keys-not-fetched", error="no usable key")
            return None
        self._log.info("provider-keys-fetched", keys=len(keys))
        return KeySet(keys)

    async def _document(self) -> bytes:
        """Fetch the key set of the provider. Raises _NotFetched, ValueError."""
        from httpcore import URL

        from gateway.outbound import OutboundClient, OutboundRequest, RequestFailed

        request = OutboundRequest("GET", URL(self._url), {"accept": "application/json"})
        try:
            answer = await OutboundClient().ask(
                request, seconds=FETCH_SECONDS, connect_seconds=FETCH_SECONDS, body_bytes=MAX_DOCUMENT
            )
        except RequestFailed as failed:
            raise _NotFetched(failed.reason) from failed
        if answer.status != HTTPStatus.OK:
            raise _NotFetched(f"status {answer.status}")
        return answer.body


def _verified(token: str, keys: KeySet) -> jwt.Token:
    with warnings.catch_warnings():
        # `EdDSA` is the old name of what RFC 9864 calls Ed25519, and what most providers still write.
        warnings.simplefilter("ignore", SecurityWarning)
        return jwt.decode(token, keys, algorithms=ALGORITHMS)


def _named(error: Exception) -> str:
    return str(error) if isinstance(error, _NotFetched) else type(error).__name__


def _usable_keys(document: Any) -> Iterator[Key]:
    if not isinstance(document["keys"], list):
        raise TypeError("no list of keys")
    # RFC 7517 section 5: unknown keys are ignored.
    for each in document["keys"]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SecurityWarning)
                key = JWKRegistry.import_key(each)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        is_short = isinstance(key, RSAKey) and key.raw_value.key_size < MIN_RSA_BITS
        if key.key_type != "oct" and not is_short:
            yield key
