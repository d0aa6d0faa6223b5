"""Who may see a notice, changed by its issuer in each state, and what remains readable."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest

from services import notices
from services.notices.lifecycle import JUDGED
from shared.standing import Standing
from tests.services.notices.examples import complete
from tests.services.notices.steps import PATH, drafted, hits, take
from tests.support import ServiceClient

OTHER: Final = {"reason": "other"}
SENT: Final = (("FR", "diffusion", None),)
SUBMITTED: Final = (("FR", "submission", None),)
REVIEWED: Final = (*SUBMITTED, ("IPSG", "review", None))
PUBLISHED: Final = (*REVIEWED, ("IPSG", "publication", None))
STEPS: Final[Mapping[str, Sequence[tuple[str, str, Any]]]] = {
    "draft": (),
    "submitted": SUBMITTED,
    "under-review": REVIEWED,
    "diffused": SENT,
    "published": PUBLISHED,
    "refused": (*REVIEWED, ("IPSG", "refusal", OTHER)),
    "withdrawn": (*PUBLISHED, ("FR", "withdrawal", None)),
    "cancelled": (*SENT, ("IPSG", "cancellation", OTHER)),
}
RESTRICTIONS: Final[Sequence[dict[str, Any]]] = (
    {"restricted": []},
    {"restricted": ["DE"]},
    {"restricted": [], "addressed": ["DE", "PL"]},
    {"restricted": ["PL"], "addressed": ["PL"]},
    {"restricted": ["PARTNER-ICC"], "addressed": []},
)
ENTRIES: Final[Sequence[dict[str, Any]]] = (
    {"public": True},
    {"addressed": ["DE"]},
    {"partners": "all"},
    {"partners": ["PARTNER-ICC"], "restricted": ["KE"]},
)


async def brought_to(service: ServiceClient, status: str, **entry: Any) -> str:
    """Return a blue notice of France in a state, with what its entry states besides."""
    notice = await drafted(service, complete("blue", **entry))
    if status == "waiting":
        sent = await service.measured("FR", "supervised").post(f"{PATH}/{notice}/diffusion")
        assert sent.json()["status"] == status
    for bureau, step, body in STEPS.get(status, ()):
        await take(service, bureau, notice, step, body)
    return notice


async def statuses_of_reading(service: ServiceClient, notice: str) -> set[int]:
    """Return how the service answers those who read all they may, by lists, searches and the id of a notice."""
    paths = ("", "/search?colour=blue", f"/{notice}")
    readers = [service.officer(bureau) for bureau in ("FR", "DE", "PL", "IPSG", "PUBLIC")]
    return {(await reader.get(f"{PATH}{path}")).status_code for reader in readers for path in paths}


@pytest.mark.thorough
@pytest.mark.parametrize("entry", ENTRIES, ids=str)
@pytest.mark.parametrize("status", [*STEPS, "waiting"])
async def test_whatever_restriction_is_accepted_in_a_state_the_notice_is_read_back(
    service: ServiceClient, status: str, entry: dict[str, Any]
) -> None:
    """One that could not be read would stop all lists, and could be neither deleted nor corrected.

    Of these the refused and cancelled are not deleted by their owner (ADR 74).
    """
    for restriction in RESTRICTIONS:
        notice = await brought_to(service, status, **entry)
        answer = await service.officer("FR").put(f"{PATH}/{notice}/restriction", json=restriction)
        assert answer.status_code in {200, 409, 422}, answer.text
        assert await statuses_of_reading(service, notice) <= {200, 404}
        deleted = 409 if status in JUDGED else 204
        assert (await service.officer("FR").delete(f"{PATH}/{notice}")).status_code == deleted


WIDER: Final[Sequence[dict[str, Any]]] = (
    {"restricted": ["KE"], "addressed": []},
    {"restricted": ["KE"], "addressed": ["DE", "PL"]},
    {"restricted": [], "addressed": ["KE", "DE"]},
)


@pytest.mark.parametrize("restriction", WIDER, ids=str)
@pytest.mark.parametrize("status", ["diffused", "published"])
@pytest.mark.parametrize(
    ("standing", "code"), [("supervised", "bureau-supervised"), ("restricted", "bureau-restricted")]
)
async def test_a_bureau_under_a_measure_shows_its_notice_in_force_to_no_more(
    service: ServiceClient, standing: Standing, code: str, status: str, restriction: dict[str, Any]
) -> None:
    """It would send it to them without the review, or at all; to fewer it may be shown at any time."""
    notice = await brought_to(service, status, addressed=["DE"], restricted=["KE"])
    france, path = service.measured("FR", standing), f"{PATH}/{notice}/restriction"
    refused = await france.put(path, json=restriction)
    assert (refused.status_code, refused.json()["type"]) == (403, f"urn:i247:problem:{code}")
    assert (await service.officer("PL").get(f"{PATH}/{notice}")).status_code == 404
    assert (await france.put(path, json={"restricted": ["KE", "PL"]})).status_code == 200
    assert (await service.officer("FR").put(path, json=restriction)).status_code == 200


async def test_a_supervised_bureau_chooses_the_readers_of_its_draft(service: ServiceClient) -> None:
    """They are reviewed with it."""
    notice = await brought_to(service, "draft", addressed=["DE"])
    answer = await service.measured("FR", "supervised").put(
        f"{PATH}/{notice}/restriction", json={"restricted": [], "addressed": []}
    )
    assert answer.status_code == 200


STATED: Final[dict[str, Any]] = {"addressed": ["DE", "PL"], "partners": ["PARTNER-ICC"], "restricted": ["KE"]}


@pytest.mark.parametrize("reviewer", ["IPSG", "IPSG-NDTF"])
@pytest.mark.parametrize("status", ["submitted", "under-review", "waiting", "diffused", "published"])
async def test_reviewers_see_for_whom_a_notice_is_meant_while_they_review_it(
    service: ServiceClient, status: str, reviewer: str
) -> None:
    """Once it is in force that is the owner's matter again."""
    notice = await brought_to(service, status, **STATED)
    shown = (await service.officer(reviewer).get(f"{PATH}/{notice}")).json()
    is_reviewed = status not in {"diffused", "published"}
    assert {name: shown[name] for name in STATED} == (STATED if is_reviewed else {name: [] for name in STATED})


@pytest.mark.parametrize("status", ["under-review", "waiting"])
@pytest.mark.parametrize("restriction", [{"restricted": []}, {"restricted": ["KE", "DE"], "addressed": []}], ids=str)
async def test_the_readers_of_a_notice_stay_while_it_is_reviewed(
    service: ServiceClient, status: str, restriction: dict[str, Any]
) -> None:
    """The reviewer decides on what they saw."""
    notice = await brought_to(service, status, **STATED)
    refused = await service.officer("FR").put(f"{PATH}/{notice}/restriction", json=restriction)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:i247:problem:illegal-step")


async def test_what_its_issuer_withdrew_is_visible_to_the_issuer_alone(service: ServiceClient) -> None:
    notice = await brought_to(service, "withdrawn")
    for reader in ("IPSG", "IPSG-NDTF", "DE"):
        assert (await service.officer(reader).get(f"{PATH}/{notice}")).status_code == 404
        assert (await service.officer(reader).get(PATH)).json()["items"] == []
    assert (await service.officer("FR").get(f"{PATH}/{notice}")).json()["status"] == "withdrawn"


@pytest.mark.parametrize("status", sorted(JUDGED))
async def test_what_the_reviewers_refused_or_cancelled_stays_visible_to_them(
    service: ServiceClient, status: str
) -> None:
    """They list it by its state, with the reason, and find it in no search; to other bureaus it is not there."""
    notice = await brought_to(service, status, addressed=["DE"])
    for reader in ("FR", "IPSG", "IPSG-NDTF"):
        officer = service.officer(reader)
        [listed] = (await officer.get(f"{PATH}?status={status}")).json()["items"]
        assert (listed["id"], listed["decision"]["reason"]) == (notice, "other")
        assert (await officer.get(f"{PATH}/{notice}")).json()["status"] == status
        assert await hits(service, reader, name="Marvellier") == []
        assert await hits(service, reader, name="Marvellier", colour="blue") == []
    for reader in ("DE", "PL"):
        assert (await service.officer(reader).get(f"{PATH}/{notice}")).status_code == 404
        assert (await service.officer(reader).get(f"{PATH}?status={status}")).json()["items"] == []


@pytest.mark.parametrize("status", sorted(JUDGED))
async def test_the_reviewers_change_nothing_in_what_they_refused_or_cancelled(
    service: ServiceClient, status: str
) -> None:
    """A decision is taken once; the readers and the history are the owner's matter."""
    notice = await brought_to(service, status, **STATED)
    reviewer = service.officer("IPSG")
    for step, body in (("review", None), ("publication", {}), ("refusal", OTHER), ("cancellation", OTHER)):
        answer = await reviewer.post(f"{PATH}/{notice}/{step}", json=body)
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:i247:problem:illegal-step")
    assert (await reviewer.put(f"{PATH}/{notice}", json=complete("blue"))).status_code == 403
    assert (await reviewer.delete(f"{PATH}/{notice}")).status_code == 403
    assert (await reviewer.get(f"{PATH}/{notice}/versions")).status_code == 403
    shown = (await reviewer.get(f"{PATH}/{notice}")).json()
    assert {name: shown[name] for name in STATED} == {name: [] for name in STATED}


async def test_a_confidential_former_version_is_left_out_and_counted(service: ServiceClient) -> None:
    """For an officer of the issuer without the scope; the versions of today's handling are shown."""
    notice = await brought_to(service, "draft", handling="CONFIDENTIAL")
    assert (await service.officer("FR").put(f"{PATH}/{notice}", json=complete("blue"))).status_code == 200
    uncleared = service.officer("FR", *notices.SERVICE.scopes)
    page = (await uncleared.get(f"{PATH}/{notice}/versions")).json()
    assert ([each["version"] for each in page["items"]], page["withheld"]) == ([2], 1)
    page = (await service.officer("FR").get(f"{PATH}/{notice}/versions")).json()
    assert ([each["version"] for each in page["items"]], page["withheld"]) == ([2, 1], 0)


async def test_a_refused_confidential_entry_has_no_id(service: ServiceClient) -> None:
    """It would be that of a record that never was."""
    uncleared = service.officer("FR", *notices.SERVICE.scopes)
    refused = await uncleared.post(PATH, json=complete("blue", handling="CONFIDENTIAL"))
    assert refused.status_code == 403
    assert refused.json()["detail"].startswith("the entry is CONFIDENTIAL")


@pytest.mark.parametrize("name", ["Du\u200bpont", "\u202eDupont"])
async def test_a_name_with_invisible_characters_is_refused(service: ServiceClient, name: str) -> None:
    """Nobody could find it by what they see."""
    subject = {"kind": "person", "name": name, "person_status": "witness"}
    refused = await service.officer("FR").post(PATH, json=complete("blue", subject=subject))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/subject/name")
