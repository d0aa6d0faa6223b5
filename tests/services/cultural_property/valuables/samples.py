"""Valuables for the tests of this kind, all fictitious."""

from datetime import timedelta
from typing import Any

from services.cultural_property.valuables.models import Valuable, ValuableDescription
from services.cultural_property.valuables.rules import enter
from tests.services.cultural_property.samples import NETHERLANDS, NOON, revision_at
from tests.support import ServiceClient

PATH = "/api/cultural-property/valuables"
WHERE: dict[str, Any] = {"event_date": "2026-03-14", "event_country": "NL"}
WATCH: dict[str, Any] = {
    **WHERE,
    "kind": "watch",
    "make": "Omega",
    "model": "Speedmaster",
    "serial_number": "77 204 913",
    "engraving": "Ad astra 1969",
}
TELEPHONE: dict[str, Any] = {**WHERE, "kind": "telephone", "make": "Nokia", "imei": "356938035643809"}


def entered(minutes_later: int = 0, **changes: Any) -> Valuable:
    description = ValuableDescription.model_validate({**WATCH, **changes})
    return enter(description, by=NETHERLANDS, revision=revision_at(NOON + timedelta(minutes=minutes_later)))


async def enter_valuable(service: ServiceClient, bureau: str = "NL", **entry: Any) -> dict[str, Any]:
    response = await service.officer(bureau).post(PATH, json=entry)
    assert response.status_code == 201, response.text
    record: dict[str, Any] = response.json()
    return record


async def search(service: ServiceClient, **query: Any) -> dict[str, Any]:
    """Return the answer to a search."""
    answer = await service.officer("PL").get(f"{PATH}/search", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def found(service: ServiceClient, **query: Any) -> list[str]:
    """Return the ids of the hits of a search."""
    return [hit["record"]["id"] for hit in (await search(service, **query))["hits"]]
