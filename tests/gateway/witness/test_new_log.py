"""A log that lost leaves is retired openly: each witness says in an alarm what was lost, and cosigns the new log."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.witness import watching
from gateway.witness.rules import PROVEN_WITHIN, Fault
from gateway.witness.store import MAX_OF_A_KIND, WitnessStore
from shared.audit.new_log import open_new_log
from shared.audit.tables import audit_cosignatures, audit_leaves, audit_logs, disclosures
from shared.crypto.signed_note import parse_note, read_checkpoint
from tests.gateway.witness.network import NAME, PATH, Network
from tests.gateway.witness.test_own_lists import proven, show, witnessed
from tests.shared.audit.restored import Backup, back_up, restore

REFUSE_ALARMS = """
    CREATE TRIGGER refuse BEFORE INSERT ON witness_alarms BEGIN SELECT RAISE(ABORT, 'the disk is full'); END
"""


async def opened(network: Network, reason: str = "a disk failed", log: int | None = None) -> None:
    """Open a new log, and have it sign what it has become."""
    at, directory = network.mesh.clock.now(), network.mesh.directory
    async with network.database.writing(exclusive=True) as session:
        await open_new_log(session, NAME, directory, reason=reason, at=at, log=log)
    await network.sign()


async def alarmed(network: Network, bureau: str) -> list[str]:
    """Return what the witness of a bureau found, the oldest first."""
    return [each.evidence.fault.value for each in reversed(await network.alarms(bureau))]


async def says(network: Network, bureau: str) -> str:
    """Return what the last alarm of a bureau says."""
    return (await network.alarms(bureau))[0].evidence.says


async def seen(network: Network, bureau: str) -> list[tuple[str, int]]:
    """Return up to where the witness of a bureau holds each log to what it saw, or to what is kept."""
    notes = await WitnessStore((await network.mailbox(bureau)).reading.session).seen_of_all(NAME)
    return [(each.origin, each.size) for each in (read_checkpoint(parse_note(note)) for note in notes)]


@pytest.fixture
async def backup(network: Network) -> Backup:
    """Return a backup of three leaves; the log went on to seven since, which two bureaus saw."""
    await network.grow(3)
    await network.look("DE", "FR")
    backup = await back_up(network.database)
    await network.grow(4)
    await network.look("DE", "FR")
    return backup


async def test_a_new_log_is_cosigned_and_each_witness_says_what_was_lost(network: Network, backup: Backup) -> None:
    """It keeps that as an alarm with the first leaf and what it had seen; the log of before it did not cosign again."""
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
        said = await says(network, bureau)
        assert said.startswith(f"of the 7 leaves of i247/{NAME} that this bureau had seen, 4 are lost: 3 to 6; i247/")
        assert said.endswith(f"of i247/{NAME} the first 3 leaves are kept. The reason given: a disk failed")
    told = [line for line in network.mesh.logged("witness-alarm") if line["fault"] == "new-log"]
    assert [(line["bureau"], line["seen_size"], line["shown_size"]) for line in told] == [("DE", 7, 1), ("FR", 7, 1)]


async def test_an_auditor_is_shown_the_new_log_by_its_first_leaf(network: Network, backup: Backup) -> None:
    """With both checkpoints: what the bureau had seen, and the first that it saw of the new log."""
    await restore(network.database, backup)
    await opened(network)
    await network.look("DE")
    [alarm] = (await network.audit("DE", "/api/audit/alarms")).json()["items"]
    logs = (await network.audit("KE", f"{PATH}/audit/logs")).json()["items"]
    assert (alarm["fault"], alarm["openings"], alarm["proof"]) == ("new-log", [logs[1]["opening"]], None)
    notes = [read_checkpoint(parse_note(alarm[which]["checkpoint"])) for which in ("seen", "shown")]
    assert [(note.log, note.size) for note in notes] == [(0, 7), (1, 1)]


async def test_nothing_is_cosigned_of_which_the_bureau_cannot_be_told(network: Network, backup: Backup) -> None:
    """The alarm is kept together with what was seen, or neither is."""
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


async def test_a_new_log_that_lost_nothing_is_told_all_the_same(network: Network, backup: Backup) -> None:
    """What is kept is proven to begin with what each bureau saw, also where it had not looked for a while."""
    await network.grow(2)
    await network.look("DE", "KE")
    await opened(network)
    await network.look("DE", "FR", "KE")
    assert await network.witnesses() == ["DE", "FR", "KE"]
    for bureau, had in (("DE", 9), ("FR", 7), ("KE", 9)):
        assert (await says(network, bureau)).startswith(
            f"of the {had} leaves of i247/{NAME} that this bureau had seen, none is lost"
        )
        assert await seen(network, bureau) == [(f"i247/{NAME}/1", 1), (f"i247/{NAME}", 9)]


async def test_each_new_log_is_told(network: Network, backup: Backup) -> None:
    """Though as much had been seen of each as of the one before it; more than of any other alarm are kept."""
    for number in range(1, MAX_OF_A_KIND + 3):
        await opened(network)
        await network.look("DE", "FR")
        assert await network.witnesses() == ["DE", "FR"]
        assert len(await network.alarms("FR")) == number
    assert set(await alarmed(network, "FR")) == {"new-log"}


async def test_who_was_away_is_told_of_all_logs_that_were_opened_since(network: Network, backup: Backup) -> None:
    """As well as a bureau that sees the logs first; what was lost is what is not kept of the one that it saw."""
    await restore(network.database, backup)
    await opened(network, "a flood")
    await network.look("DE", "KE")
    await network.grow(3)
    await network.look("DE", "KE")
    await opened(network, "a fire")
    await network.look("DE", "FR")
    assert await network.witnesses() == ["DE", "FR"]
    assert await alarmed(network, "FR") == ["new-log"]
    said = await says(network, "FR")
    assert said.index("4 are lost: 3 to 6") < said.index("a flood") < said.index("a fire")
    assert await seen(network, "FR") == [(f"i247/{NAME}/2", 1), (f"i247/{NAME}/1", 4), (f"i247/{NAME}", 3)]
    assert "a flood" not in await says(network, "DE")
    network.mesh.clock.advance(timedelta(seconds=1))
    await opened(network, "a storm")
    await network.look("KE")
    assert (await says(network, "KE")).startswith(
        f"of the 4 leaves of i247/{NAME}/1 that this bureau had seen, none is lost"
    )


async def test_who_looks_after_too_many_new_logs_cosigns_none(
    network: Network, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log cannot have a witness read leaf after leaf."""
    monkeypatch.setattr(watching, "MAX_OPENED", 1)
    await opened(network)
    await network.look("DE", "FR")
    await opened(network)
    await network.look("KE")
    assert (await network.alarms("KE"), await seen(network, "KE")) == ([], [])


async def test_a_store_that_was_lost_as_a_whole_needs_a_number_that_no_witness_saw(
    network: Network, backup: Backup
) -> None:
    """Until then its log is none that a witness goes back to; then all that was seen is lost."""
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
    assert (await says(network, "DE")).startswith(
        f"of the 1 leaves of i247/{NAME}/1 that this bureau had seen, none is kept"
    )
    assert await seen(network, "DE") == [(f"i247/{NAME}/2", 1)]


async def test_a_log_that_goes_back_to_an_earlier_number_is_accused(network: Network, backup: Backup) -> None:
    """Even if it goes on rightly from what was seen of that: a retired log is never cosigned again."""
    before = await back_up(network.database)
    await opened(network)
    await network.look("DE", "FR")
    await restore(network.database, before)
    await network.grow(2)
    await network.look("DE", "FR")
    assert await network.witnesses() == []
    assert await alarmed(network, "DE") == ["new-log", "shrunk"]


@pytest.mark.parametrize(("more", "fault"), [(0, Fault.FORKED), (2, Fault.REWRITTEN)])
async def test_a_log_that_is_opened_twice_under_one_number_is_accused(
    network: Network, backup: Backup, more: int, fault: Fault
) -> None:
    """It signed two trees in one name, of one size or one after the other."""
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


async def test_a_new_log_whose_first_leaf_does_not_open_it_is_accused(network: Network, backup: Backup) -> None:
    """Whether that says something else, or another than the log has is shown; by those who see it first, too."""
    await restore(network.database, backup)
    async with network.database.writing() as session:
        await session.execute(sa.update(audit_logs).values(log=1))
    await network.grow(2)
    await network.look("DE", "KE")
    assert await network.witnesses() == []
    for bureau in ("DE", "KE"):
        assert await alarmed(network, bureau) == ["rewritten"]
        assert (await says(network, bureau)).startswith(f"the first leaf of i247/{NAME}/1 does not open it")
    await restore(network.database, backup)
    await opened(network)
    leaf = (await network.leaves())[3].replace(b"a disk failed", b"it was empty.")
    async with network.database.writing() as session:
        await session.execute(sa.update(audit_leaves).where(audit_leaves.c.number == 3).values(leaf=leaf))
    await network.look("FR")
    assert await says(network, "FR") == f"i247/{NAME}/1 begins with another leaf than the service shows"


async def test_a_log_that_withholds_what_opened_it_is_accused_after_a_minute(network: Network, backup: Backup) -> None:
    """As one that does not prove that it grew; until then a service may be down at the wrong moment."""
    await opened(network)
    async with network.database.writing() as session:
        await session.execute(sa.text("ALTER TABLE audit_leaves RENAME TO elsewhere"))
    for expected in ([], ["unproven"]):
        await network.look("DE")
        assert await alarmed(network, "DE") == expected
        network.mesh.clock.advance(PROVEN_WITHIN)
    assert await network.witnesses() == []


async def test_what_is_said_to_be_kept_has_to_be_what_the_bureau_saw(network: Network, backup: Backup) -> None:
    """A witness that saw less has it proven; to lose something does not allow to rewrite the rest."""
    await network.grow()
    await network.look("DE", "KE")
    await opened(network)
    async with network.database.writing() as session:
        await session.execute(sa.delete(audit_leaves).where(audit_leaves.c.number == 1))
    await network.look("FR")
    assert await alarmed(network, "FR") == ["rewritten"]
    await network.look("DE")
    assert await network.witnesses() == ["DE"]


async def test_a_leaf_of_a_retired_log_that_was_rewritten_is_found(network: Network, backup: Backup) -> None:
    """Witnesses go through what is kept of it as through the log that grows, and hold the answer against both."""
    await opened(network)
    await network.look("DE")
    await network.patrol("DE", 4)
    assert await alarmed(network, "DE") == ["new-log"]
    for number in range(7):
        await network.rewrite(number)
    await network.patrol("DE", 2)
    assert await alarmed(network, "DE") == ["new-log", "altered"]
    assert (await network.alarms("DE"))[0].evidence.seen_log == 0


async def test_a_retired_log_that_is_not_shown_any_more_is_accused_after_a_minute(
    network: Network, backup: Backup
) -> None:
    """What was said to be kept has to stay."""
    await opened(network)
    await network.look("DE")
    async with network.database.writing() as session:
        await session.execute(sa.delete(audit_logs).where(audit_logs.c.log == 0))
    for _ in range(3):
        await network.patrol("DE", 2)
        network.mesh.clock.advance(PROVEN_WITHIN)
    assert "unproven" in await alarmed(network, "DE")


async def test_the_list_of_a_retired_log_is_still_proven_to_the_owner(network: Network) -> None:
    """With that of the new one, which begins anew: who was shown a record cannot be hidden by a new log."""
    await show(network, 3)
    await witnessed(network)
    await network.check_list("FR")
    await opened(network)
    await show(network, 1)
    await witnessed(network)
    for _ in range(2):
        await network.check_list("FR")
    assert await proven(network, "FR") == 2
    assert await alarmed(network, "FR") == ["new-log"]
    async with network.database.writing() as session:
        await session.execute(sa.delete(disclosures).where(disclosures.c.listed_for == "FR", disclosures.c.nth == 3))
    await network.check_list("FR")
    assert await alarmed(network, "FR") == ["new-log", "disclosure-gap"]


async def test_a_list_that_was_lost_in_part_with_its_log_is_proven_as_far_as_it_is_kept(network: Network) -> None:
    """The witnesses raise the alarm about the loss, once."""
    await show(network, 1)
    await witnessed(network)
    backup = await back_up(network.database)
    await show(network, 3)
    await witnessed(network)
    await network.check_list("FR")
    await restore(network.database, backup)
    await opened(network)
    await network.look("DE", "FR", "KE")
    for _ in range(3):
        await network.check_list("FR")
    assert await alarmed(network, "FR") == ["new-log"]
    lists = await WitnessStore((await network.mailbox("FR")).reading.session).proven_lists(NAME)
    assert [(each.log, each.length) for each in lists] == [(0, 2), (1, 0)]


async def test_a_cosignature_of_before_is_not_taken_for_one_of_the_new_log(network: Network, backup: Backup) -> None:
    """Each line is of the log in whose name it was signed."""
    await opened(network)
    async with network.database.writing() as session:
        lines = await session.fetch(sa.select(audit_cosignatures))
        taken: list[dict[str, Any]] = [{**row._mapping, "log": 1, "size": 1} for row in lines if row.size == 3]
        await session.execute(sa.insert(audit_cosignatures), taken)
    await opened(network)
    await network.look("DE")
    assert f"of i247/{NAME} the first 7 leaves are kept" in await says(network, "DE")
