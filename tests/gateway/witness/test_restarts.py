"""A log that was restored from a backup is cosigned again once it says what it lost, and not if it lies about that."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.witness.rules import PROVEN_WITHIN, Fault
from gateway.witness.store import KeptAlarm, WitnessStore
from shared.audit.restart import largest, restart
from shared.audit.tables import audit_checkpoints, audit_leaves, audit_restarts
from shared.audit.verify.restarted import Restarted
from shared.crypto.signed_note import parse_note, read_checkpoint
from tests.gateway.mesh import Mesh
from tests.gateway.witness.network import NAME, PATH, Network
from tests.gateway.witness.test_forks import TwoFaced, said, started
from tests.shared.audit.restored import Backup, back_up, restore

REFUSE_ALARMS = """
    CREATE TRIGGER refuse BEFORE INSERT ON witness_alarms BEGIN SELECT RAISE(ABORT, 'the disk is full'); END
"""


async def seen_by(network: Network, bureau: str) -> str:
    """Return the last checkpoint that the witness of a bureau holds."""
    return await WitnessStore((await network.mailbox(bureau)).reading.session).seen(NAME) or ""


async def restarted(network: Network, *lost: str, reason: str = "the disk failed") -> Restarted:
    """Restart the log and have it sign what it has become."""
    note = largest(lost, NAME, network.mesh.directory)
    async with network.database.writing(alone=True) as session:
        told = await restart(session, note, reason, network.mesh.clock.now(), network.mesh.directory)
    await network.sign()
    return told


async def lose(network: Network, backup: Backup) -> None:
    """Restore a log, and have it go on for a while as if nothing had happened."""
    await restore(network.database, backup)
    await network.grow()


def faults(alarms: list[KeptAlarm]) -> list[str]:
    return [each.evidence.fault.value for each in reversed(alarms)]


@pytest.fixture
async def backup(network: Network) -> Backup:
    """Return a backup of three leaves; the log went on to seven since, which two bureaus saw."""
    await network.grow(3)
    await network.look("DE", "FR")
    backup = await back_up(network.database)
    await network.grow(4)
    await network.look("DE", "FR")
    return backup


async def test_a_restored_log_is_cosigned_again_once_it_says_what_it_lost(network: Network, backup: Backup) -> None:
    """Each witness keeps that as an alarm beside what it found before, tells it, and goes on from there."""
    await lose(network, backup)
    await network.look("DE", "FR")
    assert await network.witnesses() == []
    await restarted(network, await seen_by(network, "FR"))
    for _ in range(2):
        await network.look("DE", "FR")
        assert await network.witnesses() == ["DE", "FR"]
        await network.grow(2)
    for bureau in ("DE", "FR"):
        alarms = await network.alarms(bureau)
        assert faults(alarms) == ["shrunk", "restarted"]
        evidence = alarms[0].evidence
        assert "leaves 3 to 6 of generation 0 were lost; it goes on in generation 1 with leaf 4" in evidence.says
        assert evidence.says.endswith("The reason given: the disk failed")
        assert [read_checkpoint(parse_note(each)).generation for each in (evidence.seen_note, evidence.shown_note)] == [
            0,
            1,
        ]
    told = [line for line in network.mesh.logged("witness-alarm") if line["fault"] == "restarted"]
    assert [(line["bureau"], line["seen_size"], line["shown_size"]) for line in told] == [("DE", 7, 5), ("FR", 7, 5)]


async def test_nothing_is_cosigned_of_which_the_bureau_cannot_be_told(network: Network, backup: Backup) -> None:
    """The alarm is kept together with what was seen, or neither is."""
    await restore(network.database, backup)
    held = await seen_by(network, "DE")
    mailbox = (await network.mailbox("DE"))._database
    async with mailbox.writing() as session:
        await session.execute(sa.text(REFUSE_ALARMS))
    await restarted(network, held)
    await network.look("DE")
    assert (await network.witnesses(), await seen_by(network, "DE")) == ([], held)
    async with mailbox.writing() as session:
        await session.execute(sa.text("DROP TRIGGER refuse"))
    await network.look("DE")
    assert await network.witnesses() == ["DE"]


async def test_a_log_that_says_it_lost_less_is_accused(network: Network, backup: Backup) -> None:
    """It is not cosigned by who saw more, until another restart says the whole; the others go on all the same."""
    await network.grow(2)
    await network.look("DE")
    await lose(network, backup)
    await restarted(network, await seen_by(network, "FR"))
    await network.look("DE", "FR")
    assert await network.witnesses() == ["FR"]
    [alarm] = await network.alarms("DE")
    assert alarm.evidence.fault is Fault.UNDERSTATED
    assert alarm.evidence.says == "the log says that it lost 7 leaves where it had signed 9"
    await restarted(network, await seen_by(network, "DE"))
    await network.look("DE", "FR")
    assert await network.witnesses() == ["DE", "FR"]
    assert faults(await network.alarms("DE")) == ["understated", "restarted"]
    assert faults(await network.alarms("FR")) == ["restarted", "restarted"]


async def test_a_log_that_begins_a_generation_in_silence_is_accused(network: Network, backup: Backup) -> None:
    """Whether there is no leaf that says so, or one that says something else; by those who see it first, too."""
    await restore(network.database, backup)
    async with network.database.writing() as session:
        await session.execute(sa.insert(audit_restarts), {"generation": 1, "leaf": 2})
    await network.grow(5)
    await network.look("DE", "KE")
    async with network.database.writing() as session:
        await session.execute(sa.update(audit_restarts).values(leaf=1_000))
    await network.look("FR")
    assert await network.witnesses() == []
    for bureau in ("DE", "FR", "KE"):
        assert faults(await network.alarms(bureau)) == ["untold"]


async def test_each_restart_is_told(network: Network, backup: Backup) -> None:
    """What was said of one says nothing of the next."""
    await lose(network, backup)
    await restarted(network, await seen_by(network, "DE"))
    await network.look("DE")
    async with network.database.writing() as session:
        await session.execute(sa.insert(audit_restarts), {"generation": 2, "leaf": 4})
    await network.grow()
    await network.look("DE")
    assert await network.witnesses() == []
    assert faults(await network.alarms("DE")) == ["restarted", "untold"]


async def test_what_is_told_to_a_witness_is_what_the_log_has(network: Network, backup: Backup) -> None:
    """Not another loss, nor another reason."""
    await restore(network.database, backup)
    told = await restarted(network, await seen_by(network, "DE"))
    leaf = (await network.leaves())[told.index].replace(b"the disk failed", b"the disk was full")
    async with network.database.writing() as session:
        await session.execute(sa.update(audit_leaves).where(audit_leaves.c.number == told.index).values(leaf=leaf))
    await network.look("DE")
    [alarm] = await network.alarms("DE")
    assert alarm.evidence.fault is Fault.UNTOLD
    assert alarm.evidence.says.endswith("the log has no such leaf at 3")
    assert await network.witnesses() == []


async def test_a_log_that_goes_back_to_an_earlier_generation_is_accused(network: Network, backup: Backup) -> None:
    """Even if it goes on rightly from what was seen then: the old name is never cosigned again."""
    before = await back_up(network.database)
    await lose(network, backup)
    await restarted(network, await seen_by(network, "DE"))
    await network.look("DE", "FR")
    await restore(network.database, before)
    await network.grow(2)
    await network.look("DE", "FR")
    assert await network.witnesses() == []
    assert faults(await network.alarms("DE")) == ["restarted", "returned"]


async def test_what_is_said_to_be_kept_must_be_there_unchanged(network: Network, backup: Backup) -> None:
    """To lose something does not allow to rewrite the rest."""
    await restore(network.database, backup)
    await restarted(network, await seen_by(network, "DE"))
    leaves = await network.leaves()
    await network.put_leaves([leaves[0].replace(b"de.officer", b"xx.officer"), *leaves[1:]])
    await network.grow()
    await network.look("DE")
    assert faults(await network.alarms("DE")) == ["rewritten"]
    assert await network.witnesses() == []


async def test_a_witness_of_which_nothing_was_lost_needs_no_more_than_to_be_told(
    network: Network, backup: Backup
) -> None:
    """It had not looked for a while; what it saw is still there."""
    await lose(network, backup)
    held = await seen_by(network, "DE")
    mailbox = await network.mailbox("KE")
    early = next(row["note"] for row in backup[audit_checkpoints])

    async def move(store: Any) -> bool:
        return await WitnessStore(store.session).move(NAME, before=None, size=3, note=str(early), at=1)

    await mailbox.write(move)
    await restarted(network, held)
    await network.look("KE")
    assert faults(await network.alarms("KE")) == ["restarted"]
    assert await network.witnesses() == ["KE"]


async def test_who_sees_a_log_first_is_told_of_its_last_restart(network: Network, backup: Backup) -> None:
    """A bureau that has become a witness since, and one that was away meanwhile while the log was restarted twice."""
    await lose(network, backup)
    held = await seen_by(network, "FR")
    await restarted(network, held)
    await network.look("DE")
    await network.grow(3)
    backup = await back_up(network.database)
    await network.grow(2)
    await network.look("DE")
    await restore(network.database, backup)
    await restarted(network, await seen_by(network, "DE"), reason="again")
    await network.look("DE", "FR", "KE")
    assert await network.witnesses() == ["DE", "FR", "KE"]
    for bureau in ("FR", "KE"):
        [alarm] = await network.alarms(bureau)
        assert alarm.evidence.fault is Fault.RESTARTED
        first, second = alarm.evidence.says.split(". Then ")
        assert "leaves 3 to 6 of generation 0 were lost" in first
        assert "of generation 1 were lost" in second
    assert "of generation 0" not in (await network.alarms("DE"))[0].evidence.says


async def test_an_auditor_gets_what_his_bureau_holds_a_log_to(network: Network, backup: Backup) -> None:
    """As what an operator restarts the log with; where nothing was seen, there is none."""
    await lose(network, backup)
    held = (await network.audit("DE", f"/api/audit/witnessed/{NAME}")).json()
    assert held["checkpoint"] == await seen_by(network, "DE")
    assert held["entries"]
    assert (await network.audit("KE", f"/api/audit/witnessed/{NAME}")).status_code == 404
    told = await restarted(network, held["checkpoint"])
    assert told.lost.size == 7
    await network.look("DE")
    [alarm] = (await network.audit("DE", "/api/audit/alarms")).json()["items"]
    assert (alarm["fault"], alarm["seen"]["checkpoint"]) == ("restarted", held["checkpoint"])
    proven = await network.audit("KE", f"{PATH}/audit/restarts", size=5)
    assert [each["index"] for each in proven.json()["items"]] == [4]


@pytest.fixture
async def service(mesh: Mesh, tmp_path: Path) -> AsyncIterator[TwoFaced]:
    """Start a service with two logs that lost the same, which two bureaus had seen."""
    async with AsyncExitStack() as stack:
        service = await started(mesh, tmp_path, stack)
        service.shown_to["FR"] = "one"
        for bureau in ("DE", "FR"):
            await service.look(bureau)
        backups = {face: await back_up(network.database) for face, network in service.networks.items()}
        await service.append_request("one", "de.third", "de.fourth")
        for bureau in ("DE", "FR"):
            await service.look(bureau)
        for face, network in service.networks.items():
            await restore(network.database, backups[face])
        yield service


async def restart_both(service: TwoFaced) -> None:
    """Restart each of the logs, which say something else."""
    held = await seen_by(service.networks["one"], "DE")
    for face, network in service.networks.items():
        await restarted(network, held, reason=face)


async def test_two_restarts_are_found_by_comparing_them(service: TwoFaced) -> None:
    """Each of two bureaus is shown one: they are two trees of one size and one name, and both are signed."""
    await restart_both(service)
    service.shown_to["FR"] = "other"
    for bureau in ("DE", "FR"):
        await service.look(bureau)
        assert faults(await service.networks["one"].alarms(bureau)) == ["restarted"]
    fits, says = said(await service.proof_for("DE", await service.checkpoint_for("FR")), "other checkpoint")
    assert not fits
    assert says.startswith("a forked view: the log signed another past of 3 leaves")


@pytest.mark.parametrize(("more", "fault"), [((), Fault.FORKED), (("de.fourth",), Fault.REWRITTEN)])
async def test_a_witness_that_is_shown_another_restart_is_alarmed(
    service: TwoFaced, more: tuple[str, ...], fault: Fault
) -> None:
    """One generation begins once."""
    await restart_both(service)
    await service.look("DE")
    service.shown_to["DE"] = "other"
    if more:
        await service.append_request("other", *more)
    await service.look("DE")
    assert faults(await service.networks["one"].alarms("DE")) == ["restarted", fault.value]
    assert await service.networks["other"].witnesses() == []


async def test_a_log_that_does_not_prove_its_restart_is_accused_after_a_minute(service: TwoFaced) -> None:
    """As one that does not prove that it grew; though it withholds now the one proof that it takes, now the other."""
    await restart_both(service)
    telling = service.applications["one"]
    for path in ("/restarts", "/consistency", "/restarts"):
        assert await service.networks["one"].alarms("DE") == []
        service.applications["one"] = telling
        service.withhold("one", path)
        await service.look("DE")
        service.mesh.clock.advance(PROVEN_WITHIN / 2 + timedelta(seconds=1))
    await service.look("DE")
    assert faults(await service.networks["one"].alarms("DE")) == ["unproven"]
    assert await service.networks["one"].witnesses() == []
