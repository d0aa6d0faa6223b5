"""Vehicles as requests enter and find them."""

from typing import Any

from tests.services.stolen_vehicles.samples import ALFA
from tests.support import ServiceClient

PATH = "/api/stolen-vehicles"


async def enter(service: ServiceClient, bureau: str = "IT", **changes: Any) -> dict[str, Any]:
    response = await service.officer(bureau).post(PATH, json={**ALFA, **changes})
    assert response.status_code == 201, response.text
    record: dict[str, Any] = response.json()
    return record
