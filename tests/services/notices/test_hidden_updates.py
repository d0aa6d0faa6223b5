"""An update that waits: hidden from all but issuer, Secretariat and Commission."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from services import notices
from shared.clock import FixedClock
from shared.identity import HANDLING_CONFIDENTIAL, Purpose
from shared.storage import Database
from tests.services.notices.examples import complete, red_about
from tests.services.notices.review_requests import FACTS, ask, update
from tests.services.notices.steps import PATH, hits, publish, published, take
from tests.support import ServiceClient, caller

SEEN_BY_OTHERS = ("", "search?name=marvellier", "search?colour=blue", "search?name=courtaine", "requests", "statistics")


async def shown_to(service: ServiceClient, bureau: str, notice: str) -> list[Any]:
    paths = (notice, f"{notice}/versions", f"{notice}/disclosures", *SEEN_BY_OTHERS)
    answers = [await service.officer(bureau).get(f"{PATH}/{path}".removesuffix("/")) for path in paths]
    return [(answer.status_code, answer.json()) for answer in answers]


@pytest.mark.thorough
@pytest.mark.parametrize("bureau", ["PL", "PARTNER-ICC", "PUBLIC", "IPSG-ART"])
async def test_others_see_nothing_of_an_update_that_waits(
    service: ServiceClient, clock: FixedClock, bureau: str
) -> None:
    """Whatever is done to it until it is published, all their answers are the same; not even the version changes."""
    content = complete("blue", partners="all", public=True)
    notice = await published(service, content)
    before = await shown_to(service, bureau, notice)
    changed = {**content, "subject": {**content["subject"], "name": "Courtaine"}}
    steps: list[tuple[str, str, Any]] = [
        ("IPSG", "review", None),
        ("IPSG", "question", {"text": "Well?"}),
        ("FR", "answer", {"text": "So."}),
        ("IPSG", "refusal", {"reason": "other"}),
    ]
    await update(service, notice, changed)
    for by, step, body in steps:
        clock.advance(timedelta(minutes=1))
        assert (await shown_to(service, bureau, notice))[:-1] == before[:-1]
        await take(service, by, notice, step, body)
    assert (await shown_to(service, bureau, notice))[:-1] == before[:-1]
    answer = await service.officer("FR").delete(f"{PATH}/{notice}/pending")
    assert (answer.status_code, answer.json()["pending"]) == (200, None)
    assert (await shown_to(service, bureau, notice))[:-1] == before[:-1]


async def test_the_former_version_is_found_until_the_update_is_published(service: ServiceClient) -> None:
    notice = await published(service, red_about())
    await update(service, notice, red_about(name="Courtaine"))
    for name, found in (("Marvellier", [notice]), ("Courtaine", [])):
        for bureau in ("PL", "FR", "IPSG"):
            assert await hits(service, bureau, name=name) == found
    await take(service, "IPSG", notice, "review")
    await publish(service, notice)
    assert await hits(service, "PL", name="Courtaine") == [notice]
    assert await hits(service, "PL", name="Marvellier") == []


async def correct(service: ServiceClient, notice: str, corrections: dict[str, Any]) -> httpx.Response:
    commission = caller("CCF", *notices.SERVICE.scopes, HANDLING_CONFIDENTIAL, purpose=Purpose.DATA_SUBJECT_REQUEST)
    decision = {"decision": "correct", "reference": "CCF/2026/12", "corrections": corrections}
    return await service.calling(lambda: commission).post(f"{PATH}/{notice}/decision", json=decision)


async def test_a_correction_of_the_commission_reaches_the_update_that_waits(service: ServiceClient) -> None:
    """In the present version and in the history: otherwise the update would bring back what was corrected."""
    notice = await published(service, complete("blue"))
    await update(service, notice, FACTS)
    await take(service, "IPSG", notice, "review")
    assert (await correct(service, notice, {"subject": {"name": "Richtig"}, "facts": "Right."})).status_code == 200
    shown = await ask(service, "FR", notice)
    assert (shown["pending"]["content"]["subject"]["name"], shown["pending"]["content"]["facts"]) == (
        "Richtig",
        "Right.",
    )
    versions = (await ask(service, "FR", f"{notice}/versions"))["items"]
    assert "Marvellier" not in str(versions)
    assert "Others." not in str(versions)
    published_again = await publish(service, notice)
    assert (published_again["status"], published_again["subject"]["name"]) == ("updated", "Richtig")


async def test_the_commission_sees_the_update_that_waits_and_deletes_it_with_the_notice(
    service: ServiceClient, service_database: Database
) -> None:
    notice = await published(service, complete("blue"))
    await update(service, notice, FACTS)
    commission = caller("CCF", *notices.SERVICE.scopes, purpose=Purpose.DATA_SUBJECT_REQUEST)
    client = service.calling(lambda: commission)
    assert (await client.get(f"{PATH}/{notice}")).json()["pending"]["content"]["facts"] == "Others."
    assert (await service.officer("FR").delete(f"{PATH}/{notice}")).status_code == 204
    for table in notices.SERVICE.metadata.sorted_tables:
        rows = await service_database.reading.fetch(table.select(), in_thread=True)
        assert "Others." not in str([tuple(row) for row in rows]), table.name
