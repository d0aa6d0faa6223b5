"""The Merkle tree is that of RFC 6962: its roots and proofs are those that the RFC defines."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.crypto.merkle import (
    EMPTY_ROOT,
    CompactRange,
    Node,
    ProofBroken,
    Range,
    consistency_ranges,
    hashes,
    inclusion_ranges,
    leaf_hash,
    node_ranges,
    root_from_inclusion,
    verify_consistency,
)
from tests.shared.audit.rfc6962 import MANY, path, subproof, tree_of

# The leaves that implementations of RFC 6962 are tested with, and the roots of the trees of the first 1, 2, ... 8.
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        ROOTS[3],
    ],
    (2, 3): [ROOTS[1]],
    (1, 5): [
        ROOTS[0],
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        ROOTS[3],
    ],
    (2, 5): INCLUSION[1, 5][1:],
}


class StoredLog:
    """Stores the hashes of leaves and of full blocks, and makes each proof from the nodes that it needs."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.compact_range = CompactRange()
        self.stored: dict[Node, bytes] = {}
        for index, leaf in enumerate(leaves):
            self.stored[Node(0, index)] = leaf
            self.stored.update(self.compact_range.append(leaf))

    def prove(self, ranges: list[Range]) -> list[bytes]:
        nodes = (Node(each.level, index) for each in node_ranges(ranges) for index in range(each.start, each.end))
        return hashes(ranges, {node: self.stored[node] for node in nodes})

    def inclusion(self, index: int, size: int) -> list[bytes]:
        return self.prove(inclusion_ranges(index, size))

    def consistency(self, old: int, new: int) -> list[bytes]:
        return self.prove(consistency_ranges(old, new))


@pytest.fixture(scope="module")
def large() -> StoredLog:
    """Return a log with more leaves than one block of 65,536."""
    return StoredLog([index.to_bytes(32, "big") for index in range(66_500)])


def test_roots_match_the_shared_test_vectors() -> None:
    """Of the empty tree, and of the leaves that other implementations of RFC 6962 are tested with."""
    compact_range = CompactRange()
    assert compact_range.root() == EMPTY_ROOT
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        compact_range.append(leaf_hash(leaf))
        assert compact_range.root().hex() == root


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_match_the_shared_test_vectors(index: int, size: int) -> None:
    """Both when made and when verified."""
    known = [bytes.fromhex(text) for text in INCLUSION[index, size]]
    assert StoredLog([leaf_hash(leaf) for leaf in LEAVES]).inclusion(index, size) == known
    assert root_from_inclusion(index, size, leaf_hash(LEAVES[index]), known).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_consistency_proofs_match_the_shared_test_vectors(old: int, new: int) -> None:
    """Both when made and when verified."""
    known = [bytes.fromhex(text) for text in CONSISTENCY[old, new]]
    assert StoredLog([leaf_hash(leaf) for leaf in LEAVES]).consistency(old, new) == known
    verify_consistency(old, bytes.fromhex(ROOTS[old - 1]), new, bytes.fromhex(ROOTS[new - 1]), known)


@pytest.mark.thorough
def test_every_leaf_of_every_small_tree_has_the_inclusion_proof_of_the_rfc() -> None:
    """All leaves of all sizes up to 70."""
    log = StoredLog(MANY)
    for size in range(1, len(MANY) + 1):
        root = tree_of(MANY[:size])
        for index in range(size):
            proof = log.inclusion(index, size)
            assert proof == path(index, MANY[:size])
            assert root_from_inclusion(index, size, MANY[index], proof) == root


@pytest.mark.thorough
def test_every_small_tree_has_the_consistency_proofs_of_the_rfc() -> None:
    """From each smaller size, for all sizes up to 70."""
    log = StoredLog(MANY)
    for new in range(1, len(MANY) + 1):
        for old in range(1, new + 1):
            proof = log.consistency(old, new)
            assert proof == subproof(old, MANY[:new])
            verify_consistency(old, tree_of(MANY[:old]), new, tree_of(MANY[:new]), proof)


@pytest.mark.thorough
@settings(max_examples=30)
@given(st.data())
def test_proofs_of_large_trees_are_built_from_block_hashes_as_the_rfc_defines(
    large: StoredLog, data: st.DataObject
) -> None:
    """Hashes of blocks of 256 and 65,536 replace their leaves; no proof reads more hashes than it needs."""
    leaves = [large.stored[Node(0, index)] for index in range(large.compact_range.size)]
    new = data.draw(st.integers(1, len(leaves)))
    index, old = data.draw(st.integers(0, new - 1)), data.draw(st.integers(1, new))
    roots = [large.prove([Range(0, size)])[0] for size in (old, new)]
    assert root_from_inclusion(index, new, leaves[index], large.inclusion(index, new)) == roots[1]
    verify_consistency(old, roots[0], new, roots[1], large.consistency(old, new))
    for ranges in (inclusion_ranges(index, new), consistency_ranges(old, new)):
        assert sum(each.end - each.start for each in node_ranges(ranges)) < 2 * 255 * 3


@pytest.mark.thorough
def test_large_trees_have_the_roots_that_the_rfc_defines(large: StoredLog) -> None:
    """A log that grew leaf by leaf has the root of the definition."""
    leaves = [large.stored[Node(0, index)] for index in range(large.compact_range.size)]
    assert large.compact_range.root() == tree_of(leaves)
    assert large.prove([Range(0, 65_793)]) == [tree_of(leaves[:65_793])]


def test_a_block_hash_is_returned_with_the_last_leaf_of_the_block(large: StoredLog) -> None:
    """For each stored level, and not before the block is full."""
    stored = [node for node in large.stored if node.level]
    assert stored == [*(Node(8, index) for index in range(256)), Node(16, 0), Node(8, 256), Node(8, 257), Node(8, 258)]
    assert large.stored[Node(8, 256)] == tree_of([large.stored[Node(0, index)] for index in range(65_536, 65_792)])


def test_the_hashes_of_a_proof_are_read_in_merged_ranges() -> None:
    """Adjacent nodes of a level are one range, though several parts of the proof need them."""
    assert node_ranges(inclusion_ranges(300, 600)) == [(0, 256, 300), (0, 301, 600), (8, 0, 1)]
    assert node_ranges([Range(0, 256), Range(0, 512), Range(512, 515)]) == [(0, 512, 515), (8, 0, 2)]
    assert node_ranges([]) == []


@given(st.integers(0, 5_000))
def test_a_compact_range_survives_serialization(size: int) -> None:
    """A log that is loaded again grows as before."""
    here = CompactRange(size, (leaf_hash(bytes([number])) for number in range(size.bit_count())))
    there = CompactRange.from_bytes(here.to_bytes())
    for compact_range in (here, there):
        compact_range.append(MANY[0])
    assert (there.size, there.root(), there.to_bytes()) == (size + 1, here.root(), here.to_bytes())


@pytest.mark.parametrize(
    "raw", [b"", bytes(7), bytes(9), CompactRange(3, MANY[:2]).to_bytes()[:-1], bytes([0] * 7 + [3])]
)
def test_invalid_bytes_of_a_compact_range_are_refused(raw: bytes) -> None:
    """A damaged row is detected at the start, not in a proof."""
    if raw == bytes(7) or not raw:
        assert CompactRange.from_bytes(raw).size == 0
        return
    with pytest.raises(ValueError, match="not the bytes of a tree"):
        CompactRange.from_bytes(raw)


def test_every_tree_extends_the_empty_tree_and_itself() -> None:
    """Without hashes, but with the right roots."""
    verify_consistency(0, EMPTY_ROOT, 3, tree_of(MANY[:3]), [])
    verify_consistency(3, MANY[0], 3, MANY[0], [])
    with pytest.raises(ProofBroken, match="empty tree"):
        verify_consistency(0, MANY[0], 3, tree_of(MANY[:3]), [])
    with pytest.raises(ProofBroken, match="two trees of 3 leaves"):
        verify_consistency(3, MANY[0], 3, MANY[1], [])
