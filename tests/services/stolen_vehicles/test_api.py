"""Stolen vehicles through the application, as an officer's system sees them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services import stolen_vehicles
from shared.clock import FixedClock
from tests.conftest import client_of
from tests.support import ServiceClient

PATH = "/api/stolen-vehicles"
ALFA = {
    "vin": "ZAR 937000 05123456",
    "plate": "FZ 512 KL",
    "country": "IT",
    "make": "Alfa Romeo",
    "theft_date": "2026-03-14",
}


@pytest.fixture
async def service(tmp_path: Path, clock: FixedClock) -> AsyncIterator[ServiceClient]:
    async with client_of(stolen_vehicles.SERVICE, tmp_path, clock) as client:
        yield client


async def test_a_vin_is_found_in_any_writing(service: ServiceClient) -> None:
    """Case, spaces, dashes and the letter O for a zero do not hide a stolen car."""
    entered = (await service.officer("IT").post(PATH, json=ALFA)).json()
    found = (await service.officer("PL").get(f"{PATH}/search", params={"vin": "zar-937OOO-05123456"})).json()
    assert [hit["record"]["id"] for hit in found["hits"]] == [entered["id"]]
    assert found["total"] == 1


async def test_a_restricted_bureau_cannot_tell_the_record_from_none(service: ServiceClient) -> None:
    """A barred bureau gets the same answer to a search, a list and a read as if there were no record."""
    entered = (await service.officer("IT").post(PATH, json={**ALFA, "restricted": ["PL"]})).json()
    poland = service.officer("PL")
    assert (await poland.get(f"{PATH}/search", params={"vin": ALFA["vin"]})).json() == {"hits": [], "total": 0}
    assert (await poland.get(PATH)).json() == {"items": [], "next": None}
    assert (await poland.get(f"{PATH}/{entered['id']}")).status_code == 404


async def test_only_the_owner_withdraws(service: ServiceClient) -> None:
    """Another bureau is told that the record is not its own; the owner withdraws it, and it is gone for others."""
    record = (await service.officer("IT").post(PATH, json=ALFA)).json()["id"]
    refused = await service.officer("PL").post(f"{PATH}/{record}/withdrawal")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:not-the-owner")
    assert (await service.officer("IT").post(f"{PATH}/{record}/withdrawal")).json()["status"] == "withdrawn"
    assert (await service.officer("PL").get(f"{PATH}/{record}")).status_code == 404
