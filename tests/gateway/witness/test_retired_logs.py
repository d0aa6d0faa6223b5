"""A retired log is watched further: what is kept of it must extend what each bureau saw."""

from typing import Any

import pytest
import sqlalchemy as sa

from gateway.witness.rules import PROVEN_WITHIN
from gateway.witness.store import WitnessStore
from shared.audit.tables import audit_cosignatures, audit_leaves, audit_logs, disclosures
from tests.gateway.witness.network import NAME, Network
from tests.gateway.witness.new_logs import alarm_text, alarmed, opened
from tests.gateway.witness.own_lists import proven, show, witnessed
from tests.shared.audit.backup import Backup, back_up, restore


@pytest.mark.thorough
async def test_a_return_to_a_retired_log_raises_an_alarm(network: Network, backup: Backup) -> None:
    """Even if it extends what was seen of it: a retired log is never cosigned again."""
    before = await back_up(network.database)
    await opened(network)
    await network.look("DE", "FR")
    await restore(network.database, before)
    await network.grow(2)
    await network.look("DE", "FR")
    assert await network.witnesses() == []
    assert await alarmed(network, "DE") == ["new-log", "shrunk"]


@pytest.mark.thorough
async def test_the_kept_part_of_a_retired_log_must_extend_what_the_bureau_saw(network: Network, backup: Backup) -> None:
    """A witness that saw less demands a proof: a loss does not allow the rest to be rewritten."""
    await network.grow()
    await network.look("DE", "KE")
    await opened(network)
    async with network.database.writing() as session:
        await session.execute(sa.delete(audit_leaves).where(audit_leaves.c.number == 1))
    await network.look("FR")
    assert await alarmed(network, "FR") == ["rewritten"]
    await network.look("DE")
    assert await network.witnesses() == ["DE"]


@pytest.mark.thorough
async def test_the_patrol_reports_a_rewritten_leaf_of_a_retired_log(network: Network, backup: Backup) -> None:
    """Patrols check the kept part of a retired log like the current one."""
    await opened(network)
    await network.look("DE")
    await network.patrol("DE", 4)
    assert await alarmed(network, "DE") == ["new-log"]
    for number in range(7):
        await network.rewrite(number)
    await network.patrol("DE", 2)
    assert await alarmed(network, "DE") == ["new-log", "altered"]
    assert (await network.alarms("DE"))[0].evidence.seen_log == 0


@pytest.mark.thorough
async def test_a_retired_log_that_is_withheld_raises_an_alarm_after_a_minute(network: Network, backup: Backup) -> None:
    """What was stated as kept must stay available."""
    await opened(network)
    await network.look("DE")
    async with network.database.writing() as session:
        await session.execute(sa.delete(audit_logs).where(audit_logs.c.log == 0))
    for _ in range(3):
        await network.patrol("DE", 2)
        network.mesh.clock.advance(PROVEN_WITHIN)
    assert "unproven" in await alarmed(network, "DE")


@pytest.mark.thorough
async def test_the_list_of_a_retired_log_is_still_proven_to_the_owner(network: Network) -> None:
    """Besides the list of the new log, which starts empty: a new log cannot hide a disclosure."""
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


@pytest.mark.thorough
async def test_a_list_of_disclosures_is_proven_as_far_as_its_log_is_kept(network: Network) -> None:
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


@pytest.mark.thorough
async def test_a_cosignature_of_the_old_log_does_not_count_for_the_new_one(network: Network, backup: Backup) -> None:
    """Each is bound to the name of its log."""
    await opened(network)
    async with network.database.writing() as session:
        lines = await session.fetch(sa.select(audit_cosignatures))
        taken: list[dict[str, Any]] = [{**row._mapping, "log": 1, "size": 1} for row in lines if row.size == 3]
        await session.execute(sa.insert(audit_cosignatures), taken)
    await opened(network)
    await network.look("DE")
    assert f"of i247/{NAME} the first 7 leaves are kept" in await alarm_text(network, "DE")
