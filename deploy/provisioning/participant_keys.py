"""Makes the keys of a participant in the state directory where they are used, and requests their entry.

The root key is not needed, and no private key leaves the state directory: the Secretariat gets a request
(`shared.protocol.key_request`). A key is used once it is entered in the directory.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.broker.nkeys import make_nkey, public_nkey
from deploy.state.state_dir import StateDir
from shared.bureaus import MAILBOX_KINDS, ParticipantKind
from shared.clock import Clock
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.hpke import SealingKey
from shared.protocol.directory_entry import Entry
from shared.protocol.key_request import KeyStatement, make_request

TICK_SECONDS: Final = 0.001


class ParticipantKeys:
    """The keys of one participant in its state directory."""

    def __init__(self, state_dir: StateDir, clock: Clock, participant: str, kind: ParticipantKind) -> None:
        self._state_dir = state_dir
        self._clock = clock
        self._participant = participant
        self._kind = kind

    @contextmanager
    def new_request(self, entries: Sequence[Entry]) -> Iterator[str]:
        """Make new keys, and yield the request for their entry. Raises KeyUnusable, StartRefused.

        `entries` are those of the participant, the newest first. A valid key among them countersigns. The NKEY is kept
        unless it is revoked, so that the broker admits the participant with the old signing key and the new one. If
        the block fails, the new key files are removed.
        """
        before = self._files()
        try:
            yield self._request(entries)
        except BaseException:
            for file in self._files() - before:
                file.unlink()
            raise

    def _files(self) -> set[Path]:
        return set(self._state_dir.secrets.glob(f"*/{self._participant}.*"))

    def _request(self, entries: Sequence[Entry]) -> str:
        here = {key.kid: key for key in self._state_dir.keys_of(self._participant).signing}
        now, seed = self._clock.now().timestamp(), self._state_dir.nats_seed(self._participant)
        valid_key = next((here[each.kid] for each in entries if each.kid in here and each.valid_at(now)), None)
        if not seed.exists() or self._is_revoked(public_nkey(seed), entries):
            make_nkey(self._state_dir, self._participant)
        signing, sealing_key = self._make_keys()
        statement = KeyStatement(
            participant=self._participant,
            kind=self._kind,
            signing_key=encode_base64url(signing.public.raw),
            nats_user=public_nkey(seed),
            sealing_key=sealing_key,
            requested=self._later_than(entries),
        )
        return make_request(statement, signing, seed.read_bytes(), valid_key)

    def _later_than(self, entries: Sequence[Entry]) -> float:
        # A request older than the last approved one is refused, and the clock may have been set back.
        latest = max((entry.requested + TICK_SECONDS for entry in entries), default=0.0)
        return max(self._clock.now().timestamp(), latest)

    @staticmethod
    def _is_revoked(nkey: str, entries: Sequence[Entry]) -> bool:
        of_nkey = [entry for entry in entries if entry.nats_user == nkey]
        return bool(of_nkey) and all(entry.revoked_at is not None for entry in of_nkey)

    def _make_keys(self) -> tuple[SigningKey, str]:
        number = max(self._state_dir.key_numbers(self._participant), default=0) + 1
        sealing_key = ""
        if self._kind in MAILBOX_KINDS:
            # First, so that the sealing key of a number exists whenever its signing key does.
            sealing = SealingKey.generate()
            sealing.save(self._state_dir.sealing_key(self._participant, number))
            sealing_key = encode_base64url(sealing.public.raw)
        signing = SigningKey.generate()
        signing.save(self._state_dir.signing_key(self._participant, number))
        return signing, sealing_key
