"""A search that found nothing is explained by the nearest records that the officer may see."""

from typing import Any

import pytest
import sqlalchemy as sa

from shared.audit.tables import disclosures
from tests.gateway.explain.conftest import SEARCH, Officer
from tests.gateway.explain.test_requests import request_id
from tests.gateway.mesh import Mesh
from tests.services.stolen_vehicles.samples import ALFA

VEHICLES = "/api/stolen-vehicles"


async def why_not(officer: Officer, **asked: str) -> Any:
    """Search, and return what the explanation says of what was not found."""
    answer = await officer.ask("GET", SEARCH, params=asked)
    assert answer.status_code == 200
    return (await officer.explain(request_id(answer)))["why_not"]


async def enter(officer: Officer, **changes: Any) -> str:
    """Enter a vehicle, and return its id."""
    answer = await officer.ask("POST", VEHICLES, json={**ALFA, **changes})
    assert answer.status_code == 201, answer.text
    entered: str = answer.json()["id"]
    return entered


@pytest.mark.thorough
async def test_the_nearest_record_is_shown_with_what_kept_it_out(france: Officer, germany: Officer) -> None:
    """The field, what was asked, what was found, and how well it had to fit."""
    entered = await enter(germany)
    near = await why_not(france, plate="FZ 512 KX", country="IT")
    [miss] = near["near"]
    assert (miss["record"], miss["owner"], near["compared"]) == (entered, "DE", 1)
    [kept_out] = miss["kept_out"]
    assert kept_out["field"] == "plate"
    assert kept_out["says"] == (
        "asked FZ 512 KX of IT, found FZ 512 KL of IT (the 7th sign: asked X, found L): "
        "a search with near=true shows it"
    )
    assert kept_out["score"] < kept_out["needed"] == 1


async def test_an_own_record_in_another_state_is_shown_with_its_status(france: Officer, germany: Officer) -> None:
    """To its owner alone: others get the same as if it did not exist."""
    entered = await enter(germany)
    await germany.ask("POST", f"{VEHICLES}/{entered}/recovery")
    [miss] = (await why_not(germany, plate="FZ 512 KL", country="IT"))["near"]
    assert [(each["field"], each["found"]) for each in miss["kept_out"]] == [("status", "recovered")]
    assert await why_not(france, plate="FZ 512 KL", country="IT") == {"compared": 0, "near": []}


async def test_a_record_that_is_another_altogether_is_not_shown(france: Officer, germany: Officer) -> None:
    """It is of no concern to the officer, although they may see it."""
    await enter(germany)
    assert (await why_not(france, plate="AB 123 CD", country="PL"))["near"] == []


async def test_what_was_found_is_no_near_miss(france: Officer, germany: Officer) -> None:
    """It is in the answer."""
    await enter(germany)
    assert (await why_not(france, plate="FZ 512 KL", country="IT"))["near"] == []


async def test_what_is_shown_is_in_the_audit_log_with_the_purpose_of_who_looked(
    france: Officer, germany: Officer, mesh: Mesh
) -> None:
    """As a record of a list: the owner is not notified of a hit."""
    entered = await enter(germany)
    await why_not(france, plate="FZ 512 KX", country="IT")
    row = disclosures.c
    asked = sa.select(row.how, row.bureau, row.officer, row.purpose).where(row.record_id == entered, row.bureau == "FR")
    rows = await mesh.records["stolen-vehicles"]._database.reading.fetch(asked)
    assert [tuple(each) for each in rows] == [("list", "FR", "fr.officer", "security-check")]


async def test_a_search_for_a_reference_is_compared_with_own_records(france: Officer, germany: Officer) -> None:
    """As the search itself: the reference of another bureau says nothing."""
    entered = await enter(france, reference="2026/DCPJ/00417")
    await enter(germany, reference="2026/DCPJ/00418", plate="FZ 513 KL", vin=None)
    [miss] = (await why_not(france, reference="2026/DCPJ/00411"))["near"]
    assert (miss["record"], miss["kept_out"][0]["field"]) == (entered, "reference")


@pytest.mark.thorough
async def test_another_request_has_no_near_misses(france: Officer) -> None:
    """A list says what it shows."""
    answer = await france.ask("GET", VEHICLES)
    assert (await france.explain(request_id(answer)))["why_not"] is None
