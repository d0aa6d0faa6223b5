"""Follows the list of disclosures of one bureau through the leaves of a log, and finds out whether it has a gap. Pure.

Who reads all leaves, or all that showed a record of the bureau, finds each number of the list in one of them, in order,
up to the one that a checkpoint says is the last. It CANNOT tell of what a service never wrote down.
"""

from collections.abc import Iterator
from typing import Final

from shared.audit.format.leaf import Leaf
from shared.audit.format.lists import OpenedLength, require_length, tag
from shared.audit.format.proof_file import Opened, OwnList
from shared.audit.verify.disclosed import record_faults
from shared.bureaus import SECRETARIAT
from shared.crypto.ed25519 import decode_base64url, encode_base64url
from shared.crypto.signed_note import Checkpoint
from shared.protocol.check_report import Faults, Finding, finding, undecided
from shared.protocol.envelope import Digest

_NOTHING: Final = Opened()


class ListFollowed:
    """The list of one bureau, as far as its leaves were read."""

    def __init__(self, bureau: str, key: bytes, *, found: int = 0) -> None:
        """Go on after so many that were found before."""
        self.found = found
        """How many were found, without a gap."""

        self.omitted = 0
        """How many are in leaves that hold too many to tell of all."""

        self._bureau = bureau
        self._key = key
        self._next = self._tag(found + 1)

    def read(self, leaf: Leaf, opened: Opened | None) -> Faults:
        """Read what is told of one leaf; say what of it is not as the leaf says."""
        told = opened or _NOTHING
        yield from record_faults(leaf, told)
        tags = {record.tag for record in (*told.records, *told.forgotten)}
        while self._next in tags:
            self._go_on(1)
        if told.omitted:
            self.omitted += told.omitted
            self._go_on(told.omitted)

    def withheld_faults(self, leaf: Leaf, opened: Opened | None) -> Faults:
        """Say that not all is told of a leaf to who may know of all, if it is so."""
        is_whole = opened is not None and opened.complete is not None
        if leaf.records is not None and not is_whole and self._bureau in (leaf.bureau, SECRETARIAT):
            yield "whether there are other records is not told to who may know of all"

    def length_faults(self, checkpoint: Checkpoint, own: OwnList) -> Faults:
        """Say why the list is not known to be as long in a checkpoint as was found, if it is not."""
        if unproven := tuple(unproven_length(checkpoint, own)):
            yield from unproven
        elif self.found < own.length:
            missing = f"number {self.found + 1} is in none of the leaves that are told"
            yield f"a gap: {own.length} disclosures are in the list of {self._bureau}, and {missing}"
        elif self.found > own.length:
            yield f"{own.length} disclosures are in the list of {self._bureau}, and {self.found} were found"

    def _go_on(self, count: int) -> None:
        self.found += count
        self._next = self._tag(self.found + 1)

    def _tag(self, number: int) -> Digest:
        return encode_base64url(tag(self._key, number))


def followed(own: OwnList, *, found: int = 0) -> ListFollowed:
    """Begin to follow the list that is told, after so many that were found before. Raises ValueError."""
    return ListFollowed(own.bureau, decode_base64url(own.key), found=found)


def unproven_length(checkpoint: Checkpoint, own: OwnList) -> Faults:
    """Say why a checkpoint does not say how long a list is told to be, if it does not."""
    try:
        length = OpenedLength(own.length, own.position, [decode_base64url(each) for each in own.path])
        require_length(checkpoint.lists, own.bureau, decode_base64url(own.key), checkpoint.size, length)
    except ValueError as broken:
        yield str(broken)


def without_gap(followed: ListFollowed, checkpoint: Checkpoint, own: OwnList) -> Iterator[Finding]:
    """Tell whether a list is whole up to a checkpoint."""
    says = f"all {own.length} in the list of {own.bureau} were found in the leaves, without a gap"
    found = finding("disclosures", says, followed.length_faults(checkpoint, own))
    if found.ok and followed.omitted:
        yield undecided("disclosures", f"{followed.omitted} of them are in leaves that hold too many to tell of all")
    else:
        yield found
