"""Tokens at which faults happen: none is issued, none can be checked, or a good one is refused."""

from typing import Any, Final

from gateway.auth.account_store import Account
from gateway.auth.claims import TokenRefused
from gateway.auth.logins import Logins
from gateway.auth.oidc import ProviderUnreachable
from gateway.auth.tokens import Grant, Tokens
from shared.errors import StoreUnavailable
from shared.sandbox.faults import Faults, FaultStep

# A login cannot be revoked.
OF_LOGINS: Final = ("unavailable",)


class FaultyTokens(Tokens):
    """Checks bearer tokens."""

    def __init__(self, faults: Faults, *tokens: Any) -> None:
        """Make it as its base does."""
        super().__init__(*tokens)
        self._faults = faults

    async def check(self, token: str) -> Grant:
        """Return the grant of a token. Raises TokenRefused, ProviderUnreachable."""
        grant = await super().check(token)
        match await self._faults.meet_for_client(FaultStep.TOKEN, grant.bureau):
            case "unavailable":
                raise ProviderUnreachable("the provider of the tokens does not publish its keys: try again later")
            case "revoked":
                raise TokenRefused("sid: the officer's tokens were revoked after it was issued: get a new one")
        return grant


class FaultyLogins(Logins):
    """Logs in officers and programs."""

    def __init__(self, faults: Faults, *logins: Any) -> None:
        """Make it as its base does."""
        super().__init__(*logins)
        self._faults = faults

    async def log_in(self, officer_id: str, password: str, kind: str, source: str) -> Account | None:
        """Return the account of an officer, logged in, if the password is theirs. Raises as its base does."""
        officer = await self.authenticate(officer_id, password, kind, source)
        if officer is None:
            return None
        if await self._faults.meet_for_client(FaultStep.TOKEN, officer.bureau, OF_LOGINS) is not None:
            raise StoreUnavailable("it cannot be recorded, as when the disk is full: try again later")
        return await self.accounts.log_in(officer)
