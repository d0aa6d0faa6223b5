"""One hash that commits to all records that an answer showed, and reveals little of how many there were.

It is the root of a Merkle tree (RFC 9162 section 2.1) over the salted digests of the records and fillers, in a drawn
order: as many as make the next power of two, and at least 4. This is a subtree, at a drawn place, of a tree of 256 of
which all else is fillers. What is drawn comes from a secret (SHAKE256); a filler looks like the hash of a record. So an
owner who is shown the path of one record cannot tell whether there are others; of several records, only whether there
are more than 4, 8, 16 and so on (ADR 45). More than 256, which no search and no page of a list shows, make the tree
deeper: this reveals their number within a factor of two.
"""

from collections.abc import Collection, Sequence
from hashlib import shake_256
from typing import Final, NamedTuple

from shared.crypto.ed25519 import encode_base64url
from shared.crypto.merkle import HASH_BYTES, leaf_hash, node_hash, root_from_inclusion
from shared.protocol.envelope import Digest

MIN_WIDTH: Final = 4
MIN_DEPTH: Final = 8
MAX_DEPTH: Final = 16
MAX_SLOTS: Final = 1 << MAX_DEPTH
"""How many records one answer can show at most."""


class CommitmentTree(NamedTuple):
    """The tree over the digests of one answer."""

    root: Digest
    rows: Sequence[Sequence[bytes]]
    """Of the subtree of the records, from the leaves up, without its root."""

    above: Sequence[bytes]
    """The fillers with which that root is hashed, from there up."""

    first: int
    """The place of the first leaf of the subtree among those of the tree."""

    def slot(self, digest: Digest) -> int:
        """Return the place of a record among the leaves of the tree. Raises ValueError where it has none."""
        return self.first + self.rows[0].index(leaf_hash(digest.encode()))

    def path(self, digest: Digest) -> Sequence[bytes]:
        """Return the inclusion proof of a record. Raises ValueError where it is not in the tree."""
        place = self.rows[0].index(leaf_hash(digest.encode()))
        return [*(row[place >> level ^ 1] for level, row in enumerate(self.rows)), *self.above]


def build_tree(secret: bytes, digests: Collection[Digest]) -> CommitmentTree:
    """Build the tree over the digests of one answer, in any order. Raises ValueError for too many.

    `secret` is that of the leaf: see `leaf.filler_secret`.
    """
    hashes = sorted({leaf_hash(each.encode()) for each in digests})
    if len(hashes) > MAX_SLOTS:
        raise ValueError(f"no answer shows more than {MAX_SLOTS} records")
    width = max(MIN_WIDTH, 1 << (len(hashes) - 1).bit_length())
    drawn = _draw(secret, 2 * width + MIN_DEPTH)
    order, fillers, above = drawn[:width], drawn[width : 2 * width], drawn[2 * width :]
    row = [each for _, each in sorted(zip(order, [*hashes, *fillers[len(hashes) :]], strict=True))]
    rows: list[list[bytes]] = []
    while len(row) > 1:
        rows.append(row)
        row = [node_hash(*pair) for pair in zip(row[::2], row[1::2], strict=True)]
    above = above[len(rows) :]
    # Aligned, so that the tree of the records is a subtree.
    first = secret[0] & -width
    [node] = row
    for level, filler in enumerate(above, len(rows)):
        node = node_hash(filler, node) if first >> level & 1 else node_hash(node, filler)
    return CommitmentTree(encode_base64url(node), rows, above, first)


def commit(secret: bytes, digests: Collection[Digest]) -> Digest | None:
    """Return the commitment to the records that were shown; None where none was. Raises ValueError for too many."""
    return build_tree(secret, digests).root if digests else None


def root_from_path(digest: Digest, slot: int, path: Sequence[bytes]) -> Digest:
    """Return the root that follows from a record, its place and its inclusion proof. Raises ProofBroken."""
    return encode_base64url(root_from_inclusion(slot, 1 << len(path), leaf_hash(digest.encode()), path))


def _draw(secret: bytes, count: int) -> list[bytes]:
    stream = shake_256(secret).digest(HASH_BYTES * count)
    return [stream[start : start + HASH_BYTES] for start in range(0, len(stream), HASH_BYTES)]
