"""Corrections by the Commission: what they must fulfil, and what becomes of former versions."""

from typing import Any

import httpx
import pytest

from services import notices
from shared.identity import Purpose
from tests.services.notices.examples import complete
from tests.services.notices.steps import PATH, drafted, published
from tests.support import ServiceClient, caller


async def correct(service: ServiceClient, notice: str, corrections: dict[str, Any]) -> httpx.Response:
    commission = caller("CCF", *notices.SERVICE.scopes, purpose=Purpose.DATA_SUBJECT_REQUEST)
    decision = {"decision": "correct", "reference": "CCF/2026/12", "corrections": corrections}
    return await service.calling(lambda: commission).post(f"{PATH}/{notice}/decision", json=decision)


@pytest.mark.parametrize(
    ("reach", "corrections", "pointer"),
    [
        (published, {"warrants": []}, "/corrections/warrants"),
        (published, {"subject": {"date_of_birth": "2099"}}, "/corrections/subject/date_of_birth"),
        (published, {"event": {"date": "1950"}}, "/corrections/event/date"),
        (drafted, {"event": {"date": "2099-01-01"}}, "/corrections/event/date"),
    ],
    ids=["warrants", "birth", "event before birth", "draft"],
)
async def test_a_correction_fulfils_what_an_entry_must(
    service: ServiceClient, reach: Any, corrections: dict[str, Any], pointer: str
) -> None:
    """All that its colour requires once it was handed in, and in each state dates that can be."""
    notice = await reach(service, complete("red"))
    refused = await correct(service, notice, corrections)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:i247:problem:notice-incomplete")
    assert pointer in [error["pointer"] for error in refused.json()["errors"]]


async def test_a_draft_is_corrected_without_being_complete(service: ServiceClient) -> None:
    notice = await drafted(service, complete("red"))
    assert (await correct(service, notice, {"warrants": []})).status_code == 200


async def test_a_correction_is_made_in_former_versions_that_it_would_not_fit_as_an_entry(
    service: ServiceClient,
) -> None:
    """The notice was yellow before it was red: no version is lost because of it."""
    notice = await drafted(service, complete("yellow"))
    france = service.officer("FR")
    assert (await france.put(f"{PATH}/{notice}", json=complete("red"))).status_code == 200
    corrections = {"subject": {"person_status": "convicted", "forename": None}}
    assert (await correct(service, notice, corrections)).status_code == 200
    versions = (await france.get(f"{PATH}/{notice}/versions")).json()["items"]
    shown = [(each["record"]["colour"], each["record"]["subject"]["person_status"]) for each in versions]
    assert shown == [("red", "convicted"), ("red", "convicted"), ("yellow", "convicted")]
    assert {each["record"]["subject"]["forename"] for each in versions} == {None}


async def test_a_taken_reference_in_a_correction_is_named_by_its_place(service: ServiceClient) -> None:
    """The detail does not take the Commission for the owner."""
    await drafted(service, complete("blue", reference="2026/1"))
    notice = await drafted(service, complete("blue", reference="2026/2"))
    refused = await correct(service, notice, {"reference": "2026/1"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (409, "/corrections/reference")
    assert "your bureau" not in refused.json()["detail"]
