"""Vessels for the tests of this kind, all fictitious."""

from datetime import timedelta
from typing import Any

from services.stolen_vehicles.vessels.models import Vessel, VesselDescription
from services.stolen_vehicles.vessels.rules import enter
from tests.services.stolen_vehicles.samples import ITALY, NOON, revision_at
from tests.support import ServiceClient

PATH = "/api/stolen-vehicles/vessels"
BOAT: dict[str, Any] = {
    "name": "Sea Breeze",
    "hull_number": "GB-XX100042-C3-13",
    "make": "Quicksilver",
    "theft_date": "2026-03-14",
}
ENGINE: dict[str, Any] = {
    "kind": "outboard-engine",
    "engines": [{"number": "6FM 1012345", "make": "Yamaha"}],
    "theft_date": "2026-03-14",
}


def described(**changes: Any) -> VesselDescription:
    return VesselDescription.model_validate({**BOAT, **changes})


def entered(minutes_later: int = 0, **changes: Any) -> Vessel:
    return enter(described(**changes), by=ITALY, revision=revision_at(NOON + timedelta(minutes=minutes_later)))


async def enter_vessel(service: ServiceClient, bureau: str = "IT", **entry: Any) -> dict[str, Any]:
    response = await service.officer(bureau).post(PATH, json=entry)
    assert response.status_code == 201, response.text
    record: dict[str, Any] = response.json()
    return record


async def found(service: ServiceClient, **query: str) -> list[str]:
    """Return the ids of the hits of a search."""
    answer = await service.officer("PL").get(f"{PATH}/search", params=query)
    assert answer.status_code == 200, answer.text
    return [hit["record"]["id"] for hit in answer.json()["hits"]]
