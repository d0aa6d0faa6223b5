"""Checks the log of the directory: which entries nobody requested, and which heads are not cosigned. Pure.

An entry that the Secretariat invented in the name of a bureau shows in two ways: the bureau does not hold its key, and
no earlier key of the bureau countersigned it.
"""

from collections.abc import Iterator, Set
from datetime import datetime
from typing import Final
from zlib import crc32

import msgspec

from gateway.witness.rules import Fault
from shared.audit.verify.signatures import MIN_WITNESSES
from shared.bureaus import SECRETARIAT
from shared.crypto.signed_note import Note, cosigned_by, parse_note, participant_of, read_checkpoint, witness_name
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, EntryRefused, verify_entry
from shared.protocol.key_request import is_countersigned_by
from shared.rpc.keyring import KeyRing

# All fetch and cosign an announced head within a minute.
GRACE_SECONDS: Final = 180.0


class Finding(msgspec.Struct, frozen=True):
    """A fault of the directory."""

    fault: Fault
    says: str
    number: int
    """The number of the entry in the log, or the size of a log; for an entry that is not in it, a checksum."""

    shown: str = ""
    seen: str = ""
    """The head that contradicts `shown`; empty for the present head of this directory."""


class Introduced(msgspec.Struct, frozen=True):
    """An entry with a new key."""

    number: int
    jws: str
    entry: Entry
    is_vouched: bool
    """Whether a key that was not revoked countersigned it, or there was none."""


class History:
    """The keys in the log, in its order: the times in entries are stated by the Secretariat."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._read = 0
        self._keys: dict[str, dict[str, Introduced]] = {}
        self._revoked: set[str] = set()
        self.introduced: list[Introduced] = []
        """The entries with a new key, in order."""

        self.wrong: list[Finding] = []
        """What no honest Secretariat signs: leaves that are no entries, and entries that change a request."""

    def read(self, now: datetime) -> None:
        """Read new entries of the log."""
        for jws in self._directory.log.entries(self._read):
            number, self._read = self._read, self._read + 1
            try:
                entry = verify_entry(jws, self._directory.root)
            except EntryRefused as refused:
                self.wrong.append(Finding(Fault.UNREADABLE, f"leaf {number} of the log is no entry: {refused}", number))
            else:
                self._add(number, jws, entry, now.timestamp())

    def _add(self, number: int, jws: str, entry: Entry, now: float) -> None:
        keys = self._keys.setdefault(entry.participant, {})
        if (known := keys.get(entry.kid)) is None:
            in_force = [each.entry for kid, each in keys.items() if kid not in self._revoked]
            vouched = not in_force or any(
                is_countersigned_by(entry.statement, entry.countersigned, each.verifying_key()) for each in in_force
            )
            keys[entry.kid] = Introduced(number, jws, entry, vouched)
            self.introduced.append(keys[entry.kid])
        elif known.entry.statement != entry.statement:
            says = f"an entry of {entry.participant} states other keys than its key request"
            self.wrong.append(Finding(Fault.NOT_VOUCHED, says, number, jws))
        # A key with a later time of revocation is still in force.
        if entry.is_revoked(now):
            self._revoked.add(entry.kid)


def false_entries(directory: Directory, history: History, bureau: str, keys: KeyRing, now: float) -> Iterator[Finding]:
    """Yield the entries in the name of a bureau that it did not request: those whose keys it does not hold.

    Of entries before the first key that it holds, only those that may still be used: the others are of another machine.
    A bureau that holds no key can tell nothing.
    """
    own = [each for each in history.introduced if each.entry.participant == bureau]
    held = [each.number for each in own if _is_held(each.entry, keys)]
    for each in own:
        later = bool(held) and each.number > held[0]
        present = directory.entry_of(each.entry.kid) or each.entry
        usable = not present.is_revoked(now) and present.not_after >= now
        if held and each.number not in held and (later or usable):
            says = f"the Secretariat entered the key {each.entry.kid} for {bureau}, and this gateway does not hold it"
            yield Finding(Fault.FALSE_ENTRY, says, each.number, each.jws)


def _is_held(entry: Entry, keys: KeyRing) -> bool:
    sealing = entry.sealing_public_key()
    return keys.holds(entry.kid) and (sealing is None or keys.holds_sealing(sealing.kid))


def unvouched(introduced: list[Introduced]) -> Iterator[Finding]:
    """Yield the keys that no key in force countersigned when they were entered."""
    for each in introduced:
        if not each.is_vouched:
            says = f"no key of {each.entry.participant} countersigned its new key {each.entry.kid}"
            yield Finding(Fault.NOT_VOUCHED, says, each.number, each.jws)


def fork(directory: Directory) -> Iterator[Finding]:
    """Yield the proof that the root key signed two directories, if there is one."""
    if directory.forked is not None:
        says = "the root key signed two directories, neither of which extends the other"
        ours, theirs = directory.forked.ours, directory.forked.theirs
        yield Finding(Fault.FORKED, says, read_checkpoint(parse_note(theirs)).size, theirs, ours)


def unlogged(entries: list[str]) -> Iterator[Finding]:
    """Yield the entries that the root key signed and that are still not in the log."""
    for jws in entries:
        says = "the root key signed an entry that is not in the log"
        yield Finding(Fault.NOT_LOGGED, says, crc32(jws.encode()), jws)


def unwitnessed(directory: Directory, bureau: str, witnesses: Set[str], now: datetime) -> Finding | None:
    """Return that too few other bureaus cosigned the head, if it is so."""
    others = {each for each in directory.members(now) if each not in {bureau, SECRETARIAT}}
    needed, cosigned, size = min(MIN_WITNESSES, len(others)), len(witnesses & others), directory.log.size
    if cosigned >= needed:
        return None
    says = f"{cosigned} other bureaus cosigned the directory of {size} entries, and {needed} should have"
    return Finding(Fault.UNWITNESSED, says, size, directory.log.head)


def witnesses_of(directory: Directory, now: datetime) -> set[str]:
    """Return the bureaus that cosigned the head with a key that was valid then and is not revoked."""
    note, seconds = parse_note(directory.log.head), now.timestamp()
    names = {signature.name for signature in note.signatures}
    found = {name: directory.entries_of(participant_of(name)) for name in names}
    return {
        participant_of(name)
        for name, entries in found.items()
        if name == witness_name(participant_of(name)) and any(_cosigned(note, name, each, seconds) for each in entries)
    }


def _cosigned(note: Note, name: str, entry: Entry, now: float) -> bool:
    at = cosigned_by(note, name, entry.verifying_key())
    return at is not None and entry.not_before <= at <= entry.not_after and not entry.is_revoked(now)
