"""Makes the keys of participants, and the entries of the directory that the root key signs for them.

Keys are made first, then the entry, so that what the directory announces is at hand. A key file without an entry, as an
interrupted change leaves it, is never used. Who changes a state directory holds its lock: see `Home.changing`.
"""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal

import msgspec
import nkeys

from deploy.home import Home, StartRefused, load_directory, save_directory
from deploy.permissions import Administrators
from shared.clock import Clock
from shared.directory import Directory, Entry, sign_entry
from shared.envelope import SKEW_SECONDS
from shared.sealing import SealingKey
from shared.signing import KeyUnusable, SigningKey, encode_base64url, write_secret
from shared.transport import BROKER_OPERATOR, BROKER_RELAY, BROKER_SYSTEM

KEY_VALID_FOR: Final = timedelta(days=3 * 365)
# Where the clock can be moved on by decades, as to see records expire, the keys shall not be what runs out first.
KEY_VALID_ON_A_SHARED_CLOCK: Final = timedelta(days=80 * 365)
# The clock of the Secretariat may be set back; a later entry is issued later all the same.
TICK_SECONDS: Final = 0.001

Kind = Literal["bureau", "service"]


class Registrar:
    """Changes the directory of one state directory; nothing holds until it is saved."""

    def __init__(self, home: Home, clock: Clock, root: SigningKey) -> None:
        """Read the directory, or begin one. Raises StartRefused."""
        self._home = home
        self._clock = clock
        self._root = root
        self._shared_clock = home.clock.exists()
        self._valid_for = KEY_VALID_ON_A_SHARED_CLOCK if self._shared_clock else KEY_VALID_FOR
        self.directory = load_directory(home, root.public) if home.has_directory() else Directory(root.public)
        self.issued: list[str] = []
        """The entries signed so far."""

        self.renewed: list[str] = []
        """Who was enrolled anew, as no private key of its entries is here."""

    def enrol(self, participant: str, kind: Kind) -> None:
        """See to it that a participant has keys and an entry for them. Raises KeyUnusable, StartRefused.

        One that is suspended gets none, and one whose keys are revoked no others: these are decisions of people.
        """
        if self.directory.standing_of(participant) == "suspended":
            return
        numbers = self._home.key_numbers(participant)
        kids = {SigningKey.load(self._home.signing_key(participant, number)).kid: number for number in numbers}
        known = [entry for entry in self.directory.entries_of(participant) if entry.kid in kids]
        if not known:
            if any(entry.revoked_at is None for entry in self.directory.entries_of(participant)):
                self.renewed.append(participant)
            self._enter(participant, kind, max(kids.values(), default=1))
        elif known[0].revoked_at is None:
            self._complete(known[0], kids[known[0].kid])

    def rotate(self, participant: str, overlap: timedelta) -> Entry:
        """Give a participant new keys; the present ones end after the overlap. Return the new entry."""
        kind, now = self.entries_of(participant)[0].kind, self._clock.now()
        ends = (now + overlap).timestamp()
        for entry in self._unrevoked(participant):
            if entry.not_after > ends:
                self._reissue(entry, not_after=ends)
        return self._enter(participant, kind, self._next_number(participant))

    def revoke(self, participant: str) -> list[Entry]:
        """Revoke all keys of a participant; return the entries that were revoked by this."""
        now = self._clock.now().timestamp()
        # Those that have run out as well: the broker would know its user by them.
        return [self._reissue(entry, revoked_at=now) for entry in self._unrevoked(participant)]

    def suspend(self, participant: str) -> list[Entry]:
        """Revoke all keys of a bureau and suspend it; return its entries."""
        now = self._clock.now().timestamp()
        return [
            self._reissue(entry, revoked_at=entry.revoked_at or now, standing="suspended")
            for entry in self.entries_of(participant)
        ]

    def admit(self, bureau: str) -> Entry:
        """Give a bureau that is new, or comes back, its keys; return the new entry."""
        return self._enter(bureau, "bureau", self._next_number(bureau))

    def renew(self, entry: Entry) -> Entry:
        """Issue an entry anew as it is, so that all who follow look at its participant again."""
        return self._reissue(entry)

    def entries_of(self, participant: str) -> list[Entry]:
        """Return the entries of a participant, the newest first. Raises StartRefused if there are none."""
        entries = self.directory.entries_of(participant)
        if not entries:
            raise StartRefused(f"{participant} is not in the directory: `i247 keys list` shows who is")
        return entries

    def save(self) -> None:
        """Write the directory, if anything was issued."""
        if self.issued:
            save_directory(self._home, self.directory, self._root)

    def _complete(self, entry: Entry, number: int) -> None:
        nkey = nats_user(self._home, entry.participant)
        if nkey != entry.nats_user:
            # The seed was lost, and the broker must know the one that was made in its place.
            for each in self._unrevoked(entry.participant):
                self._reissue(each, nats_user=nkey)
        if entry.kind == "bureau" and not entry.sealing_key:
            # From a time before messages were sealed.
            now = self.directory.entry_of(entry.kid) or entry
            self._reissue(now, sealing_key=self._sealing_key(entry.participant, number))
        ends = entry.not_before + self._valid_for.total_seconds()
        if entry.not_after < ends - 1 if self._shared_clock else entry.not_after > ends + 1:
            # From a time when the mesh went by the other clock. One that ends sooner than usual was meant to.
            now = self.directory.entry_of(entry.kid) or entry
            self._reissue(now, not_after=ends)

    def _enter(self, participant: str, kind: Kind, number: int) -> Entry:
        now = self._clock.now()
        if self.directory.entries_of(participant) and not self._unrevoked(participant):
            # With a revoked NKEY the broker lets nobody in any more.
            make_nkey(self._home, participant)
        key = self._signing_key(participant, number)
        # The clock of another may be as much behind.
        begins = now.timestamp() - SKEW_SECONDS
        return self._issue(
            Entry(
                participant=participant,
                kind=kind,
                signing_key=encode_base64url(key.public.raw),
                nats_user=nats_user(self._home, participant),
                issued=self._later_than(self.directory.entries_of(participant)),
                not_before=begins,
                not_after=begins + self._valid_for.total_seconds(),
                sealing_key=self._sealing_key(participant, number) if kind == "bureau" else "",
            )
        )

    def _signing_key(self, participant: str, number: int) -> SigningKey:
        file = self._home.signing_key(participant, number)
        if file.exists():
            return SigningKey.load(file)
        key = SigningKey.generate()
        key.save(file)
        return key

    def _sealing_key(self, participant: str, number: int) -> str:
        file = self._home.sealing_key(participant, number)
        if file.exists():
            key = SealingKey.load(file)
        else:
            key = SealingKey.generate()
            key.save(file)
        return encode_base64url(key.public.raw)

    def _next_number(self, participant: str) -> int:
        return max(self._home.key_numbers(participant), default=0) + 1

    def _unrevoked(self, participant: str) -> list[Entry]:
        return [entry for entry in self.entries_of(participant) if entry.revoked_at is None]

    def _reissue(self, entry: Entry, **changed: object) -> Entry:
        return self._issue(msgspec.structs.replace(entry, issued=self._later_than([entry]), **changed))

    def _later_than(self, entries: Iterable[Entry]) -> float:
        latest = max((entry.issued + TICK_SECONDS for entry in entries), default=0.0)
        return max(self._clock.now().timestamp(), latest)

    def _issue(self, entry: Entry) -> Entry:
        jws = sign_entry(entry, self._root)
        self.directory.learn(jws)
        self.issued.append(jws)
        return entry


def load_root(home: Home) -> SigningKey:
    """Return the root key. Raises StartRefused where it is not, as on a machine of a bureau."""
    require_directory(home)
    try:
        root = SigningKey.load(home.root_key)
    except KeyUnusable as error:
        raise StartRefused(f"{error}: only the General Secretariat, which has it, changes keys and members") from error
    if home.root_public_key.read_text().strip() != encode_base64url(root.public.raw):
        raise StartRefused(f"{home.root_public_key} is not the public part of {home.root_key}: restore the right one")
    return root


def require_directory(home: Home) -> None:
    """Make sure that there is a directory. Raises StartRefused."""
    if not home.has_directory():
        raise StartRefused(f"there is no mesh in {home.path} yet: start one with `i247 up`")


def nats_user(home: Home, participant: str) -> str:
    """Return the public NKEY of a participant, made if there is none yet. Raises StartRefused."""
    if not home.nats_seed(participant).exists():
        make_nkey(home, participant)
    return public_nkey(home.nats_seed(participant))


def administrators(home: Home) -> Administrators:
    """Return the public NKEYS of those who run the broker, made if there are none yet. Raises StartRefused."""
    return Administrators(
        operator=nats_user(home, BROKER_OPERATOR),
        system=nats_user(home, BROKER_SYSTEM),
        relay=nats_user(home, BROKER_RELAY),
    )


def make_nkey(home: Home, participant: str) -> None:
    """Make a new NKEY for a participant, in place of one that it may have."""
    seed = nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER)
    write_secret(home.nats_seed(participant), seed)


def public_nkey(seed_file: Path) -> str:
    """Return the public NKEY of a seed file. Raises StartRefused."""
    try:
        public: bytes = nkeys.from_seed(bytearray(seed_file.read_bytes().strip())).public_key
    except (OSError, nkeys.NkeysError, ValueError) as error:
        raise StartRefused(f"{seed_file} holds no NKEY seed: restore or remove the file") from error
    return public.decode()
