"""Notices through the application, as the systems of a bureau and of the Secretariat see them."""

import json
from typing import Any

import httpx
import msgspec
import pytest

from gateway.openapi.merge import service_openapi
from services import notices
from services.notices.colours import Colour
from shared.clock import FixedClock
from shared.ids import uuid7
from shared.records.policy import DEFAULT_RETENTION
from tests.conftest import NOW
from tests.services.notices.examples import PERSON, complete, red_about
from tests.support import ServiceClient, caller

PATH = "/api/notices"
JSON = {"Content-Type": "application/json"}
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


async def test_a_notice_passes_through_its_life_cycle_from_draft_to_withdrawal(service: ServiceClient) -> None:
    """Drafted, submitted, questioned, published, found abroad by a misspelt name, updated and withdrawn."""
    france, poland = service.officer("FR"), service.officer("PL")
    notice = await drafted(service, {"colour": "red", "subject": PERSON})
    assert (await france.put(f"{PATH}/{notice}", json=complete("red"))).json()["version"] == 2
    assert (await take(service, "FR", notice, "submission"))["status"] == "submitted"
    assert (await poland.get(f"{PATH}/{notice}")).status_code == 404
    assert (await take(service, "IPSG", notice, "review"))["status"] == "under-review"
    await take(service, "IPSG", notice, "question", {"text": "Which court?"})
    await take(service, "FR", notice, "answer", {"text": "That of Vernbourg."})
    number = (await publish(service, notice))["number"]
    assert await hits(service, "PL", name="marvelier etienne") == [notice]
    updated = await france.put(f"{PATH}/{notice}", json=red_about(name="Courtaine"))
    assert updated.json()["pending"]["status"] == "submitted"
    await take(service, "IPSG", notice, "review")
    assert (await publish(service, notice))["status"] == "updated"
    assert await hits(service, "PL", name="Courtaine", colour="red", age_min=40) == [notice]
    assert (await take(service, "FR", notice, "withdrawal"))["status"] == "withdrawn"
    assert await hits(service, "PL", name="Courtaine") == []
    assert (await poland.get(f"{PATH}/{notice}")).status_code == 404
    assert (await france.get(f"{PATH}/{notice}")).json()["number"] == number


async def test_the_submission_of_an_incomplete_notice_is_refused(service: ServiceClient) -> None:
    """The problem names each missing value by a pointer, and the notice remains a draft."""
    notice = await drafted(service, {"colour": "red", "subject": PERSON})
    refused = await service.officer("FR").post(f"{PATH}/{notice}/submission")
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (422, "urn:i247:problem:notice-incomplete")
    pointers = [error["pointer"] for error in problem["errors"]]
    assert pointers == ["/warrants", "/extradition_sought", "/facts", "/event/date", "/event/place"]
    assert (await service.officer("FR").get(f"{PATH}/{notice}")).json()["status"] == "draft"


@pytest.mark.parametrize(("step", "status"), [("refusal", "refused"), ("cancellation", "cancelled")])
async def test_the_secretariat_refuses_and_cancels_a_notice_with_a_coded_reason(
    service: ServiceClient, step: str, status: str
) -> None:
    """The issuer can read the reason; for other bureaus the notice does not exist."""
    notice = await (under_review if step == "refusal" else published)(service, complete("blue"))
    decision = {"reason": "article-3", "remark": "Predominantly political."}
    unreasoned = await service.officer("IPSG").post(f"{PATH}/{notice}/{step}", json={"reason": "because"})
    assert unreasoned.status_code == 422
    await take(service, "IPSG", notice, step, decision)
    seen = (await service.officer("FR").get(f"{PATH}/{notice}")).json()
    assert (seen["status"], seen["decision"]) == (status, decision)
    assert (await service.officer("DE").get(f"{PATH}/{notice}")).status_code == 404


async def test_a_diffusion_is_found_at_once_and_cancelled_afterwards(service: ServiceClient) -> None:
    """Without review before; it can be updated, and the Secretariat cancels it with a coded reason."""
    diffusion = await drafted(service, complete("blue"))
    sent = await take(service, "FR", diffusion, "diffusion")
    assert (sent["status"], sent["diffused"], sent["number"]) == ("diffused", sent["updated"], None)
    assert await hits(service, "PL", name="Marvellier") == [diffusion]
    updated = await service.officer("FR").put(f"{PATH}/{diffusion}", json=complete("blue"))
    assert updated.json()["status"] == "diffused"
    await take(service, "IPSG", diffusion, "cancellation", {"reason": "article-3"})
    assert await hits(service, "PL", name="Marvellier") == []
    assert (await service.officer("PL").get(f"{PATH}/{diffusion}")).status_code == 404


@pytest.mark.parametrize(("step", "body", "found"), [("release", None, True), ("refusal", {"reason": "other"}, False)])
async def test_the_diffusion_of_a_supervised_bureau_waits_for_the_secretariat(
    service: ServiceClient, step: str, body: Any, found: bool
) -> None:
    """Until it is released, other bureaus do not learn of it; the issuer cannot release it."""
    diffusion = await drafted(service, complete("blue"))
    france = service.measured("FR", "supervised")
    waiting = (await france.post(f"{PATH}/{diffusion}/diffusion")).json()
    assert (waiting["status"], waiting["diffused"]) == ("waiting", None)
    for bureau, status in (("IPSG", 200), ("FR", 200), ("PL", 404)):
        assert (await service.officer(bureau).get(f"{PATH}/{diffusion}")).status_code == status
    assert await hits(service, "PL", name="Marvellier") == []
    assert (await france.post(f"{PATH}/{diffusion}/release")).status_code == 403
    await take(service, "IPSG", diffusion, step, body)
    assert await hits(service, "PL", name="Marvellier") == ([diffusion] if found else [])


async def test_the_questions_of_a_review_are_visible_to_issuer_and_secretariat_only(service: ServiceClient) -> None:
    """Other bureaus read the published notice without them."""
    notice = await under_review(service, complete("blue"))
    await take(service, "IPSG", notice, "question", {"text": "Which court?"})
    await take(service, "FR", notice, "answer", {"text": "That of Vernbourg."})
    await take(service, "IPSG", notice, "publication")
    for bureau, count in (("FR", 1), ("IPSG", 1), ("PL", 0)):
        assert len((await service.officer(bureau).get(f"{PATH}/{notice}")).json()["exchanges"]) == count


@pytest.mark.parametrize("step", ["submission", "withdrawal"])
async def test_another_bureau_cannot_act_for_the_issuer(service: ServiceClient, step: str) -> None:
    """If it may see the notice, it gets 403 not-the-owner."""
    notice = await published(service, complete("blue"))
    refused = await service.officer("PL").post(f"{PATH}/{notice}/{step}")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:not-the-owner")
    assert (await service.officer("PL").put(f"{PATH}/{notice}", json=complete("blue"))).status_code == 403


@pytest.mark.parametrize("step", ["review", "publication", "refusal", "question"])
async def test_a_bureau_cannot_review_its_own_notice(service: ServiceClient, step: str) -> None:
    """Even with the scope to review it gets 403 secretariat-only."""
    notice = await drafted(service, complete("blue"))
    body = {"reason": "other"} if step == "refusal" else {"text": "Well?"} if step == "question" else None
    refused = await service.officer("FR").post(f"{PATH}/{notice}/{step}", json=body)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:secretariat-only")


async def test_a_review_needs_the_scope_to_review(service: ServiceClient) -> None:
    """The scopes to read and to write are not enough, even for an officer of the Secretariat."""
    notice = await drafted(service, complete("blue"))
    await take(service, "FR", notice, "submission")
    clerk = service.officer("IPSG", "notices:read", "notices:write")
    assert (await clerk.post(f"{PATH}/{notice}/review")).json()["type"] == "urn:i247:problem:scope-missing"


async def test_a_barred_bureau_cannot_distinguish_a_notice_from_a_missing_one(service: ServiceClient) -> None:
    """It gets the same answer to a search, a list and a step as if the notice did not exist."""
    notice = await published(service, complete("blue", restricted=["PL"]))
    poland = service.officer("PL")
    assert await hits(service, "PL", name="Marvellier") == []
    assert (await poland.get(PATH)).json() == {"items": [], "next": None, "withheld": 0}
    known = (await poland.post(f"{PATH}/{notice}/withdrawal")).json()
    unknown = (await poland.post(f"{PATH}/{UNKNOWN_ID}/withdrawal")).json()
    assert known["detail"].replace(notice, UNKNOWN_ID) == unknown["detail"]


async def test_a_step_that_the_state_does_not_allow_is_refused(service: ServiceClient) -> None:
    """The refusal states the state of the notice, and in which states the step would be allowed."""
    notice = await drafted(service, complete("blue"))
    refused = await service.officer("FR").post(f"{PATH}/{notice}/withdrawal")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:i247:problem:illegal-step")
    assert (
        refused.json()["detail"]
        == "the notice is draft: only one that is published or updated or diffused can be withdrawn"
    )


async def test_the_secretariat_sees_submitted_notices_in_lists_but_no_drafts(service: ServiceClient) -> None:
    await drafted(service, complete("blue"))
    submitted = await drafted(service, complete("yellow"))
    await take(service, "FR", submitted, "submission")
    listed = (await service.officer("IPSG").get(PATH, params={"status": "submitted", "owner": "FR"})).json()
    assert [item["id"] for item in listed["items"]] == [submitted]
    assert len((await service.officer("IPSG").get(PATH)).json()["items"]) == 1


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"colour": "pink", "subject": PERSON},
        {"colour": "red"},
        {"colour": "red", "subject": {"kind": "ghost"}},
        complete("red", unheard_of=1),
        red_about(name="Zero\x00byte"),
        red_about(name="x" * 121),
        red_about(name="  "),
        red_about(name="\ud800"),
        red_about(date_of_birth="1980-02-30"),
        red_about(date_of_birth="06.05.1980"),
        red_about(date_of_birth=1980),
        red_about(eyes=["PINK"]),
        red_about(height=10**30),
        red_about(aliases=["Le Grand"] * 31),
        red_about(hair=["BRO"] * 5),
        complete("red", event={"time": "25:00"}),
        complete("red", warrants=[{"maximum_penalty_months": -1}]),
        complete("red", restricted=["XX"]),
        complete("red", facts="x" * 4001),
    ],
)
async def test_a_notice_that_violates_the_schema_is_refused(service: ServiceClient, content: dict[str, Any]) -> None:
    """Unknown fields and codes, impossible dates and long texts with a 422; unreadable characters with a 400."""
    refused = await service.officer("FR").post(PATH, content=_json(content), headers=JSON)
    unreadable = "\\u0000" in _json(content).decode() or "\\ud800" in _json(content).decode()
    expected = (400, "urn:i247:problem:malformed") if unreadable else (422, "urn:i247:problem:invalid")
    assert (refused.status_code, refused.json()["type"]) == expected


def _json(content: dict[str, Any]) -> bytes:
    # The client's own encoder refuses what a hostile one would send.
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"name": ""},
        {"name": "-.,"},
        {"name": "👨"},
        {"name": "x" * 121},
        {"colour": "pink"},
        {"nationality": "fr"},
        {"date_of_birth": "0000"},
        {"age_min": "50", "age_max": "40"},
        {"age_max": "999"},
        {"age_on": "2019-06-14"},
        {"age_min": "40", "age_on": "2019"},
        {"surname": "Marvellier"},
    ],
)
async def test_a_search_without_a_valid_criterion_is_refused(service: ServiceClient, query: dict[str, str]) -> None:
    """No criterion, one without content, or one that does not exist is a 422."""
    refused = await service.officer("FR").get(f"{PATH}/search", params=query)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:i247:problem:invalid")


async def test_a_notice_is_visible_to_no_bureau_after_its_retention(service: ServiceClient, clock: FixedClock) -> None:
    """Five years after its publication, not even to its issuer."""
    notice = await published(service, complete("blue"))
    clock.advance(DEFAULT_RETENTION)
    assert await hits(service, "PL", name="Marvellier") == []
    assert (await service.officer("FR").get(f"{PATH}/{notice}")).status_code == 404


async def test_every_operation_and_field_is_documented(service: ServiceClient) -> None:
    """Each operation has a summary, and each field and parameter has a description."""
    document = service_openapi(notices.SERVICE)
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    assert len(operations) >= 13
    assert all(one["summary"] for one in operations)
    parameters = {each["name"]: each for one in operations for each in one.get("parameters", [])}
    fields = {
        f"{model}.{name}": field
        for model, schema in document["components"]["schemas"].items()
        for name, field in schema.get("properties", {}).items()
        if model != "ProblemBody"
    }
    assert [name for name, one in (parameters | fields).items() if not _says(one)] == []


def _says(field: dict[str, Any]) -> bool:
    return "description" in field or "$ref" in field or any(map(_says, field.get("anyOf", [])))


async def test_a_notice_is_found_listed_and_kept_with_the_status_of_its_person(service: ServiceClient) -> None:
    """Found by the status, and shown with the one that it had in each version."""
    convicted = {"person_status": "convicted"}
    notice = await published(service, complete("red"))
    assert await hits(service, "PL", person_status="wanted") == [notice]
    await service.officer("FR").put(f"{PATH}/{notice}", json=red_about(**convicted))
    await take(service, "IPSG", notice, "review")
    assert (await publish(service, notice))["subject"]["person_status"] == "convicted"
    assert await hits(service, "PL", person_status="wanted") == []
    assert await hits(service, "PL", name="Marvellier", **convicted) == [notice]
    listed = (await service.officer("PL").get(PATH, params=convicted)).json()["items"]
    assert [each["id"] for each in listed] == [notice]
    versions = (await service.officer("FR").get(f"{PATH}/{notice}/versions")).json()["items"]
    statuses = [each["record"]["subject"]["person_status"] for each in versions]
    assert (statuses[0], set(statuses[1:])) == ("convicted", {"wanted"})


@pytest.mark.parametrize(
    ("content", "code", "pointer"),
    [
        (complete("red", purpose="security-check"), "purpose-does-not-fit", "/purpose"),
        (red_about(person_status="witness"), "status-does-not-fit", "/subject/person_status"),
    ],
)
async def test_what_contradicts_the_colour_is_refused_in_a_draft_and_an_edit(
    service: ServiceClient, content: dict[str, Any], code: str, pointer: str
) -> None:
    """With its pointer and what fits."""
    notice = await drafted(service, complete("red"))
    france = service.officer("FR")
    for refused in (await france.post(PATH, json=content), await france.put(f"{PATH}/{notice}", json=content)):
        assert (refused.status_code, refused.json()["type"]) == (422, f"urn:i247:problem:{code}")
        [fault] = refused.json()["errors"]
        assert (fault["in"], fault["pointer"]) == ("body", pointer)
        assert "wanted" in fault["detail"]


async def test_a_reference_that_has_a_notice_of_another_colour_is_taken(service: ServiceClient) -> None:
    """Although each colour states other things."""
    france = service.officer("FR")
    assert (await france.post(PATH, json=complete("blue", reference="2026/1"))).status_code == 201
    for colour in ("red", "yellow", "black"):
        refused = await france.post(PATH, json=complete(colour, reference="2026/1"))
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:i247:problem:reference-taken")
        assert "colour" in refused.json()["detail"]


async def test_an_unknown_colour_is_answered_with_those_that_there_are(service: ServiceClient) -> None:
    """In plain words, and not as the program writes them."""
    refused = await service.officer("FR").post(PATH, json={"colour": "pink"})
    [error] = refused.json()["errors"]
    assert error["pointer"] == "/colour"
    assert error["detail"] == f"must be {', '.join(Colour)}"
