"""A gateway remembers valid tokens for a while, so that it need not verify the signature for each request."""

from datetime import timedelta
from typing import Any

import pytest

import gateway.auth.tokens
from gateway.auth.claims import TokenRefused
from gateway.auth.tokens import Grant, OwnTokens, Tokens
from shared.clock import FixedClock
from tests.gateway.access_tokens import signed
from tests.gateway.mesh import TOKENS_VALID_FOR, Mesh


class CountingReader:
    """Reads the tokens of this gateway, and counts them."""

    def __init__(self, mesh: Mesh) -> None:
        self._own = OwnTokens(mesh.token_key, mesh.accounts, TOKENS_VALID_FOR)
        self.upholds = self._own.upholds
        self.read_tokens = 0

    async def read(self, token: str, now: float) -> Grant:
        self.read_tokens += 1
        return await self._own.read(token, now)


async def test_a_valid_token_is_cached_and_verified_again_after_a_while(
    claims: dict[str, Any], mesh: Mesh, clock: FixedClock
) -> None:
    """Verification costs more than the rest of a request, but a withdrawn key must not stay usable for hours."""
    reader = CountingReader(mesh)
    tokens, token = Tokens(reader, clock), signed(claims, mesh.token_key)
    assert await tokens.check(token) == await tokens.check(token)
    assert reader.read_tokens == 1
    clock.advance(timedelta(seconds=gateway.auth.tokens.REMEMBERED_SECONDS))
    await tokens.check(token)
    assert reader.read_tokens == 2


async def test_a_clock_set_back_does_not_extend_the_caching_of_a_token(
    claims: dict[str, Any], mesh: Mesh, clock: FixedClock
) -> None:
    """Otherwise a token whose key was withdrawn would be accepted for as long."""
    reader = CountingReader(mesh)
    set_back = timedelta(minutes=10)
    issued_before = claims["iat"] - int(set_back.total_seconds())
    tokens, token = Tokens(reader, clock), signed(claims | {"iat": issued_before}, mesh.token_key)
    await tokens.check(token)
    clock.step(-set_back)
    await tokens.check(token)
    assert reader.read_tokens == 1
    clock.advance(timedelta(seconds=gateway.auth.tokens.REMEMBERED_SECONDS))
    await tokens.check(token)
    assert reader.read_tokens == 2


async def test_an_invalid_token_is_not_cached(claims: dict[str, Any], mesh: Mesh) -> None:
    """Invented tokens do not fill the memory."""
    tokens = mesh.tokens()
    for token in ("a", "b", signed(claims | {"aud": "XX"}, mesh.token_key)):
        with pytest.raises(TokenRefused):
            await tokens.check(token)
    assert tokens._remembered == {}


async def test_the_cache_of_valid_tokens_is_bounded(
    claims: dict[str, Any], mesh: Mesh, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest is evicted first, and verified again if it returns."""
    monkeypatch.setattr(gateway.auth.tokens, "REMEMBERED_TOKENS", 2)
    reader = CountingReader(mesh)
    tokens = Tokens(reader, clock)
    first, second, third = (signed(claims | {"jti": str(number)}, mesh.token_key) for number in range(3))
    for token in (first, second, third, second, first):
        await tokens.check(token)
    assert reader.read_tokens == 4
    assert len(tokens._remembered) == 2
