"""A bureau sends its whole list each day: what is missing in it is ended, once its sender states how many."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.state.errors import CommandFailed
from services import stolen_vehicles
from shared.clock import FixedClock
from shared.records.entry_limits import MAX_TAKEN_BACK
from tests.conftest import client_of
from tests.gateway.records.entered_files import World, line
from tests.services.stolen_vehicles.entries import enter


@pytest.fixture
async def world(tmp_path: Path, clock: FixedClock) -> AsyncIterator[World]:
    async with client_of(stolen_vehicles.SERVICE, tmp_path, clock) as client:
        yield World(client, clock)


async def test_what_a_whole_list_changes_is_said_before_it_is_done(world: World) -> None:
    """New, changed and missing lines; records without a reference stay."""
    await world.run(*map(line, range(6)))
    await enter(world.service)
    lines = [line(0), line(1, "red"), line(10)]
    found, entered = await world.differential(*lines)
    assert found.summary == (
        "lines of the list: 3, of them new: 1, changed: 1; records missing in it: 4 (IT/2, IT/3, IT/4, IT/5), of them "
        "entered or changed in the last 72 hours: 4; records without a reference, which stay: 1"
    )
    assert (entered.lines, {status for status, *_ in (await world.records()).values()}) == (0, {"stolen"})
    _, entered = await world.differential(*lines, confirm=4)
    assert entered.summary == "3 lines: 1 created, 1 present, 1 updated, 4 ended, 0 refused"
    states = {reference: status for reference, (status, *_) in (await world.records()).items() if reference}
    assert {reference for reference, status in states.items() if status == "stolen"} == {"IT/10", "IT/1", "IT/0"}
    found, entered = await world.differential(*lines, confirm=0)
    assert (entered.present, entered.ended, found.missing) == (3, 0, [])


async def test_a_list_that_is_empty_or_cut_short_ends_nothing(world: World) -> None:
    """Unless the sender states how many records it ends."""
    await world.run(*map(line, range(6)))
    for lines in ([], [line(0)]):
        with pytest.raises(CommandFailed, match=f"more than the 2 of --confirm.* --confirm {6 - len(lines)}"):
            await world.differential(*lines, confirm=2)
    with pytest.raises(CommandFailed, match=r"nothing was changed, as .*: line 3: the line has 2 cells"):
        await world.differential(line(0), "IT/1;half", confirm=6)
    assert {status for status, *_ in (await world.records()).values()} == {"stolen"}


async def test_a_list_that_is_sent_again_after_an_interruption_ends_the_same(world: World) -> None:
    """Of its records, those that are done are present."""
    await world.run(*map(line, range(4)))
    await world.run(line(0, "red"), line(9), update=True)
    _, entered = await world.differential(line(0, "red"), line(9), confirm=3)
    assert entered.summary == "2 lines: 0 created, 2 present, 3 ended, 0 refused"


async def test_a_line_that_says_its_end_or_is_wrong_is_not_missing_in_a_list(world: World) -> None:
    """One that says the end of its record ends it once, and as it says; a status that is not known stops the run."""
    await world.run(*map(line, range(3)))
    with pytest.raises(CommandFailed, match=r"nothing was changed, as .*: line 2: status: must be one of stolen, "):
        await world.differential(line(0, status="Stolen"), line(1), line(2), confirm=3)
    assert {status for status, *_ in (await world.records()).values()} == {"stolen"}
    lines = [line(0), line(1, status="withdrawn"), "IT/2;WVWZZZ1JZ1W000002;Fiat;;2099;"]
    found, entered = await world.differential(*lines, confirm=0)
    assert (found.missing, entered.ended, entered.refused) == ([], 1, 1)
    assert [status for status, *_ in sorted((await world.records()).values())] == ["stolen", "stolen", "withdrawn"]


async def test_the_preview_says_which_records_would_end(world: World) -> None:
    """People read the first of them, programs all; where nothing would change nothing is advised."""
    await world.run(*map(line, range(8)))
    found, _ = await world.differential(line(0))
    *missing, summed_up = found.output("recovered")
    assert [(each.data or {})["reference"] for each in missing] == [f"IT/{number}" for number in range(1, 8)]
    assert "missing in it: 7 (IT/1, IT/2, IT/3, IT/4, IT/5 and 2 more, which --json lists)" in summed_up.words
    assert summed_up.words.endswith("nothing was changed; repeat it with --confirm 7")
    found, _ = await world.differential(*map(line, range(8)))
    [summed_up] = found.output("recovered")
    assert summed_up.words.endswith("nothing was changed; there is nothing to change")


@pytest.mark.thorough
async def test_so_many_recent_records_that_the_bureau_may_enter_no_more_end_only_if_that_is_stated(
    world: World,
) -> None:
    """As of a list that was entered by mistake; records that are older than three days are not counted."""
    await world.run(*map(line, range(MAX_TAKEN_BACK + 1)))
    found, _ = await world.differential(line(0))
    [*_, summed_up] = found.output("withdrawn")
    assert "--confirm 20 --confirm-recent 20, but a bureau that ends 20 or more within 72 hours" in summed_up.words
    with pytest.raises(CommandFailed, match=r"nothing was changed, as a bureau that ends .* --confirm-recent 20"):
        await world.differential(line(0), confirm=20, ending="withdrawn")
    assert {status for status, *_ in (await world.records()).values()} == {"stolen"}
    world.clock.advance(timedelta(hours=72))
    _, entered = await world.differential(line(0), line(50), confirm=20, ending="withdrawn")
    assert (entered.created, entered.ended) == (1, 20)
    assert (await world.run(line(60))).created == 1


async def test_recent_records_end_if_that_is_stated(world: World) -> None:
    """The bureau may then enter no more for a while."""
    await world.run(*map(line, range(MAX_TAKEN_BACK)))
    _, entered = await world.differential(confirm=20, ending="withdrawn", recent=20)
    assert entered.ended == 20
    assert (await world.run(line(60))).refused == 1
