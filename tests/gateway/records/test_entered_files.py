"""A bureau enters the lines of a table, and sends its whole list each day: what is missing in it is ended."""

from collections.abc import AsyncIterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.commands import line_requests
from deploy.commands.differential import Differences, differences, end_missing, require_few
from deploy.commands.enter_run import STATUS, Entered, EnterRun
from deploy.commands.line_requests import LineRequests
from deploy.commands.line_source import LineSource
from deploy.commands.output import Line
from deploy.state.errors import CommandFailed
from services import stolen_vehicles
from services.stolen_vehicles.store import VehicleStore
from shared.clock import FixedClock
from shared.records.batch import entering
from tests.conftest import client_of
from tests.services.stolen_vehicles.entries import PATH, enter
from tests.support import ServiceClient

READER = entering.reader_of(VehicleStore)
HEADER = "reference;vin;make;colour;theft_date;status"
LOST = object()


@pytest.fixture
async def service(tmp_path: Path, clock: FixedClock) -> AsyncIterator[ServiceClient]:
    async with client_of(stolen_vehicles.SERVICE, tmp_path, clock) as client:
        yield client


def table_of(*lines: str, header: str = HEADER) -> LineSource:
    return LineSource(BytesIO("\n".join((header, *lines)).encode()), [*READER.columns, STATUS])


def line(number: int, colour: str = "", status: str = "") -> str:
    return f"IT/{number};WVWZZZ1JZ1W{number:06d};Fiat;{colour};2026-03-14;{status}"


class World:
    """A bureau with its tables, and what its commands say."""

    def __init__(self, service: ServiceClient) -> None:
        self.service = service
        self.said = list[Line]()
        self.patience = 0.0
        self.faults = dict[str, Any]()
        """What becomes of the next request of a method: a status, an answer, or LOST."""

    async def run(self, *lines: str, update: bool = False, all_or_none: bool = False, header: str = HEADER) -> Entered:
        table = table_of(*lines, header=header)
        async with self.service.officer("IT") as client:
            run = self._run_on(client, table, all_or_none=all_or_none)
            if all_or_none:
                await run.all_or_none(table, 3)
            else:
                await run.run(table, 2, lambda _place: None, update=update)
        return run.entered

    async def differential(self, *lines: str, confirm: int | None = None) -> tuple[Differences, Entered]:
        table = table_of(*lines)
        async with self.service.officer("IT") as client:
            run, begin = self._run_on(client, table), table.position()
            found = await differences(run, table, "IT")
            if confirm is not None:
                require_few(found, confirm)
                table.again(begin)
                await run.run(table, 2, lambda _place: None, update=True)
                await end_missing(run, found, "recovered")
        return found, run.entered

    def _run_on(self, client: Any, table: LineSource, *, all_or_none: bool = False) -> EnterRun:
        columns = [name for name in table.columns if name != STATUS]
        query = {"all_or_none": True} if all_or_none else {}
        client.request = partial(self._faulty, client.request)
        requests = LineRequests(client, f"{PATH}/entries", columns, query, self.patience)
        requests.renew = lambda: "new"
        return EnterRun(requests, f"{PATH}/", READER, self.said.append)

    async def _faulty(self, request: Any, method: str, path: str, **options: Any) -> httpx.Response:
        fault = self.faults.pop(method, None)
        if isinstance(fault, httpx.Response):
            return fault
        if isinstance(fault, int):
            return httpx.Response(fault, json={"detail": "not now"}, request=httpx.Request(method, "http://service"))
        answer: httpx.Response = await request(method, path, **options)
        if fault is LOST:
            raise httpx.ReadError("lost")
        return answer

    async def records(self) -> dict[str, tuple[str, str | None, int]]:
        """Return status, colour and version of each record, by its reference."""
        items = (await self.service.officer("IT").get(PATH)).json()["items"]
        return {item["reference"]: (item["status"], item.get("colour"), item["version"]) for item in items}


@pytest.fixture
def world(service: ServiceClient) -> World:
    return World(service)


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


async def test_what_a_whole_list_changes_is_said_before_it_is_done(world: World) -> None:
    """New, changed and missing lines; records without a reference stay."""
    await world.run(*map(line, range(6)))
    await enter(world.service)
    lines = [line(0), line(1, "red"), line(10)]
    found, entered = await world.differential(*lines)
    assert found.summary == (
        "lines of the list: 3, of them new: 1; records missing in it: 4; records without a reference, which stay: 1"
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
