"""The lists of the public notices API: filters, their limits, and how all notices are reached."""

from typing import Any

import httpx
import pytest

from tests.gateway.public_notices.requests import BASE, get
from tests.gateway.public_notices.world import PublicWorld
from tests.services.notices.examples import PERSON

NOTHING_ASKED = {"page": 1, "resultPerPage": 20}


@pytest.mark.parametrize(
    ("query", "echoed"),
    [
        ("", NOTHING_ASKED),
        ("=&", NOTHING_ASKED),
        ("&name=&forename=&nationality=&ageMin=&freeText=&sexId=&page=&resultPerPage=", NOTHING_ASKED),
        ("name=%20&whatever=1&limit=3&kind=blue&after=x", NOTHING_ASKED),
        ("ageMin=abc&ageMax=1.5&page=one&resultPerPage=1e9", NOTHING_ASKED),
        ("page=0&resultPerPage=0", {"page": 1, "resultPerPage": 1}),
        ("page=-1&resultPerPage=-20", {"page": 1, "resultPerPage": 1}),
        ("resultPerPage=200", {"page": 1, "resultPerPage": 160}),
        ("page=99999999999", NOTHING_ASKED),
        ("name=a&name=b", {**NOTHING_ASKED, "name": "a"}),
        ("ageMin=18&ageMax=120", {**NOTHING_ASKED, "ageMin": 18, "ageMax": 120}),
        ("ageMin=-4&ageMax=4000", {**NOTHING_ASKED, "ageMin": 0, "ageMax": 999}),
        ("nationality=%25&sexId=X", {**NOTHING_ASKED, "nationality": "%", "sexId": "X"}),
        ("nationality=" + "A" * 100, {**NOTHING_ASKED, "nationality": "A" * 100}),
        ("name=%00%FF%C3", {**NOTHING_ASKED, "name": "\0\ufffd\ufffd"}),
        ("name=" + "(" * 900, {**NOTHING_ASKED, "name": "(" * 900}),
        ("forename=%28%5B%2A&name=%2B%2B", {**NOTHING_ASKED, "name": "++", "forename": "([*"}),
        ("freeText=" + "%25" * 50, {**NOTHING_ASKED, "freeText": "%" * 50}),
        ("unReference=x", NOTHING_ASKED),
    ],
)
async def test_no_query_is_refused(
    world: PublicWorld, anyone: httpx.AsyncClient, query: str, echoed: dict[str, Any]
) -> None:
    """Empty values count as absent, unknown parameters are ignored, numbers are clamped; the answer echoes the rest."""
    answer = await anyone.get(f"{BASE}/red?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["query"] == echoed


async def test_filters_are_combined_and_kept_in_links(world: PublicWorld, anyone: httpx.AsyncClient) -> None:
    """Numbers as numbers in the query, all values encoded in the links."""
    for name in ("Anders", "Andersen", "Sanders"):
        await world.publish(subject={**PERSON, "name": name, "forename": "Jean & Co"})
    asked = {"name": "^A.*$", "forename": "jean &", "ageMin": 18, "sexId": "M", "nationality": "FR", "resultPerPage": 1}
    page = await get(anyone, "red", **asked)
    assert page["total"] == 2
    assert page["query"] == {**asked, "page": 1}
    link = f"{BASE}/red?name=%5EA.%2A%24&forename=jean%20%26&nationality=FR&ageMin=18&sexId=M&resultPerPage=1&page="
    assert page["_links"] == {
        name: {"href": f"{link}{number}"} for name, number in {"self": 1, "first": 1, "next": 2, "last": 2}.items()
    }
    following = (await anyone.get(page["_links"]["next"]["href"])).json()
    assert following["_embedded"]["notices"][0]["name"] == "Anders"
    assert "next" not in following["_links"]
    for none in ({"nationality": "DE"}, {"sexId": "F"}, {"ageMin": 120}, {"name": "^.....$"}):
        assert (await get(anyone, "red", **{**asked, **none}))["total"] == 0
    assert (await get(anyone, "red", arrestWarrantCountryId="fr", freeText="VOL"))["total"] == 3
    assert (await get(anyone, "yellow", arrestWarrantCountryId="XX"))["query"] == NOTHING_ASKED


@pytest.mark.thorough
async def test_only_160_notices_can_be_reached(world: PublicWorld, anyone: httpx.AsyncClient) -> None:
    """The total is true; a page past the end is the last one, and the answer says which that is."""
    notices = [await world.publish() for _ in range(163)]
    numbers = [notice.number for notice in reversed(notices)]
    page = await get(anyone, "red", resultPerPage=500)
    assert (page["total"], [each["entity_id"] for each in page["_embedded"]["notices"]]) == (163, numbers[:160])
    assert "next" not in page["_links"]
    past = await get(anyone, "red", resultPerPage=70, page=9)
    assert (past["query"]["page"], past["_links"]["last"]["href"][-7:]) == (3, "&page=3")
    assert [each["entity_id"] for each in past["_embedded"]["notices"]] == numbers[140:160]
    assert await followed(anyone, "red?resultPerPage=50") == numbers[:160]
    assert await followed(anyone, "red") == numbers[:160]


async def followed(client: httpx.AsyncClient, path: str) -> list[str]:
    """Return the ids of a list, by following `next` as old clients do."""
    found, link = [], f"{BASE}/{path}"
    while link:
        page = (await client.get(link)).json()
        found += [each["entity_id"] for each in page["_embedded"]["notices"]]
        link = page["_links"].get("next", {}).get("href", "")
    return found


@pytest.mark.thorough
async def test_all_notices_are_reached_by_splitting(world: PublicWorld, anyone: httpx.AsyncClient) -> None:
    """By age, as programs do that download everything."""
    for year in range(1950, 1990):
        for _ in range(5):
            await world.publish(subject={**PERSON, "date_of_birth": f"{year}-01-01"})
    found = set()
    for age in range(18, 100):
        page = await get(anyone, "red", ageMin=age, ageMax=age, resultPerPage=160)
        assert page["total"] == len(page["_embedded"]["notices"])
        found |= {each["entity_id"] for each in page["_embedded"]["notices"]}
    assert len(found) == (await get(anyone, "red"))["total"] == 200
