"""Findings of an offline check of a file, and the keys in it that the root key certifies.

The file is untrusted: nothing here raises for its content, each fault becomes a finding.
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
"""Returns the known entry of a key by its id."""


class Finding(msgspec.Struct, frozen=True):
    """The result of one check, with a sentence."""

    check: str
    ok: bool
    says: str
    is_open: bool = False
    """Whether the check is undecided; then it is neither ok nor wrong."""

    @property
    def is_wrong(self) -> bool:
        """Whether the check failed."""
        return not (self.ok or self.is_open)


def finding(check: str, says: str, faults: Iterable[str]) -> Finding:
    """Return a finding with the faults, or with `says` if there are none."""
    wrong = "; ".join(faults)
    return Finding(check, not wrong, wrong or says)


def undecided(check: str, says: str) -> Finding:
    """Return an undecided finding."""
    return Finding(check, False, says, is_open=True)


def named(check: str, found: Finding) -> Finding:
    """Return a finding with another name of the check."""
    return msgspec.structs.replace(found, check=check)


def moment(seconds: float) -> str:
    """Format a time for people."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.0f} s after 1970"


def short(text: str) -> str:
    """Truncate an untrusted text for a sentence."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def decoded(text: str) -> bytes | None:
    """Decode base64url; return None if it is invalid."""
    try:
        return decode_base64url(text)
    except ValueError:
        return None


def key_faults(entry: Entry | None, at: float) -> Faults:
    """Yield why a signature of this time by a key is not valid."""
    if entry is None:
        yield "the file does not state the validity of the key"
        return
    if not entry.not_before <= at <= entry.not_after:
        yield f"the key was valid from {moment(entry.not_before)} to {moment(entry.not_after)}, not at {moment(at)}"
    if entry.revoked_by(at):
        yield f"the key was revoked before {moment(at)}"


class VouchedKeys:
    """The directory entries in one file that the root signed, and which of their keys were used."""

    def __init__(self, entries: Iterable[str], root: VerifyingKey, known_entry: FindEntry | None = None) -> None:
        """Let an entry that `known_entry` returns replace that of the file."""
        self._known_entry = known_entry or (lambda _: None)
        self._entries: dict[str, Entry] = {}
        self._used: set[str] = set()
        self._unsigned = tuple(self._learn(entries, root))

    def use(self, kid: str) -> Entry | None:
        """Return the certified entry of a key, or None, and mark the key as used."""
        self._used.add(kid)
        entry = self._entries.get(kid)
        return entry and (self._known_entry(kid) or entry)

    def of(self, participant: str) -> list[Entry]:
        """Return the entries of a participant. Does NOT mark their keys as used."""
        return [entry for entry in self._entries.values() if entry.participant == participant]

    def faults(self) -> Faults:
        """Yield which entries the root did not sign, and which are unused."""
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
