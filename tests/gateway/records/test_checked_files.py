"""A table of any length is checked in parts; a run that ended early is gone on with, and no line is lost or twice."""

import csv
from collections.abc import AsyncIterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.commands.check_output import StandardOutput, opened
from deploy.commands.check_run import CheckRun
from deploy.commands.line_requests import LineRequests
from deploy.commands.line_source import LineSource
from deploy.state.errors import CommandFailed, StartRefused, WrongUsage
from services import stolen_vehicles
from services.stolen_vehicles.store import VehicleStore
from shared.clock import FixedClock
from shared.records.batch import checking
from shared.records.batch.answers import HEADER
from shared.records.batch.models import check_line, columns_of
from tests.conftest import client_of
from tests.services.stolen_vehicles.entries import PATH, enter
from tests.services.stolen_vehicles.samples import ALFA
from tests.support import ServiceClient

COLUMNS = columns_of(check_line(VehicleStore.query))
LINES = 40
TABLE = b"own reference;VIN;customer\r\n" + b"".join(
    b"%d;%b;somebody\r\n" % (n, ALFA["vin"].encode() if n % 10 == 0 else b"WVWZZZ1JZ1W%06d" % n) for n in range(LINES)
)


@pytest.fixture
async def service(tmp_path: Path, clock: FixedClock) -> AsyncIterator[ServiceClient]:
    async with client_of(stolen_vehicles.SERVICE, tmp_path, clock) as client:
        await enter(client)
        yield client


class World:
    """A service and a file of answers, in which the mesh may be lost before any request."""

    def __init__(self, service: ServiceClient, out: Path) -> None:
        self.service, self.out = service, out
        self.sent = list[bytes]()
        self.lost_from = 10**9

    async def run(
        self, table: bytes = TABLE, *, restart: bool = False, as_json: bool = False, **asked: Any
    ) -> CheckRun:
        source = LineSource(BytesIO(table), COLUMNS, ["customer"] * (b"customer" in table))
        opened_file = opened(self.out, asked, restart=restart, source=BytesIO(table))
        async with self.service.officer("PL") as client:
            with opened_file as (output, before):
                client.event_hooks["request"].append(self._note)
                requests = LineRequests(client, f"{PATH}/checks", source.columns, {}, patience=0)
                run = CheckRun(source, requests, output, as_json=as_json)
                run.begin() if before is None else run.go_on(before)
                await run.run(5, lambda _place: None)
                return run

    async def _note(self, request: httpx.Request) -> None:
        if len(self.sent) >= self.lost_from:
            raise httpx.ConnectError("lost")
        self.sent.append(request.content)

    @property
    def rows(self) -> Sequence[dict[str, str]]:
        return [*csv.DictReader(self.out.read_text().splitlines())]

    @property
    def progress(self) -> Path:
        return self.out.with_name(f"{self.out.name}.progress")


@pytest.fixture
def world(service: ServiceClient, tmp_path: Path) -> World:
    return World(service, tmp_path / "answers.csv")


async def test_each_line_is_answered_in_its_order(world: World) -> None:
    """With its number and the caller's own reference; a column that is left out is not sent."""
    run = await world.run()
    assert [(row["line"], row["own_reference"]) for row in world.rows] == [(str(n + 2), str(n)) for n in range(LINES)]
    assert [row["own_reference"] for row in world.rows if row["result"] == "hit"] == ["0", "10", "20", "30"]
    assert tuple(world.rows[0]) == HEADER
    assert not any(b"somebody" in sent for sent in world.sent)
    assert run.summary.endswith(": 4 with hits")
    assert not world.progress.exists()


@pytest.mark.parametrize("lost_from", range(8))
async def test_a_run_that_lost_the_mesh_is_gone_on_with(world: World, lost_from: int) -> None:
    """Wherever it was lost: the file is the same as that of a run without an interruption."""
    world.lost_from = lost_from
    with pytest.raises(StartRefused):
        await world.run()
    assert len(world.rows) <= lost_from * 5
    world.lost_from = 10**9
    run = await world.run()
    interrupted = world.out.read_bytes()
    assert run.counts.checked == LINES
    await world.run(restart=True)
    assert world.out.read_bytes() == interrupted


async def test_what_was_written_after_the_last_part_that_is_whole_is_written_again(world: World) -> None:
    """As by a command that was killed while it wrote."""
    world.lost_from = 3
    with pytest.raises(StartRefused):
        await world.run()
    with world.out.open("ab") as file:
        file.write(b"17,15,no")
    world.lost_from = 10**9
    await world.run()
    assert [row["line"] for row in world.rows] == [str(n + 2) for n in range(LINES)]


async def test_a_table_that_was_changed_is_not_gone_on_with(world: World) -> None:
    """Before the place where it ended; lines that were added behind it are checked."""
    world.lost_from = 3
    with pytest.raises(StartRefused):
        await world.run()
    world.lost_from = 10**9
    with pytest.raises(WrongUsage, match="changed before line"):
        await world.run(TABLE.replace(b"0;ZAR", b"0;ZBR", 1))
    with pytest.raises(WrongUsage, match="other options"):
        await world.run(near=True)
    run = await world.run(TABLE + b"more;A1;\r\n")
    assert (run.counts.checked, world.rows[-1]["own_reference"]) == (LINES + 1, "more")
    with pytest.raises(WrongUsage, match="exists: give another name"):
        await world.run()


async def test_two_runs_do_not_write_to_one_file(world: World) -> None:
    """The second is refused; it changes nothing of the first."""
    with opened(world.out, {}, restart=False, source=BytesIO()) as (output, _):
        output.write(b"1")
        for restart in (False, True):
            with pytest.raises(WrongUsage, match="another run writes to"):
                await world.run(restart=restart)
    assert world.out.read_bytes() == b"1"


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("name", ["answers.csv", "answers.csv.progress", "answers.csv.progress.new", "link.csv"])
def test_the_list_itself_is_not_overwritten(tmp_path: Path, name: str, *, restart: bool) -> None:
    """Under whatever name it is given: it may be the only copy."""
    listed = tmp_path / name
    listed.write_bytes(TABLE)
    if name == "link.csv":
        (tmp_path / "answers.csv").symlink_to(listed)
    with (
        listed.open("rb") as source,
        pytest.raises(WrongUsage, match=r"is the list itself, which would be lost: give --out another name"),
        opened(tmp_path / "answers.csv", {}, restart=restart, source=source),
    ):
        pass
    assert listed.read_bytes() == TABLE


async def test_a_summary_says_how_much_of_it_is_of_this_run(world: World) -> None:
    """As its seconds are."""
    world.lost_from = 3
    with pytest.raises(StartRefused):
        await world.run()
    world.lost_from = 10**9
    assert (await world.run()).summary.startswith("40 lines checked, 25 of them now, in ")


async def test_lines_that_were_not_searched_are_sent_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the answer to a request is full."""
    monkeypatch.setattr(checking, "MAX_HITS", 1)
    table = b"vin\n" + f"{ALFA['vin']}\n".encode() * 7
    assert (await world.run(table)).counts.hit == 7
    assert len(world.sent) == 5 + 2


async def test_an_unreadable_line_is_answered_in_its_place(world: World) -> None:
    """Found by the command, which does not send it, or by the service."""
    run = await world.run(b"vin,plate\r\n\r\nA1,\r\nA\xe4,\r\n---,\r\n" + b"A" * 100_000 + b"\r\nA2,\r\nA3\rA4,\r\n")
    assert [(row["line"], row["result"], row["code"]) for row in world.rows] == [
        *(("3", "none", ""), ("4", "refused", "malformed"), ("5", "refused", "invalid")),
        *(("6", "refused", "malformed"), ("7", "none", ""), ("8", "refused", "malformed")),
    ]
    assert (run.counts.refused, run.counts.none) == (4, 2)


async def test_programs_get_an_object_for_each_line(world: World) -> None:
    """With the whole record of a hit."""
    await world.run(as_json=True)
    lines = [httpx.Response(200, content=line).json() for line in world.out.read_bytes().splitlines()]
    assert [line["line"] for line in lines] == [*range(2, LINES + 2)]
    assert lines[0]["hits"][0]["record"]["vin"] == ALFA["vin"]


async def test_a_request_that_is_refused_ends_the_run(world: World) -> None:
    """With the reason, and the line from which on nothing is answered."""
    source = LineSource(BytesIO(b"vin\nA1\n"), COLUMNS)
    async with world.service.officer("PL", "stolen-vehicles:write") as client:
        requests = LineRequests(client, f"{PATH}/checks", source.columns, {}, patience=0)
        with pytest.raises(CommandFailed, match=r"the lines from 2 on were refused: .*stolen-vehicles:read"):
            await CheckRun(source, requests, StandardOutput(), as_json=False).run(5, lambda _place: None)
