"""Works of art for the tests of this service, all fictitious."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.cultural_property.models import Work, WorkDescription
from services.cultural_property.rules import enter
from shared.ids import uuid7
from shared.records.policy import Revision
from tests.support import ServiceClient, caller

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
NETHERLANDS = caller("NL")
PATH = "/api/cultural-property"
PAINTING: dict[str, Any] = {
    "type": "painting",
    "subtype": "marine",
    "title": "Harbour in a Storm",
    "maker": "Jan van Nergens",
    "made": "1632",
    "materials": ["oil paint", "canvas"],
    "measurements": [
        {"dimension": "height", "value": 62.5, "unit": "cm"},
        {"dimension": "width", "value": 92.5, "unit": "cm"},
    ],
    "markings": [{"kind": "signature", "text": "J. v. N. f. 1632", "place": "lower left"}],
    "features": ["old tear repaired above the mast"],
    "event_date": "2026-03-14",
    "event_country": "NL",
}


def described(**changes: Any) -> WorkDescription:
    return WorkDescription.model_validate({**PAINTING, **changes})


def revision_at(at: datetime = NOON) -> Revision:
    return Revision(uuid7(at), at)


def entered(minutes_later: int = 0, **changes: Any) -> Work:
    return enter(described(**changes), by=NETHERLANDS, revision=revision_at(NOON + timedelta(minutes=minutes_later)))


async def enter_work(service: ServiceClient, bureau: str = "NL", **entry: Any) -> dict[str, Any]:
    response = await service.officer(bureau).post(PATH, json=entry)
    assert response.status_code == 201, response.text
    record: dict[str, Any] = response.json()
    return record


async def hits(service: ServiceClient, bureau: str = "PL", **query: Any) -> list[dict[str, Any]]:
    """Return the hits of a search."""
    answer = await service.officer(bureau).get(f"{PATH}/search", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["hits"]
    return found


async def found(service: ServiceClient, bureau: str = "PL", **query: Any) -> list[str]:
    """Return the ids of the hits of a search."""
    return [hit["record"]["id"] for hit in await hits(service, bureau, **query)]


def refusal(response: Any) -> tuple[int, str, list[str]]:
    """Return status, problem and pointers of a refusal."""
    problem = response.json()
    pointers = [error["pointer"] for error in problem.get("errors", [])]
    return response.status_code, problem["type"].removeprefix("urn:i247:problem:"), pointers
