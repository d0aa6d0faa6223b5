"""The queue of the reviewers: what waits, in which order, and who reads it."""

from datetime import timedelta
from typing import Any

from services.notices.review_models import Finding
from services.notices.store import NoticeStore
from shared.clock import FixedClock
from shared.storage import Database
from tests.services.notices.examples import complete
from tests.services.notices.review_requests import FACTS, UNCLEARED, ask, update
from tests.services.notices.steps import PATH, drafted, published, take, under_review
from tests.support import ServiceClient, caller


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
    return service.app.state.context.clock.now()


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
    assert await ask(service, "IPSG", "reviews/count") == {"waiting": 2}


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
    for path in ("reviews", "reviews/count"):
        refused = await service.officer("FR").get(f"{PATH}/{path}")
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:secretariat-only")
    notice = await drafted(service, complete("blue", handling="CONFIDENTIAL"))
    await take(service, "FR", notice, "submission")
    queue = (await service.officer("IPSG", *UNCLEARED).get(f"{PATH}/reviews")).json()
    assert (queue["items"], queue["withheld"]) == ([], 1)
    assert (await service.officer("IPSG", *UNCLEARED).get(f"{PATH}/reviews/count")).json() == {"waiting": 1}


async def test_a_bureau_lists_what_it_handed_in_and_nothing_of_others(service: ServiceClient) -> None:
    """With open questions, and without the names of reviewers; drafts and what is decided are not among it."""
    asked = await under_review(service, complete("red"))
    await take(service, "IPSG", asked, "question", {"text": "Well?"})
    await drafted(service, complete("yellow"))
    in_force = await published(service, complete("blue"))
    await update(service, in_force, FACTS)
    own = await ask(service, "FR", "reviews/own")
    found = {each["notice"]["id"]: (each["waiting"], each["open_questions"]) for each in own["items"]}
    assert found == {asked: ("under-review", 1), in_force: ("update", 0)}
    exchanges = [exchange for each in own["items"] for exchange in each["notice"]["exchanges"]]
    assert [each["asked_by"] for each in exchanges] == [None]
    assert [each["waiting"] for each in (await ask(service, "FR", "reviews/own", waiting="update"))["items"]] == [
        "update"
    ]
    for other in ("DE", "IPSG"):
        assert (await ask(service, other, "reviews/own"))["items"] == []
