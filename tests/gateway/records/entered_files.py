"""A bureau that enters tables of vehicles with the command, at a service in this process."""

from functools import partial
from io import BytesIO
from typing import Any

import httpx

from deploy.commands.differential import Differences, differences, end_missing, require_few
from deploy.commands.enter_run import STATUS, Entered, EnterRun
from deploy.commands.line_requests import LineRequests
from deploy.commands.line_source import LineSource
from deploy.commands.output import Line
from services.stolen_vehicles.store import VehicleStore
from shared.clock import FixedClock
from shared.records.batch import entering
from tests.services.stolen_vehicles.entries import PATH
from tests.support import ServiceClient

READER = entering.reader_of(VehicleStore)
HEADER = "reference;vin;make;colour;theft_date;status"
LOST = object()


def table_of(*lines: str, header: str = HEADER) -> LineSource:
    return LineSource(BytesIO("\n".join((header, *lines)).encode()), [*READER.columns, STATUS])


def line(number: int, colour: str = "", status: str = "") -> str:
    return f"IT/{number};WVWZZZ1JZ1W{number:06d};VW;{colour};2026-03-14;{status}"


class World:
    """A bureau with its tables, and what its commands say."""

    def __init__(self, service: ServiceClient, clock: FixedClock) -> None:
        self.service, self.clock = service, clock
        self.said = list[Line]()
        self.patience = 0.0
        self.faults = dict[str, Any]()
        """What becomes of the next request of a method: a status, an answer, or LOST."""

    async def run(
        self,
        *lines: str,
        update: bool = False,
        all_or_none: bool = False,
        header: str = HEADER,
        bureau: str = "IT",
    ) -> Entered:
        table = table_of(*lines, header=header)
        async with self.service.officer(bureau) as client:
            run = self._run_on(client, table, bureau, all_or_none=all_or_none)
            if all_or_none:
                await run.all_or_none(table, 3)
            else:
                await run.run(table, 2, lambda _place: None, update=update)
        return run.entered

    async def differential(
        self, *lines: str, confirm: int | None = None, ending: str = "recovered", recent: int | None = None
    ) -> tuple[Differences, Entered]:
        table = table_of(*lines)
        async with self.service.officer("IT") as client:
            run, begin = self._run_on(client, table), table.position()
            found = await differences(run, table, self.clock.now())
            if confirm is not None:
                require_few(found, ending, confirm, recent)
                table.again(begin)
                await run.run(table, 2, lambda _place: None, update=True)
                await end_missing(run, found, ending)
        return found, run.entered

    def _run_on(self, client: Any, table: LineSource, bureau: str = "IT", *, all_or_none: bool = False) -> EnterRun:
        columns = [name for name in table.columns if name != STATUS]
        query = {"all_or_none": True} if all_or_none else {}
        client.request = partial(self._faulty, client.request)
        requests = LineRequests(client, f"{PATH}/entries", columns, query, self.patience)
        requests.renew = lambda: "new"
        return EnterRun(requests, f"{PATH}/", READER, self.said.append, bureau)

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
        """Return status, colour and version of each record of the bureau, by its reference."""
        items = (await self.service.officer("IT").get(PATH, params={"owner": "IT"})).json()["items"]
        return {item["reference"]: (item["status"], item.get("colour"), item["version"]) for item in items}
