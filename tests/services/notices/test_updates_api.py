"""Updates through the application: what is stored and sent of them, what is remembered, what the Commission removes."""

from typing import Any

import httpx
import pytest

from services import notices
from services.notices.tables import photograph_tables
from shared.identity import Purpose
from shared.records.tables import announcements
from shared.storage import Database
from tests.services.notices.examples import COMPLETE, complete, red_about
from tests.services.notices.photograph_requests import FILE, added
from tests.services.notices.steps import PATH, drafted, publish, published, take
from tests.shared.images.files import drawn, saved
from tests.support import ServiceClient, caller

LINKED = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
OTHER_FILE = saved(drawn(width=90))


async def put(service: ServiceClient, notice: str, content: dict[str, Any]) -> dict[str, Any]:
    answer = await service.officer("FR").put(f"{PATH}/{notice}", json=content)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


async def announced(database: Database) -> int:
    return len(await database.reading.fetch(announcements.select()))


async def test_only_what_others_act_by_is_announced(service: ServiceClient, service_database: Database) -> None:
    """Nothing changed makes no version; links and the reference make one, and no message to all bureaus."""
    notice = await published(service, complete("blue"))
    async with service_database.writing() as session:
        await session.execute(announcements.delete())
    before = (await service.officer("PL").get(f"{PATH}/{notice}")).json()
    same = await put(service, notice, complete("blue"))
    assert (same["version"], same["status"]) == (before["version"], "published")
    linked = await put(service, notice, complete("blue", links=[LINKED]))
    assert (linked["version"], linked["links"], linked["status"]) == (before["version"] + 1, [LINKED], "published")
    assert (await service.officer("PL").get(f"{PATH}/{notice}")).json() == before
    referenced = await put(service, notice, complete("blue", links=[LINKED], reference="2026/1"))
    assert (referenced["reference"], await announced(service_database)) == ("2026/1", 0)
    handled = await put(service, notice, complete("blue", links=[LINKED], handling="RESTRICTED"))
    assert (handled["status"], await announced(service_database)) == ("updated", 1)


async def refused_update(service: ServiceClient) -> str:
    """Return a red notice of which an update to another name was refused."""
    notice = await published(service, complete("red"))
    await put(service, notice, red_about(name="Courtaine", forename="Milo", date_of_birth="1971"))
    await take(service, "IPSG", notice, "review")
    await take(service, "IPSG", notice, "refusal", {"reason": "article-3"})
    return notice


async def findings_about(service: ServiceClient, **subject: Any) -> list[dict[str, Any]]:
    """Return what the screening finds of earlier refusals in a new request of France."""
    again = await drafted(service, red_about(**subject))
    submitted = await take(service, "FR", again, "submission")
    return [each for each in submitted["findings"] if each["code"] == "earlier-refusal"]


@pytest.mark.parametrize("is_taken_back", [False, True])
async def test_a_refused_update_is_found_by_the_screening(service: ServiceClient, *, is_taken_back: bool) -> None:
    """About the person of the update, also once its issuer has withdrawn it; and the notice is not deleted."""
    notice = await refused_update(service)
    if is_taken_back:
        assert (await service.officer("FR").delete(f"{PATH}/{notice}/pending")).status_code == 200
        await take(service, "FR", notice, "withdrawal")
    [found] = await findings_about(service, name="Courtaine", forename="Milo", date_of_birth="1971-02-03")
    assert (found["reason"], found["weight"], notice in found["detail"]) == ("article-3", "stops", True)
    assert await findings_about(service) == []
    assert (await service.officer("PL").get(f"{PATH}/{notice}")).status_code == (404 if is_taken_back else 200)
    refused = await service.officer("FR").delete(f"{PATH}/{notice}")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:i247:problem:illegal-step")


async def test_words_that_were_overruled_are_no_licence_for_another_text(service: ServiceClient) -> None:
    """What the reviewers answered about a text says nothing about the text that replaces it."""
    accused = "He insulted the president of the republic on the day of the deed."
    notice = await drafted(service, complete("blue", addressed=["DE"], facts=f"Sought for robbery. {accused}"))
    waits = await take(service, "FR", notice, "diffusion")
    overruled = [{"code": code, "remark": "Beside the robbery."} for code in {f["code"] for f in waits["findings"]}]
    sent = await take(service, "IPSG", notice, "release", {"overruled": overruled})
    assert sent["status"] == "diffused"
    changed = await put(service, notice, complete("blue", addressed=["DE"], facts=f"{accused} For this alone."))
    assert changed["pending"]["status"] == "submitted"


async def test_an_officer_approves_the_version_that_they_have_read(service: ServiceClient) -> None:
    """A diffusion may change between its reading and the decision."""
    notice = await drafted(service, complete("blue", addressed=["DE"]))
    read = await take(service, "FR", notice, "diffusion")
    await put(service, notice, complete("blue", addressed=["DE"], facts="Other facts of the robbery."))
    reviewer = service.officer("IPSG")
    late = await reviewer.post(f"{PATH}/{notice}/compliance", json={"version": read["version"]})
    assert (late.status_code, late.json()["type"]) == (409, "urn:i247:problem:illegal-step")
    await take(service, "IPSG", notice, "compliance", {"version": read["version"] + 1})


async def test_an_addendum_that_waits_keeps_what_was_refused_before(service: ServiceClient) -> None:
    """It joins the update that waits, and leaves it again; the reviewers see the refusal throughout."""
    await refused_update(service)
    person = {**COMPLETE["yellow"]["subject"], "name": "Courtaine", "forename": "Milo", "date_of_birth": "1971"}
    notice = await published(service, complete("yellow"))
    waits = await put(service, notice, complete("yellow", subject=person))
    assert codes(waits) >= {"earlier-refusal"}
    stopped = "Protest against the president of the republic, insulted the head of state"
    joined = await put(service, notice, complete("yellow", subject=person, last_known_place=stopped))
    assert codes(joined) >= {"earlier-refusal", "insult-of-head-of-state"}
    left = await put(service, notice, complete("yellow", subject=person, last_known_place="Kobe station"))
    assert codes(left) & {"earlier-refusal", "insult-of-head-of-state"} == {"earlier-refusal"}


def codes(notice: dict[str, Any]) -> set[str]:
    return {each["code"] for each in notice["pending"]["findings"]}


async def test_an_addendum_to_a_notice_whose_update_was_refused_does_not_wait(service: ServiceClient) -> None:
    """The person of the notice was reviewed; another update of what binds is stopped by the refusal."""
    notice = await published(service, complete("red"))
    await put(service, notice, complete("red", facts="Other facts."))
    await take(service, "IPSG", notice, "review")
    await take(service, "IPSG", notice, "refusal", {"reason": "article-3"})
    added_to = await put(service, notice, red_about(languages=["FRE"]))
    assert (added_to["subject"]["languages"], added_to["pending"]["status"]) == (["FRE"], "refused")
    again = await put(service, notice, red_about(languages=["FRE"], height=190))
    assert "earlier-refusal" in {each["code"] for each in again["pending"]["findings"]}


async def test_the_commission_corrects_what_is_remembered_of_a_refused_update(service: ServiceClient) -> None:
    notice = await refused_update(service)
    answer = await decide(service, notice, {"subject": {"name": "Richtig"}})
    assert answer.status_code == 200, answer.text
    history = (await service.officer("FR").get(f"{PATH}/{notice}/versions")).text
    assert "Courtaine" not in history


async def decide(service: ServiceClient, notice: str, corrections: dict[str, Any]) -> httpx.Response:
    commission = caller("CCF", *notices.SERVICE.scopes, purpose=Purpose.DATA_SUBJECT_REQUEST)
    decision = {"decision": "correct", "reference": "CCF/2026/12", "corrections": corrections}
    return await service.calling(lambda: commission).post(f"{PATH}/{notice}/decision", json=decision)


async def pictured(service: ServiceClient) -> tuple[str, list[str]]:
    """Return a published notice with a photograph, and one that waits in an update, with the ids of the two."""
    notice = await drafted(service, complete("blue"))
    first = await added(service, notice)
    await take(service, "FR", notice, "submission")
    await take(service, "IPSG", notice, "review")
    await publish(service, notice)
    second = await added(service, notice, OTHER_FILE)
    return notice, [path.rpartition("/")[2] for path in (first, second)]


async def stored(database: Database) -> set[str]:
    rows = await database.reading.fetch(photograph_tables.photographs.select())
    return {row.id for row in rows}


@pytest.mark.thorough
async def test_the_commission_removes_a_photograph(service: ServiceClient, service_database: Database) -> None:
    """With its bytes, from the notice, from the update that waits, and from what former versions state."""
    assert FILE != OTHER_FILE
    notice, [first, second] = await pictured(service)
    assert await stored(service_database) == {first, second}
    answer = await decide(service, notice, {"photographs": {first: None}})
    assert answer.status_code == 200, answer.text
    assert await stored(service_database) == {second}
    seen = (await service.officer("FR").get(f"{PATH}/{notice}")).json()
    assert (seen["photographs"], [each["id"] for each in seen["pending"]["photographs"]]) == ([], [second])
    assert first not in (await service.officer("FR").get(f"{PATH}/{notice}/versions")).text
    again = await decide(service, notice, {"photographs": {first: None}})
    assert (again.status_code, again.json()["version"]) == (200, answer.json()["version"])


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("photographs", "pointer"),
    [({"10000000": None}, "/photographs/10000000"), ([], "/photographs"), ({"10000000": {}}, "/photographs")],
)
async def test_the_commission_removes_no_photograph_that_is_not_there(
    service: ServiceClient, photographs: Any, pointer: str
) -> None:
    """Nor does it add or change one."""
    notice, _ = await pictured(service)
    refused = await decide(service, notice, {"photographs": photographs})
    assert refused.status_code == 422, refused.text
    assert [each["pointer"] for each in refused.json()["errors"]] == [f"/corrections{pointer}"]
