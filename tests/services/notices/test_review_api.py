"""The review through the application: approvals, questions, messages, and what the issuer is not shown."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.clock import FixedClock
from shared.records.tables import outgoing
from shared.storage import Database
from tests.services.notices.examples import complete, red_about
from tests.services.notices.review_requests import ask, update
from tests.services.notices.steps import PATH, drafted, publish, published, take, under_review
from tests.support import ServiceClient


async def told(database: Database) -> list[tuple[str, str, str, bool]]:
    """Return who was told what of which notice, by the outbox, and require that it says no more."""
    rows = await database.reading.fetch(outgoing.select().order_by(outgoing.c.id))
    messages = [msgspec.json.decode(row.notification) for row in rows]
    bodies = [msgspec.json.decode(each["body"]) for each in messages]
    for message, body in zip(messages, bodies, strict=True):
        assert {"service", "kind", "record", "version", "act", "at"} <= body.keys()
        assert body.keys() <= {"service", "kind", "record", "version", "number", "act", "of_update", "reason", "at"}
        assert "arvellier" not in str(message)
    return [
        (each["recipients"][0], body["act"], body.get("number", ""), body.get("of_update", False))
        for each, body in zip(messages, bodies, strict=True)
        if each["form"] == "review"
    ]


async def test_the_first_officer_approves_a_red_notice_and_the_second_publishes_it(service: ServiceClient) -> None:
    """The answer shows the approval; the same officer is told that another is needed."""
    notice = await under_review(service, complete("red"))
    first = await take(service, "IPSG", notice, "publication")
    assert (first["status"], [each["officer"] for each in first["approvals"]]) == ("under-review", ["ipsg.officer"])
    again = await service.officer("IPSG").post(f"{PATH}/{notice}/publication")
    assert (again.status_code, again.json()["type"]) == (409, "urn:i247:problem:second-officer-needed")
    assert "a second officer" in again.json()["detail"]
    assert (await take(service, "IPSG-NDTF", notice, "publication", {}))["status"] == "published"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("PUT", "restriction", {"restricted": ["KE"]}), ("POST", "renewal", {"reason": "The court asked for it."})],
)
async def test_who_approved_is_remembered_whatever_the_bureau_does_meanwhile(
    service: ServiceClient, clock: FixedClock, method: str, path: str, body: Any
) -> None:
    """The bureau is not shown the officer; what it changes is the notice as it is stored."""
    notice = await published(service, complete("red"))
    await update(service, notice, red_about(name="Courtaine"))
    await take(service, "IPSG", notice, "review")
    await take(service, "IPSG", notice, "question", {"text": "Which court?"})
    await take(service, "FR", notice, "answer", {"text": "That."})
    await take(service, "IPSG", notice, "publication")
    # A record is renewed half a year after its term began.
    clock.advance(timedelta(days=200))
    changed = await service.officer("FR").request(method, f"{PATH}/{notice}/{path}", json=body)
    assert changed.status_code == 200, changed.text
    assert "ipsg.officer" not in changed.text
    seen = await ask(service, "IPSG-NDTF", notice)
    assert [each["officer"] for each in seen["approvals"]] == ["ipsg.officer", "ipsg-ndtf.officer"]
    assert [each["officer"] for each in seen["pending"]["approvals"]] == ["ipsg.officer"]
    assert seen["pending"]["exchanges"][0]["asked_by"] == "ipsg.officer"
    again = await service.officer("IPSG").post(f"{PATH}/{notice}/publication")
    assert (again.status_code, again.json()["type"]) == (409, "urn:i247:problem:second-officer-needed")


async def test_an_entry_that_is_repeated_shows_no_reviewer(service: ServiceClient) -> None:
    """The answer is the notice of this reference as its bureau is shown it."""
    content = complete("red", reference="2026/1")
    await published(service, content)
    again = await service.officer("FR").post(PATH, json=content)
    assert (again.status_code, again.json()["status"]) == (201, "published")
    assert "ipsg.officer" not in again.text


async def test_each_question_answer_and_decision_tells_the_other_side(
    service: ServiceClient, service_database: Database
) -> None:
    """In the transaction in which it happens, with the number and without the case; an approval is not a decision."""
    notice = await under_review(service, complete("red"))
    number = (await ask(service, "FR", notice))["number"]
    await take(service, "IPSG", notice, "question", {"text": "Which court?"})
    await take(service, "FR", notice, "answer", {"text": "That of Vernbourg."})
    await take(service, "IPSG", notice, "question", {"text": "And since when?"})
    await take(service, "IPSG", notice, "question/withdrawal", {"question": 2})
    await publish(service, notice)
    await update(service, notice, red_about(name="Courtaine"))
    await take(service, "IPSG", notice, "review")
    await publish(service, notice)
    await update(service, notice, red_about(name="Courtin"))
    await take(service, "IPSG", notice, "review")
    await take(service, "IPSG", notice, "refusal", {"reason": "other"})
    await take(service, "IPSG", notice, "cancellation", {"reason": "other"})
    assert sorted(await told(service_database)) == [
        ("FR", "asked", number, False),
        ("FR", "asked", number, False),
        ("FR", "cancelled", number, False),
        ("FR", "published", number, False),
        ("FR", "published", number, True),
        ("FR", "question-withdrawn", number, False),
        ("FR", "refused", number, True),
        ("IPSG", "answered", number, False),
    ]


async def test_the_message_of_a_refusal_has_its_reason_and_nothing_else_of_the_case(
    service: ServiceClient, service_database: Database
) -> None:
    """As a code, in the subject and in the form; the remark is read in the notice."""
    notice = await under_review(service, complete("blue"))
    await take(service, "IPSG", notice, "refusal", {"reason": "article-3", "remark": "Arvellier is a politician."})
    assert ("FR", "refused") in [each[:2] for each in await told(service_database)]
    rows = await service_database.reading.fetch(outgoing.select().order_by(outgoing.c.id))
    last = msgspec.json.decode(rows[-1].notification)
    assert msgspec.json.decode(last["body"])["reason"] == "article-3"
    assert last["subject"].endswith("(article-3)")
    assert "politician" not in str(last)


async def test_the_issuer_is_told_of_a_diffusion(service: ServiceClient, service_database: Database) -> None:
    """That it is asked about, and that it complies; a refused request sends nothing."""
    sent = await drafted(service, complete("blue"))
    await take(service, "FR", sent, "diffusion")
    await take(service, "IPSG", sent, "question", {"text": "Which court?"})
    refused = await service.officer("IPSG").post(f"{PATH}/{sent}/compliance")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:i247:problem:question-open")
    await take(service, "FR", sent, "answer", {"text": "That."})
    await take(service, "IPSG", sent, "compliance")
    assert {act for _, act, *_ in await told(service_database)} == {"asked", "answered", "compliant"}


async def test_the_bureau_is_not_shown_who_reviews(service: ServiceClient) -> None:
    """Neither in the thread, nor in the history; reviewers see who of the bureau answered."""
    notice = await under_review(service, complete("red"))
    await take(service, "IPSG", notice, "question", {"text": "Which court?"})
    await take(service, "FR", notice, "answer", {"text": "That of Vernbourg."})
    await take(service, "IPSG", notice, "publication")
    shown = [await ask(service, "FR", path) for path in (notice, f"{notice}/versions")]
    assert "ipsg.officer" not in str(shown)
    [exchange] = shown[0]["exchanges"]
    assert (exchange["asked_by"], exchange["answered_by"]) == (None, "fr.officer")
    assert shown[0]["approvals"][0]["officer"] is None
    seen = await ask(service, "IPSG-NDTF", notice)
    assert (seen["exchanges"][0]["asked_by"], seen["drafted_by"]) == ("ipsg.officer", [])
    assert shown[0]["drafted_by"] == ["fr.officer"]


async def test_a_bureau_may_not_draft_a_notice_of_the_security_council(service: ServiceClient) -> None:
    refused = await service.officer("FR").post(PATH, json=complete("un-special"))
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:secretariat-only")
    drafted_by_secretariat = await service.officer("IPSG").post(PATH, json=complete("un-special"))
    assert drafted_by_secretariat.status_code == 201


async def test_no_answer_to_the_issuer_names_a_reviewer(service: ServiceClient) -> None:
    """Also not a search by the reference, or the answer to an entry that is sent again."""
    content = complete("red", reference="2026/17")
    notice = await published(service, content)
    france = service.officer("FR")
    answers = [
        await france.get(f"{PATH}/{notice}"),
        await france.get(f"{PATH}/search", params={"reference": "2026/17"}),
        await france.get(PATH, params={"reference": "2026/17"}),
        await france.put(f"{PATH}/{notice}/restriction", json={"restricted": ["KE"]}),
        await france.get(f"{PATH}/{notice}/versions"),
    ]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    assert [answer.text for answer in answers if "ipsg." in answer.text.lower()] == []
    reviewers = (await service.officer("IPSG").get(f"{PATH}/{notice}")).json()["approvals"]
    assert [each["officer"] for each in reviewers] == ["ipsg.officer", "ipsg-ndtf.officer"]
