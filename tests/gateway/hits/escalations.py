"""A hit that France was asked to confirm, and its escalation to the Secretariat with evidence."""

from typing import Any

from shared.protocol.payloads import Escalation, HitDetails
from tests.gateway.hits.actors import Bureau, Service


class Case:
    """A hit of Germany on a record of France, the request to confirm it, and the evidence of both."""

    def __init__(self, hit: HitDetails, thread: str, notice: str, request: str) -> None:
        self.hit = hit
        self.thread = thread
        self.notice = notice
        self.request = request

    def escalation(self, **changed: Any) -> Escalation:
        """Return the escalation of the hit to the Secretariat."""
        return Escalation(**({"hit": self.hit.id, "notice": self.notice, "request": self.request} | changed))


async def case_of(service: Service, germany: Bureau, **changed: Any) -> Case:
    """Have Germany find a record and ask for confirmation, and return hit and evidence."""
    found = await service.finds(**changed)
    thread = (await germany.sees(found.id))["thread"]
    asked = await germany.asks(found.id)
    return Case(found, thread, await germany.proof(thread), await germany.proof(asked))


def reason(code: str) -> str:
    return f"not-proven-{code}"


async def escalate(germany: Bureau, case: Case, **changed: Any) -> str | None:
    """Send an escalation from Germany to the Secretariat, and return the reason of its refusal, if any."""
    return await germany.refusal_of(await germany.sends(case.escalation(**changed), "IPSG", thread=case.thread))


async def overdue(secretariat: Bureau) -> list[str]:
    return [hit["id"] for hit in await secretariat.listed(state="overdue")]


async def answered(france: Bureau, case: Case, answer: str, **stated: Any) -> str:
    """Have France answer, and wait until Germany has signed for it; return the id of the message."""
    response = await france.answer(case.hit.id, answer, **stated)
    assert response.status_code == 202, response.text
    message_id: str = response.json()["confirmations"][-1]["answers"][-1]["message"]
    await france.has_receipt(message_id)
    return message_id
