"""Witnesses check old leaves: a service that rewrote one is exposed by its own signed answer."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from gateway.witness.patrol import BLOCK
from gateway.witness.rules import PROVEN_WITHIN, Fault
from shared.audit.tables import audit_leaves, audit_logs
from shared.audit.verify.leaf_proof import verify_contradiction
from shared.crypto.ed25519 import SigningKey
from tests.gateway.witness.network import PATH, Network


async def test_a_rewritten_leaf_is_proven_by_an_answer_and_a_checkpoint(network: Network) -> None:
    """Anyone can verify both signatures with the public root key alone."""
    await network.grow(5)
    await network.look("DE")
    await network.patrol("DE")
    assert await network.alarms("DE") == []
    await network.rewrite(2)
    await network.patrol("DE")
    [alarm] = (await network.audit("DE", "/api/audit/alarms")).json()["items"]
    assert (alarm["fault"], alarm["shown"]) == ("altered", None)
    found = verify_contradiction(alarm["proof"].encode(), network.mesh.root.public)
    assert found.ok, found.found
    assert not verify_contradiction(alarm["proof"].encode(), SigningKey.generate().public).ok


@pytest.mark.thorough
async def test_a_rewritten_leaf_in_any_block_is_found_within_one_round(network: Network) -> None:
    """One leaf of each 256 is requested, whose proof depends on all: a round has as many steps as there are blocks."""
    await network.grow(2 * BLOCK + 20)
    await network.look("DE", "FR")
    await network.rewrite(BLOCK + 7)
    await network.grow(300)
    await network.look("DE", "FR")
    assert await network.witnesses() == ["DE", "FR"]
    assert await network.alarms("DE") == await network.alarms("FR") == []
    for bureau in ("DE", "FR"):
        await network.patrol(bureau, steps=4)
        assert [(each.evidence.fault, each.times) for each in await network.alarms(bureau)] == [(Fault.ALTERED, 1)]
    await network.patrol("DE", steps=4)
    assert [each.times for each in await network.alarms("DE")] == [2]


async def test_the_patrol_reports_a_deleted_leaf(network: Network) -> None:
    """The service itself answers that it cannot prove what it signed."""
    await network.grow(5)
    await network.look("DE")
    async with network.database.writing() as session:
        await session.execute(sa.delete(audit_leaves).where(audit_leaves.c.number == 2))
    await network.patrol("DE")
    [alarm] = await network.alarms("DE")
    assert (alarm.evidence.fault, "are missing" in alarm.evidence.says) == (Fault.ALTERED, True)


async def test_a_log_without_proofs_raises_an_alarm_after_a_minute(network: Network) -> None:
    """As one whose store was restored to an earlier state."""
    await network.grow(5)
    await network.look("DE")
    async with network.database.writing() as session:
        await session.execute(sa.update(audit_logs).values(size=1))
        row = (await session.fetch(sa.select(audit_logs.c.frontier)))[0]
        await session.execute(sa.update(audit_logs).values(frontier=(1).to_bytes(8, "big") + row.frontier[8:40]))
    for wait, faults in ((timedelta(), []), (PROVEN_WITHIN / 2, []), (PROVEN_WITHIN / 2, [Fault.UNPROVEN])):
        network.mesh.clock.advance(wait)
        await network.patrol("DE")
        assert [each.evidence.fault for each in await network.alarms("DE")] == faults


async def test_a_patrol_without_a_checkpoint_raises_no_alarm(network: Network) -> None:
    await network.patrol("DE", steps=3)
    assert await network.alarms("DE") == []


@pytest.mark.parametrize("query", [{"size": 3}, {"size": 10_000}])
async def test_an_inclusion_proof_beyond_the_log_is_refused(network: Network, query: dict[str, int]) -> None:
    """For a leaf outside the tree, and for a tree that the log has not reached."""
    await network.grow(5)
    refused = await network.audit("DE", f"{PATH}/audit/inclusion/4", **query)
    assert refused.status_code == (422 if query["size"] == 3 else 404)
