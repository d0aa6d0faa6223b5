"""Roots and proofs of a Merkle tree as RFC 6962 defines them, by recursion over the leaves."""

from collections.abc import Sequence

from shared.crypto.merkle import (
    EMPTY_ROOT,
    leaf_hash,
    node_hash,
)

MANY = [leaf_hash(str(number).encode()) for number in range(70)]


def tree_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root as the RFC defines it: MTH, of the hashes of leaves."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    middle = largest_power_below(len(leaves))
    return node_hash(tree_of(leaves[:middle]), tree_of(leaves[middle:]))


def path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the proof of inclusion as the RFC defines it: PATH."""
    if len(leaves) == 1:
        return []
    middle = largest_power_below(len(leaves))
    if index < middle:
        return [*path(index, leaves[:middle]), tree_of(leaves[middle:])]
    return [*path(index - middle, leaves[middle:]), tree_of(leaves[:middle])]


def subproof(old: int, leaves: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """Return the proof of consistency as the RFC defines it: SUBPROOF."""
    if old == len(leaves):
        return [] if whole else [tree_of(leaves)]
    middle = largest_power_below(len(leaves))
    if old <= middle:
        return [*subproof(old, leaves[:middle], whole), tree_of(leaves[middle:])]
    return [*subproof(old - middle, leaves[middle:], whole=False), tree_of(leaves[:middle])]


def largest_power_below(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power
