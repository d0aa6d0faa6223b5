"""A bureau enters the lines of a table, each once however often it is sent."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.commands import line_requests
from deploy.state.errors import CommandFailed
from services import stolen_vehicles
from shared.clock import FixedClock
from shared.records.batch import entering
from shared.records.entry_limits import MAX_TAKEN_BACK
from tests.conftest import client_of
from tests.gateway.records.entered_files import LOST, World, line
from tests.services.stolen_vehicles.entries import PATH


@pytest.fixture
async def world(tmp_path: Path, clock: FixedClock) -> AsyncIterator[World]:
    async with client_of(stolen_vehicles.SERVICE, tmp_path, clock) as client:
        yield World(client, clock)


async def test_a_table_is_entered_once_however_often_it_is_sent(world: World) -> None:
    """What is refused says why, with its line."""
    lines = [*map(line, range(5)), "IT/9;;Fiat;;2026-03-14;", ";A1;Fiat;;2026;", line(1), "IT/8;A\u0000;;;;"]
    first, second = await world.run(*lines), await world.run(*lines)
    assert first.summary == "9 lines: 5 created, 0 present, 4 refused"
    assert second.summary == "9 lines: 0 created, 5 present, 4 refused"
    assert [each.words for each in world.said if each.words][:4] == [
        "line 7: give a vin, an engine_number, or a plate with its country",
        "line 8: reference: each line needs one, so that the table may be sent again",
        "line 9: reference: IT/1 is that of an earlier line",
        "line 10: the line contains the character U+0000",
    ]
    assert len(await world.records()) == 5


async def test_changes_are_made_if_they_are_asked_for(world: World) -> None:
    """Without that a line that differs is refused; what a line says has ended is ended, once."""
    await world.run(*map(line, range(4)))
    changes = [
        line(0, "red"),
        line(1),
        line(2, status="recovered"),
        line(3, status="withdrawn"),
        line(7, status="recovered"),
    ]
    refused = await world.run(changes[0])
    assert (refused.refused, (await world.records())["IT/0"]) == (1, ("stolen", None, 1))
    done = await world.run(*changes, update=True)
    assert done.summary == "5 lines: 0 created, 1 present, 1 updated, 2 ended, 1 refused"
    assert await world.records() == {
        "IT/0": ("stolen", "red", 2),
        "IT/1": ("stolen", None, 1),
        "IT/2": ("recovered", None, 2),
        "IT/3": ("withdrawn", None, 2),
    }
    again = await world.run(*changes, update=True)
    assert again.summary == "5 lines: 0 created, 4 present, 1 refused"


async def test_all_or_none_is_one_request(world: World) -> None:
    """A line that is refused, by the command or by the service, enters nothing."""
    for lines, says in (
        ([*map(line, range(4))], "at most 3 lines"),
        ([line(0), line(0)], "line 3: reference: IT/0 is that of an earlier line"),
        ([line(0), "IT/1;;Fiat;;2026;"], "the lines from 2 on were refused: .*line 3: "),
        ([line(0), line(1, status="recovered")], "ends none"),
    ):
        with pytest.raises(CommandFailed, match=says):
            await world.run(*lines, all_or_none=True)
    assert await world.records() == {}
    assert (await world.run(line(0), line(1), all_or_none=True)).created == 2


async def test_an_update_keeps_what_the_table_has_no_column_for(world: World) -> None:
    """Who may not see the record, above all. An empty cell of a column takes back what was stated in it."""
    more = "reference;vin;make;colour;theft_date;restricted;marks"
    await world.run("IT/1;WVWZZZ1JZ1W000001;Fiat;red;2026-03-14;FR PL;dent", header=more)
    assert (await world.run("IT/1;WVWZZZ1JZ1W000001;Fiat;;2026-03-14;", update=True)).updated == 1
    [record] = (await world.service.officer("IT").get(PATH)).json()["items"]
    assert (record["restricted"], record["marks"], record["colour"]) == (["FR", "PL"], "dent", None)
    again = await world.run("IT/1;WVWZZZ1JZ1W000001;Fiat;;2026-03-14;", update=True)
    assert (again.present, (await world.records())["IT/1"][2]) == (1, 2)
    await world.run("IT/1;WVWZZZ1JZ1W000001;Fiat;;2026-03-14;;dent", header=more, update=True)
    [record] = (await world.service.officer("IT").get(PATH)).json()["items"]
    assert record["restricted"] == []


async def test_lines_for_which_a_request_had_no_time_are_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until all are entered."""
    monkeypatch.setattr(entering, "MAX_SECONDS_ENTERED", 0.0)
    assert (await world.run(*map(line, range(4)))).summary == "4 lines: 4 created, 0 present, 0 refused"


@pytest.mark.parametrize("fault", [LOST, 503, 401])
async def test_a_change_that_was_not_answered_is_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    """As lines that are entered: after a lost answer, a mesh that is busy, and with a new token if it has expired."""
    monkeypatch.setattr(line_requests, "_FIRST_WAIT_SECONDS", 0.01)
    await world.run(*map(line, range(3)))
    world.patience = 10
    world.faults = {"PUT": fault, "GET": fault, "POST": fault}
    done = await world.run(line(0, "red"), line(1, status="withdrawn"), line(2, status="recovered"), update=True)
    assert (done.updated, done.ended + done.present, done.refused, world.faults) == (1, 2, 0, {})
    assert [status for status, *_ in sorted((await world.records()).values())] == ["recovered", "stolen", "withdrawn"]


async def test_a_mesh_that_stays_busy_ends_the_run(world: World) -> None:
    """Its refusal is not that of a line."""
    await world.run(line(0))
    world.faults = {"GET": 503}
    with pytest.raises(CommandFailed, match="repeat the command later"):
        await world.run(line(0, status="withdrawn"))


async def test_answers_to_other_lines_end_the_run(world: World) -> None:
    """As of a service that sees other lines in a table than the command."""
    world.faults = {"POST": httpx.Response(200, json={"results": [], "created": 0, "present": 0, "refused": 0})}
    with pytest.raises(CommandFailed, match="the lines from 2 on were 1, and the service answered 0"):
        await world.run(line(0))


async def test_a_carriage_return_in_a_cell_begins_no_line(world: World) -> None:
    """Otherwise a text that a bureau copied from another would enter records in its name."""
    done = await world.run(line(0, '"x\rIT/9;WVWZZZ1JZ1W000009;BMW;;2026-03-14;\ry"'), line(1))
    assert (done.created, done.refused, [*await world.records()]) == (1, 1, ["IT/1"])


async def test_another_bureau_may_use_the_same_references(world: World) -> None:
    """A line that ends a record ends that of its own bureau, whichever was entered last."""
    await world.run(line(0))
    await world.run(line(9).replace("IT/9", "IT/0"), bureau="DE")
    done = await world.run(line(0, status="recovered"))
    assert (done.summary, (await world.records())["IT/0"][0]) == (
        "1 line: 0 created, 0 present, 1 ended, 0 refused",
        "recovered",
    )


async def test_what_looks_wrong_in_a_line_is_said(world: World) -> None:
    """When its record is created or updated; a program reads it each time."""
    done = await world.run(line(0, "szary"), line(1, "red"))
    words = ["line 2: created, but colour is not listed: it stays as written"]
    assert [each.words for each in world.said if each.words] == words
    assert done.summary == "2 lines: 2 created, 0 present, 0 refused; 1 with warnings"
    again = await world.run(line(0, "szary"), line(1, "szary"), update=True)
    assert [each.words for each in world.said if each.words][1:] == [words[0].replace("2: created", "3: updated")]
    codes = [[warning["code"] for warning in (each.data or {})["warnings"]] for each in world.said]
    assert (codes, again.warned) == ([["colour-not-listed"], [], ["colour-not-listed"], ["colour-not-listed"]], 2)


async def test_a_line_that_differs_is_answered_with_how_to_change_its_record(world: World) -> None:
    """By `--update`, and not by another reference, under which it would be entered twice."""
    await world.run(line(0))
    refused = await world.run(line(0, "red"), "IT/9;;Fiat;;2026;")
    assert refused.advice(update=False) == [
        "refused: 2, correct them and repeat",
        "where a line differs from its record, --update changes the record",
    ]
    assert "another reference" not in world.said[-2].words


@pytest.mark.thorough
async def test_what_is_refused_until_another_day_is_not_called_wrong(world: World) -> None:
    """As after too many records were taken back."""
    await world.run(*map(line, range(MAX_TAKEN_BACK)))
    await world.run(*(line(number, status="withdrawn") for number in range(MAX_TAKEN_BACK)))
    refused = await world.run(line(100), line(101))
    [advice] = refused.advice(update=False)
    assert advice.startswith("not entered for now: 2, as your bureau took back too many records; repeat this tomorrow")
