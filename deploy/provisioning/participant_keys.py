"""Makes the keys of a participant in the state directory where they are used, and asks for their entry.

Nothing here has the root key, and no private key leaves the directory: what goes to the Secretariat is a request
(`shared.protocol.key_request`). Keys are used once the directory has their entry; files without one are never used.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.broker.nkeys import make_nkey, public_nkey
from deploy.state.state_dir import StateDir
from shared.clock import Clock
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.hpke import SealingKey
from shared.protocol.directory import Entry
from shared.protocol.key_request import KeyStatement, Kind, make_request

TICK_SECONDS: Final = 0.001


class OwnKeys:
    """The keys of one participant, of which this is the state directory."""

    def __init__(self, home: StateDir, clock: Clock, participant: str, kind: Kind) -> None:
        self._home = home
        self._clock = clock
        self._participant = participant
        self._kind = kind

    @contextmanager
    def requesting(self, entries: Sequence[Entry]) -> Iterator[str]:
        """Make new keys, and hand the request for their entry to the block. Raises KeyUnusable, StartRefused.

        `entries` are those of the participant, the newest first. A key in force there countersigns. The NKEY stays
        the same unless it is revoked: the broker lets in whoever has it, with the old signing key as with the new one.
        Where the block fails nobody has the request, and the files of its keys are removed.
        """
        before = self._files()
        try:
            yield self._request(entries)
        except BaseException:
            for file in self._files() - before:
                file.unlink()
            raise

    def _files(self) -> set[Path]:
        return set(self._home.secrets.glob(f"*/{self._participant}.*"))

    def _request(self, entries: Sequence[Entry]) -> str:
        in_force = self._in_force(entries)
        if not self._home.nats_seed(self._participant).exists() or self._is_revoked(entries):
            make_nkey(self._home, self._participant)
        signing, sealing_key = self._make_keys()
        statement = KeyStatement(
            participant=self._participant,
            kind=self._kind,
            signing_key=encode_base64url(signing.public.raw),
            nats_user=public_nkey(self._home.nats_seed(self._participant)),
            sealing_key=sealing_key,
            requested=self._later_than(entries),
        )
        return make_request(statement, signing, self._home.nats_seed(self._participant).read_bytes(), in_force)

    def _later_than(self, entries: Sequence[Entry]) -> float:
        # An older request than the one that was approved last is refused, and the clock may have been set back.
        latest = max((entry.requested + TICK_SECONDS for entry in entries), default=0.0)
        return max(self._clock.now().timestamp(), latest)

    def _in_force(self, entries: Sequence[Entry]) -> SigningKey | None:
        now = self._clock.now().timestamp()
        at_hand = {key.kid: key for key in self._home.keys_of(self._participant).signing}
        return next((at_hand[each.kid] for each in entries if each.kid in at_hand and each.valid_at(now)), None)

    def _is_revoked(self, entries: Sequence[Entry]) -> bool:
        nkey = public_nkey(self._home.nats_seed(self._participant))
        of_nkey = [entry for entry in entries if entry.nats_user == nkey]
        return bool(of_nkey) and all(entry.revoked_at is not None for entry in of_nkey)

    def _make_keys(self) -> tuple[SigningKey, str]:
        number = max(self._home.key_numbers(self._participant), default=0) + 1
        sealing_key = ""
        if self._kind == "bureau":
            # First, so that whoever finds the signing key of a number finds this one too.
            sealing = SealingKey.generate()
            sealing.save(self._home.sealing_key(self._participant, number))
            sealing_key = encode_base64url(sealing.public.raw)
        signing = SigningKey.generate()
        signing.save(self._home.signing_key(self._participant, number))
        return signing, sealing_key
