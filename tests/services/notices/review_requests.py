"""Requests about a review: what is asked, and updates."""

from typing import Any

from services import notices
from tests.services.notices.examples import complete
from tests.services.notices.steps import PATH
from tests.support import ServiceClient

FACTS = complete("blue", facts="Others.")
UNCLEARED = notices.SERVICE.scopes


async def ask(service: ServiceClient, bureau: str, path: str, **query: Any) -> Any:
    answer = await service.officer(bureau).get(f"{PATH}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def update(service: ServiceClient, notice: str, content: dict[str, Any]) -> dict[str, Any]:
    answer = await service.officer("FR").put(f"{PATH}/{notice}", json=content)
    assert answer.status_code == 200, answer.text
    updated: dict[str, Any] = answer.json()
    return updated
