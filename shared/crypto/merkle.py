"""The Merkle tree of RFC 6962 (RFC 9162 section 2.1): roots, inclusion proofs and consistency proofs.

Pure: does NOT know leaves or where hashes are stored. Stored are the hashes of leaves, and of each full subtree of 256
leaves, of 65,536 and so on; `node_ranges` returns which of these a proof needs, and `hashes` computes the proof from
them. Leaves are counted from 0.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final, NamedTuple, Self

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
# The hashes of every eighth level are stored.
STORED_LEVELS: Final = 8
_SIZE_BYTES: Final = 8


class ProofBroken(ValueError):
    """A proof is invalid; the message says why."""


class Node(NamedTuple):
    """A full subtree of 2**level leaves: the one with this number, from the left, of its level."""

    level: int
    number: int


class NodeRange(NamedTuple):
    """Stored nodes of one level, from `start` to before `end`."""

    level: int
    start: int
    end: int


class LeafRange(NamedTuple):
    """The leaves under a node of some tree, from `start` to before `end`."""

    start: int
    end: int


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two adjacent subtrees."""
    return sha256(b"\1" + left + right).digest()


class CompactRange:
    """The state needed to append to a tree: its size, and the hashes of its full subtrees, largest first."""

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """Start from an existing tree. Raises ValueError for a wrong number of hashes."""
        self.size = size
        self._hashes = list(hashes)
        if size < 0 or len(self._hashes) != size.bit_count():
            raise ValueError("wrong number of hashes for a tree of this size")

    def append(self, leaf: bytes) -> Sequence[tuple[Node, bytes]]:
        """Append the hash of a leaf; return each node to store that it completed, with its hash."""
        node, level, rest = leaf, 0, self.size
        full: list[tuple[Node, bytes]] = []
        while rest & 1:
            node = node_hash(self._hashes.pop(), node)
            level += 1
            rest >>= 1
            if level % STORED_LEVELS == 0:
                full.append((Node(level, rest), node))
        self._hashes.append(node)
        self.size += 1
        return full

    def root(self) -> bytes:
        """Return the root hash."""
        return _joined(self._hashes) if self._hashes else EMPTY_ROOT

    def to_bytes(self) -> bytes:
        """Encode it: eight bytes of the size, then the hashes."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self._hashes)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Decode it. Raises ValueError."""
        size, hashes = int.from_bytes(raw[:_SIZE_BYTES], "big"), raw[_SIZE_BYTES:]
        if len(hashes) != size.bit_count() * HASH_BYTES:
            raise ValueError("wrong number of bytes for a tree of this size")
        return cls(size, (hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)))


def inclusion_ranges(index: int, size: int) -> list[LeafRange]:
    """Return the nodes of an inclusion proof, in order. Raises ProofBroken."""
    if not 0 <= index < size:
        raise ProofBroken(f"a tree of {size} leaves has no leaf {index}")
    return _siblings(index, index + 1, size)


def consistency_ranges(old: int, new: int) -> list[LeafRange]:
    """Return the nodes of a consistency proof, in order. Raises ProofBroken."""
    if not 0 <= old <= new:
        raise ProofBroken(f"a tree of {new} leaves does not begin with one of {old}")
    if old in {0, new}:
        return []
    last = _last_full(old)
    # An old tree that is one full subtree of the new one is known by its root.
    first = [] if last.start == 0 else [last]
    return first + _siblings(last.start, last.end, new)


def node_ranges(ranges: Iterable[LeafRange]) -> list[NodeRange]:
    """Return the stored nodes that `hashes` needs for some ranges."""
    needed = [_stored_below(node) for part in ranges for node in _full_subtrees(part)]
    merged: list[NodeRange] = []
    for each in sorted(needed):
        if merged and merged[-1].level == each.level and merged[-1].end >= each.start:
            merged[-1] = merged[-1]._replace(end=max(merged[-1].end, each.end))
        else:
            merged.append(each)
    return merged


def hashes(ranges: Iterable[LeafRange], stored: Mapping[Node, bytes]) -> list[bytes]:
    """Return the hash of each range, computed from stored hashes. Raises KeyError if one is missing."""
    return [_joined([_subtree(node, stored) for node in _full_subtrees(part)]) for part in ranges]


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to. Raises ProofBroken for a malformed proof."""
    node = leaf
    for part, other in _paired(inclusion_ranges(index, size), proof):
        node = node_hash(node, other) if part.start > index else node_hash(other, node)
    return node


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Verify a consistency proof. Raises ProofBroken."""
    steps = _paired(consistency_ranges(old_size, new_size), proof)
    if old_size == 0:
        _require(old_root == EMPTY_ROOT, "wrong root of the empty tree")
        return
    if old_size == new_size:
        _require(old_root == new_root, f"two trees of {old_size} leaves have different roots")
        return
    old = new = old_root if _last_full(old_size).start == 0 else steps.pop(0)[1]
    for part, other in steps:
        if part.start < old_size:
            old, new = node_hash(other, old), node_hash(other, new)
        else:
            new = node_hash(new, other)
    _require(old == old_root, f"the proof is not about this tree of {old_size} leaves")
    _require(new == new_root, f"the tree of {new_size} leaves does not begin with that of {old_size}")


def _siblings(start: int, end: int, size: int) -> list[LeafRange]:
    """Return the siblings on the path from a full subtree to the root, lowest first."""
    low, high = 0, size
    found: list[LeafRange] = []
    while (low, high) != (start, end):
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        if end <= middle:
            found.append(LeafRange(middle, high))
            high = middle
        else:
            found.append(LeafRange(low, middle))
            low = middle
    return found[::-1]


def _last_full(size: int) -> LeafRange:
    return LeafRange(size - (size & -size), size)


def _full_subtrees(part: LeafRange) -> Iterator[Node]:
    """Yield the full subtrees of a range from left to right, each smaller than the one before."""
    start = part.start
    while start < part.end:
        level = (part.end - start).bit_length() - 1
        yield Node(level, start >> level)
        start += 1 << level


def _stored_below(node: Node) -> NodeRange:
    over = node.level % STORED_LEVELS
    return NodeRange(node.level - over, node.number << over, (node.number + 1) << over)


def _subtree(node: Node, stored: Mapping[Node, bytes]) -> bytes:
    level, start, end = _stored_below(node)
    row = [stored[Node(level, number)] for number in range(start, end)]
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]


def _joined(subtrees: Sequence[bytes]) -> bytes:
    """Return the hash of adjacent full subtrees, each smaller than the one before."""
    *others, node = subtrees
    for other in reversed(others):
        node = node_hash(other, node)
    return node


def _paired(ranges: list[LeafRange], proof: Sequence[bytes]) -> list[tuple[LeafRange, bytes]]:
    _require(len(proof) == len(ranges), f"the proof has {len(proof)} hashes where {len(ranges)} are needed")
    _require(all(len(each) == HASH_BYTES for each in proof), f"a hash of the proof has not {HASH_BYTES} bytes")
    return list(zip(ranges, proof, strict=True))


def _require(fits: bool, otherwise: str) -> None:
    if not fits:
        raise ProofBroken(otherwise)
