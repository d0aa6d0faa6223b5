"""The statistics of what the Secretariat decided."""

from typing import Any

import pytest

from tests.services.notices.examples import complete, red_about
from tests.services.notices.review_requests import ask, update
from tests.services.notices.steps import drafted, publish, published, take, under_review
from tests.support import ServiceClient


async def counts(service: ServiceClient, bureau: str = "PUBLIC", **query: Any) -> list[tuple[Any, ...]]:
    answer = await ask(service, bureau, "statistics", **query)
    assert answer["total"] == sum(each["count"] for each in answer["items"])
    return [
        (each["bureau"], each["colour"], each["outcome"], each["reason"], each["count"]) for each in answer["items"]
    ]


@pytest.mark.thorough
async def test_decisions_are_counted_for_everybody(service: ServiceClient) -> None:
    """By year, bureau, colour, outcome and reason; not what waits, and not what an issuer withdraws."""
    for _ in range(2):
        await published(service, complete("red"))
    sent = await drafted(service, complete("yellow"))
    await take(service, "FR", sent, "diffusion")
    await take(service, "IPSG", sent, "compliance")
    await take(service, "IPSG", sent, "cancellation", {"reason": "other"})
    blue = await under_review(service, complete("blue"))
    await take(service, "IPSG", blue, "refusal", {"reason": "article-3"})
    await under_review(service, complete("green"))
    assert (
        await counts(service)
        == await counts(service, "PL")
        == [
            ("FR", "blue", "refused", "article-3", 1),
            ("FR", "red", "published", None, 2),
            ("FR", "yellow", "cancelled", "other", 1),
            ("FR", "yellow", "compliant", None, 1),
        ]
    )
    assert await counts(service, year=2026, outcome="refused", reason="article-3") == [
        ("FR", "blue", "refused", "article-3", 1)
    ]
    assert await counts(service, year=2025) == await counts(service, colour="black") == []
    page = await ask(service, "PL", "statistics", limit=3)
    assert (len(page["items"]), page["total"], page["next"]) == (3, 5, 3)
    assert len((await ask(service, "PL", "statistics", limit=3, after=3))["items"]) == 1


@pytest.mark.parametrize("readers", [{"restricted": ["PL"]}, {"addressed": ["DE"]}])
async def test_no_count_tells_a_bureau_of_a_notice_that_it_must_not_know_of(
    service: ServiceClient, readers: dict[str, Any]
) -> None:
    """Nor a total, in any outcome."""
    notice = await published(service, complete("red", **readers))
    await update(service, notice, red_about(name="Courtaine") | readers)
    await take(service, "IPSG", notice, "review")
    await publish(service, notice)
    await take(service, "IPSG", notice, "cancellation", {"reason": "other"})
    refused = await under_review(service, complete("blue", **readers))
    await take(service, "IPSG", refused, "refusal", {"reason": "other"})
    assert await counts(service, "PL") == []
