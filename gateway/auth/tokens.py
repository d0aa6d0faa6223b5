"""Bearer tokens (RFC 9068): those that this gateway issues, and the grants of those that it accepts.

A gateway's token is valid at that gateway, for the officer and the bureau that it names, while the session lasts in
which it was issued. See `gateway.auth.oidc` for those of an outside provider.
"""

import hashlib
from collections.abc import Sequence
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
)
from shared.bureaus import BureauCode
from shared.clock import Clock
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.identity import Purpose, purposes_allowed
from shared.ids import uuid7

MAX_TOKEN: Final = 8_000
REMEMBERED_TOKENS: Final = 10_000
# A token is verified again after this time, so that a key that its provider revoked is no longer used.
REMEMBERED_SECONDS: Final = 300.0
# The same gateway issued it.
SET_BACK: Final = (
    "the clock of this gateway was set back since it issued the token, as by a reset or a restore of a sandbox; "
    "get a new one"
)


@dataclass(frozen=True, slots=True)
class Grant:
    """The rights of a token."""

    officer: str
    bureau: BureauCode
    scopes: frozenset[str]
    purpose: Purpose | None
    """The purpose of requests that state none."""

    purposes: tuple[Purpose, ...]
    """The purposes that requests may state."""

    expires: float
    account: Account | None = None
    """The account of the officer; None for a token of an outside provider."""


class TokenIssuer:
    """Issues the tokens of this gateway's officers."""

    def __init__(self, key: SigningKey, clock: Clock, valid_for: timedelta) -> None:
        self._key = _jose_key(key)
        self._clock = clock
        self.name = issuer_of(key)
        self.valid_for = valid_for

    def issue(self, account: Account, scopes: tuple[str, ...]) -> str:
        """Return a token with some of the scopes of an officer who is logged in."""
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
        if (purpose := default_purpose(officer.purpose, purposes_allowed(officer.bureau, scopes))) is not None:
            claims["purpose"] = purpose.value
        return jwt.encode({"alg": "Ed25519", "typ": ACCESS_TOKEN}, claims, self._key, algorithms=["Ed25519"])


def default_purpose(usual: Purpose | None, allowed: Sequence[Purpose]) -> Purpose | None:
    """Return the purpose of requests that state none, of a token for these; of several none is guessed."""
    if usual in allowed:
        return usual
    return allowed[0] if len(allowed) == 1 else None


def issuer_of(key: SigningKey) -> str:
    """Return the issuer in the tokens of the gateway that has a key."""
    return f"urn:i247:gateway:{key.kid}"


def audience_of(bureau: BureauCode) -> str:
    """Return the audience of the tokens for a bureau."""
    return f"urn:i247:bureau:{bureau}"


class TokenReader(Protocol):
    """Verifies the tokens of one issuer."""

    async def read(self, token: str, now: float) -> Grant:
        """Return the grant of a token. Raises TokenRefused, JoseError, ValueError, ProviderUnreachable."""
        ...

    def upholds(self, grant: Grant) -> bool:
        """Return whether a grant is still valid, apart from its expiry. Called for each request."""
        ...


class OwnTokens:
    """Reads the tokens that this gateway issued."""

    def __init__(self, key: SigningKey, accounts: Accounts, valid_for: timedelta) -> None:
        self._key = _jose_key(key)
        self._name = issuer_of(key)
        self._accounts = accounts
        self._valid_for = valid_for

    async def read(self, token: str, now: float) -> Grant:
        """Return the grant of a token. Raises TokenRefused, JoseError, ValueError."""
        read = jwt.decode(token, self._key, algorithms=["Ed25519"])
        require_access_token(read, self._name)
        stated = read_claims(read.claims, now, self._valid_for, SET_BACK)
        # Another process may have just logged them in.
        self._accounts.look()
        account = self._accounts.account(stated.subject)
        if account is None:
            raise TokenRefused("sub: not an officer of this gateway, or a disabled one")
        if account.session is None or account.session.id != read.claims.get("sid"):
            raise TokenRefused("sid: the officer's tokens were revoked after it was issued: get a new one")
        require_audience(read.claims, audience_of(account.officer.bureau))
        return _grant_of(account, stated)

    def upholds(self, grant: Grant) -> bool:
        """Return whether the officer is unchanged, and in the same session."""
        return grant.account is not None and self._accounts.holds(grant.account)


def _grant_of(account: Account, stated: TokenClaims) -> Grant:
    """Return the rights that a token states and that the officer still holds."""
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
    """Checks bearer tokens, and caches the grants of valid ones for a while, by the digest of the token."""

    def __init__(self, reader: TokenReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._remembered: dict[bytes, tuple[Grant, float]] = {}

    async def check(self, token: str) -> Grant:
        """Return the grant of a token. Raises TokenRefused, ProviderUnreachable."""
        if len(token) > MAX_TOKEN:
            raise TokenRefused("the token is longer than any that is issued")
        now, monotonic = self._clock.now().timestamp(), self._clock.monotonic()
        digest = hashlib.sha256(token.encode()).digest()
        grant, until = self._remembered.get(digest, (None, 0.0))
        if grant is None or until <= monotonic or grant.expires <= now or not self._reader.upholds(grant):
            self._remembered.pop(digest, None)
            grant = await self._read(token, now)
            self._cache(digest, grant, monotonic + REMEMBERED_SECONDS)
        return grant

    def is_good(self, grant: Grant) -> bool:
        """Return whether a grant is still valid, for requests that take long."""
        return self._clock.now().timestamp() < grant.expires and self._reader.upholds(grant)

    async def _read(self, token: str, now: float) -> Grant:
        try:
            return await self._reader.read(token, now)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise TokenRefused(
                "the token is not authentic: send it whole and without quotes, or get a new one"
            ) from error

    def _cache(self, digest: bytes, grant: Grant, until: float) -> None:
        self._remembered.pop(digest, None)
        if len(self._remembered) >= REMEMBERED_TOKENS:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[digest] = grant, until


def _jose_key(key: SigningKey) -> jwk.OKPKey:
    private: dict[str, str | list[str]] = {**key.public.jwk, "d": encode_base64url(key.seed)}
    return jwk.OKPKey.import_key(private)
