"""A log that lost leaves is retired openly: each witness reports in an alarm what was lost, and cosigns the new log."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from gateway.witness import watching
from gateway.witness.rules import PROVEN_WITHIN, Fault
from gateway.witness.store import MAX_OF_A_KIND, WitnessStore
from shared.audit.tables import audit_leaves, audit_logs
from shared.crypto.signed_note import parse_note, read_checkpoint
from tests.gateway.witness.network import NAME, PATH, Network
from tests.gateway.witness.new_logs import alarm_text, alarmed, opened
from tests.shared.audit.backup import Backup, back_up, restore

REFUSE_ALARMS = """
    CREATE TRIGGER refuse BEFORE INSERT ON witness_alarms BEGIN SELECT RAISE(ABORT, 'the disk is full'); END
"""


async def seen(network: Network, bureau: str) -> list[tuple[str, int]]:
    """Return the checkpoint to which the witness of a bureau holds each log: the one it saw, or the one kept."""
    notes = await WitnessStore((await network.mailbox(bureau)).reading.session).seen_of_all(NAME)
    return [(each.origin, each.size) for each in (read_checkpoint(parse_note(note)) for note in notes)]


@pytest.mark.thorough
async def test_a_new_log_is_cosigned_and_each_witness_reports_the_lost_leaves(network: Network, backup: Backup) -> None:
    """The alarm holds both checkpoint sizes; the shortened log before it is not cosigned."""
    await restore(network.database, backup)
    await network.grow()
    await network.look("DE", "FR")
    assert await network.witnesses() == []
    await opened(network)
    for _ in range(2):
        await network.look("DE", "FR")
        assert await network.witnesses() == ["DE", "FR"]
        await network.grow(2)
    for bureau in ("DE", "FR"):
        assert await alarmed(network, bureau) == ["shrunk", "new-log"]
        text = await alarm_text(network, bureau)
        assert text.startswith(f"of the 7 leaves of i247/{NAME} that this bureau had seen, 4 are lost: 3 to 6; i247/")
        assert text.endswith(f"of i247/{NAME} the first 3 leaves are kept. The reason given: a disk failed")
    alarms = [line for line in network.mesh.logged("witness-alarm") if line["fault"] == "new-log"]
    assert [(line["bureau"], line["seen_size"], line["shown_size"]) for line in alarms] == [("DE", 7, 1), ("FR", 7, 1)]


@pytest.mark.thorough
async def test_the_alarm_about_a_new_log_shows_its_first_leaf_to_auditors(network: Network, backup: Backup) -> None:
    """With both checkpoints: the last that the bureau saw of the old log, and the first of the new one."""
    await restore(network.database, backup)
    await opened(network)
    await network.look("DE")
    [alarm] = (await network.audit("DE", "/api/audit/alarms")).json()["items"]
    logs = (await network.audit("KE", f"{PATH}/audit/logs")).json()["items"]
    assert (alarm["fault"], alarm["openings"], alarm["proof"]) == ("new-log", [logs[1]["opening"]], None)
    notes = [read_checkpoint(parse_note(alarm[which]["checkpoint"])) for which in ("seen", "shown")]
    assert [(note.log, note.size) for note in notes] == [(0, 7), (1, 1)]


@pytest.mark.thorough
async def test_a_new_log_is_not_cosigned_if_its_alarm_cannot_be_stored(network: Network, backup: Backup) -> None:
    """The alarm and the checkpoint seen are stored together, or neither is."""
    await restore(network.database, backup)
    mailbox = (await network.mailbox("DE"))._database
    async with mailbox.writing() as session:
        await session.execute(sa.text(REFUSE_ALARMS))
    await opened(network)
    await network.look("DE")
    assert (await network.witnesses(), await seen(network, "DE")) == ([], [(f"i247/{NAME}", 7)])
    async with mailbox.writing() as session:
        await session.execute(sa.text("DROP TRIGGER refuse"))
    await network.look("DE")
    assert await network.witnesses() == ["DE"]


@pytest.mark.thorough
async def test_a_new_log_without_losses_raises_an_alarm_as_well(network: Network, backup: Backup) -> None:
    """The kept part is proven to extend what each bureau saw, also if it had not looked for a while."""
    await network.grow(2)
    await network.look("DE", "KE")
    await opened(network)
    await network.look("DE", "FR", "KE")
    assert await network.witnesses() == ["DE", "FR", "KE"]
    for bureau, had in (("DE", 9), ("FR", 7), ("KE", 9)):
        assert (await alarm_text(network, bureau)).startswith(
            f"of the {had} leaves of i247/{NAME} that this bureau had seen, none is lost"
        )
        assert await seen(network, bureau) == [(f"i247/{NAME}/1", 1), (f"i247/{NAME}", 9)]


@pytest.mark.thorough
async def test_each_new_log_raises_an_alarm(network: Network, backup: Backup) -> None:
    """Although the same size was seen of each; the limit for alarms of one kind does not apply."""
    for number in range(1, MAX_OF_A_KIND + 3):
        await opened(network)
        await network.look("DE", "FR")
        assert await network.witnesses() == ["DE", "FR"]
        assert len(await network.alarms("FR")) == number
    assert set(await alarmed(network, "FR")) == {"new-log"}


@pytest.mark.thorough
async def test_a_witness_that_was_away_reports_all_logs_opened_since(network: Network, backup: Backup) -> None:
    """Lost is what is not kept of the log that it saw; a bureau that saw the logs reports each."""
    await restore(network.database, backup)
    await opened(network, "a flood")
    await network.look("DE", "KE")
    await network.grow(3)
    await network.look("DE", "KE")
    await opened(network, "a fire")
    await network.look("DE", "FR")
    assert await network.witnesses() == ["DE", "FR"]
    assert await alarmed(network, "FR") == ["new-log"]
    text = await alarm_text(network, "FR")
    assert text.index("4 are lost: 3 to 6") < text.index("a flood") < text.index("a fire")
    assert await seen(network, "FR") == [(f"i247/{NAME}/2", 1), (f"i247/{NAME}/1", 4), (f"i247/{NAME}", 3)]
    assert "a flood" not in await alarm_text(network, "DE")
    network.mesh.clock.advance(timedelta(seconds=1))
    await opened(network, "a storm")
    await network.look("KE")
    assert (await alarm_text(network, "KE")).startswith(
        f"of the 4 leaves of i247/{NAME}/1 that this bureau had seen, none is lost"
    )


async def test_a_witness_does_not_cosign_after_too_many_new_logs(
    network: Network, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log cannot make a witness read any number of opening leaves."""
    monkeypatch.setattr(watching, "MAX_OPENED", 1)
    await opened(network)
    await network.look("DE", "FR")
    await opened(network)
    await network.look("KE")
    assert (await network.alarms("KE"), await seen(network, "KE")) == ([], [])


@pytest.mark.thorough
async def test_a_new_log_after_a_total_loss_is_cosigned_only_under_an_unused_number(
    network: Network, backup: Backup
) -> None:
    """A witness accepts no return to a number that it saw; under a new one it reports everything as lost."""
    await opened(network)
    await network.look("DE", "FR")
    empty: Backup = {table: [] for table in backup}
    await restore(network.database, empty)
    await opened(network, log=1)
    await network.grow()
    await network.look("DE")
    assert await alarmed(network, "DE") == ["new-log", "rewritten"]
    await opened(network, log=2)
    await network.look("DE")
    assert await network.witnesses() == ["DE"]
    assert (await alarm_text(network, "DE")).startswith(
        f"of the 1 leaves of i247/{NAME}/1 that this bureau had seen, none is kept"
    )
    assert await seen(network, "DE") == [(f"i247/{NAME}/2", 1)]


@pytest.mark.thorough
@pytest.mark.parametrize(("more", "fault"), [(0, Fault.FORKED), (2, Fault.REWRITTEN)])
async def test_a_log_opened_twice_under_one_number_raises_an_alarm(
    network: Network, backup: Backup, more: int, fault: Fault
) -> None:
    """It signed two trees under one name."""
    before = await back_up(network.database)
    await opened(network, "a flood")
    await network.look("DE")
    await restore(network.database, before)
    await opened(network, "a fire")
    if more:
        await network.grow(more)
    await network.look("DE")
    assert await network.witnesses() == []
    assert await alarmed(network, "DE") == ["new-log", fault.value]


@pytest.mark.thorough
async def test_a_new_log_without_a_valid_opening_leaf_raises_an_alarm(network: Network, backup: Backup) -> None:
    """Whether the leaf states something else, or is not the one shown; also at witnesses that see the log first."""
    await restore(network.database, backup)
    async with network.database.writing() as session:
        await session.execute(sa.update(audit_logs).values(log=1))
    await network.grow(2)
    await network.look("DE", "KE")
    assert await network.witnesses() == []
    for bureau in ("DE", "KE"):
        assert await alarmed(network, bureau) == ["rewritten"]
        assert (await alarm_text(network, bureau)).startswith(f"the first leaf of i247/{NAME}/1 does not open it")
    await restore(network.database, backup)
    await opened(network)
    leaf = (await network.leaves())[3].replace(b"a disk failed", b"it was empty.")
    async with network.database.writing() as session:
        await session.execute(sa.update(audit_leaves).where(audit_leaves.c.number == 3).values(leaf=leaf))
    await network.look("FR")
    assert await alarm_text(network, "FR") == f"i247/{NAME}/1 begins with another leaf than the service shows"


@pytest.mark.thorough
async def test_a_new_log_that_withholds_its_opening_leaf_raises_an_alarm_after_a_minute(
    network: Network, backup: Backup
) -> None:
    """Until then a service may be down at the wrong moment."""
    await opened(network)
    async with network.database.writing() as session:
        await session.execute(sa.text("ALTER TABLE audit_leaves RENAME TO elsewhere"))
    for expected in ([], ["unproven"]):
        await network.look("DE")
        assert await alarmed(network, "DE") == expected
        network.mesh.clock.advance(PROVEN_WITHIN)
    assert await network.witnesses() == []
