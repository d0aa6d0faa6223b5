"""A check shows what its officer sees by asking each register by hand: it has no rights of its own."""

from itertools import combinations
from typing import Any

import pytest

from shared.identity import HANDLING_CONFIDENTIAL
from tests.gateway.checks.conftest import AsOfficer, Entered
from tests.gateway.checks.officers import ALL_READ, CAR, MISSING, WANTED, Officer, diffuse

PLATE = {"plate": "GA417XR", "country": "IT"}
SEARCHES: dict[str, list[dict[str, str]]] = {
    "travel-documents": [{"issuer": "FRA", "number": "19AK00417"}],
    "notices": [WANTED, {"document_number": "19AK00417"}],
    "stolen-vehicles": [PLATE],
    "missing-persons": [WANTED],
}
STATED = {**WANTED, "document": {"issuer": "FRA", "number": "19AK00417"}, **PLATE}
READING = ("checks:read", *ALL_READ)


async def by_hand(officer: Officer) -> dict[tuple[str, str], Any]:
    """Return the records that an officer finds by asking each register."""
    found: dict[tuple[str, str], Any] = {}
    for service, searches in SEARCHES.items():
        for asked in searches:
            answer = await officer.ask("GET", f"/api/{service}/search", params=asked)
            if answer.status_code == 200:
                found |= {(service, hit["record"]["id"]): hit["record"] for hit in answer.json()["hits"]}
    return found


async def by_check(officer: Officer) -> dict[tuple[str, str], Any]:
    """Return the records that a check shows."""
    answer = await officer.check(**STATED)
    return {(hit["source"], hit["id"]): hit["record"] for hit in answer["hits"]}


@pytest.fixture
async def varied(france: Officer, officer_of: AsOfficer) -> None:
    """Enter records of several owners, terms and readers, all of which the check may find."""
    kenya = officer_of("KE")
    person = {**MISSING, "family_name": "Delacroisière", "forename": "Étienne Marcel", "date_of_birth": "1979-11-02"}
    for officer in (france, kenya):
        for terms in ({}, {"handling": "CONFIDENTIAL"}, {"restricted": ["DE"]}, {"addressed": ["DE"]}):
            await officer.enter("stolen-vehicles", {**CAR, **terms, "reference": f"car {terms}"[:60]})
            await officer.enter("missing-persons", {**person, **terms, "reference": f"person {terms}"[:60]})
            await diffuse(officer, **terms)


@pytest.mark.thorough
@pytest.mark.usefixtures("varied")
async def test_a_check_is_the_union_of_what_the_officer_sees_in_each_register(officer_of: AsOfficer) -> None:
    """Whatever the bureau, its scopes, and who may see what: the records are the same, and shown alike."""
    seen = set[int]()
    for bureau in ("FR", "KE", "DE", "IPSG"):
        for held in (READING, (*READING, HANDLING_CONFIDENTIAL), *_some(READING)):
            officer = officer_of(bureau, *held)
            shown = await by_check(officer)
            assert shown == await by_hand(officer)
            seen.add(len(shown))
    assert 0 in seen
    assert len(seen) > 4


def _some(scopes: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return sets of scopes that lack some of the registers."""
    needed, others = scopes[0], [each for each in scopes[1:] if each.partition(":")[0] in SEARCHES]
    return [(needed, *some) for count in (0, 1, 2) for some in combinations(others, count)]


@pytest.mark.thorough
async def test_a_barred_bureau_is_told_nothing_apart(
    france: Officer, germany: Officer, officer_of: AsOfficer, entered: Entered
) -> None:
    """Its answer is that of a network without the records, but for the ids of the requests."""
    empty = await germany.check(name="Nadia Unbekannt", date_of_birth="1990-01-01", **{**PLATE, "plate": "XX999ZZ"})
    for path in (f"notices/{entered.notice}", f"stolen-vehicles/{entered.car}", f"missing-persons/{entered.person}"):
        barred = await france.ask("PUT", f"/api/{path}/restriction", json={"restricted": ["DE"]})
        assert barred.status_code == 200
    answer = await germany.check(**{key: value for key, value in STATED.items() if key != "document"})
    for each in (*answer["sources"], *empty["sources"]):
        each.pop("request")
    assert answer == empty
    assert (await officer_of("KE").check(**STATED))["verdict"] == "hit"


async def test_what_is_confidential_is_not_shown_and_not_hidden_as_nothing(
    france: Officer, officer_of: AsOfficer
) -> None:
    """The officer is told to ask one who may read it."""
    await france.enter("stolen-vehicles", {**CAR, "handling": "CONFIDENTIAL"})
    answer = await officer_of("DE", *READING).check(**PLATE)
    assert (answer["verdict"], answer["hits"]) == ("possible-hit", [])
    assert answer["says"] == "POSSIBLE HIT: records that are not shown to this officer"
    [source] = answer["sources"]
    assert [each["code"] for each in source["warnings"]] == ["withheld"]
    assert (await officer_of("DE", *READING, HANDLING_CONFIDENTIAL).check(**PLATE))["verdict"] == "hit"
