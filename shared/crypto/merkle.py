"""The Merkle tree of RFC 6962 (RFC 9162 section 2.1): roots, and proofs that one tree holds a leaf, or another tree.

Pure: it knows neither what a leaf says nor where hashes are kept. A store keeps those of the leaves, and one
for each full block of 256 leaves, of 65,536 and so on; `node_ranges` says which of these a proof needs, and `hashes`
makes the proof of them. Leaves are counted from 0.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final, NamedTuple, Self

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
# How many levels lie between two whose hashes are kept: 2**8 in one block.
STORED_LEVELS: Final = 8
_SIZE_BYTES: Final = 8


class ProofBroken(ValueError):
    """A proof does not prove what it should; the message says what does not fit."""


class Node(NamedTuple):
    """A full subtree, 2**level leaves wide: the one that has `number` others of its width to its left."""

    level: int
    number: int


class NodeRange(NamedTuple):
    """Neighbouring nodes of one level whose hashes are kept, from `start` to before `end`."""

    level: int
    start: int
    end: int


class Range(NamedTuple):
    """Neighbouring leaves that have a hash of their own in some tree."""

    start: int
    end: int


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees beside each other."""
    return sha256(b"\1" + left + right).digest()


class CompactRange:
    """What has to be known of a tree to let it grow: its size, and the hashes of its full subtrees, largest first."""

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """Begin with a tree that is there. Raises ValueError if that is not the number of hashes it has."""
        self.size = size
        self._hashes = list(hashes)
        if size < 0 or len(self._hashes) != size.bit_count():
            raise ValueError("these are not the hashes of a tree of this size")

    def append(self, leaf: bytes) -> Sequence[tuple[Node, bytes]]:
        """Add the hash of a leaf; return each block that it made full, with its hash, of those that are kept."""
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
        """Return the hash of the whole tree."""
        return _joined(self._hashes) if self._hashes else EMPTY_ROOT

    def to_bytes(self) -> bytes:
        """Return all as bytes: eight of the size, and the hashes."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self._hashes)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Return what became bytes. Raises ValueError."""
        size, hashes = int.from_bytes(raw[:_SIZE_BYTES], "big"), raw[_SIZE_BYTES:]
        if len(hashes) != size.bit_count() * HASH_BYTES:
            raise ValueError("these are not the bytes of a tree of this size")
        return cls(size, (hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)))


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return whose hashes prove that a tree holds a leaf, in the order of the proof. Raises ProofBroken."""
    if not 0 <= index < size:
        raise ProofBroken(f"a tree of {size} leaves has no leaf {index}")
    return _beside(index, index + 1, size)


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Return whose hashes prove that a tree begins with another, in the order of the proof. Raises ProofBroken."""
    if not 0 <= old <= new:
        raise ProofBroken(f"a tree of {new} leaves does not begin with one of {old}")
    if old in {0, new}:
        return []
    last = _last_full(old)
    # A tree that is one full subtree of the new one is known from the old root.
    first = [] if last.start == 0 else [last]
    return first + _beside(last.start, last.end, new)


def node_ranges(ranges: Iterable[Range]) -> list[NodeRange]:
    """Return which of the hashes that are kept `hashes` needs for some ranges."""
    needed = [_kept_under(node) for part in ranges for node in _full_subtrees(part)]
    merged: list[NodeRange] = []
    for each in sorted(needed):
        if merged and merged[-1].level == each.level and merged[-1].end >= each.start:
            merged[-1] = merged[-1]._replace(end=max(merged[-1].end, each.end))
        else:
            merged.append(each)
    return merged


def hashes(ranges: Iterable[Range], kept: Mapping[Node, bytes]) -> list[bytes]:
    """Return the hash of each range, made of those that are kept. Raises KeyError if one is missing."""
    return [_joined([_subtree(node, kept) for node in _full_subtrees(part)]) for part in ranges]


def subtree_ranges(start: int, end: int, size: int) -> list[Range]:
    """Return whose hashes prove that a tree holds a full subtree, in the order of the proof. Raises ProofBroken."""
    if not 0 <= start < end <= size or start % (end - start) or (end - start).bit_count() != 1:
        raise ProofBroken(f"a tree of {size} leaves has no full subtree from {start} to {end}")
    return _beside(start, end, size)


def root_from_subtree(start: int, end: int, size: int, subtree: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the root of the tree of which a proof would show that it holds a full subtree. Raises ProofBroken."""
    node = subtree
    for part, other in _paired(subtree_ranges(start, end, size), proof):
        node = node_hash(node, other) if part.start >= end else node_hash(other, node)
    return node


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the root of the tree of which a proof would show that it holds the hash of a leaf. Raises ProofBroken."""
    node = leaf
    for part, other in _paired(inclusion_ranges(index, size), proof):
        node = node_hash(node, other) if part.start > index else node_hash(other, node)
    return node


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that one tree begins with another. Raises ProofBroken."""
    steps = _paired(consistency_ranges(old_size, new_size), proof)
    if old_size == 0:
        _require(old_root == EMPTY_ROOT, "the root of the empty tree is another")
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


def _beside(start: int, end: int, size: int) -> list[Range]:
    """Return the ranges beside the way from a full subtree up to the root, from the lowest on."""
    low, high = 0, size
    found: list[Range] = []
    while (low, high) != (start, end):
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        if end <= middle:
            found.append(Range(middle, high))
            high = middle
        else:
            found.append(Range(low, middle))
            low = middle
    return found[::-1]


def _last_full(size: int) -> Range:
    return Range(size - (size & -size), size)


def _full_subtrees(part: Range) -> Iterator[Node]:
    """Return the full subtrees that a range consists of, from left to right: each is smaller than the one before."""
    start = part.start
    while start < part.end:
        level = (part.end - start).bit_length() - 1
        yield Node(level, start >> level)
        start += 1 << level


def _kept_under(node: Node) -> NodeRange:
    over = node.level % STORED_LEVELS
    return NodeRange(node.level - over, node.number << over, (node.number + 1) << over)


def _subtree(node: Node, kept: Mapping[Node, bytes]) -> bytes:
    level, start, end = _kept_under(node)
    row = [kept[Node(level, number)] for number in range(start, end)]
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]


def _joined(subtrees: Sequence[bytes]) -> bytes:
    """Return the hash of full subtrees beside each other, each smaller than the one before."""
    *others, node = subtrees
    for other in reversed(others):
        node = node_hash(other, node)
    return node


def _paired(ranges: list[Range], proof: Sequence[bytes]) -> list[tuple[Range, bytes]]:
    _require(len(proof) == len(ranges), f"the proof has {len(proof)} hashes where {len(ranges)} are needed")
    _require(all(len(each) == HASH_BYTES for each in proof), f"a hash of the proof has not {HASH_BYTES} bytes")
    return list(zip(ranges, proof, strict=True))


def _require(fits: bool, otherwise: str) -> None:
    if not fits:
        raise ProofBroken(otherwise)
