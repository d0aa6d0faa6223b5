"""What a check of a file says, in words, and the keys that the root vouches for in it. Needs no network.

Whoever hands a file over need not be trusted, so nothing here raises for what is in it: a fault is a finding.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec

from shared.crypto.ed25519 import VerifyingKey, decode_base64url
from shared.protocol.directory_entry import Entry, EntryRefused, verify_entry

SHOWN: Final = 60

Faults = Iterator[str]
FindEntry = Callable[[str], Entry | None]
"""Returns what is known of a key, by its name."""


class Finding(msgspec.Struct, frozen=True):
    """What was checked, whether it fits, and that in words."""

    check: str
    ok: bool
    says: str
    is_open: bool = False
    """Whether what is at hand does not tell: then it does not fit, and nothing is wrong."""

    @property
    def is_wrong(self) -> bool:
        """Whether it contradicts what is claimed."""
        return not (self.ok or self.is_open)


def finding(check: str, says: str, faults: Iterable[str]) -> Finding:
    """Return what was found: the faults, or if there are none what fits."""
    wrong = "; ".join(faults)
    return Finding(check, not wrong, wrong or says)


def undecided(check: str, says: str) -> Finding:
    """Return that what is at hand does not tell, and what would."""
    return Finding(check, False, says, is_open=True)


def named(check: str, found: Finding) -> Finding:
    """Return a finding under another name, where the same is checked of several things."""
    return msgspec.structs.replace(found, check=check)


def moment(seconds: float) -> str:
    """Return a time for people to read."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.0f} s after 1970"


def short(text: str) -> str:
    """Return as much of a stranger's text as a sentence bears."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def decoded(text: str) -> bytes | None:
    """Return the bytes behind base64url, or None if it is none."""
    try:
        return decode_base64url(text)
    except ValueError:
        return None


def key_faults(entry: Entry | None, at: float) -> Faults:
    """Say why what a key signed at a time is not to be believed, if it is not."""
    if entry is None:
        yield "the file does not say when the key was valid"
        return
    if not entry.not_before <= at <= entry.not_after:
        yield f"the key was valid from {moment(entry.not_before)} to {moment(entry.not_after)}, not at {moment(at)}"
    if entry.revoked_by(at):
        yield f"the key was revoked by then, which was at {moment(at)}"


class VouchedKeys:
    """The directory entries of one file that the root signed, and with which of their keys something was signed."""

    def __init__(self, entries: Iterable[str], root: VerifyingKey, known_entry: FindEntry | None = None) -> None:
        """Where an entry of a key is `known_entry` that the root signed, it counts and not that of the file."""
        self._at_hand = known_entry or (lambda _: None)
        self._entries: dict[str, Entry] = {}
        self._used: set[str] = set()
        self._unsigned = tuple(self._learn(entries, root))

    def use(self, kid: str) -> Entry | None:
        """Return the entry of a key with which something was signed, if the root vouches for it."""
        self._used.add(kid)
        entry = self._entries.get(kid)
        return entry and (self._at_hand(kid) or entry)

    def of(self, participant: str) -> list[Entry]:
        """Return the entries of a participant. None counts as needed until its key is used."""
        return [entry for entry in self._entries.values() if entry.participant == participant]

    def faults(self) -> Faults:
        """Say which entries the root did not sign, and which nothing needs."""
        yield from self._unsigned
        for kid, entry in self._entries.items():
            if kid not in self._used:
                yield f"nothing here was signed with the key {kid} of {short(entry.participant)}"

    def _learn(self, entries: Iterable[str], root: VerifyingKey) -> Faults:
        for number, jws in enumerate(entries, 1):
            try:
                entry = verify_entry(jws, root)
            except EntryRefused as refused:
                yield f"entry {number}: {refused}"
                continue
            if entry.kid in self._entries:
                yield f"entry {number} is of a key of which there is another"
            self._entries[entry.kid] = entry
