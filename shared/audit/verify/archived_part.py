"""Verifies a part of an archived log: that a checkpoint which bureaus cosigned has its leaves. Offline.

It does NOT prove the salts, of which each fits one request alone: the proof of a leaf does, with the request.
"""

from collections.abc import Iterable, Iterator
from typing import IO

import msgspec

from shared.audit.format.leaf import decode
from shared.audit.format.part_file import PART, Bundle, PartDamaged, PartFile, PartHeader, open_part
from shared.audit.format.proof_file import CheckpointFile
from shared.audit.format.tiles import TILE
from shared.audit.verify.checkpoints import MAX_FAULT, Findings, compare, entries_needed, read_others
from shared.audit.verify.signatures import Attested, attest, keys_of, witnessed
from shared.crypto.ed25519 import VerifyingKey, decode_base64url
from shared.crypto.merkle import STORED_LEVELS, CompactRange, ProofBroken, leaf_hash, root_from_subtree
from shared.protocol.check_report import Faults, Finding, finding, short
from shared.protocol.witnesses import ANY_BUREAU, Trust

MAX_FAULTS = 10


class PartSummary(msgspec.Struct, frozen=True):
    """The result of verifying a part."""

    header: PartHeader
    attested: Attested


def verify_part(
    file: IO[bytes], root: VerifyingKey, *, others: Iterable[CheckpointFile] = (), trust: Trust = ANY_BUREAU
) -> Findings[PartSummary]:
    """Verify a part of a log. Raises only what reading `file` raises."""
    try:
        with open_part(file) as part:
            return _Verification(part, root, others, trust).findings()
    except (PartDamaged, msgspec.ValidationError) as error:
        return Findings((Finding("form", False, f"this is no part of a log that can be read: {error}"[:MAX_FAULT]),))


class _Verification:
    def __init__(self, part: PartFile, root: VerifyingKey, others: Iterable[CheckpointFile], trust: Trust) -> None:
        self._part = part
        self._header = part.header
        self._keys = keys_of(self._header.service, self._header.entries, root)
        self._others = list(read_others(others, self._header.service, self._header.entries, root, trust))
        self._attested, self._found = attest(self._header.checkpoint, self._header.service, self._keys, trust)
        self._tree = CompactRange()
        self._roots = list[bytes]()

    def findings(self) -> Findings[PartSummary]:
        found = tuple(self._findings())
        content = None if self._attested is None else PartSummary(self._header, self._attested)
        return Findings(found, None if any(each.is_wrong for each in found) else content)

    def _findings(self) -> Iterator[Finding]:
        yield self._found
        if self._attested is None:
            return
        yield witnessed(self._attested)
        start, end = self._header.start, self._header.start + self._header.leaves
        yield finding("leaves", f"{start} to {end - 1}, each with the hash of its tile", self._leaf_faults())
        yield finding("tree", "they are in the tree that the service signed", self._tree_faults(self._attested))
        yield finding("members", "it has nothing else; the salts are not proven", self._member_faults())
        yield from compare([self._attested], self._others)
        yield entries_needed(self._keys)

    def _leaf_faults(self) -> Faults:
        faults = (fault for number in self._header.bundles for fault in self._faults_of(number))
        for place, fault in enumerate(faults):
            if place < MAX_FAULTS:
                yield fault

    def _faults_of(self, number: int) -> Faults:
        bundle, tile = self._part.bundle(number), self._part.tile(0, number)
        yield from _bundle_faults(bundle, tile, number * TILE)
        for leaf in bundle.leaves:
            full = self._tree.append(leaf_hash(leaf))
            self._roots += [root for node, root in full if node.level == STORED_LEVELS]

    def _member_faults(self) -> Faults:
        if len(self._roots) == TILE and self._part.tile(1, self._header.start // PART) != b"".join(self._roots):
            yield "the tile over the others does not have their hashes"
        for name in self._part.unexpected()[:MAX_FAULTS]:
            yield f"{short(name)!r} is no member of this part, or there twice"

    def _tree_faults(self, attested: Attested) -> Faults:
        checkpoint, header = attested.checkpoint, self._header
        if checkpoint.log != header.log:
            yield f"the checkpoint is of {checkpoint.origin}, and the part of log {header.log}"
            return
        proof, end = [decode_base64url(each) for each in header.proof], header.start + header.leaves
        try:
            root = root_from_subtree(header.start, end, checkpoint.size, self._tree.root(), proof)
        except ProofBroken as broken:
            yield str(broken)
            return
        if root != checkpoint.root:
            yield "leaves were rewritten, dropped or put in another order, or are of another part"


def _bundle_faults(bundle: Bundle, tile: bytes, start: int) -> Faults:
    for place, leaf in enumerate(bundle.leaves):
        if leaf_hash(leaf) != tile[place * 32 : place * 32 + 32]:
            yield f"leaf {start + place} was rewritten: its text does not have its hash"
            continue
        try:
            decode(leaf)
        except ValueError as error:
            yield f"leaf {start + place} cannot be read: {error}"[:MAX_FAULT]
