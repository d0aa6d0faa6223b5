"""What the application of notices refuses: wrong bodies, criteria and references, each with what is wrong."""

import json
from typing import Any

import pytest

from gateway.openapi.merge import service_openapi
from services import notices
from services.notices.colours import Colour
from tests.services.notices.examples import PERSON, complete, red_about
from tests.services.notices.steps import PATH, drafted
from tests.support import ServiceClient

JSON = {"Content-Type": "application/json"}


async def test_the_submission_of_an_incomplete_notice_is_refused(service: ServiceClient) -> None:
    """The problem names each missing value by a pointer, and the notice remains a draft."""
    notice = await drafted(service, {"colour": "red", "subject": PERSON})
    refused = await service.officer("FR").post(f"{PATH}/{notice}/submission")
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (422, "urn:i247:problem:notice-incomplete")
    pointers = [error["pointer"] for error in problem["errors"]]
    assert pointers == ["/warrants", "/extradition_sought", "/facts", "/event/date", "/event/place"]
    assert (await service.officer("FR").get(f"{PATH}/{notice}")).json()["status"] == "draft"


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


@pytest.mark.thorough
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
