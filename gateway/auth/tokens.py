"""Bearer tokens (RFC 9068): those that this gateway issues, what any that it takes entitles to, and for how long.

A gateway's token is good at that gateway, for the officer and the bureau that it names, for as long as they hold the
session in which it was issued. See `gateway.auth.oidc` for those of an outside provider.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from joserfc import jwk, jwt
from joserfc.errors import JoseError

from gateway.auth.account_store import Account, Accounts
from gateway.auth.claims import (
    ACCESS_TOKEN,
    TokenClaims,
    TokenRefused,
    read_claims,
    require_access_token,
    require_audience,
    require_issuer,
)
from shared.bureaus import BureauCode
from shared.clock import Clock
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.identity import Purpose, purposes_allowed
from shared.ids import uuid7

MAX_TOKEN: Final = 8_000
REMEMBERED_TOKENS: Final = 10_000
# A token is verified anew after this time, so that a key which its provider took back serves no longer.
REMEMBERED_SECONDS: Final = 300.0


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
    account: Account | None = None
    """By which it was judged; None where an outside provider vouches for the officer."""


class TokenIssuer:
    """Makes the tokens of this gateway's officers, and names itself in them."""

    def __init__(self, key: SigningKey, clock: Clock, valid_for: timedelta) -> None:
        self._key = _jose_key(key)
        self._clock = clock
        self.name = issuer_of(key)
        self.valid_for = valid_for

    def issue(self, account: Account, scopes: tuple[str, ...]) -> str:
        """Return a token with scopes that an officer holds, who is logged in."""
        officer, at = account.officer, self._clock.now()
        claims: dict[str, Any] = {
            "iss": self.name,
            "aud": audience_of(officer.bureau),
            "sub": officer.id,
            "client_id": officer.id,
            "sid": account.session.id if account.session else None,
            "scope": " ".join(scopes),
            "iat": int(at.timestamp()),
            "exp": int((at + self.valid_for).timestamp()),
            "jti": uuid7(at),
        }
        if officer.purpose is not None:
            claims["purpose"] = officer.purpose.value
        return jwt.encode({"alg": "Ed25519", "typ": ACCESS_TOKEN}, claims, self._key, algorithms=["Ed25519"])


def issuer_of(key: SigningKey) -> str:
    """Return how tokens name the gateway that has a key."""
    return f"urn:i247:gateway:{key.kid}"


def audience_of(bureau: BureauCode) -> str:
    """Return how tokens name the bureau in whose name they are good."""
    return f"urn:i247:bureau:{bureau}"


class TokenReader(Protocol):
    """Judges the tokens of one issuer."""

    async def read(self, token: str, now: float) -> Grant:
        """Return what a token entitles to. Raises TokenRefused, JoseError, ValueError, ProviderUnreachable."""
        ...

    def upholds(self, grant: Grant) -> bool:
        """Tell whether what was read from a token still holds but for the time. Called for each request."""
        ...


class OwnTokens:
    """Reads the tokens that this gateway issued."""

    def __init__(self, key: SigningKey, accounts: Accounts, valid_for: timedelta) -> None:
        self._key = _jose_key(key)
        self._name = issuer_of(key)
        self._accounts = accounts
        self._valid_for = valid_for

    async def read(self, token: str, now: float) -> Grant:
        """Return what a token entitles to. Raises TokenRefused, JoseError, ValueError."""
        read = jwt.decode(token, self._key, algorithms=["Ed25519"])
        require_access_token(read.header, read.claims)
        require_issuer(read.claims, self._name)
        stated = read_claims(read.claims, now, self._valid_for)
        account = self._account(stated, read.claims.get("sid"))
        require_audience(read.claims, audience_of(account.officer.bureau))
        return _grant_of(account, stated)

    def upholds(self, grant: Grant) -> bool:
        """Tell whether the officer is who they were, and in the same session."""
        return grant.account is not None and self._accounts.holds(grant.account)

    def _account(self, stated: TokenClaims, session: object) -> Account:
        # Another process may have logged them in just now.
        self._accounts.look()
        account = self._accounts.account(stated.subject)
        if account is None:
            raise TokenRefused("sub: the officer is none of this gateway's, or is disabled")
        if account.session is None or account.session.id != session:
            raise TokenRefused("sid: the officer's tokens were revoked after it was issued: get a new one")
        return account


def _grant_of(account: Account, stated: TokenClaims) -> Grant:
    """Return what a token entitles to: what it states, but nothing that the officer does not hold any more."""
    officer = account.officer
    held = purposes_allowed(officer.bureau, officer.scopes)
    return Grant(
        officer.id,
        officer.bureau,
        stated.scopes.intersection(officer.scopes),
        stated.purpose,
        tuple(purpose for purpose in purposes_allowed(officer.bureau, stated.scopes) if purpose in held),
        stated.expires,
        account,
    )


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
        if grant is None or until <= passed or grant.expires <= now or not self._reader.upholds(grant):
            self._remembered.pop(digest, None)
            grant = await self._read(token, now)
            self._remember(digest, grant, passed + REMEMBERED_SECONDS)
        return grant

    def is_good(self, grant: Grant) -> bool:
        """Tell whether what a token entitled to when it was checked is still so, for what takes long."""
        return self._clock.now().timestamp() < grant.expires and self._reader.upholds(grant)

    async def _read(self, token: str, now: float) -> Grant:
        try:
            return await self._reader.read(token, now)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise TokenRefused("the token is not one that this gateway can trust: get a new one") from error

    def _remember(self, digest: bytes, grant: Grant, until: float) -> None:
        self._remembered.pop(digest, None)
        if len(self._remembered) >= REMEMBERED_TOKENS:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[digest] = grant, until


def _jose_key(key: SigningKey) -> jwk.OKPKey:
    private: dict[str, str | list[str]] = {**key.public.jwk, "d": encode_base64url(key.seed)}
    return jwk.OKPKey.import_key(private)
