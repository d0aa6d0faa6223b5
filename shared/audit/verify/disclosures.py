"""Verifies the disclosures of leaves: each record against the commitment, and a bureau's list for gaps. Pure.

Whether a leaf has other records is verified only where the file was made for a reader who may see all. All leaves with
records of a bureau hold each number of its list once, in order, up to the length that a checkpoint states. It CANNOT
find what a service never wrote down.
"""

from collections.abc import Iterator
from typing import Final

from shared.audit.format.commitment import MAX_SLOTS, commit, root_from_path
from shared.audit.format.leaf import SALT_BYTES, Leaf, record_digest
from shared.audit.format.lists import OpenedLength, bound, require_length, tag
from shared.audit.format.proof_file import AuditProof, ClosedRecord, OpenedLeaf, OpenedRecord, OwnList
from shared.bureaus import COMMISSION, SECRETARIAT
from shared.crypto.ed25519 import decode_base64url, encode_base64url
from shared.crypto.signed_note import Checkpoint
from shared.protocol.check_report import Faults, Finding, decoded, finding, undecided
from shared.protocol.envelope import Digest

_NOTHING: Final = OpenedLeaf()


def other_records(leaf: Leaf, proof: AuditProof) -> int | None:
    """Return how many records the leaf has that are not in the file; None if the file does not prove it."""
    if leaf.records is None:
        return 0
    return None if proof.complete is None else len(proof.complete.closed)


def record_faults(leaf: Leaf, opened: AuditProof | OpenedLeaf) -> Faults:
    """Yield which of the opened records contradict the commitment of the leaf."""
    root, complete = leaf.records, opened.complete
    forgotten = opened.forgotten if isinstance(opened, OpenedLeaf) else ()
    if root is None:
        if opened.records or forgotten or complete is not None:
            yield "there are some, and the leaf states that none was shown"
        return
    records: tuple[OpenedRecord | ClosedRecord, ...] = (*opened.records, *forgotten)
    digests = [_digest(record) for record in records]
    for number, (record, digest) in enumerate(zip(records, digests, strict=True), 1):
        if digest is None or not _is_included(root, record, digest):
            yield f"record {number} is not what the leaf has the digest of"
    closed = () if complete is None else complete.closed
    known = [digest for digest in (*digests[: len(opened.records)], *closed) if digest is not None]
    if len(set(known)) < len(known):
        yield "one of them is there twice"
    if complete is not None:
        secret = decoded(complete.secret)
        if secret is None or len(known) > MAX_SLOTS or commit(secret, known) != root:
            yield "they are not all that the leaf has"


def _digest(record: OpenedRecord | ClosedRecord) -> Digest | None:
    """Return the digest of a record, bound to its place in a list; None for a tag or salt that is none."""
    tagged = decoded(record.tag)
    if tagged is None:
        return None
    if isinstance(record, ClosedRecord):
        return bound(tagged, record.digest)
    salt = decoded(record.salt)
    if salt is None or len(salt) != SALT_BYTES:
        return None
    return bound(tagged, record_digest(salt, record.shown, record.rule))


def _is_included(root: Digest, record: OpenedRecord | ClosedRecord, digest: Digest) -> bool:
    try:
        return root_from_path(digest, record.slot, [decode_base64url(each) for each in record.path]) == root
    except ValueError:
        return False


class ListVerifier:
    """Follows the list of disclosures of one bureau through the leaves of a log. Raises ValueError for a bad key."""

    def __init__(self, own: OwnList, *, found: int = 0) -> None:
        """Continue after `found` disclosures that were verified before."""
        self.found = found
        """How many were found, without a gap."""

        self.omitted = 0
        """How many are in leaves that have too many to show all."""

        self._own = own
        self._key = decode_base64url(own.key)
        self._next = self._tag(found + 1)

    def read(self, leaf: Leaf, opened: OpenedLeaf | None) -> Faults:
        """Read what is opened of one leaf; yield what contradicts the leaf."""
        opened = opened or _NOTHING
        yield from record_faults(leaf, opened)
        tags = {record.tag for record in (*opened.records, *opened.forgotten)}
        while self._next in tags:
            self._advance(1)
        if opened.omitted:
            self.omitted += opened.omitted
            self._advance(opened.omitted)

    def withheld_faults(self, leaf: Leaf, opened: OpenedLeaf | None) -> Faults:
        """Yield that a reader who may see all records cannot verify that these are all, if it is so."""
        is_whole = opened is not None and opened.complete is not None
        sees_all = self._own.bureau == leaf.bureau or (self._own.bureau == SECRETARIAT and leaf.bureau != COMMISSION)
        if leaf.records is not None and not is_whole and sees_all:
            yield "a reader who may see all records is not shown whether there are others"

    def findings(self, checkpoint: Checkpoint) -> Iterator[Finding]:
        """Yield whether the list is complete up to a checkpoint."""
        own = self._own
        says = f"all {own.length} in the list of {own.bureau} were found in the leaves, without a gap"
        found = finding("disclosures", says, self._length_faults(checkpoint))
        if found.ok and self.omitted:
            yield undecided("disclosures", f"{self.omitted} of them are in leaves that have too many to show all")
        else:
            yield found

    def _length_faults(self, checkpoint: Checkpoint) -> Faults:
        own = self._own
        if unproven := tuple(unproven_length(checkpoint, own)):
            yield from unproven
        elif self.found < own.length:
            missing = f"number {self.found + 1} is in none of the leaves that are shown"
            yield f"a gap: {own.length} disclosures are in the list of {own.bureau}, and {missing}"
        elif self.found > own.length:
            yield f"{own.length} disclosures are in the list of {own.bureau}, and {self.found} were found"

    def _advance(self, count: int) -> None:
        self.found += count
        self._next = self._tag(self.found + 1)

    def _tag(self, number: int) -> Digest:
        return encode_base64url(tag(self._key, number))


def unproven_length(checkpoint: Checkpoint, own: OwnList) -> Faults:
    """Yield why the length of a list is not proven by a checkpoint, if it is not."""
    try:
        length = OpenedLength(own.length, own.position, [decode_base64url(each) for each in own.path])
        require_length(checkpoint.lists, own.bureau, decode_base64url(own.key), checkpoint.size, length)
    except ValueError as broken:
        yield str(broken)
