"""Stolen vessels and engines through the application, as an officer's system sees them."""

from typing import Any

import pytest

from tests.services.stolen_vehicles.entries import PATH as VEHICLES
from tests.services.stolen_vehicles.vessels.samples import BOAT, ENGINE, PATH, enter_vessel, found
from tests.support import ServiceClient


def refusal(response: Any) -> tuple[int, str, list[str]]:
    problem = response.json()
    pointers = [error["pointer"] for error in problem.get("errors", [])]
    return response.status_code, problem["type"].removeprefix("urn:i247:problem:"), pointers


@pytest.mark.parametrize(
    ("stated", "asked"),
    [
        ({}, {"hull_number": "gb xx100042 c313"}),
        ({}, {"hull_number": "XX1O0O42C313"}),
        ({"hull_number": "XX100042C313"}, {"hull_number": "US-XX100042-C3-13"}),
        ({"imo_number": "IMO 9074729"}, {"imo_number": "9074729"}),
        ({"imo_number": "9074729"}, {"imo_number": "IMO 90747?9"}),
        ({"imo_number": "9074729"}, {"imo_number": "*4729"}),
        ({"imo_number": "5982306"}, {"imo_number": "IMO 59823O6"}),
        ({"imo_number": "5982306"}, {"imo_number": "S9823?6"}),
        ({"mmsi": "232123456"}, {"mmsi": "Z3Zl23 4S6"}),
        ({"mmsi": "232 123 456"}, {"mmsi": "MMSI 232123456"}),
        ({"mmsi": "232123456"}, {"mmsi": "2321*"}),
        ({"call_sign": "MABC7"}, {"call_sign": "mabc 7"}),
        ({"registration": "CO 12345 A", "flag": "GB"}, {"registration": "co-12345-a", "flag": "GB"}),
        ({"registration": "CO 12345 A", "flag": "GB"}, {"registration": "CO12345A"}),
        ({"engines": ENGINE["engines"]}, {"engine_number": "6fm1012345"}),
        ({"engines": [{"number": "X 1"}, {"number": "Y 2"}]}, {"engine_number": "y-2"}),
        ({}, {"name": "SEABREEZE"}),
        ({"name": "Мираж"}, {"name": "Mirazh"}),
    ],
)
async def test_a_vessel_is_found_by_each_of_its_numbers_and_its_name(
    service: ServiceClient, stated: dict[str, Any], asked: dict[str, str]
) -> None:
    """In any writing, with look-alikes, a hull with or without its country, an engine among several."""
    record = await enter_vessel(service, **{**BOAT, **stated})
    await enter_vessel(service, **{**BOAT, "hull_number": "GB-XX199999-A1-01", "name": "Nordlicht"})
    assert await found(service, **asked) == [record["id"]]


@pytest.mark.parametrize("part", ["??????", "????", "907*", "*729", "9?7?7?9", "90A4*"])
@pytest.mark.parametrize("number", ["imo_number", "mmsi"])
async def test_too_small_a_part_of_a_number_is_refused(service: ServiceClient, number: str, part: str) -> None:
    """Neither is the whole service busy with it, nor is it said that there is no such vessel."""
    poland = service.officer("PL")
    answers = [
        await poland.get(f"{PATH}/search", params={number: part}),
        await poland.post(f"{PATH}/checks", json={"checks": [{number: part}]}),
    ]
    assert refusal(answers[0]) == (422, "invalid", [f"/{number}"])
    assert answers[1].json()["results"][0]["error"]["pointer"] == f"/{number}"


async def test_an_engine_is_found_alone_and_with_its_boat(service: ServiceClient) -> None:
    """One search, as a number on an engine does not say whether it was stolen with a boat."""
    alone = await enter_vessel(service, **ENGINE)
    boat = await enter_vessel(service, "FR", **BOAT, engines=[{"number": "6FM-1O12345"}])
    assert {*await found(service, engine_number="6FM 1012345")} == {alone["id"], boat["id"]}
    assert await found(service, engine_number="6FM 1012345", kind="outboard-engine") == [alone["id"]]
    assert await found(service, engine_number="6FM 1012345", make="yamaha marine") == [alone["id"], boat["id"]][:1]


async def test_a_name_alone_is_no_proof(service: ServiceClient) -> None:
    """The hit and the answer say so; a number that does not fit lowers the score."""
    await enter_vessel(service, **BOAT)
    poland = service.officer("PL")
    answer = (await poland.get(f"{PATH}/search", params={"name": "sea breeze"})).json()
    assert [warning["code"] for warning in answer["warnings"]] == ["vessel-name-alone"]
    assert "no proof" in answer["hits"][0]["match"]
    both = (await poland.get(f"{PATH}/search", params={"name": "sea breeze", "hull_number": "GB-XX1-A1-01"})).json()
    assert both["hits"][0]["score"] < answer["hits"][0]["score"]
    assert "vessel-name-alone" not in [warning["code"] for warning in both["warnings"]]


async def test_a_hull_number_is_found_with_the_country_that_its_owner_left_out(service: ServiceClient) -> None:
    """That of the flag, or of American boats."""
    boat = {**BOAT, "hull_number": "XXA12345F414", "registration": "L 2150", "flag": "FR"}
    record = await enter_vessel(service, **boat)
    hits = {}
    for asked in ("FR-XXA12345-F4-14", "USXXA12345F414", "DEXXA12345F414"):
        answer = (await service.officer("PL").get(f"{PATH}/search", params={"hull_number": asked})).json()
        hits[asked[:2]] = [hit["record"]["id"] for hit in answer["hits"]]
    assert hits == {"FR": [record["id"]], "US": [record["id"]], "DE": []}


async def test_a_hull_number_with_one_wrong_sign_is_near(service: ServiceClient) -> None:
    """Apart from the hits, with what was read otherwise."""
    record = await enter_vessel(service, **BOAT)
    asked = {"hull_number": "GB-XX100047-C3-13", "near": "true"}
    answer = (await service.officer("PL").get(f"{PATH}/search", params=asked)).json()
    assert (answer["hits"], [hit["record"]["id"] for hit in answer["near"]]) == ([], [record["id"]])
    assert answer["near"][0]["why"][0]["reading"]


@pytest.mark.parametrize(
    ("asked", "warning"),
    [
        ({"imo_number": "IMO 907472"}, "imo-length"),
        ({"imo_number": "90747729"}, "imo-length"),
        ({"imo_number": "9O74728"}, "imo-check-digit"),
        ({"mmsi": "23212345"}, "mmsi-length"),
        ({"mmsi": "2321123456"}, "mmsi-length"),
    ],
)
async def test_a_number_of_a_ship_with_one_slip_is_near_and_has_a_warning(
    service: ServiceClient, asked: dict[str, str], warning: str
) -> None:
    """Whatever its length; what has other letters is no such number."""
    record = await enter_vessel(service, **{**BOAT, "imo_number": "9074729", "mmsi": "232123456"})
    poland = service.officer("PL")
    answer = (await poland.get(f"{PATH}/search", params={**asked, "near": "true"})).json()
    assert (answer["hits"], [hit["record"]["id"] for hit in answer["near"]]) == ([], [record["id"]])
    assert [each["code"] for each in answer["warnings"]] == [warning]
    lettered = {name: f"{number}X" for name, number in asked.items()}
    assert (await poland.get(f"{PATH}/search", params=lettered)).status_code == 422


async def test_vessels_and_vehicles_are_apart(service: ServiceClient) -> None:
    """A list and a read of one kind do not show the other."""
    record = await enter_vessel(service, **BOAT)
    poland = service.officer("PL")
    assert (await poland.get(f"{PATH}/{record['id']}")).json() == record
    assert (await poland.get(VEHICLES)).json()["items"] == []
    assert (await poland.get(f"{VEHICLES}/{record['id']}")).status_code == 404
    listed = await poland.get(PATH, params={"kind": "motor-boat"})
    assert [item["id"] for item in listed.json()["items"]] == [record["id"]]


async def test_a_recovered_vessel_is_for_its_owner_alone(service: ServiceClient) -> None:
    """It must not be seized again."""
    record = await enter_vessel(service, **BOAT)
    italy, path = service.officer("IT"), f"{PATH}/{record['id']}"
    assert (await italy.post(f"{path}/recovery")).json()["status"] == "recovered"
    assert await found(service, hull_number=BOAT["hull_number"]) == []
    assert (await service.officer("PL").get(path)).status_code == 404
    assert refusal(await italy.put(path, json=BOAT))[:2] == (409, "illegal-step")


@pytest.mark.parametrize(
    ("entry", "code", "pointer"),
    [
        ({**BOAT, "hull_number": None}, "invalid", ""),
        ({**BOAT, "registration": "X 1"}, "invalid", "/flag"),
        ({**BOAT, "flag": "GB"}, "invalid", "/registration"),
        ({**BOAT, "imo_number": "12345"}, "invalid", "/imo_number"),
        ({**BOAT, "mmsi": "12"}, "invalid", "/mmsi"),
        ({**BOAT, "as_on_vessel": True}, "invalid", "/imo_number"),
        ({**BOAT, "imo_number": "9074728"}, "imo-check-digit", "/imo_number"),
        ({**BOAT, "theft_date": "2099"}, "theft-in-future", "/theft_date"),
        ({**BOAT, "marks": "owner: Max Mustermann"}, "personal-data", "/marks"),
        ({**ENGINE, "engines": []}, "invalid", "/engines"),
        ({**ENGINE, "name": "Sea Breeze"}, "invalid", "/name"),
        ({**ENGINE, "engines": [{"number": "Tel. +49 1701234567"}]}, "personal-data", "/engines/0/number"),
        ({**ENGINE, "engines": ENGINE["engines"] * 5}, "invalid", "/engines"),
    ],
)
async def test_an_unusable_entry_is_refused_with_what_to_change(
    service: ServiceClient, entry: dict[str, Any], code: str, pointer: str
) -> None:
    """Without a number, with half a registration, a wrong check digit, personal data, or a name of an engine."""
    status, problem, pointers = refusal(await service.officer("IT").post(PATH, json=entry))
    assert (status, problem) == (422, code)
    assert pointers == [pointer]


async def test_an_altered_imo_number_is_accepted_as_it_stands_on_the_ship(service: ServiceClient) -> None:
    """As with a VIN."""
    record = await enter_vessel(service, **{**BOAT, "imo_number": "9074728", "as_on_vessel": True})
    answer = await service.officer("PL").get(f"{PATH}/search", params={"imo_number": "9074728"})
    assert [hit["record"]["id"] for hit in answer.json()["hits"]] == [record["id"]]
    assert [warning["code"] for warning in answer.json()["warnings"]] == ["imo-check-digit"]


async def test_what_contradicts_itself_is_a_warning(service: ServiceClient) -> None:
    """And what is not listed; listed words become standard names."""
    strange = {"make": "Quiksilver", "colour": "Pearl Dream", "mmsi": "002320014", "year": 1999}
    record = await enter_vessel(service, **{**BOAT, **strange})
    codes = [(each["code"], each["pointer"]) for each in record["warnings"]]
    expected = [("make-not-listed", "/make"), ("colour-not-listed", "/colour"), ("hull-other-year", "/hull_number")]
    assert codes == [*expected, ("mmsi-form", "/mmsi")]
    standard = await enter_vessel(service, "FR", **{**BOAT, "make": "quicksilver boats", "colour": "blanc"})
    assert (standard["make"], standard["colour"], standard["warnings"]) == ("Quicksilver", "white", [])


@pytest.mark.parametrize("number", [{"hull_number": "gb xx100042c313"}, {"imo_number": "9074729"}])
async def test_a_number_that_the_bureau_entered_is_refused(service: ServiceClient, number: dict[str, str]) -> None:
    """Of a hull or a ship, with the record that has it; not of an engine, whose numbers repeat between makers."""
    first = await enter_vessel(service, **BOAT, imo_number="9074729", engines=ENGINE["engines"])
    others = {"name": "Nordlicht", "make": "Bavaria", "theft_date": "2026-03-14"}
    response = await service.officer("IT").post(PATH, json={**others, **number})
    assert refusal(response) == (409, "already-entered", [f"/{next(iter(number))}"])
    assert (response.json()["record"], response.json()["path"]) == (first["id"], f"{PATH}/{first['id']}")
    await enter_vessel(service, **ENGINE)
    await enter_vessel(service, "FR", **{**others, **number})
