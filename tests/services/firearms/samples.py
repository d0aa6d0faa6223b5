"""Firearms for the tests of this service, all fictitious."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.firearms.models import Firearm, FirearmDescription
from services.firearms.rules import enter
from shared.ids import uuid7
from shared.records.policy import Revision
from tests.support import ServiceClient, caller

NOON: Final = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ITALY: Final = caller("IT")
PATH: Final = "/api/firearms"
PISTOL: Final[dict[str, Any]] = {
    "serial_number": "GXK 204 881",
    "make": "Glock",
    "model": "17",
    "calibre": "9x19",
    "kind": "pistol",
    "status": "stolen",
    "event_date": "2026-03-14",
}


def described(**changes: Any) -> FirearmDescription:
    return FirearmDescription.model_validate({**PISTOL, **changes})


def revision_at(at: datetime = NOON) -> Revision:
    return Revision(uuid7(at), at)


def entered(minutes_later: int = 0, **changes: Any) -> Firearm:
    return enter(described(**changes), by=ITALY, revision=revision_at(NOON + timedelta(minutes=minutes_later)))


async def enter_firearm(service: ServiceClient, bureau: str = "IT", **changes: Any) -> dict[str, Any]:
    response = await service.officer(bureau).post(PATH, json={**PISTOL, **changes})
    assert response.status_code == 201, response.text
    record: dict[str, Any] = response.json()
    return record


async def search(service: ServiceClient, bureau: str = "PL", **query: str) -> dict[str, Any]:
    response = await service.officer(bureau).get(f"{PATH}/search", params=query)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def ids_of(hits: list[dict[str, Any]]) -> list[str]:
    return [hit["record"]["id"] for hit in hits]


def refusal(response: Any) -> tuple[int, str, list[str]]:
    problem = response.json()
    pointers = [error["pointer"] for error in problem.get("errors", [])]
    return response.status_code, problem["type"].removeprefix("urn:i247:problem:"), pointers
