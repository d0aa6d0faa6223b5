"""Documents for the tests of this service, all fictitious, as requests enter and find them."""

from datetime import UTC, datetime
from typing import Any, Final

from tests.support import ServiceClient

PATH: Final = "/api/travel-documents"
NOON: Final = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
PASSPORT: Final = {"type": "passport", "number": "26XX00417", "status": "stolen", "event_date": "2026-03-14"}
BLANKS: Final = {
    "type": "passport",
    "first_number": "26XX10001",
    "last_number": "26XX20000",
    "status": "stolen-blank",
    "event_date": "2026-03-14",
}
Answer = dict[str, Any]


async def enter(service: ServiceClient, bureau: str = "FR", **changes: Any) -> Answer:
    response = await service.officer(bureau).post(PATH, json={**PASSPORT, **changes})
    assert response.status_code == 201, response.text
    record: Answer = response.json()
    return record


async def enter_blanks(service: ServiceClient, bureau: str = "FR", **changes: Any) -> Answer:
    response = await service.officer(bureau).post(f"{PATH}/blanks", json={**BLANKS, **changes})
    assert response.status_code == 201, response.text
    record: Answer = response.json()
    return record


async def search(service: ServiceClient, bureau: str = "PL", **asked: str) -> Answer:
    response = await service.officer(bureau).get(f"{PATH}/search", params=asked)
    assert response.status_code == 200, response.text
    answer: Answer = response.json()
    return answer


async def found(service: ServiceClient, **asked: str) -> list[str]:
    return [hit["record"]["id"] for hit in (await search(service, **asked))["hits"]]


def refusal(response: Any) -> tuple[int, str, list[str]]:
    problem = response.json()
    pointers = [error["pointer"] for error in problem.get("errors", [])]
    return response.status_code, problem["type"].removeprefix("urn:i247:problem:"), pointers
