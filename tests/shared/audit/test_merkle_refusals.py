"""The proofs of a Merkle tree prove nothing else: changed proofs and rewritten trees are refused."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto.merkle import (
    ProofBroken,
    consistency_ranges,
    inclusion_ranges,
    leaf_hash,
    root_from_inclusion,
    verify_consistency,
)
from tests.shared.audit.rfc6962 import MANY, path, subproof, tree_of


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_a_leaf_outside_the_tree_has_no_inclusion_proof(index: int, size: int) -> None:
    """Neither made nor verified."""
    with pytest.raises(ProofBroken, match="has no leaf"):
        inclusion_ranges(index, size)
    with pytest.raises(ProofBroken, match="has no leaf"):
        root_from_inclusion(index, size, MANY[0], [])


@pytest.mark.parametrize(("old", "new"), [(4, 3), (-1, 3)])
def test_a_consistency_proof_to_a_smaller_tree_is_refused(old: int, new: int) -> None:
    """Neither made nor verified; nor from a negative size."""
    with pytest.raises(ProofBroken, match="does not begin with one"):
        consistency_ranges(old, new)
    with pytest.raises(ProofBroken, match="does not begin with one"):
        verify_consistency(old, MANY[0], new, MANY[1], [])


@given(st.data())
def test_a_changed_inclusion_proof_does_not_lead_to_the_root(data: st.DataObject) -> None:
    """Another hash, leaf or index; a proof of the wrong length raises."""
    size = data.draw(st.integers(2, 70))
    index = data.draw(st.integers(0, size - 1))
    proof, root = path(index, MANY[:size]), tree_of(MANY[:size])
    at = data.draw(st.integers(0, len(proof) - 1))
    forged = [*proof[:at], leaf_hash(proof[at]), *proof[at + 1 :]]
    assert root_from_inclusion(index, size, MANY[index], forged) != root
    assert root_from_inclusion(index, size, leaf_hash(b"other"), proof) != root
    for wrong in (proof[:-1], [*proof, proof[0]]):
        with pytest.raises(ProofBroken, match="hashes where"):
            root_from_inclusion(index, size, MANY[index], wrong)
    for other in set(range(size)) - {index}:
        if len(inclusion_ranges(other, size)) == len(proof):
            assert root_from_inclusion(other, size, MANY[index], proof) != root


@given(st.data())
def test_a_changed_consistency_proof_is_refused(data: st.DataObject) -> None:
    """Another hash, another number of hashes, or another root."""
    new = data.draw(st.integers(2, 70))
    old = data.draw(st.integers(1, new - 1))
    proof, roots = subproof(old, MANY[:new]), (tree_of(MANY[:old]), tree_of(MANY[:new]))
    at = data.draw(st.integers(0, len(proof) - 1))
    forged = [*proof[:at], leaf_hash(proof[at]), *proof[at + 1 :]]
    for wrong in (forged, proof[:-1], [*proof, proof[0]], [*proof[:at], b"", *proof[at + 1 :]]):
        with pytest.raises(ProofBroken):
            verify_consistency(old, roots[0], new, roots[1], wrong)
    for wrong_roots in ((leaf_hash(b""), roots[1]), (roots[0], leaf_hash(b""))):
        with pytest.raises(ProofBroken):
            verify_consistency(old, wrong_roots[0], new, wrong_roots[1], proof)


def test_a_rewritten_tree_cannot_be_proven_consistent() -> None:
    """Neither with its own proof nor with that of the original tree."""
    forged = [*MANY[:5], leaf_hash(b"rewritten"), *MANY[6:]]
    for old, new in pairwise(range(6, 71)):
        for proof in (subproof(old, forged[:new]), subproof(old, MANY[:new])):
            with pytest.raises(ProofBroken):
                verify_consistency(old, tree_of(MANY[:old]), new, tree_of(forged[:new]), proof)
