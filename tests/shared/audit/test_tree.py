"""The tree as it is read from the store: proofs lead to the signed root as long as no leaf was altered."""

import asyncio

import pytest
import sqlalchemy as sa

from shared.audit.rules import LogDamaged
from shared.audit.tables import audit_leaves
from shared.audit.tree import TreeStore
from shared.crypto.merkle import CompactRange, ProofBroken, leaf_hash, root_from_inclusion, verify_consistency
from tests.shared.audit.logged_service import LoggedService

# More than one block of 256 leaves, whose hash is stored.
LEAVES = 300


@pytest.fixture
async def roots(service: LoggedService) -> list[bytes]:
    """Fill the log, and return the root at each size."""
    await asyncio.gather(*(service.answer("DE") for _ in range(LEAVES)))
    rows = await service.database.reading.fetch(sa.select(audit_leaves.c.leaf).order_by(audit_leaves.c.number))
    compact_range, roots = CompactRange(), [CompactRange().root()]
    for row in rows:
        compact_range.append(leaf_hash(row.leaf))
        roots.append(compact_range.root())
    return roots


async def leaf_of(service: LoggedService, index: int) -> bytes:
    found = await service.database.reading.fetch(sa.select(audit_leaves.c.leaf).where(audit_leaves.c.number == index))
    return bytes(found[0].leaf)


async def test_the_stored_head_has_the_root_of_the_stored_leaves(service: LoggedService, roots: list[bytes]) -> None:
    tree = TreeStore(service.database.reading)
    assert ((await tree.head()).size, (await tree.head()).tree.root()) == (LEAVES, roots[-1])


async def test_an_empty_log_has_no_leaves(service: LoggedService) -> None:
    """A service that never answered a request has a log too."""
    tree = TreeStore(service.database.reading)
    assert ((await tree.head()).size, (await tree.head()).tree.size) == (0, 0)


async def test_each_leaf_is_proven_in_each_tree_that_contains_it(service: LoggedService, roots: list[bytes]) -> None:
    """Across the boundary of a block of 256 leaves."""
    tree = TreeStore(service.database.reading)
    for index, size in ((0, 1), (0, LEAVES), (255, 256), (255, 257), (256, 257), (200, 299), (LEAVES - 1, LEAVES)):
        proof = await tree.inclusion(index, size)
        assert root_from_inclusion(index, size, leaf_hash(await leaf_of(service, index)), proof) == roots[size]
    with pytest.raises(ProofBroken):
        await tree.inclusion(5, 5)


async def test_each_tree_is_proven_to_extend_each_smaller_one(service: LoggedService, roots: list[bytes]) -> None:
    """So that a witness does not need the leaves."""
    tree = TreeStore(service.database.reading)
    for old, new in ((0, 7), (1, LEAVES), (255, 256), (256, 300), (17, 200), (LEAVES, LEAVES)):
        verify_consistency(old, roots[old], new, roots[new], await tree.consistency(old, new))
    with pytest.raises(ProofBroken):
        await tree.consistency(8, 7)


@pytest.mark.both_databases
async def test_a_proof_that_needs_an_altered_leaf_does_not_lead_to_the_signed_root(
    service: LoggedService, roots: list[bytes]
) -> None:
    async with service.database.writing() as session:
        await session.execute(sa.update(audit_leaves).where(audit_leaves.c.number == 280).values(leaf=b"another"))
    proof = await TreeStore(service.database.reading).inclusion(281, LEAVES)
    assert root_from_inclusion(281, LEAVES, leaf_hash(await leaf_of(service, 281)), proof) != roots[-1]


async def test_a_proof_that_needs_a_deleted_leaf_is_not_made(service: LoggedService, roots: list[bytes]) -> None:
    """LogDamaged is raised instead."""
    assert len(roots) == LEAVES + 1
    async with service.database.writing() as session:
        await session.execute(sa.delete(audit_leaves).where(audit_leaves.c.number == 280))
    with pytest.raises(LogDamaged):
        await TreeStore(service.database.reading).inclusion(281, LEAVES)
