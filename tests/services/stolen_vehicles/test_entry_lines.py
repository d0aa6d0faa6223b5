"""Many vehicles entered in one request: each line alone, or all or none."""

import csv
from typing import Any

import httpx
import pytest

from shared.records.batch.models import MAX_ENTRIES
from shared.records.entry_limits import MAX_TAKEN_BACK
from tests.services.stolen_vehicles.entries import PATH, enter
from tests.services.stolen_vehicles.samples import ALFA
from tests.support import ServiceClient, problem_of

CSV = {"Content-Type": "text/csv"}
HEADER = "reference,vin,plate,country,make,theft_date,conditions,restricted,as_on_vehicle,year"


async def enter_lines(service: ServiceClient, entries: list[Any], bureau: str = "IT", **more: Any) -> httpx.Response:
    return await service.officer(bureau).post(f"{PATH}/entries", json={"entries": entries, **more})


async def enter_table(service: ServiceClient, *lines: str, **query: Any) -> httpx.Response:
    content = "\n".join((HEADER, *lines)).encode()
    return await service.officer("IT").post(f"{PATH}/entries", params=query, content=content, headers=CSV)


async def stored(service: ServiceClient) -> list[dict[str, Any]]:
    listed = await service.officer("IT").get(PATH)
    found: list[dict[str, Any]] = listed.json()["items"]
    return found


def results_of(response: httpx.Response) -> list[str]:
    assert response.is_success, response.text
    return [line["result"] for line in response.json()["results"]]


async def test_each_line_is_answered_in_its_place(service: ServiceClient) -> None:
    """What cannot be entered is refused with what to change; the others are entered."""
    present = await enter(service, reference="IT/1")
    lines = [
        {**ALFA, "reference": "IT/1"},
        {**ALFA, "reference": "IT/2", "vin": "WVWZZZ1JZ1W000001"},
        {**ALFA, "reference": "IT/1", "colour": "red"},
        {**ALFA, "reference": "IT/3", "plate": "FZ1", "country": None},
        {**ALFA, "reference": "IT/4", "theft_place": "owner: Mario Rossi, mario@example.org"},
        7,
    ]
    answer = (await enter_lines(service, lines)).json()
    assert [line["result"] for line in answer["results"]] == ["present", "created", *["refused"] * 4]
    assert (answer["created"], answer["present"], answer["refused"]) == (1, 1, 4)
    assert [line["reference"] for line in answer["results"]] == ["IT/1", "IT/2", "IT/1", "IT/3", "IT/4", None]
    errors = [(line["error"]["code"], line["error"]["pointer"]) for line in answer["results"][2:]]
    assert errors == [
        *(
            ("reference-taken", "/reference"),
            ("invalid", "/country"),
            ("personal-data", "/theft_place"),
            ("invalid", ""),
        )
    ]
    assert answer["results"][2]["error"]["record"] == answer["results"][0]["id"] == present["id"]
    assert {record["id"] for record in await stored(service)} == {line["id"] for line in answer["results"][:2]}


async def test_a_table_is_entered_as_its_spreadsheet_shows_it(service: ServiceClient) -> None:
    """Figures and yes or no are texts in a cell, and the parts of a list have spaces between them."""
    response = await enter_table(
        service,
        "IT/1,ZAR93700005123456,,,Alfa Romeo,2026-03-14,H1 H2,KE PL,false,2003",
        "IT/2,,,,Fiat,2026-03-14,,,,",
        "",
    )
    rows = [*csv.DictReader(response.text.splitlines())]
    assert [(row["line"], row["reference"], row["result"], row["code"]) for row in rows] == [
        ("2", "IT/1", "created", ""),
        ("3", "IT/2", "refused", "invalid"),
    ]
    assert rows[1]["detail"] == "give a vin, an engine_number, or a plate with its country"
    [record] = await stored(service)
    assert (record["year"], record["conditions"], record["restricted"]) == (2003, ["H1", "H2"], ["KE", "PL"])
    assert record["id"] == rows[0]["id"]


async def test_what_looks_wrong_in_a_line_is_answered_with_it(service: ServiceClient) -> None:
    """As in the record, whether it is created or present."""
    lines = [{**ALFA, "reference": "IT/1", "colour": "szary"}]
    for result in ("created", "present"):
        [line] = (await enter_lines(service, lines)).json()["results"]
        assert (line["result"], [each["code"] for each in line["warnings"]]) == (result, ["colour-not-listed"])
    response = await service.officer("IT").post(f"{PATH}/entries", params={"answer": "csv"}, json={"entries": lines})
    assert [row["warnings"] for row in csv.DictReader(response.text.splitlines())] == ["colour-not-listed"]


async def test_a_boat_in_a_table_has_its_engines_in_json(service: ServiceClient) -> None:
    """In one cell; other words in it are refused with the form."""
    table = (
        "reference,hull_number,make,theft_date,engines\n"
        'IT/1,IT-ABC12345C313,Quicksilver,2026-03-14,"[{""number"": ""6FM 1012345"", ""make"": ""Yamaha""}]"\n'
        "IT/2,IT-ABC12346C313,Quicksilver,2026-03-14,6FM 1012346\n"
    )
    response = await service.officer("IT").post(f"{PATH}/vessels/entries", content=table, headers=CSV)
    rows = [*csv.DictReader(response.text.splitlines())]
    assert [(row["reference"], row["result"], row["pointer"]) for row in rows] == [
        ("IT/1", "created", ""),
        ("IT/2", "refused", "/engines"),
    ]
    assert rows[1]["detail"].startswith('write the list in JSON, such as [{"number": "..."}]')
    found = await service.officer("IT").get(f"{PATH}/vessels/search", params={"engine_number": "6fm1012345"})
    assert found.json()["total"] == 1


async def test_a_request_that_is_sent_again_finds_its_records(service: ServiceClient) -> None:
    """By the reference of each line, as after an answer that was lost."""
    lines = [{**ALFA, "reference": f"IT/{number}", "vin": f"WVWZZZ1JZ1W{number:06d}"} for number in range(20)]
    assert {*results_of(await enter_lines(service, lines))} == {"created"}
    assert {*results_of(await enter_lines(service, lines))} == {"present"}
    assert len(await stored(service)) == 20


@pytest.mark.parametrize("in_body", [True, False])
async def test_all_or_none_enters_nothing_if_a_line_is_refused(service: ServiceClient, *, in_body: bool) -> None:
    """The problem names each refused line, by its place and number."""
    lines = [{**ALFA, "reference": "IT/1"}, {**ALFA, "reference": "IT/2", "theft_date": "2099"}, {"make": "Fiat"}]
    if in_body:
        refused = await enter_lines(service, lines, all_or_none=True)
    else:
        officer = service.officer("IT")
        refused = await officer.post(f"{PATH}/entries", params={"all_or_none": True}, json={"entries": lines})
    assert problem_of(refused) == (422, "lines-refused")
    assert [error["pointer"] for error in refused.json()["errors"]] == [
        "/entries/1/theft_date",
        "/entries/2/theft_date",
    ]
    assert refused.json()["errors"][0]["detail"].startswith("line 2: ")
    assert await stored(service) == []
    assert results_of(await enter_lines(service, lines[:1], all_or_none=True)) == ["created"]


async def test_the_limits_of_entries_hold_for_lines(service: ServiceClient) -> None:
    """A bureau that took back too many records enters none, by any route; of its own class of refusal each."""
    officer = service.officer("IT")
    lines = [{**ALFA, "reference": f"IT/{n}", "vin": f"WVWZZZ1JZ1W{n:06d}"} for n in range(MAX_TAKEN_BACK)]
    for line in (await enter_lines(service, lines)).json()["results"]:
        assert (await officer.post(f"{PATH}/{line['id']}/withdrawal")).is_success
    answer = await enter_lines(service, [{**ALFA, "reference": "IT/new"}, lines[0]])
    assert [line["error"]["code"] for line in answer.json()["results"]] == ["too-many-taken-back", "reference-taken"]


async def test_a_request_has_at_most_a_thousand_entries(service: ServiceClient) -> None:
    """As the store has one writer, for which others wait."""
    lines = [{**ALFA, "reference": f"IT/{number}"} for number in range(MAX_ENTRIES + 1)]
    assert problem_of(await enter_lines(service, lines)) == (422, "invalid")
    refused = await enter_table(service, *["IT/1,A1,,,Fiat,2026-03-14,,,,"] * (MAX_ENTRIES + 1))
    assert problem_of(refused) == (422, "invalid")


async def test_an_officer_who_may_not_write_enters_no_line(service: ServiceClient) -> None:
    """Nor is a bureau that is restricted admitted."""
    reading = service.officer("IT", "stolen-vehicles:read")
    refused = await reading.post(f"{PATH}/entries", json={"entries": [ALFA]})
    assert problem_of(refused) == (403, "scope-missing")
    restricted = await service.measured("IT", "restricted").post(f"{PATH}/entries", json={"entries": [ALFA]})
    assert problem_of(restricted) == (403, "bureau-restricted")
    assert await stored(service) == []
