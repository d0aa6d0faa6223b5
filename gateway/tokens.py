"""Bearer tokens: JWTs (RFC 7519) of this gateway, or of one outside OpenID provider, and what they entitle to."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from joserfc import jwk, jwt
from joserfc.errors import JoseError

from gateway.officers import Officer
from shared.bureaus import PARTICIPATING, BureauCode
from shared.clock import Clock
from shared.errors import Unauthenticated
from shared.identity import PURPOSES, Purpose, purposes_allowed
from shared.ids import uuid7
from shared.signing import SigningKey, encode_base64url

AUDIENCE: Final = "i247"
ISSUER: Final = "urn:i247:gateway"
BUREAU_CLAIM: Final = "bureau"
MAX_TOKEN: Final = 8_000
# OpenID Connect Core section 2; cutting it short would make one officer of two.
MAX_SUBJECT: Final = 255
REMEMBERED_TOKENS: Final = 10_000
# A token is verified anew after this time, so that a key which its provider took back serves no longer.
REMEMBERED_SECONDS: Final = 300.0
SKEW_SECONDS: Final = 30.0
# The end of the year 9999.
LATEST: Final = 253_402_300_799


class TokenRefused(Unauthenticated):
    """There is a token, but it is not good."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token entitles to."""

    officer: str
    bureau: BureauCode
    scopes: frozenset[str]
    purpose: Purpose | None
    """The purpose of requests that state none."""

    purposes: tuple[Purpose, ...]
    """Those that requests may state."""

    expires: float


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose tokens are taken, and how they name what is read from them."""

    name: str
    audience: str
    bureau_claim: str = BUREAU_CLAIM


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
            BUREAU_CLAIM: officer.bureau,
            "scope": " ".join(scopes),
            "iat": int(at.timestamp()),
            "exp": int((at + self.valid_for).timestamp()),
            "jti": uuid7(at),
        }
        if officer.purpose is not None:
            claims["purpose"] = officer.purpose.value
        return jwt.encode({"alg": "Ed25519"}, claims, self._key, algorithms=["Ed25519"])


class TokenReader(Protocol):
    """Tells what stands in a token. Does NOT judge it: see `Tokens`."""

    issuer: Issuer

    async def read(self, token: str) -> dict[str, Any]:
        """Return the claims of an authentic token. Raises JoseError, ValueError, ProviderUnreachable."""
        ...


class OwnTokens:
    """Reads the tokens that this gateway issued."""

    issuer = Issuer(ISSUER, AUDIENCE)

    def __init__(self, key: SigningKey) -> None:
        self._key = _jose_key(key)

    async def read(self, token: str) -> dict[str, Any]:
        """Return the claims of an authentic token. Raises JoseError, ValueError."""
        return jwt.decode(token, self._key, algorithms=["Ed25519"]).claims


class Tokens:
    """Checks bearer tokens, and for a while remembers those that were good, by their digest."""

    def __init__(self, reader: TokenReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._remembered: dict[bytes, tuple[Grant, float]] = {}

    async def check(self, token: str) -> Grant:
        """Return what a token entitles to. Raises TokenRefused, ProviderUnreachable."""
        if len(token) > MAX_TOKEN:
            raise TokenRefused("the token is longer than any that is issued")
        now, passed = self._clock.now().timestamp(), self._clock.monotonic()
        digest = hashlib.sha256(token.encode()).digest()
        grant, until = self._remembered.get(digest, (None, 0.0))
        if grant is None or until <= passed or grant.expires <= now:
            grant = await self._read(token, now)
            self._remember(digest, grant, passed + REMEMBERED_SECONDS)
        return grant

    async def _read(self, token: str, now: float) -> Grant:
        try:
            claims = await self._reader.read(token)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise TokenRefused("the token is not one that this gateway can trust: get a new one") from error
        return _grant(claims, self._reader.issuer, now)

    def _remember(self, digest: bytes, grant: Grant, until: float) -> None:
        self._remembered.pop(digest, None)
        if len(self._remembered) >= REMEMBERED_TOKENS:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[digest] = grant, until


def _grant(claims: dict[str, Any], issuer: Issuer, now: float) -> Grant:
    """Return what authentic claims entitle to. Raises TokenRefused, with the claim that is at fault."""
    audience, subject, bureau = claims.get("aud"), claims.get("sub"), claims.get(issuer.bureau_claim)
    if claims.get("iss") != issuer.name:
        raise TokenRefused("iss: the token was issued by someone else")
    if issuer.audience not in (audience if isinstance(audience, list) else [audience]):
        raise TokenRefused("aud: the token was issued for someone else")
    # Not all that JSON can write can be signed for and stored.
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT or not subject.isprintable():
        raise TokenRefused("sub: the token names no officer")
    if not isinstance(bureau, str) or bureau not in PARTICIPATING:
        raise TokenRefused(f"{issuer.bureau_claim}: the token names no bureau")
    if _time(claims, "nbf", default=now) > now + SKEW_SECONDS:
        raise TokenRefused("nbf: the token is not valid yet")
    expires = _time(claims, "exp")
    if expires <= now:
        raise TokenRefused("exp: the token has expired: get a new one")
    scopes, code = frozenset(_scopes(claims)), BureauCode(bureau)
    return Grant(subject, code, scopes, _purpose(claims), purposes_allowed(code, scopes), expires)


def _time(claims: dict[str, Any], name: str, *, default: float | None = None) -> float:
    value = claims.get(name, default)
    # A NaN is neither before nor after any time, and a time in milliseconds as good as never: it would not expire.
    if isinstance(value, int | float) and abs(value) <= LATEST:
        return value
    raise TokenRefused(f"{name}: the token states no time")


def _scopes(claims: dict[str, Any]) -> Iterator[str]:
    # RFC 9068 has a string `scope`; some providers send a list, or call it `scp`.
    stated = claims.get("scope", claims.get("scp", ""))
    for part in stated if isinstance(stated, list) else [stated]:
        if not isinstance(part, str):
            raise TokenRefused("scope: the token states scopes that are no text")
        yield from part.split()


def _purpose(claims: dict[str, Any]) -> Purpose | None:
    stated = claims.get("purpose")
    if stated is None:
        return None
    purpose = PURPOSES.get(stated) if isinstance(stated, str) else None
    if purpose is None:
        raise TokenRefused(f"purpose: must be one of {', '.join(PURPOSES)}")
    return purpose


def _jose_key(key: SigningKey) -> jwk.OKPKey:
    private: dict[str, str | list[str]] = {**key.public.jwk, "d": encode_base64url(key.seed)}
    return jwk.OKPKey.import_key(private)
