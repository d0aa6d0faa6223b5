"""What one request with many lines may take: others are served meanwhile, and what there is no time for is said."""

import asyncio
import time
from threading import Event
from typing import Any

import pytest

from services.stolen_vehicles.models import Vehicle
from services.stolen_vehicles.store import VehicleStore, VesselStore
from shared.compat.raw_body_routes import SentBody
from shared.errors import Refusal
from shared.records.batch import checking, entering, reading, routes
from shared.records.batch.models import CSV, JSON, MAX_BYTES
from shared.records.batch.reading import Batch, BatchReader
from tests.services.stolen_vehicles.entries import PATH, enter
from tests.services.stolen_vehicles.samples import ALFA
from tests.support import ServiceClient, problem_of

VEHICLES, VESSELS, CHECKS = (
    *map(entering.reader_of, (VehicleStore, VesselStore)),
    checking.reader_of(VehicleStore),
)
MANY = MAX_BYTES // 8


def numbered(count: int) -> list[dict[str, Any]]:
    return [{**ALFA, "reference": f"IT/{number}", "vin": f"WVWZZZ1JZ1W{number:06d}"} for number in range(count)]


@pytest.mark.parametrize(
    ("reader", "media_type", "body"),
    [
        (VEHICLES, JSON, b'{"entries":[{"restricted":[%b0]}]}' % (b"0," * MANY)),
        (VESSELS, JSON, b'{"entries":[{"engines":[%b{}]}]}' % (b"{}," * MANY)),
        (CHECKS, JSON, b'{"checks":[{"plate":[%b0]}]}' % (b"[[[]]]," * (MANY // 2))),
        (CHECKS, JSON, b'{"checks":[{%b}]}' % b",".join(b'"%x":1' % number for number in range(MANY // 2))),
        (CHECKS, JSON, b'{%b,"checks":[]}' % b",".join(b'"%x":1' % number for number in range(MANY // 2))),
        (VESSELS, CSV, b"engines\r\n" + b'"[%b{}]"\r\n' % (b"{}," * 20_000) * 20),
        (VESSELS, CSV, b"restricted\r\n" + b"%b\r\n" % (b"A " * 30_000) * 20),
    ],
)
def test_lines_with_very_many_values_are_refused_before_they_are_validated(
    reader: BatchReader, media_type: str, body: bytes
) -> None:
    """To validate them takes seconds and gigabytes, in which no other request of the process is served."""
    assert len(body) <= MAX_BYTES
    begun = time.thread_time()
    try:
        codes = {line.error and line.error.code for line in reader.read(SentBody(media_type, body), None).lines}
    except Refusal as refusal:
        codes = {refusal.code}
    assert codes == {"too-large"}
    assert time.thread_time() - begun < 1


@pytest.mark.parametrize("cell", [r'[{"number":"A\u0000B1"}]', '[{"number":"A1","number":"B2"}]', '[{"number":NaN}]'])
def test_json_in_a_cell_is_as_strict_as_any_other(cell: str) -> None:
    """No member twice, and no U+0000."""
    line = VESSELS.line_of_cells(7, {"engines": cell, "theft_date": "2026-03-14"})
    assert line.error is not None
    assert (line.number, line.error.code, line.error.pointer) == (7, "malformed", "/engines")


async def test_others_are_served_between_two_lines_that_are_entered(
    service: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although the store is called in the event loop."""
    turns, turns_at, enter_one = 0, list[int](), VehicleStore.enter

    async def note(self: VehicleStore, record: Vehicle) -> Vehicle:
        turns_at.append(turns)
        return await enter_one(self, record)

    monkeypatch.setattr(VehicleStore, "enter", note)
    entered = asyncio.create_task(service.officer("IT").post(f"{PATH}/entries", json={"entries": numbered(20)}))
    while not entered.done():
        await asyncio.sleep(0)
        turns += 1
    assert entered.result().json()["created"] == len({*turns_at}) == 20


@pytest.mark.parametrize(("name", "created"), [("MAX_SECONDS_JUDGED", 0), ("MAX_SECONDS_ENTERED", 1)])
async def test_lines_for_which_there_is_no_time_are_to_be_sent_again(
    service: ServiceClient, monkeypatch: pytest.MonkeyPatch, name: str, created: int
) -> None:
    """One at least is entered of those that were judged, and none if all or none are to be."""
    monkeypatch.setattr(entering, name, 0.0)
    officer, body = service.officer("IT"), {"entries": numbered(3)}
    refused = await officer.post(f"{PATH}/entries", json={**body, "all_or_none": True})
    assert problem_of(refused) == (422, "lines-refused")
    answer = (await officer.post(f"{PATH}/entries", json=body)).json()
    assert answer["created"] == created
    assert {line["error"]["code"] for line in answer["results"][created:]} == {"not-entered"}


@pytest.mark.parametrize("body", [b'{"checks": [{"vin": "A1"}, {"vin": "A2"}]}', b"vin\nA1\nA2\n"])
async def test_lines_that_are_not_read_in_time_are_to_be_sent_again(
    service: ServiceClient, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    """As where each line is wrong in hundreds of places."""
    monkeypatch.setattr(reading, "MAX_SECONDS_READ", 0.0)
    headers = {"Content-Type": JSON if body.startswith(b"{") else CSV}
    answer = await service.officer("PL").post(
        f"{PATH}/checks", params={"answer": "json"}, content=body, headers=headers
    )
    assert [(line["total"], line["error"]["code"]) for line in answer.json()["results"]] == [(None, "not-searched")] * 2


async def test_the_store_is_not_locked_for_lines_that_a_rule_refuses(service: ServiceClient) -> None:
    """If all or none are to be entered: the answer does not wait for the turn of another that writes."""
    lines = [*numbered(2), {**ALFA, "theft_date": "2099"}]
    async with service.app.state.context.database.writing(), asyncio.timeout(10):
        refused = await service.officer("IT").post(f"{PATH}/entries", json={"entries": lines, "all_or_none": True})
    assert problem_of(refused) == (422, "lines-refused")


async def test_all_or_none_ends_at_the_first_line_that_the_store_refuses(service: ServiceClient) -> None:
    """The lines after it would lock the store for nothing."""
    for number in range(2):
        await enter(service, reference=f"IT/{number}", vin=f"WVWZZZ1JZ1W{number:06d}", colour="red")
    refused = await service.officer("IT").post(f"{PATH}/entries", json={"entries": numbered(2), "all_or_none": True})
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/entries/0/reference"]


async def test_a_caller_who_has_gone_makes_no_place_before_the_work_has_ended(
    service: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise any number of threads would read lines at once."""
    may_end, begun, read = Event(), asyncio.Semaphore(0), BatchReader.read
    loop = asyncio.get_running_loop()

    def read_slowly(self: BatchReader, *given: Any) -> Batch:
        loop.call_soon_threadsafe(begun.release)
        assert may_end.wait(30)
        return read(self, *given)

    monkeypatch.setattr(BatchReader, "read", read_slowly)

    def send() -> asyncio.Task[Any]:
        return asyncio.create_task(service.officer("IT").post(f"{PATH}/checks", json={"checks": [{"vin": "A1"}]}))

    gone = [send() for _ in range(routes.AT_ONCE)]
    for _ in gone:
        await begun.acquire()
    for task in gone:
        task.cancel()
    another = send()
    await asyncio.wait({another}, timeout=0.1)
    assert begun.locked()
    may_end.set()
    assert (await another).status_code == 200
