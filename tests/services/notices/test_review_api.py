"""The review through the application: queue, messages, requests that are processed, updates that wait, statistics."""

from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from services import notices
from services.notices.review_models import Finding
from services.notices.store import NoticeStore
from shared.clock import FixedClock
from shared.identity import HANDLING_CONFIDENTIAL, Purpose
from shared.records.tables import outgoing
from shared.storage import Database
from shared.web import paging
from tests.services.notices.examples import complete, red_about
from tests.services.notices.test_api import PATH, drafted, hits, publish, published, take, under_review
from tests.support import ServiceClient, caller

FACTS = complete("blue", facts="Others.")
UNCLEARED = notices.SERVICE.scopes


async def told(database: Database) -> list[tuple[str, str, str, bool]]:
    """Return who was told what of which notice, by the outbox, and require that it says no more."""
    rows = await database.reading.fetch(outgoing.select().order_by(outgoing.c.id))
    messages = [msgspec.json.decode(row.notification) for row in rows]
    bodies = [msgspec.json.decode(each["body"]) for each in messages]
    for message, body in zip(messages, bodies, strict=True):
        assert {"service", "kind", "record", "version", "act", "at"} <= body.keys()
        assert body.keys() <= {"service", "kind", "record", "version", "number", "act", "of_update", "at"}
        assert "arvellier" not in str(message)
    return [
        (each["recipients"][0], body["act"], body.get("number", ""), body.get("of_update", False))
        for each, body in zip(messages, bodies, strict=True)
        if each["form"] == "review"
    ]


async def ask(service: ServiceClient, bureau: str, path: str, **query: Any) -> Any:
    answer = await service.officer(bureau).get(f"{PATH}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def update(service: ServiceClient, notice: str, content: dict[str, Any]) -> dict[str, Any]:
    answer = await service.officer("FR").put(f"{PATH}/{notice}", json=content)
    assert answer.status_code == 200, answer.text
    updated: dict[str, Any] = answer.json()
    return updated


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


async def test_a_finding_that_stops_is_listed_until_it_is_overruled(
    service: ServiceClient, service_database: Database
) -> None:
    """An empty body is enough where there is none."""
    notice = await under_review(service, complete("blue"))
    finding = Finding.model_validate(
        {
            "code": "insult",
            "reason": "article-3",
            "weight": "stops",
            "pointer": "/facts",
            "words": "insulted",
            "detail": "An opinion.",
        }
    )
    async with service_database.writing() as session:
        store = NoticeStore(session, caller("IPSG"), service_time(service))
        record = await store.get_whole(notice)
        await store.replace(record.next_version(record.updated, findings=(finding,)))
    refused = await service.officer("IPSG").post(f"{PATH}/{notice}/publication")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:i247:problem:findings-stand")
    assert "insult" in refused.json()["errors"][0]["detail"]
    [item] = (await ask(service, "IPSG", "reviews"))["items"]
    assert item["stopping"] == 1
    overruled = {"overruled": [{"code": "insult", "remark": "The court convicted of a robbery."}]}
    assert (await take(service, "IPSG", notice, "publication", overruled))["status"] == "published"
    assert (await ask(service, "FR", notice))["approvals"][0]["overruled"] == []


def service_time(service: ServiceClient) -> Any:
    return service._app.state.context.clock.now()


async def test_the_queue_has_what_waits_oldest_first(service: ServiceClient, clock: FixedClock) -> None:
    """Notices, diffusions that were not reviewed, and updates; with age, open questions and approvals."""
    in_force = await published(service, complete("blue"))
    waiting = []
    for colour in ("red", "yellow", "green"):
        clock.advance(timedelta(hours=1))
        waiting.append(await drafted(service, complete(colour)))
        await take(service, "FR", waiting[-1], "submission" if colour == "red" else "diffusion")
    clock.advance(timedelta(hours=1))
    await update(service, in_force, FACTS)
    await take(service, "IPSG", waiting[0], "review")
    await take(service, "IPSG", waiting[0], "question", {"text": "Well?"})
    queue = await ask(service, "IPSG", "reviews")
    found = [(each["notice"]["id"], each["waiting"], each["age_hours"]) for each in queue["items"]]
    assert found == [
        (waiting[0], "under-review", 3),
        (waiting[1], "diffused", 2),
        (waiting[2], "diffused", 1),
        (in_force, "update", 0),
    ]
    assert (queue["items"][0]["open_questions"], queue["items"][0]["approvals_needed"]) == (1, 2)
    assert queue["items"][3]["notice"]["pending"]["content"]["facts"] == "Others."
    await take(service, "IPSG", waiting[1], "compliance")
    await take(service, "IPSG", waiting[2], "cancellation", {"reason": "other"})
    left = await ask(service, "IPSG", "reviews")
    assert [each["notice"]["id"] for each in left["items"]] == [waiting[0], in_force]


async def test_the_queue_is_read_page_by_page_and_by_filters(service: ServiceClient, clock: FixedClock) -> None:
    expected = []
    for number in range(5):
        clock.advance(timedelta(seconds=1))
        expected.append(await drafted(service, complete("blue" if number % 2 else "yellow")))
        await take(service, "FR", expected[-1], "submission")
    found: list[str] = []
    position: dict[str, str] = {}
    while True:
        page = await ask(service, "IPSG", "reviews", limit=2, **position)
        found += [each["notice"]["id"] for each in page["items"]]
        if page["next"] is None:
            break
        position = {"after": page["next"]}
    assert found == expected
    blue = await ask(service, "IPSG", "reviews", colour="blue", owner="FR", waiting="submitted")
    assert [each["notice"]["id"] for each in blue["items"]] == [expected[1], expected[3]]
    for other in ({"owner": "DE"}, {"waiting": "update"}):
        assert (await ask(service, "IPSG", "reviews", **other))["items"] == []


async def test_only_the_secretariat_reads_the_queue(service: ServiceClient) -> None:
    """A bureau with the scope to review gets a refusal, and a confidential notice needs its scope."""
    refused = await service.officer("FR").get(f"{PATH}/reviews")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:secretariat-only")
    notice = await drafted(service, complete("blue", handling="CONFIDENTIAL"))
    await take(service, "FR", notice, "submission")
    queue = (await service.officer("IPSG", *UNCLEARED).get(f"{PATH}/reviews")).json()
    assert (queue["items"], queue["withheld"]) == ([], 1)


SEEN_BY_OTHERS = ("", "search?name=marvellier", "search?colour=blue", "search?name=courtaine", "requests", "statistics")


async def shown_to(service: ServiceClient, bureau: str, notice: str) -> list[Any]:
    paths = (notice, f"{notice}/versions", f"{notice}/disclosures", *SEEN_BY_OTHERS)
    answers = [await service.officer(bureau).get(f"{PATH}/{path}".removesuffix("/")) for path in paths]
    return [(answer.status_code, answer.json()) for answer in answers]


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


async def requests(service: ServiceClient, bureau: str, **query: Any) -> list[Any]:
    items: list[Any] = (await ask(service, bureau, "requests", **query))["items"]
    return items


async def test_bureaus_see_that_a_red_notice_is_processed_until_the_decision(service: ServiceClient) -> None:
    """Number, owner, colour, name and birth, and nothing else; by no other way."""
    notice = await drafted(service, complete("red"))
    assert await requests(service, "PL") == []
    number = (await take(service, "FR", notice, "submission"))["number"]
    expected = {
        "number": number,
        "owner": "FR",
        "colour": "red",
        "name": "Étienne Noël Marvellier",
        "date_of_birth": "1980-05-06",
    }
    for bureau in ("PL", "IPSG-ART", "FR", "IPSG"):
        assert await requests(service, bureau) == [expected]
    for bureau in ("PUBLIC", "PARTNER-ICC"):
        assert await requests(service, bureau) == []
    assert (await service.officer("PL").get(f"{PATH}/{notice}")).status_code == 404
    assert await requests(service, "PL", owner="FR", number=number) == [expected]
    assert await requests(service, "PL", owner="DE") == await requests(service, "PL", number="2026/1") == []
    await take(service, "IPSG", notice, "review")
    assert await requests(service, "PL") == [expected]
    assert (await publish(service, notice))["number"] == number
    assert await requests(service, "PL") == []


async def test_a_request_is_not_shown_to_those_whom_the_notice_would_not_reach(service: ServiceClient) -> None:
    """Barred bureaus, and those to which it is not addressed; nor the partners that will see it."""
    for readers in ({"restricted": ["PL"]}, {"addressed": ["DE"]}, {"partners": "all", "restricted": ["PL"]}):
        notice = await drafted(service, complete("red", **readers))
        await take(service, "FR", notice, "submission")
        assert await requests(service, "PL") == await requests(service, "PARTNER-ICC") == []
        assert len(await requests(service, "DE")) == 1
        await service.officer("FR").delete(f"{PATH}/{notice}")


async def test_nothing_is_shown_of_other_colours_refused_requests_and_updates(service: ServiceClient) -> None:
    blue = await drafted(service, complete("blue"))
    await take(service, "FR", blue, "submission")
    refused = await under_review(service, red_about(name="Rouard", forename="Luc", date_of_birth="1991"))
    await take(service, "IPSG", refused, "refusal", {"reason": "article-3"})
    in_force = await published(service, complete("red"))
    await update(service, in_force, red_about(name="Courtaine"))
    assert await requests(service, "PL") == []
    confidential = await drafted(service, complete("red", handling="CONFIDENTIAL"))
    await take(service, "FR", confidential, "submission")
    page = (await service.officer("PL", *UNCLEARED).get(f"{PATH}/requests")).json()
    assert (page["items"], page["withheld"]) == ([], 1)


async def test_requests_are_read_page_by_page(service: ServiceClient) -> None:
    """In the order of their numbers, which are random: the order tells nothing of the time."""
    for _ in range(3):
        notice = await drafted(service, complete("red"))
        await take(service, "FR", notice, "submission")
    whole = await requests(service, "PL")
    page = await ask(service, "PL", "requests", limit=2)
    rest = await ask(service, "PL", "requests", limit=2, after=page["next"])
    assert page["items"] + rest["items"] == whole == sorted(whole, key=lambda one: one["number"])
    assert rest["next"] is None


async def test_a_page_of_requests_reads_no_more_than_fits_into_an_answer(
    service: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the notices state besides the five members that are shown."""
    for _ in range(2):
        await take(service, "FR", await drafted(service, complete("red")), "submission")
    whole = await requests(service, "PL")
    monkeypatch.setattr(paging, "MAX_REPLY_BYTES", 1)
    page = await ask(service, "PL", "requests")
    assert (page["items"], page["next"]) == (whole[:1], whole[0]["number"])
    assert (await ask(service, "PL", "requests", after=page["next"]))["items"] == whole[1:]


async def test_a_list_of_requests_is_a_disclosure_of_the_notices(service: ServiceClient) -> None:
    """With its version, so that who saw it is told when it is refused."""
    notice = await drafted(service, complete("red"))
    await take(service, "FR", notice, "submission")
    reader = caller("PL", "notices:read")
    await service.calling(lambda: reader).get(f"{PATH}/requests")
    [shown] = reader.recorder.shown.values()
    assert (shown.record, shown.version, shown.owner, shown.how) == (notice, 2, "FR", "list")


async def counts(service: ServiceClient, bureau: str = "PUBLIC", **query: Any) -> list[tuple[Any, ...]]:
    answer = await ask(service, bureau, "statistics", **query)
    assert answer["total"] == sum(each["count"] for each in answer["items"])
    return [
        (each["bureau"], each["colour"], each["outcome"], each["reason"], each["count"]) for each in answer["items"]
    ]


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
