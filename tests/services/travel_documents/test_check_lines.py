"""Each line of many checks carries the verdict that a search of its own has."""

import csv
from typing import Any

import pytest

from shared.records.batch.answers import HEADER
from tests.services.travel_documents import zones
from tests.services.travel_documents.check_numbers import right_number
from tests.services.travel_documents.samples import PATH, enter, search
from tests.support import ServiceClient

NUMBER = "26XX08417"
MISREAD = "\n".join(zones.td3("FRA", NUMBER)).replace(NUMBER, "26XX03417")
UNKNOWN = "26XX99999"
LINES: list[tuple[dict[str, str], str, str]] = [
    ({"issuer": "FRA", "number": NUMBER}, "exact", "hit"),
    ({"issuer": "FRA", "number": "26XX0B417"}, "near", "hit"),
    ({"mrz": MISREAD}, "near", "near"),
    ({"issuer": "FRA", "number": UNKNOWN}, "none", "none"),
    ({"issuer": "FRA", "number": UNKNOWN, "own_reference": "desk 1"}, "none", "none"),
    ({"issuer": "FRA", "number": UNKNOWN, "check_digit": right_number(UNKNOWN, by=1)}, "unreadable", "unreadable"),
]


async def check(service: ServiceClient, lines: list[Any], **options: str) -> Any:
    response = await service.officer("PL").post(f"{PATH}/checks", params=options, json={"checks": lines})
    assert response.status_code == 200, response.text
    return response


@pytest.mark.parametrize("near", [False, True])
async def test_each_line_has_the_verdict_of_a_search_of_its_own(service: ServiceClient, *, near: bool) -> None:
    """In JSON; null where the line was not searched."""
    await enter(service, number=NUMBER)
    lines = [line for line, _, _ in LINES]
    response = await check(service, [*lines, {"issuer": "FRA"}], **({"near": "true"} if near else {}))
    *results, refused = response.json()["results"]
    assert [each["verdict"] for each in results] == [verdict for _, verdict, _ in LINES]
    asked = [{name: value for name, value in line.items() if name != "own_reference"} for line in lines]
    assert [(await search(service, **each))["verdict"] for each in asked] == [each["verdict"] for each in results]
    assert (refused["verdict"], refused["error"]["pointer"]) == (None, "/number")
    # Each has the same members, whether it found something or not.
    assert {frozenset(each) for each in results} == {frozenset(refused)}


async def test_each_line_of_a_table_has_its_verdict_and_no_unreadable_one_is_none(service: ServiceClient) -> None:
    """A program that reads the result alone takes a misread number for no all-clear."""
    await enter(service, number=NUMBER)
    response = await check(service, [*(line for line, _, _ in LINES), {"issuer": "FRA"}], answer="csv")
    *rows, refused = csv.DictReader(response.text.splitlines())
    assert [(row["verdict"], row["result"]) for row in rows] == [(verdict, result) for _, verdict, result in LINES]
    assert (refused["verdict"], refused["result"]) == ("", "refused")
    assert tuple(refused) == HEADER
