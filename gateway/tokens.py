"""Bearer tokens: JWTs (RFC 7519) of this gateway, or of one outside OpenID provider, and what they entitle to."""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from joserfc import jwk, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.officers import Officer
from shared.bureaus import PARTICIPATING, BureauCode
from shared.clock import Clock
from shared.errors import Unauthenticated
from shared.identity import PURPOSES, Purpose
from shared.ids import uuid7
from shared.logs import Log
from shared.signing import SigningKey, encode_base64url

AUDIENCE: Final = "i247"
ISSUER: Final = "urn:i247:gateway"
MAX_TOKEN: Final = 8_000
REMEMBERED_TOKENS: Final = 10_000
KEYS_FETCHED_AT_MOST_EVERY_SECONDS: Final = 30.0
FETCH_SECONDS: Final = 5.0
# Asymmetric ones alone: a provider's public key must never serve as a shared secret.
OUTSIDE_ALGORITHMS: Final = ["Ed25519", "EdDSA", "ES256", "ES384", "PS256", "RS256"]


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token entitles to."""

    officer: str
    bureau: BureauCode
    scopes: tuple[str, ...]
    purpose: Purpose | None
    expires: float

    def scopes_of(self, service: str) -> tuple[str, ...]:
        """Return the scopes that concern a service."""
        return tuple(scope for scope in self.scopes if scope.startswith(f"{service}:"))


class TokenIssuer:
    """Makes the tokens of this gateway's officers."""

    def __init__(self, key: SigningKey, clock: Clock, valid_for: timedelta) -> None:
        self._key = _jose_key(key)
        self._clock = clock
        self.valid_for = valid_for

    def issue(self, officer: Officer, scopes: tuple[str, ...]) -> str:
        """Return a token with scopes that the officer holds."""
        at = self._clock.now()
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": officer.id,
            "bureau": officer.bureau,
            "scope": " ".join(scopes),
            "iat": int(at.timestamp()),
            "exp": int((at + self.valid_for).timestamp()),
            "jti": uuid7(at),
        }
        if officer.purpose is not None:
            claims["purpose"] = officer.purpose.value
        return jwt.encode({"alg": "Ed25519"}, claims, self._key, algorithms=["Ed25519"])


class TokenReader(Protocol):
    """Tells what a token entitles to."""

    async def read(self, token: str) -> dict[str, Any]:
        """Return the claims of an authentic token. Raises JoseError, ValueError."""
        ...

    issuer: str
    audience: str


class OwnTokens:
    """Reads the tokens that this gateway issued."""

    issuer = ISSUER
    audience = AUDIENCE

    def __init__(self, key: SigningKey) -> None:
        self._key = _jose_key(key)

    async def read(self, token: str) -> dict[str, Any]:
        """Return the claims of an authentic token. Raises JoseError, ValueError."""
        return jwt.decode(token, self._key, algorithms=["Ed25519"]).claims


class OutsideTokens:
    """Reads the tokens of an OpenID provider, whose keys are fetched from its JWKS URL and kept."""

    def __init__(self, *, issuer: str, audience: str, jwks_url: str, log: Log) -> None:
        self.issuer = issuer
        self.audience = audience
        self._url = jwks_url
        self._log = log
        self._keys: KeySet | None = None
        self._fetched = float("-inf")
        self._fetching = asyncio.Lock()

    async def read(self, token: str) -> dict[str, Any]:
        """Return the claims of an authentic token. Raises JoseError, ValueError."""
        keys = self._keys or await self._fetch()
        try:
            return jwt.decode(token, keys, algorithms=OUTSIDE_ALGORITHMS).claims
        except (JoseError, ValueError):
            # The provider may have changed its keys since.
            if time.monotonic() - self._fetched < KEYS_FETCHED_AT_MOST_EVERY_SECONDS:
                raise
            return jwt.decode(token, await self._fetch(), algorithms=OUTSIDE_ALGORITHMS).claims

    async def _fetch(self) -> KeySet:
        async with self._fetching:
            if self._keys is not None and time.monotonic() - self._fetched < KEYS_FETCHED_AT_MOST_EVERY_SECONDS:
                return self._keys
            import httpx

            self._fetched = time.monotonic()
            try:
                async with httpx.AsyncClient(timeout=FETCH_SECONDS) as client:
                    answer = (await client.get(self._url)).raise_for_status()
                self._keys = KeySet.import_key_set(answer.json())
            except (httpx.HTTPError, ValueError, JoseError) as error:
                self._log.error("provider-keys-not-fetched", error=type(error).__name__)
                if self._keys is None:
                    raise ValueError("the keys of the provider cannot be had") from error
            return self._keys


class Tokens:
    """Checks bearer tokens and remembers those that were good, by their digest, until they expire."""

    def __init__(self, reader: TokenReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._remembered: dict[bytes, Grant] = {}

    async def check(self, token: str) -> Grant:
        """Return what a token entitles to. Raises Unauthenticated."""
        if len(token) > MAX_TOKEN:
            raise Unauthenticated("the token is longer than any that is issued")
        now = self._clock.now()
        digest = hashlib.sha256(token.encode()).digest()
        grant = self._remembered.get(digest)
        if grant is None:
            grant = await self._read(token)
            self._remember(digest, grant)
        if grant.expires <= now.timestamp():
            raise Unauthenticated("the token has expired: get a new one")
        return grant

    async def _read(self, token: str) -> Grant:
        try:
            claims = await self._reader.read(token)
            return _grant(claims, self._reader.issuer, self._reader.audience)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated("the token is not one that this gateway can trust: get a new one") from error

    def _remember(self, digest: bytes, grant: Grant) -> None:
        if len(self._remembered) >= REMEMBERED_TOKENS:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[digest] = grant


def _grant(claims: dict[str, Any], issuer: str, audience: str) -> Grant:
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if claims["iss"] != issuer or audience not in audiences:
        raise ValueError("issued by or for someone else")
    if claims["bureau"] not in PARTICIPATING:
        raise ValueError("names no bureau")
    return Grant(
        officer=str(claims["sub"])[:64],
        bureau=BureauCode(claims["bureau"]),
        scopes=tuple(str(claims.get("scope", "")).split()),
        purpose=PURPOSES[claims["purpose"]] if "purpose" in claims else None,
        expires=float(claims["exp"]),
    )


def _jose_key(key: SigningKey) -> jwk.OKPKey:
    private: dict[str, str | list[str]] = {**key.public.jwk, "d": encode_base64url(key.seed)}
    return jwk.OKPKey.import_key(private)
