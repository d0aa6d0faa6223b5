"""The claims of an authentic token, of any issuer. Every refusal names the claim."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any, Final

from joserfc.jwt import Token

from shared.errors import Unauthenticated
from shared.identity import PURPOSES, Purpose

# OpenID Connect Core section 2; truncating it could make one officer of two.
MAX_SUBJECT: Final = 255
SKEW_SECONDS: Final = 30.0
# The end of the year 9999.
LATEST: Final = 253_402_300_799
# RFC 9068 section 2.1.
ACCESS_TOKEN: Final = "at+jwt"  # noqa: S105 - a type, not a secret
# OpenID Connect Core section 2, Back-Channel Logout section 2.4: claims of ID tokens and logout tokens.
_OF_OTHER_TOKENS: Final = ("nonce", "at_hash", "c_hash", "events")


class TokenRefused(Unauthenticated):
    """There is a token, but it is not valid."""


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """The claims of a token that matter here: subject, scopes, purpose, expiry."""

    subject: str
    scopes: frozenset[str]
    purpose: Purpose | None
    expires: float


def read_claims(claims: dict[str, Any], now: float, valid_for: timedelta, early: str) -> TokenClaims:
    """Return the claims, valid for at most `valid_for`. Does NOT check issuer and audience. Raises TokenRefused.

    `early` says why a token of this issuer may seem to be of the future, and what to do.
    """
    expires = _expires(claims, now, valid_for, early)
    return TokenClaims(_subject(claims), frozenset(_scopes(claims)), _purpose(claims), expires)


def require_access_token(read: Token, issuer: str, *, untyped: bool = False) -> None:
    """Require that a token is an access token (RFC 9068) of an issuer, not an ID or logout token.

    `untyped`: also one whose type is only JWT. Raises TokenRefused.
    """
    header, claims = read.header, read.claims
    if "crit" in header:
        # No extension is understood. An empty list, and names of RFC 7515 itself, are forbidden (section 4.1.11).
        raise TokenRefused("crit: the token requires an extension that this gateway does not support")
    stated = header.get("typ", "JWT")
    kind = stated.lower().removeprefix("application/") if isinstance(stated, str) else ""
    if kind != ACCESS_TOKEN and not (untyped and kind == "jwt"):
        raise TokenRefused(f"typ: not an access token: its header must state {ACCESS_TOKEN}")
    for name in _OF_OTHER_TOKENS:
        if name in claims:
            raise TokenRefused(f"{name}: an ID or logout token: send the access token")
    if "cnf" in claims:
        # RFC 7800: the client has to prove a key, which this gateway does not verify. A thief would not have it.
        raise TokenRefused("cnf: the token is bound to a key of its client: send a bearer token")
    # Keycloak distinguishes its kinds of tokens by this claim.
    if claims.get("typ", "Bearer") != "Bearer":
        raise TokenRefused("typ: not an access token: send the access token")
    if claims.get("iss") != issuer:
        raise TokenRefused("iss: the token was issued by someone else")


def require_audience(claims: dict[str, Any], audience: str) -> None:
    """Require that a token is meant for an audience (RFC 7519 section 4.1.3). Raises TokenRefused."""
    stated = claims.get("aud")
    if audience not in (stated if isinstance(stated, list) else [stated]):
        raise TokenRefused("aud: the token was issued for someone else")


def _subject(claims: dict[str, Any]) -> str:
    subject = claims.get("sub")
    # Not every JSON string can be signed and stored.
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT or not subject.isprintable():
        raise TokenRefused("sub: the token names no officer")
    return subject


def _expires(claims: dict[str, Any], now: float, valid_for: timedelta, early: str) -> float:
    """Return when a token expires: by its claims, but no later than this gateway allows."""
    issued, stated = _time(claims, "iat"), _time(claims, "exp")
    for name, begins in (("nbf", _time(claims, "nbf", default=now)), ("iat", issued)):
        if begins > now + SKEW_SECONDS:
            raise TokenRefused(f"{name}: the token is not valid yet, but in {ceil(begins - now):,} s: {early}")
    expires = min(stated, issued + valid_for.total_seconds())
    if expires <= now:
        raise TokenRefused("exp: the token has expired: get a new one")
    return expires


def _time(claims: dict[str, Any], name: str, *, default: float | None = None) -> float:
    value = claims.get(name, default)
    # With a NaN, or a time in milliseconds, the token would not expire.
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LATEST:
        return value
    raise TokenRefused(f"{name}: the token states no time")


def _scopes(claims: dict[str, Any]) -> Iterator[str]:
    # RFC 9068 has a string `scope`; some providers send a list, or call it `scp`.
    stated = claims.get("scope", claims.get("scp", ""))
    for part in stated if isinstance(stated, list) else [stated]:
        if not isinstance(part, str):
            raise TokenRefused("scope: the scopes of the token are not strings")
        yield from part.split()


def _purpose(claims: dict[str, Any]) -> Purpose | None:
    stated = claims.get("purpose")
    if stated is None:
        return None
    purpose = PURPOSES.get(stated) if isinstance(stated, str) else None
    if purpose is None:
        raise TokenRefused(f"purpose: must be one of {', '.join(PURPOSES)}")
    return purpose
