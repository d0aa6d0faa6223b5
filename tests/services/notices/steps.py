"""Notices as requests make them: drafted, submitted, reviewed, published and found."""

from typing import Any

import httpx
import msgspec

from shared.ids import uuid7
from tests.conftest import NOW
from tests.support import ServiceClient, caller

PATH = "/api/notices"
UNKNOWN_ID = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"


async def take(service: ServiceClient, bureau: str, notice: str, step: str, body: Any = None) -> dict[str, Any]:
    """Take a step, which must be allowed, and return the notice after it."""
    answer = await service.officer(bureau).post(f"{PATH}/{notice}/{step}", json=body)
    assert answer.status_code == 200, answer.text
    taken: dict[str, Any] = answer.json()
    return taken


def issuer_of(service: ServiceClient, content: dict[str, Any]) -> httpx.AsyncClient:
    """Return who issues a notice: France, or of the Security Council's an officer of the Secretariat who drafts."""
    if content.get("colour") != "un-special":
        return service.officer("FR")
    drafting = msgspec.structs.replace(caller("IPSG", "notices:write"), officer="ipsg.drafter")
    return service.calling(lambda: msgspec.structs.replace(drafting, request_id=uuid7(NOW)))


async def drafted(service: ServiceClient, content: dict[str, Any]) -> str:
    answer = await issuer_of(service, content).post(PATH, json=content)
    assert answer.status_code == 201, answer.text
    record: str = answer.json()["id"]
    assert answer.headers["Location"] == f"{PATH}/{record}"
    return record


async def under_review(service: ServiceClient, content: dict[str, Any]) -> str:
    notice = await drafted(service, content)
    submitted = await issuer_of(service, content).post(f"{PATH}/{notice}/submission")
    assert submitted.status_code == 200, submitted.text
    await take(service, "IPSG", notice, "review")
    return notice


async def published(service: ServiceClient, content: dict[str, Any]) -> str:
    notice = await under_review(service, content)
    await publish(service, notice)
    return notice


async def publish(service: ServiceClient, notice: str) -> dict[str, Any]:
    """Publish a notice or an update by as many officers as it needs, and return the notice."""
    notice_now = await take(service, "IPSG", notice, "publication")
    if notice_now["status"] == "under-review" or (notice_now["pending"] and notice_now["pending"]["approvals"]):
        return await take(service, "IPSG-NDTF", notice, "publication")
    return notice_now


async def hits(service: ServiceClient, bureau: str, **query: Any) -> list[str]:
    found = (await service.officer(bureau).get(f"{PATH}/search", params=query)).json()
    assert found["total"] == len(found["hits"])
    return [hit["record"]["id"] for hit in found["hits"]]
