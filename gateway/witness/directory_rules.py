"""What a bureau makes of the log of the directory: which entries nobody asked for, and which heads nobody vouches for.

Pure: it asks nobody. An entry that the Secretariat made up in the name of a bureau shows in two ways: the bureau does
not hold its key, and no earlier key of the bureau signed for it.
"""

from collections.abc import Callable, Iterator, Set
from datetime import datetime
from typing import Final
from zlib import crc32

import msgspec

from gateway.witness.rules import Fault
from shared.audit.attested import MIN_WITNESSES
from shared.audit.note import cosigned_by, parse_note, participant_of, witness_name
from shared.bureaus import SECRETARIAT
from shared.directory import Directory, Entry, verify_entry
from shared.key_request import is_countersigned_by

# A head that is announced is fetched and cosigned by all within a minute; twice that, and something to spare.
PATIENCE_SECONDS: Final = 180.0


class Finding(msgspec.Struct, frozen=True):
    """Something that is wrong with the directory."""

    fault: Fault
    says: str
    number: int
    """Which entry of the log it is about, or the size of the log; of an entry that is not in it a checksum."""

    shown: str = ""


class Introduced(msgspec.Struct, frozen=True):
    """An entry that brought a new key into the log."""

    number: int
    jws: str
    entry: Entry
    is_vouched: bool
    """Whether a key in force countersigned it, or there was none."""


class History:
    """What the log says of keys, read once and followed."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._read = 0
        self._present: dict[str, dict[str, Entry]] = {}
        self._introduced: list[Introduced] = []

    def introduced(self) -> list[Introduced]:
        """Return the entries that brought a new key, in order."""
        for jws in self._directory.log.entries(self._read):
            self._take(self._read, jws, verify_entry(jws, self._directory.root))
            self._read += 1
        return self._introduced

    def _take(self, number: int, jws: str, entry: Entry) -> None:
        keys = self._present.setdefault(entry.participant, {})
        if entry.kid not in keys:
            in_force = [each for each in keys.values() if each.valid_at(entry.issued)]
            vouched = not in_force or any(_countersigned(entry, each) for each in in_force)
            self._introduced.append(Introduced(number, jws, entry, vouched))
        keys[entry.kid] = entry


def false_entries(introduced: list[Introduced], bureau: str, holds: Callable[[str], bool]) -> Iterator[Finding]:
    """Yield the entries in the name of a bureau that it did not ask for: those whose key it does not hold.

    What was entered before the first key that it holds is of another machine, and nothing is known of it here.
    """
    own = [each for each in introduced if each.entry.participant == bureau]
    held = [each.number for each in own if holds(each.entry.kid)]
    for each in own:
        if held and each.number > held[0] and each.number not in held:
            says = (
                f"the Secretariat entered the key {each.entry.kid} for {bureau}, which the gateway here does not hold"
            )
            yield Finding(Fault.FALSE_ENTRY, says, each.number, each.jws)


def unvouched(introduced: list[Introduced]) -> Iterator[Finding]:
    """Yield the keys that were entered beside one in force which did not countersign them."""
    for each in introduced:
        if not each.is_vouched:
            says = f"no key in force of {each.entry.participant} countersigned its new key {each.entry.kid}"
            yield Finding(Fault.NOT_VOUCHED, says, each.number, each.jws)


def fork(directory: Directory) -> Iterator[Finding]:
    """Yield the proof that the root key signed two directories, if there is one."""
    if directory.forked is not None:
        says = "the root key signed two directories, neither of which goes on from the other"
        yield Finding(Fault.FORKED, says, directory.log.size, directory.forked.theirs)


def unlogged(entries: list[str]) -> Iterator[Finding]:
    """Yield the entries that the root key signed, and that are not in the log in spite of all patience."""
    for jws in entries:
        says = "the root key signed an entry that is not in the log"
        yield Finding(Fault.NOT_LOGGED, says, crc32(jws.encode()), jws)


def unwitnessed(directory: Directory, bureau: str, witnesses: Set[str], now: datetime) -> Iterator[Finding]:
    """Yield that too few other bureaus cosigned the head, where there are any."""
    others = [each for each in directory.members(now) if each not in {bureau, SECRETARIAT}]
    needed = min(MIN_WITNESSES, len(others))
    seen = witnesses & set(others)
    if len(seen) < needed:
        size = directory.log.size
        says = f"{len(seen)} other bureaus cosigned the directory of {size} entries, and {needed} should have"
        yield Finding(Fault.UNWITNESSED, says, size, directory.log.head)


def witnesses_of(directory: Directory, now: datetime) -> set[str]:
    """Return the bureaus that cosigned the head with a key in force."""
    note, seconds = parse_note(directory.log.head), now.timestamp()
    found = set()
    for name in {signature.name for signature in note.signatures}:
        bureau = participant_of(name)
        keys = [entry.verifying_key() for entry in directory.entries_of(bureau) if entry.valid_at(seconds)]
        if name == witness_name(bureau) and any(cosigned_by(note, name, key) is not None for key in keys):
            found.add(bureau)
    return found


def _countersigned(entry: Entry, earlier: Entry) -> bool:
    return is_countersigned_by(entry.statement, entry.countersigned, earlier.verifying_key())
