"""The keys of a bureau in a gateway at which faults happen: it has none that is valid, or signs with another's.

Only what a client requested is concerned: receipts, pings and checkpoints are always signed.
"""

from collections.abc import Collection
from typing import Any, Final

from shared.crypto.ed25519 import SigningKey
from shared.rpc.keyring import KeyNotValid, KeyRing
from shared.sandbox.client_request import current
from shared.sandbox.faults import Faults, FaultStep

# The other place of this step is that where a reply arrives.
REQUEST: Final = ("request",)


class ForeignKey(SigningKey):
    """A key that claims to be another: no signature by it verifies."""

    __slots__ = ("_kid",)

    def __init__(self, kid: str) -> None:
        super().__init__(SigningKey.generate().seed)
        self._kid = kid

    @property
    def kid(self) -> str:
        """The thumbprint that it claims to have."""
        return self._kid


class FaultyKeyRing(KeyRing):
    """The keys of one bureau."""

    def __init__(self, faults: Faults, *ring: Any) -> None:
        """Make a ring as its base does."""
        self._faults = faults
        super().__init__(*ring)

    @property
    def signing(self) -> SigningKey:
        """The signing key in force. Raises KeyNotValid, BureauSuspended, KeyUnusable."""
        if self._failure(FaultStep.SIGN) is not None:
            # As without a valid key, but the usual advice, to make one, would not help.
            raise KeyNotValid(f"{self.participant} has no valid key: a fault does that, see GET /sandbox/faults")
        key, request = super().signing, current()
        # Only the request itself is for a service, and it is signed before anything else has its id.
        if request is None or request.is_id_used or self._failure(FaultStep.VERIFY, REQUEST) is None:
            return key
        return ForeignKey(key.kid)

    def _failure(self, step: FaultStep, failures: Collection[str] | None = None) -> str | None:
        """Return how a step of a client's request fails. What delays it delays the answer, as this cannot wait."""
        happened, request = self._faults.take_for_client(step, self.participant, failures), current()
        if happened is None or request is None:
            return None
        request.owed_until = max(request.owed_until, happened.due)
        return happened.fault.failure
