"""Reports of the Netherlands, and the hits of searches for them."""

from typing import Any

import httpx

from tests.support import ServiceClient

PERSONS = "/api/missing-persons"
BODIES = f"{PERSONS}/bodies"


async def reported(service: ServiceClient, path: str, report: dict[str, Any], **changes: Any) -> str:
    """Report as the Netherlands do, and return the id of the record."""
    answer = await service.officer("NL").post(path, json={**report, **changes})
    assert answer.status_code == 201, answer.text
    record: str = answer.json()["id"]
    return record


async def searched(officer: httpx.AsyncClient, path: str, **wanted: Any) -> list[tuple[str, float, str]]:
    """Return the ids of the hits with score and match, best first."""
    answer = await officer.get(f"{path}/search", params=wanted)
    assert answer.status_code == 200, answer.text
    return [(hit["record"]["id"], hit["score"], hit["match"]) for hit in answer.json()["hits"]]
