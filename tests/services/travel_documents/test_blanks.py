"""Ranges of blanks: found by any number within, by the search for documents."""

from typing import Any

import pytest

from shared.records.search.number_ranges import MAX_OF_STRETCH
from tests.services.travel_documents import zones
from tests.services.travel_documents.samples import BLANKS, PATH, enter, enter_blanks, found, refusal, search
from tests.support import ServiceClient


@pytest.mark.parametrize("number", ["26XX10001", "26XX15500", "26XX20000", "26xx 15-500", "26XXI55OO"])
async def test_a_blank_within_a_range_is_a_hit(service: ServiceClient, number: str) -> None:
    """First, last and any between, in any writing; the record is read by the same id and path as a document."""
    record = await enter_blanks(service)
    answer = await search(service, issuer="FRA", number=number)
    [hit] = answer["hits"]
    assert hit["record"] == record
    assert hit["why"][0]["found"] == "26XX10001 to 26XX20000"
    assert hit["match"].startswith("number (within 26XX10001 to 26XX20000")
    assert answer["verdict"] == ("near" if "I" in number else "exact")
    assert (await service.officer("PL").get(f"{PATH}/{record['id']}")).json() == record


@pytest.mark.parametrize("number", ["26XX10000", "26XX20001", "26XX1500", "26XX155000", "26XY15500", "2XX615500"])
async def test_a_number_outside_a_range_is_no_hit(service: ServiceClient, number: str) -> None:
    """Before, behind, shorter, longer, or of another series."""
    await enter_blanks(service)
    assert await found(service, issuer="FRA", number=number) == []


async def test_a_document_and_a_range_with_its_number_are_both_hits(service: ServiceClient) -> None:
    """A border client that looks at hits alone sees both."""
    blanks, one = await enter_blanks(service), await enter(service, number="26XX10417")
    assert {*await found(service, issuer="FRA", number="26XX10417")} == {blanks["id"], one["id"]}


async def test_a_range_over_the_end_of_a_hundred_thousand_is_found_on_both_sides(service: ServiceClient) -> None:
    """It lies in two stretches."""
    record = await enter_blanks(service, first_number="A0099990", last_number="A0100010")
    for number in ("A0099990", "A0099999", "A0100000", "A0100010"):
        assert await found(service, issuer="FRA", number=number) == [record["id"]]
    assert await found(service, issuer="FRA", number="A0100011") == []


async def test_a_zone_of_a_stolen_blank_with_a_misread_sign_is_near(service: ServiceClient) -> None:
    """As that of a document is."""
    record = await enter_blanks(service, first_number="26XX80001", last_number="26XX80100")
    first, second = zones.td3("FRA", "26XX80055")
    answer = await search(service, mrz=first + second.replace("26XX80055", "26XX30055"))
    assert [hit["record"]["id"] for hit in answer["near"]] == [record["id"]]


@pytest.mark.parametrize(
    ("changes", "pointer", "says"),
    [
        ({"last_number": "26XX200000"}, "/last_number", "has 10 signs and the first number 9"),
        ({"last_number": "26XY20000"}, "/last_number", "must begin with the same signs"),
        ({"last_number": "26XX10000"}, "/last_number", "is before the first number"),
        ({"first_number": "A000000", "last_number": "A100000"}, "/last_number", "100,001 numbers"),
        ({"first_number": "26XX1000A", "last_number": "26XX2000A"}, "/last_number", "must end in figures"),
        ({"number": "26XX10001"}, "/number", ""),
        ({"status": "stolen"}, "/status", "stolen-blank, lost, revoked or invalid"),
    ],
)
async def test_a_range_that_is_none_says_what_to_change(
    service: ServiceClient, changes: dict[str, Any], pointer: str, says: str
) -> None:
    """At both paths."""
    for path in (f"{PATH}/blanks", PATH):
        response = await service.officer("FR").post(path, json={**BLANKS, **changes})
        assert refusal(response) == (422, "invalid", [pointer])
        assert says in response.json()["detail"] or not says


async def test_a_range_is_entered_once_and_by_the_issuing_country_alone(service: ServiceClient) -> None:
    """As a document is."""
    await enter_blanks(service)
    assert refusal(await service.officer("FR").post(f"{PATH}/blanks", json=BLANKS)) == (
        409,
        "already-entered",
        ["/first_number"],
    )
    foreign = await service.officer("DE").post(f"{PATH}/blanks", json={**BLANKS, "issuer": "FRA"})
    assert refusal(foreign) == (403, "not-the-issuer", ["/issuer"])


async def test_lists_tell_ranges_from_documents(service: ServiceClient) -> None:
    """Below `/blanks`, and by a filter of all."""
    blanks, one = await enter_blanks(service), await enter(service)
    reader = service.officer("PL")
    for path, params, wanted in (
        (f"{PATH}/blanks", {"status": "stolen-blank"}, [blanks["id"]]),
        (PATH, {"blanks": "false"}, [one["id"]]),
        (PATH, {"blanks": "true"}, [blanks["id"]]),
        (PATH, {}, [one["id"], blanks["id"]]),
    ):
        listed = (await reader.get(path, params=params)).json()["items"]
        assert {record["id"] for record in listed} == {*wanted}


@pytest.mark.thorough
async def test_few_ranges_of_an_owner_begin_close_together(service: ServiceClient) -> None:
    """So that overlapping ranges slow no search; those that were recovered do not count."""
    first = await enter_blanks(service, last_number="26XX10002")
    for place in range(1, MAX_OF_STRETCH):
        await enter_blanks(service, last_number=f"26XX1{place + 2:04}")
    one_more = {**BLANKS, "last_number": "26XX19999"}
    refused = await service.officer("FR").post(f"{PATH}/blanks", json=one_more)
    assert refusal(refused) == (409, "too-many-ranges", ["/first_number"])
    assert (await search(service, issuer="FRA", number="26XX10002"))["total"] == MAX_OF_STRETCH
    await service.officer("FR").post(f"{PATH}/{first['id']}/recovery")
    assert (await service.officer("FR").post(f"{PATH}/blanks", json=one_more)).status_code == 201


async def test_ranges_are_entered_in_lines_with_documents(service: ServiceClient) -> None:
    """As a table: a cell that is empty is not stated."""
    table = (
        "type,number,first_number,last_number,status,event_date,reference\n"
        "passport,26XX00417,,,lost,2026-03-14,A/1\n"
        "passport,,26XX10001,26XX20000,stolen-blank,2026-03-14,A/2\n"
        "passport,,26XX10001,,stolen-blank,2026-03-14,A/3\n"
    )
    send = service.officer("FR").post
    headers = {"Content-Type": "text/csv", "Accept": "application/json"}
    answer = (await send(f"{PATH}/entries", content=table, headers=headers, params={"answer": "json"})).json()
    assert (answer["created"], answer["refused"]) == (2, 1)
    assert answer["results"][2]["error"]["pointer"] == "/last_number"
    again = (await send(f"{PATH}/entries", content=table, headers=headers, params={"answer": "json"})).json()
    assert (again["created"], again["present"]) == (0, 2)
