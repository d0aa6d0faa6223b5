"""Travel documents through the application, as an officer's system sees them."""

import json
from typing import Any

import pytest

from services.travel_documents.queries import DocumentQuery
from services.travel_documents.store import TravelDocumentStore
from shared.clock import FixedClock
from shared.records.service_kit import NO_SESSION
from tests.services.travel_documents import zones
from tests.services.travel_documents.check_numbers import right_number
from tests.services.travel_documents.samples import NOON, PASSPORT, PATH, enter, found, refusal, search
from tests.support import ServiceClient, caller

NUMBER = {"issuer": "FRA", "number": "26XX00417"}


async def test_a_document_is_found_by_issuer_and_number_in_any_writing(service: ServiceClient) -> None:
    """In two steps: search, then the record by its id."""
    record = await enter(service)
    answer = await search(service, issuer="FRA", number="26xx 004-17", type="passport")
    assert (answer["verdict"], answer["code"], answer["total"], answer["mrz"]) == ("exact", 0, 1, None)
    read = await service.officer("PL").get(f"{PATH}/{answer['hits'][0]['record']['id']}")
    assert read.json() == record
    assert (record["issuer"], record["owner"], record["status"], record["ended"]) == ("FRA", "FR", "stolen", None)


async def test_nothing_found_is_none_and_code_1(service: ServiceClient) -> None:
    """Of another issuer the number is another document's, and so is each of its neighbours."""
    await enter(service)
    for asked in ({"issuer": "ITA", "number": "26XX00417"}, {"issuer": "FRA", "number": "26XX00418"}):
        answer = await search(service, **asked)
        assert (answer["hits"], answer["near"], answer["verdict"], answer["code"]) == ([], [], "none", 1)


async def test_signs_that_look_alike_are_found_and_the_verdict_is_near(service: ServiceClient) -> None:
    """`why` says what was read otherwise."""
    record = await enter(service)
    answer = await search(service, issuer="FRA", number="26XXOO4I7")
    assert (answer["verdict"], answer["hits"][0]["record"]["id"]) == ("near", record["id"])
    assert "the 5th sign: asked O, found 0" in answer["hits"][0]["why"][0]["reading"]


async def test_a_document_of_another_type_is_a_hit_and_says_so(service: ServiceClient) -> None:
    """Officers confuse types; it is further down."""
    record = await enter(service)
    answer = await search(service, **NUMBER, type="visa")
    [hit] = answer["hits"]
    assert (answer["verdict"], hit["record"]["id"], hit["score"]) == ("exact", record["id"], 0.85)
    assert hit["match"] == "number and of another type: passport, asked visa"


@pytest.mark.parametrize(
    ("issuer", "says"), [("D", "entered by DE alone: write to DE"), ("UNO", "has no bureau"), ("XPO", "IPSG alone")]
)
async def test_only_the_issuing_country_enters_a_document(service: ServiceClient, issuer: str, says: str) -> None:
    """A bureau that finds the passport of another country writes to its bureau, as the detail says."""
    for send in (service.officer("FR").post,):
        response = await send(PATH, json={**PASSPORT, "issuer": issuer})
        assert refusal(response) == (403, "not-the-issuer", ["/issuer"])
        assert says in response.json()["detail"]
    record = await enter(service)
    changed = await service.officer("FR").put(f"{PATH}/{record['id']}", json={**PASSPORT, "issuer": issuer})
    assert refusal(changed) == (403, "not-the-issuer", ["/issuer"])


async def test_a_bureau_enters_for_each_code_of_its_country_and_the_secretariat_for_interpol(
    service: ServiceClient,
) -> None:
    """Without a code it is that of the country."""
    assert (await enter(service, "GB", issuer="GBO"))["issuer"] == "GBO"
    assert (await enter(service, "GB", number="123456789"))["issuer"] == "GBR"
    assert (await enter(service, "DE"))["issuer"] == "D"
    assert (await enter(service, "IPSG"))["issuer"] == "XPO"


async def test_a_number_is_entered_once_for_each_type(service: ServiceClient) -> None:
    """As it was sent again without its reference; with one it is the same record."""
    record = await enter(service, reference="A/1")
    again = await service.officer("FR").post(PATH, json={**PASSPORT, "reference": "A/1"})
    assert again.json()["id"] == record["id"]
    twice = await service.officer("FR").post(PATH, json={**PASSPORT, "number": "26 XX 00417"})
    assert refusal(twice) == (409, "already-entered", ["/number"])
    assert (await enter(service, type="service"))["id"] != record["id"]


@pytest.mark.parametrize("step", ["recovery", "withdrawal"])
async def test_a_document_that_ended_is_hidden_from_all_but_its_owner(service: ServiceClient, step: str) -> None:
    """It is no hit, and may be entered again."""
    record = await enter(service)
    ended = await service.officer("FR").post(f"{PATH}/{record['id']}/{step}")
    assert ended.json()["ended"] == {"recovery": "recovered", "withdrawal": "withdrawn"}[step]
    assert await found(service, **NUMBER) == []
    assert (await service.officer("PL").get(f"{PATH}/{record['id']}")).status_code == 404
    assert (await service.officer("FR").get(f"{PATH}/{record['id']}")).status_code == 200
    await enter(service)


@pytest.mark.parametrize(
    ("changes", "years"),
    [
        ({}, 10),
        ({"valid_until": "2034-02-01"}, 12.7),
        ({"valid_until": "2019-02-01"}, 5),
        ({"valid_until": "2030"}, 9.6),
    ],
)
async def test_a_record_is_kept_ten_years_or_until_five_years_after_its_validity(
    service: ServiceClient, clock: FixedClock, changes: dict[str, Any], years: float
) -> None:
    """Never shorter than any record."""
    record = await enter(service, **changes)
    kept = int(record["expires"][:4]) + int(record["expires"][5:7]) / 12 - clock.now().year - clock.now().month / 12
    assert kept == pytest.approx(years, abs=0.2)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"number": "26XX*"}, (422, "invalid", ["/number"])),
        ({"number": "---"}, (422, "invalid", ["/number"])),
        ({"number": "ЯЖ12345"}, (422, "invalid", ["/number"])),
        ({"number": "1" * 21}, (422, "invalid", ["/number"])),
        ({"number": None}, (422, "invalid", [""])),
        ({"issuer": "XXA"}, (422, "invalid", ["/issuer"])),
        ({"issuer": "DEU"}, (422, "invalid", ["/issuer"])),
        ({"status": "recovered"}, (422, "invalid", ["/status"])),
        ({"event_date": "2099-01-01"}, (422, "event-in-future", ["/event_date"])),
        ({"issued": "2099"}, (422, "event-in-future", ["/issued"])),
        ({"issued": "2020", "valid_until": "2019"}, (422, "invalid", ["/valid_until"])),
        ({"circumstances": "holder: Anna Eriksson"}, (422, "personal-data", ["/circumstances"])),
        ({"event_place": "+49 170 1234567"}, (422, "personal-data", ["/event_place"])),
        ({"purpose": "wanted-person"}, (422, "purpose-does-not-fit", ["/purpose"])),
        ({"holder": "Anna"}, (422, "invalid", ["/holder"])),
    ],
)
async def test_a_bad_entry_is_refused_with_its_place(
    service: ServiceClient, changes: dict[str, Any], wanted: tuple[int, str, list[str]]
) -> None:
    """And nothing is kept."""
    response = await service.officer("FR").post(PATH, json={**PASSPORT, **changes})
    assert refusal(response) == wanted
    assert (await service.officer("FR").get(PATH)).json()["items"] == []


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"number": "26XX00417"}, "/issuer"),
        ({"issuer": "FRA"}, "/number"),
        ({"type": "passport"}, ""),
        ({"check_digit": "6"}, "/number"),
        ({**NUMBER, "check_digit": "66"}, "/check_digit"),
        ({**NUMBER, "number": "26XX0?417"}, "/number"),
        ({"mrz": "P<UTO"}, "/mrz"),
        ({"mrz": "\n".join(zones.SPECIMEN_TD3), "number": "1"}, "/number"),
        ({"mrz": "A" * 241}, "/mrz"),
        ({**NUMBER, "near": "true"}, "/near"),
    ],
)
async def test_a_search_that_cannot_be_answered_says_what_to_change(
    service: ServiceClient, asked: dict[str, str], pointer: str
) -> None:
    """With its place; a part of a number finds nothing, as numbers are issued in series."""
    response = await service.officer("PL").get(f"{PATH}/search", params=asked)
    assert refusal(response) == (422, "invalid", [pointer])


async def test_a_zone_is_searched_by_its_issuer_and_number(service: ServiceClient) -> None:
    """And what was read of it is answered, without the holder."""
    record = await enter(service)
    for write in ("\n".join, "\r\n".join, "".join, " ".join):
        text = write(zones.td3("FRA", "26XX00417")).lower()
        response = await service.officer("PL").get(f"{PATH}/search", params={"mrz": text})
        answer = response.json()
        assert [hit["record"]["id"] for hit in answer["hits"]] == [record["id"]]
        zone = {"format": "TD3", "issuer": "FRA", "number": "26XX00417", "type": "passport", "wrong_check_digits": []}
        assert (answer["mrz"], answer["verdict"], answer["warnings"]) == (zone, "exact", [])
        assert "ERIKSSON" not in response.text.upper()
        assert "740812" not in response.text


async def test_a_misread_8_finds_the_stolen_passport_as_near_and_says_what_was_changed(service: ServiceClient) -> None:
    """Nothing is corrected silently: the wrong digit is answered with its place, what was found and expected."""
    record = await enter(service, number="26XX08417")
    first, second = zones.td3("FRA", "26XX08417")
    answer = await search(service, mrz=f"{first}\n{second.replace('26XX08417', '26XX03417')}")
    assert (answer["hits"], answer["verdict"], answer["code"]) == ([], "near", 0)
    [near] = answer["near"]
    assert near["record"]["id"] == record["id"]
    assert near["match"] == "number near (the 6th sign: asked 3, found 8, which makes the check digit right)"
    assert near["why"][0] | {"score": 0.85} == near["why"][0] | {
        "asked": "26XX03417",
        "found": "26XX08417",
        "score": 0.85,
    }
    wrong = answer["mrz"]["wrong_check_digits"][0]
    assert (wrong["part"], wrong["line"], wrong["column"]) == ("the number", 2, 10)
    assert wrong["found"] != wrong["expected"]
    assert {warning["code"] for warning in answer["warnings"]} == {"mrz-check-digit"}
    assert answer["warnings"][0]["detail"].startswith("line 2, column 10: the check digit of the number was sent as ")


async def test_a_misread_b_finds_the_stolen_passport_as_well(service: ServiceClient) -> None:
    """As a look-alike of one sign."""
    record = await enter(service, number="26XX08417")
    answer = await search(service, issuer="FRA", number="26XX0B417")
    assert ([hit["record"]["id"] for hit in answer["hits"]], answer["verdict"]) == ([record["id"]], "near")


async def test_a_wrong_digit_without_a_hit_is_unreadable_and_not_none(service: ServiceClient) -> None:
    """Silence about a misread number is no all-clear."""
    number = "26XX00417"
    answer = await search(service, issuer="FRA", number=number, check_digit=right_number(number, by=1))
    assert (answer["verdict"], answer["code"], answer["warnings"][0]["pointer"]) == ("unreadable", 905, "/check_digit")
    right = await search(service, issuer="FRA", number=number, check_digit=right_number(number))
    assert (right["verdict"], right["warnings"]) == ("none", [])


async def test_what_an_officer_is_not_shown_is_no_answer_that_there_is_nothing(service: ServiceClient) -> None:
    """Border systems let pass at code 1."""
    record = await enter(service, handling="CONFIDENTIAL")
    asked = {"issuer": "FRA", "number": record["number"]}
    uncleared = service.officer("PL", "travel-documents:read")
    answer = (await uncleared.get(f"{PATH}/search", params=asked)).json()
    assert (answer["hits"], answer["warnings"][0]["code"], answer["code"]) == ([], "withheld", 904)


async def test_a_broken_zone_says_where_and_repeats_nothing_of_it(service: ServiceClient) -> None:
    """Line and column are in the problem."""
    text = "\n".join(zones.SPECIMEN_TD3).replace("740812", "741312")
    response = await service.officer("PL").get(f"{PATH}/search", params={"mrz": text})
    assert refusal(response) == (422, "invalid", ["/mrz"])
    assert "line 2, column 16" in response.json()["detail"]
    assert "ERIKSSON" not in response.text


async def test_many_zones_are_checked_at_once_as_json_and_as_a_table(service: ServiceClient) -> None:
    """A broken one is an error of its line alone."""
    record = await enter(service)
    good, broken = " ".join(zones.td3("FRA", "26XX00417")), zones.SPECIMEN_TD3[1]
    lines = [{"mrz": good}, {"mrz": broken}, {"issuer": "FRA", "number": "26XX00417"}, {"issuer": "FRA", "number": "1"}]
    answer = (await service.officer("PL").post(f"{PATH}/checks", json={"checks": lines})).json()["results"]
    assert [result["total"] for result in answer] == [1, None, 1, 0]
    assert answer[1]["error"]["pointer"] == "/mrz"
    assert answer[0]["hits"][0]["record"]["id"] == record["id"]
    table = f"mrz,own_reference\n{good},desk 1\n{broken},desk 2\n"
    response = await service.officer("PL").post(f"{PATH}/checks", content=table, headers={"Content-Type": "text/csv"})
    assert record["id"] in response.text
    assert "line 1, column 1" in response.text
    assert "ERIKSSON" not in response.text


def test_what_is_saved_of_a_zone_is_issuer_number_type_and_digit_alone() -> None:
    """No name and no date of the holder is kept with a search."""
    query = DocumentQuery.model_validate({"mrz": "".join(zones.td3("FRA", "26XX00417"))})
    saved = TravelDocumentStore(NO_SESSION, caller("PL"), NOON).saved_search(query)
    kept = {"issuer": "FRA", "number": "26XX00417", "type": "passport", "check_digit": zones.digit("26XX00417")}
    assert json.loads(saved.query) == kept
    assert TravelDocumentStore.read_query(saved.query).readings == query.readings
