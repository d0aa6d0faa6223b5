"""Witnesses raise an alarm about a log that contradicts what they saw, and about nothing else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from gateway.witness.rules import Fault
from gateway.witness.watching import IDLE_FOR, Witness
from shared.audit.checkpoint_store import CheckpointStore
from shared.audit.tables import audit_leaves
from shared.audit.verify.signatures import attest, keys_of
from shared.bureaus import BureauCode
from tests.gateway.witness.network import NAME, Network

REFUSE_WITNESSED = """
    CREATE TRIGGER refuse BEFORE UPDATE ON witnessed BEGIN SELECT RAISE(ABORT, 'the disk is full'); END
"""
Tampering = Callable[[list[bytes]], list[bytes]]


@pytest.mark.parametrize(
    "tamper",
    [
        lambda leaves: [leaves[0].replace(b"de.officer", b"xx.officer"), *leaves[1:]],
        lambda leaves: leaves[1:],
        lambda leaves: [leaves[1], leaves[0], *leaves[2:]],
    ],
    ids=["rewritten", "dropped", "reordered"],
)
async def test_a_log_with_a_changed_past_is_not_cosigned_and_raises_an_alarm(
    network: Network, tamper: Tampering
) -> None:
    """Even if its whole tree is rebuilt and all answers are signed: it had signed another past."""
    await network.grow(5)
    await network.look("DE", "FR")
    await network.put_leaves(tamper(await network.leaves()))
    await network.grow(2)
    for _ in range(3):
        network.mesh.clock.advance(timedelta(seconds=1))
        await network.look("DE", "FR")
    assert await network.witnesses() == []
    for bureau in ("DE", "FR"):
        [alarm] = await network.alarms(bureau)
        assert (alarm.evidence.fault, alarm.evidence.seen_size, alarm.times) == (Fault.REWRITTEN, 5, 3)
    alarms = network.mesh.logged("witness-alarm")
    assert [(line["bureau"], line["level"], line["seen_size"]) for line in alarms] == [
        ("DE", "error", 5),
        ("FR", "error", 5),
    ]
    assert all(line["seen_root"] != line["shown_root"] for line in alarms)


async def test_a_log_smaller_than_its_last_checkpoint_raises_an_alarm(network: Network) -> None:
    """As after an older copy of its store was restored."""
    await network.grow(5)
    await network.look("DE")
    async with network.database.writing() as session:
        await CheckpointStore(session).delete([5])
    await network.put_leaves((await network.leaves())[:3])
    await network.sign()
    await network.look("DE")
    [alarm] = await network.alarms("DE")
    assert (alarm.evidence.fault, alarm.evidence.seen_size) == (Fault.SHRUNK, 5)
    assert await network.witnesses() == []


async def test_a_deleted_leaf_raises_an_alarm(network: Network) -> None:
    """Without it the log can prove no growth, and answers so."""
    await network.grow(5)
    await network.look("DE")
    async with network.database.writing() as session:
        await session.execute(sa.delete(audit_leaves).where(audit_leaves.c.number == 4))
    await network.grow(1)
    await network.look("DE")
    [alarm] = await network.alarms("DE")
    assert alarm.evidence.fault is Fault.REWRITTEN
    assert alarm.evidence.says == "leaves are missing that the log has signed for"
    assert await network.witnesses() == []


async def test_a_service_that_is_down_raises_no_alarm_about_its_log(network: Network) -> None:
    """It is checked again later."""
    await network.grow()
    witness = Witness(await network.mailbox("DE"), network.mesh.bureaus[BureauCode("DE")])
    await witness.look("missing-persons")
    async with network.database.writing() as session:
        await session.execute(sa.text("ALTER TABLE audit_checkpoints RENAME TO elsewhere"))
    await network.look("DE")
    assert await network.alarms("DE") == []
    assert network.mesh.logged("witness-alarm") == []


async def test_a_clock_step_of_the_witness_raises_no_alarm_about_unproven_growth(network: Network) -> None:
    """The minute is measured by the monotonic clock."""
    await network.grow()
    await network.look("DE")
    await network.grow()
    async with network.database.writing() as session:
        await session.execute(sa.text("ALTER TABLE audit_blocks RENAME TO elsewhere"))
    await network.look("DE")
    network.mesh.clock.step(timedelta(days=1))
    await network.look("DE")
    assert await network.alarms("DE") == []


@pytest.mark.thorough
async def test_a_witness_that_cosigns_nothing_for_minutes_is_logged_once(network: Network) -> None:
    """As where a service is down, or the mailbox is full; and once more when it happens again."""
    await network.grow()
    await network.look("DE")
    mailbox = (await network.mailbox("DE"))._database
    for times in (1, 2):
        async with mailbox.writing() as session:
            await session.execute(sa.text(REFUSE_WITNESSED))
        await network.grow()
        for _ in range(3):
            await network.look("DE")
            network.mesh.clock.advance(IDLE_FOR)
        assert [(line["service"], line["reason"]) for line in network.mesh.logged("witness-idle")] == [
            (NAME, "not-stored")
        ] * times
        async with mailbox.writing() as session:
            await session.execute(sa.text("DROP TRIGGER refuse"))
        await network.look("DE")
        assert await network.witnesses() == ["DE"]


async def test_alarms_of_a_witness_are_visible_only_to_auditors_of_its_bureau(network: Network) -> None:
    """With both checkpoints and their keys, which prove the fault to anyone."""
    await network.grow(5)
    await network.look("DE")
    await network.put_leaves((await network.leaves())[1:])
    await network.grow(2)
    await network.look("DE")
    [alarm] = (await network.audit("DE", "/api/audit/alarms")).json()["items"]
    assert (alarm["service"], alarm["fault"], alarm["times"]) == (NAME, "rewritten", 1)
    root = network.mesh.root.public
    for shown in (alarm["seen"], alarm["shown"]):
        attested, found = attest(shown["checkpoint"], NAME, keys_of(NAME, shown["entries"], root))
        assert attested is not None, found
    assert (await network.audit("FR", "/api/audit/alarms")).json() == {"items": [], "next": None}
