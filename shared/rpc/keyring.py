"""The private keys of one participant, and which of them is in force by the directory.

That may change without a restart: a key is rotated or revoked, or the bureau suspended. Does NOT know where keys are
stored.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from shared.clock import Clock
from shared.crypto.ed25519 import SigningKey
from shared.crypto.hpke import SealingKey
from shared.errors import Refusal
from shared.protocol.check_report import moment
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, best_known
from shared.protocol.envelope import SKEW_SECONDS
from shared.standing import MEMBER, BureauStanding, describe

# How often the files are read for a key whose entry is known already.
RELOAD_SECONDS: Final = 1.0


class NoKeyInForce(Refusal):
    """The bureau cannot sign now."""


# 503 and not 403: the officer is allowed, and the same request succeeds once the bureau has a key.
class KeyNotValid(NoKeyInForce, status=503, code="key-not-valid", title="The bureau holds no valid key"):
    """Its keys are revoked or have expired."""


class BureauSuspended(NoKeyInForce, status=403, code="bureau-suspended", title="The bureau is suspended"):
    """The General Secretariat has suspended the bureau from the network."""


def no_valid_key(participant: str, held: Iterable[Entry], now: float) -> KeyNotValid:
    """Return the refusal of a participant none of whose keys is valid now: it says what helps."""
    if begins := [entry.not_before for entry in held if entry.not_before > now and not entry.is_revoked(now)]:
        return KeyNotValid(
            f"{participant} has no valid key yet: its key is valid from {moment(min(begins))}, and its clock shows "
            f"{moment(now)}; set the clock"
        )
    return KeyNotValid(
        f"{participant} has no valid key: make one with `i247 keys rotate {participant}`, or request one from a "
        f"Secretariat on another machine with `i247 keys request {participant}`"
    )


class PrivateKeys(msgspec.Struct, frozen=True):
    """The private keys of a participant, whether they are valid or not."""

    signing: Iterable[SigningKey]
    sealing: Iterable[SealingKey] = ()


class _InForce(msgspec.Struct, frozen=True, gc=False):
    key: SigningKey
    version: int
    since: float
    until: float


class KeyRing:
    """The keys of one participant."""

    def __init__(self, participant: str, directory: Directory, clock: Clock, load: Callable[[], PrivateKeys]) -> None:
        """Read the keys. `load` is called again when an entry of the participant is new. Raises KeyUnusable."""
        self.participant = participant
        self._directory = directory
        self._clock = clock
        self._load = load
        self._in_force: _InForce | None = None
        self._read()
        self._chosen_from = False

    @property
    def signing(self) -> SigningKey:
        """The signing key in force: get it at each use. Raises KeyNotValid, BureauSuspended, KeyUnusable."""
        held = self._in_force
        now = self._clock.now().timestamp()
        if (
            held is not None
            and held.version == self._directory.version_of(self.participant)
            # Nor after the clock was set back.
            and held.since <= now < held.until
        ):
            return held.key
        self._in_force = held = self._choose(now)
        return held.key

    @property
    def for_refusals(self) -> SigningKey:
        """The key in force, else the newest that is not revoked, so that others see how wrong the clock here is.

        Raises KeyNotValid, BureauSuspended, KeyUnusable.
        """
        try:
            return self.signing
        except KeyNotValid:
            for entry in self._directory.entries_of(self.participant):
                if entry.revoked_at is None and entry.kid in self._signing:
                    return self._signing[entry.kid]
            raise

    @property
    def in_force(self) -> bool:
        """Whether there is a signing key in force. Raises KeyUnusable."""
        try:
            self.require_in_force()
        except NoKeyInForce:
            return False
        return True

    def require_in_force(self) -> None:
        """Require a signing key in force. Raises KeyNotValid, BureauSuspended, KeyUnusable."""
        _ = self.signing

    @property
    def suspended(self) -> bool:
        """Whether the participant is suspended from the network."""
        return self._standing.standing == "suspended"

    @property
    def _standing(self) -> BureauStanding:
        return self._directory.standing_of(self.participant, self._clock.now().timestamp()) or MEMBER

    def holds(self, kid: str) -> bool:
        """Return whether a signing key is present, in force or not."""
        if kid not in self._signing:
            self._read()
        return kid in self._signing

    def held(self, kid: str) -> SigningKey | None:
        """Return a signing key by its name, in force or not, or None."""
        return self._signing[kid] if self.holds(kid) else None

    def holds_sealing(self, kid: str) -> bool:
        """Return whether a sealing key is present."""
        if kid not in self._sealing:
            self._read()
        return kid in self._sealing

    def sealing(self, kid: str) -> SealingKey | None:
        """Return a sealing key by its name, or None. A replaced key still opens messages under way."""
        if kid not in self._sealing and self._owns(kid):
            self._read()
        return self._sealing.get(kid)

    def _choose(self, now: float) -> _InForce:
        # The first time they have just been read.
        if self._chosen_from or self._version != self._directory.version_of(self.participant):
            self._read()
        self._chosen_from = True
        if self.suspended:
            raise BureauSuspended(f"{self.participant} is {describe(self._standing)}")
        held = [entry for entry in self._directory.entries_of(self.participant) if entry.kid in self._signing]
        valid = [entry for entry in held if entry.valid_at(now)]
        if not valid:
            raise no_valid_key(self.participant, held, now)
        chosen = best_known(valid, now, lambda entry: entry)
        return _InForce(self._signing[chosen.kid], self._version, now, min(self._times_to_choose_again(chosen, now)))

    def _times_to_choose_again(self, chosen: Entry, now: float) -> Iterator[float]:
        yield chosen.not_after
        if chosen.revoked_at is not None:
            yield chosen.revoked_at - SKEW_SECONDS
        for entry in self._directory.entries_of(self.participant):
            if entry.not_before > chosen.not_before and entry.not_after >= now and not entry.is_revoked(now):
                yield entry.settles_at if entry.kid in self._signing else now + RELOAD_SECONDS

    def _owns(self, sealing_kid: str) -> bool:
        sealing_keys = (entry.sealing_public_key() for entry in self._directory.entries_of(self.participant))
        return any(key is not None and key.kid == sealing_kid for key in sealing_keys)

    def _read(self) -> None:
        version, keys = self._directory.version_of(self.participant), self._load()
        self._signing = {key.kid: key for key in keys.signing}
        self._sealing = {key.kid: key for key in keys.sealing}
        self._version = version
