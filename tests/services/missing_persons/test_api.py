"""Missing persons and unidentified bodies through the application, as an officer's system sees them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services import missing_persons
from shared.clock import FixedClock
from shared.records.entry_limits import MAX_TAKEN_BACK
from tests.conftest import client_of
from tests.services.missing_persons.samples import BODY, PERSON
from tests.support import ServiceClient

PERSONS = "/api/missing-persons"
BODIES = f"{PERSONS}/bodies"
KINDS = pytest.mark.parametrize(("path", "report"), [(PERSONS, PERSON), (BODIES, BODY)], ids=["person", "body"])
CLOSING = pytest.mark.parametrize(
    ("path", "report", "act", "body"),
    [
        (PERSONS, PERSON, "finding", None),
        (PERSONS, PERSON, "withdrawal", None),
        (BODIES, BODY, "identification", {"evidence": ["dental"]}),
        (BODIES, BODY, "withdrawal", None),
    ],
    ids=["found", "person withdrawn", "identified", "body withdrawn"],
)


@pytest.fixture
async def service(tmp_path: Path, clock: FixedClock) -> AsyncIterator[ServiceClient]:
    async with client_of(missing_persons.SERVICE, tmp_path, clock) as client:
        yield client


async def reported(service: ServiceClient, path: str, report: dict[str, Any], **changes: Any) -> str:
    """Report as the Netherlands do, and return the id of the record."""
    answer = await service.officer("NL").post(path, json={**report, **changes})
    assert answer.status_code == 201, answer.text
    record: str = answer.json()["id"]
    return record


async def searched(officer: httpx.AsyncClient, path: str, **wanted: Any) -> list[tuple[str, float, str]]:
    """Return the ids of the hits with score and match, best first."""
    answer = await officer.get(f"{path}/search", params=wanted)
    assert answer.status_code == 200, answer.text
    return [(hit["record"]["id"], hit["score"], hit["match"]) for hit in answer.json()["hits"]]


@KINDS
async def test_a_report_can_be_read_back_by_another_bureau(
    service: ServiceClient, path: str, report: dict[str, Any]
) -> None:
    """At the location in the answer."""
    answer = await service.officer("NL").post(path, json=report)
    assert answer.headers["Location"] == f"{path}/{answer.json()['id']}"
    read = (await service.officer("FR").get(answer.headers["Location"])).json()
    assert read == answer.json()
    assert read["owner"] == "NL"
    assert {name: read[name] for name in report if not isinstance(report[name], list | dict)}.items() <= report.items()


async def test_a_person_is_found_by_all_criteria_together(service: ServiceClient) -> None:
    """Name, age, sex, nationality, place and date; the match names each of them."""
    record = await reported(service, PERSONS, PERSON)
    found = await searched(
        service.officer("FR"),
        PERSONS,
        name="marlow julia",
        age_min=39,
        age_max=39,
        sex="F",
        nationality="BE",
        place="ROTTERDAM, Central Station",
        country="NL",
        last_seen_from="2026-03-01",
        last_seen_to="2026-03-14",
    )
    [(only, score, match)] = found
    assert only == record
    assert 0.8 < score < 1
    assert match == (
        "name: marlow ~ Marlowe, Julia; sex F; age 39 to 39; nationality BE; place ROTTERDAM, Central Station; "
        "country NL; last seen 2026-03-01 to 2026-03-14"
    )


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": "peter marlowe"},
        {"sex": "M"},
        {"age_min": 40},
        {"age_max": 38},
        {"nationality": "DE"},
        {"place": "utrecht"},
        {"country": "DE"},
        {"last_seen_from": "2026-03-15"},
        {"last_seen_to": "2026-03-13"},
    ],
)
async def test_a_person_is_not_found_if_a_single_criterion_excludes_them(
    service: ServiceClient, wanted: dict[str, Any]
) -> None:
    """However well the rest fits."""
    await reported(service, PERSONS, PERSON)
    everything_else = {"name": "julia", "sex": "F", "age_min": 30, "nationality": "NL", "place": "rotterdam"}
    assert await searched(service.officer("FR"), PERSONS, **everything_else)
    assert await searched(service.officer("FR"), PERSONS, **{**everything_else, **wanted}) == []


async def test_the_age_of_a_person_is_computed_for_the_day_of_the_search(
    service: ServiceClient, clock: FixedClock
) -> None:
    """A child who has been missing for a year is searched by the age that they have now."""
    born_on_day = await reported(service, PERSONS, PERSON, date_of_birth="2018-06-02")
    assert await searched(service.officer("FR"), PERSONS, age_min=8, age_max=8) == []
    clock.advance(timedelta(days=1))
    assert await searched(service.officer("FR"), PERSONS, age_min=8, age_max=8) == [(born_on_day, 1.0, "age 8 to 8")]
    assert await searched(service.officer("FR"), PERSONS, age_max=0) == []


async def test_unknown_facts_lower_the_score_of_a_person_but_do_not_exclude_them(service: ServiceClient) -> None:
    """Unknown sex, birth and nationality, which the match states as not known."""
    unknown = await reported(service, PERSONS, PERSON, sex="U", date_of_birth=None, nationalities=[])
    by_year = await reported(service, PERSONS, PERSON, date_of_birth="1987")
    known = await reported(service, PERSONS, PERSON)
    found = await searched(service.officer("FR"), PERSONS, sex="F", age_min=39, age_max=45, nationality="NL")
    assert found == [
        (known, 1.0, "sex F; age 39 to 45; nationality NL"),
        (by_year, 0.8, "sex F; age 39 to 45 possible; nationality NL"),
        (unknown, 0.2621, "sex F not known; age 39 to 45 not known; nationality NL not known"),
    ]


async def test_a_place_is_found_by_a_part_of_its_name(service: ServiceClient) -> None:
    """With a lower score than the whole name; characters of SQL patterns have no special meaning."""
    record = await reported(service, PERSONS, PERSON, last_seen_place="Besançon")
    assert await searched(service.officer("FR"), PERSONS, place="besancon") == [(record, 1.0, "place besancon")]
    assert await searched(service.officer("FR"), PERSONS, place="sanco") == [(record, 0.8, "place sanco possible")]
    assert await searched(service.officer("FR"), PERSONS, place="b%n") == []


async def test_a_corrected_person_is_found_by_the_new_name_alone(service: ServiceClient) -> None:
    """A correction replaces all names of a person."""
    record = await reported(service, PERSONS, PERSON)
    changed = {**PERSON, "family_name": "Whitlock", "birth_name": None}
    assert (await service.officer("NL").put(f"{PERSONS}/{record}", json=changed)).json()["version"] == 2
    assert [hit[0] for hit in await searched(service.officer("FR"), PERSONS, name="whitlock")] == [record]
    assert await searched(service.officer("FR"), PERSONS, name="ostrander") == []


async def test_a_body_is_found_by_its_facts_and_estimates(service: ServiceClient) -> None:
    """Estimates within the range searched score 1, those that overlap it score less."""
    record = await reported(service, BODIES, BODY)
    place = {"country": "NL", "place": "hoek van holland", "found_from": "2026-04-01", "found_to": "2026-04-30"}
    rest = "country NL; found 2026-04-01 to 2026-04-30"
    inside = {"age_min": 25, "age_max": 50, "height_min": 160, "height_max": 175}
    assert await searched(service.officer("DE"), BODIES, sex="F", **inside) == [
        (record, 1.0, "sex F; age 25 to 50; height 160 to 175 cm")
    ]
    assert await searched(service.officer("DE"), BODIES, age_max=32, height_min=170, **place) == [
        (
            record,
            0.512,
            f"age to 32 possible; height from 170 cm possible; place hoek van holland possible; {rest}",
        )
    ]
    assert await searched(service.officer("DE"), BODIES, age_max=29) == []
    assert await searched(service.officer("DE"), BODIES, height_min=174) == []


async def test_unknown_estimates_lower_the_score_of_a_body_but_do_not_exclude_it(service: ServiceClient) -> None:
    """A skeleton of unknown sex, age and height is found in a search for a woman of forty."""
    estimates = dict.fromkeys(("age_min", "age_max", "height_min", "height_max"))
    unknown = await reported(service, BODIES, BODY, sex="U", condition="skeleton", **estimates)
    half_open = await reported(service, BODIES, BODY, age_max=None)
    found = await searched(service.officer("DE"), BODIES, sex="F", age_min=40, age_max=40, height_min=160)
    assert [(record, score) for record, score, _ in found] == [(half_open, 0.8), (unknown, 0.2621)]


@CLOSING
async def test_a_closed_case_is_visible_to_its_owner_alone(
    service: ServiceClient, path: str, report: dict[str, Any], act: str, body: Any
) -> None:
    """For other bureaus it does not exist, in reads, lists and searches; it is no hit for its owner either."""
    record = await reported(service, path, report)
    closed = (await service.officer("NL").post(f"{path}/{record}/{act}", json=body)).json()
    france, owner = service.officer("FR"), service.officer("NL")
    assert (await france.get(f"{path}/{record}")).status_code == 404
    assert (await france.get(path)).json() == {"items": [], "next": None}
    assert await searched(france, path, country="NL") == []
    assert await searched(owner, path, country="NL") == []
    assert (await owner.get(f"{path}/{record}")).json() == closed
    listed = (await owner.get(path, params={"status": closed["status"], "owner": "NL"})).json()["items"]
    assert [item["id"] for item in listed] == [record]


@CLOSING
async def test_only_the_owner_closes_a_case_and_only_once(
    service: ServiceClient, path: str, report: dict[str, Any], act: str, body: Any
) -> None:
    """Another bureau gets 403 not-the-owner, and the owner gets 409 illegal-step the second time."""
    record = await reported(service, path, report)
    refused = await service.officer("FR").post(f"{path}/{record}/{act}", json=body)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:not-the-owner")
    assert (await service.officer("NL").post(f"{path}/{record}/{act}", json=body)).status_code == 200
    again = await service.officer("NL").post(f"{path}/{record}/{act}", json=body)
    assert (again.status_code, again.json()["type"]) == (409, "urn:i247:problem:illegal-step")


@KINDS
async def test_only_the_owner_corrects_a_record(service: ServiceClient, path: str, report: dict[str, Any]) -> None:
    """A record that does not exist cannot be corrected."""
    record = await reported(service, path, report)
    assert (await service.officer("FR").put(f"{path}/{record}", json=report)).status_code == 403
    corrected = (await service.officer("NL").put(f"{path}/{record}", json={**report, "sex": "U"})).json()
    assert (corrected["sex"], corrected["version"]) == ("U", 2)
    missing = f"{path}/0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
    assert (await service.officer("NL").put(missing, json=report)).status_code == 404


@KINDS
async def test_a_barred_bureau_cannot_distinguish_a_record_from_a_missing_one(
    service: ServiceClient, path: str, report: dict[str, Any]
) -> None:
    """It gets the same answer to a search, a list and a read as if the record did not exist."""
    record = await reported(service, path, report, restricted=["PL"])
    poland = service.officer("PL")
    assert (await poland.get(f"{path}/search", params={"sex": "F"})).json() == {"hits": [], "total": 0}
    assert (await poland.get(path)).json() == {"items": [], "next": None}
    assert (await poland.get(f"{path}/{record}")).status_code == 404
    assert (await service.officer("FR").get(f"{path}/{record}")).json()["restricted"] == []


@pytest.mark.parametrize(("path", "report", "years"), [(PERSONS, PERSON, 5), (BODIES, BODY, 15)])
async def test_an_expired_record_is_visible_to_no_bureau(
    service: ServiceClient, clock: FixedClock, path: str, report: dict[str, Any], years: int
) -> None:
    """Persons are kept for five years and bodies for fifteen; not even the owner sees them afterwards."""
    record = await reported(service, path, report)
    clock.advance(timedelta(days=365 * years - 1))
    assert (await service.officer("FR").get(f"{path}/{record}")).status_code == 200
    clock.advance(timedelta(days=1))
    assert (await service.officer("NL").get(f"{path}/{record}")).status_code == 404
    assert await searched(service.officer("FR"), path, country="NL") == []


@pytest.mark.parametrize(
    ("path", "report", "code"),
    [
        (PERSONS, {**PERSON, "date_of_birth": "2026-05"}, "born-after-last-seen"),
        (PERSONS, {**PERSON, "last_seen_date": "2026-06-03", "report_date": "2026-06-03"}, "last-seen-in-future"),
        (PERSONS, {**PERSON, "report_date": "2026-03-13"}, "reported-too-early"),
        (PERSONS, {**PERSON, "report_date": "2026-06-03"}, "report-in-future"),
        (BODIES, {**BODY, "found_date": "2026-06-03"}, "body-found-in-future"),
        (PERSONS, {**PERSON, "eyes": ["PINK"]}, "invalid"),
        (PERSONS, {**PERSON, "name": "Marlowe"}, "invalid"),
        (PERSONS, {**PERSON, "circumstances": "x" * 4001}, "invalid"),
        (PERSONS, {**PERSON, "dental": {"teeth": [{"tooth": "36", "state": "sound"}] * 2}}, "invalid"),
        (BODIES, {**BODY, "family_name": "Marlowe"}, "invalid"),
        (BODIES, {**BODY, "height_min": 180}, "invalid"),
    ],
)
async def test_an_impossible_report_is_refused(
    service: ServiceClient, path: str, report: dict[str, Any], code: str
) -> None:
    """With a 422 that states the reason; nothing is stored."""
    refused = await service.officer("NL").post(path, json=report)
    assert (refused.status_code, refused.json()["type"]) == (422, f"urn:i247:problem:{code}")
    assert (await service.officer("NL").get(path)).json()["items"] == []


@pytest.mark.parametrize("path", [PERSONS, BODIES])
@pytest.mark.parametrize("wanted", [{}, {"colour": "red"}, {"sex": "X"}, {"age_min": 131}, {"place": "?"}])
async def test_a_search_without_a_valid_criterion_is_refused(
    service: ServiceClient, path: str, wanted: dict[str, Any]
) -> None:
    """At least one known criterion is needed, and an unknown parameter is not ignored."""
    assert (await service.officer("FR").get(f"{path}/search", params=wanted)).status_code == 422


@KINDS
async def test_a_report_needs_the_scope_to_write_and_a_search_that_to_read(
    service: ServiceClient, path: str, report: dict[str, Any]
) -> None:
    reader, writer = service.officer("NL", "missing-persons:read"), service.officer("NL", "missing-persons:write")
    assert (await reader.post(path, json=report)).json()["type"] == "urn:i247:problem:scope-missing"
    assert (await writer.get(f"{path}/search", params={"sex": "F"})).status_code == 403


async def test_every_operation_and_input_field_is_documented(service: ServiceClient) -> None:
    """Each operation has a summary and a description; each field has a description, a schema or examples."""
    document = (await service.officer("NL").get("/openapi.json")).json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) >= 14
    assert all(operation["summary"] and operation["description"] for operation in operations)
    fields = {
        f"{schema}.{name}": field
        for schema in ("PersonReport", "BodyReport", "Mark", "Garment", "Jewel", "Belonging", "Physique")
        for name, field in document["components"]["schemas"][schema]["properties"].items()
    }
    assert [
        name
        for name, field in fields.items()
        if "description" not in str(field) and "$ref" not in str(field) and "examples" not in field
    ] == []


@CLOSING
async def test_a_solved_case_does_not_count_as_a_withdrawal(
    service: ServiceClient, path: str, report: dict[str, Any], act: str, body: dict[str, Any] | None
) -> None:
    """Most missing persons are found within three days, and their bureau must be able to report the next one."""
    owner = service.officer("NL")
    for _ in range(MAX_TAKEN_BACK):
        record = await reported(service, path, report)
        ended = await owner.post(f"{path}/{record}/{act}", json=body)
        assert ended.status_code == 200, ended.text
    answer = await owner.post(path, json=report)
    assert answer.status_code == (429 if act == "withdrawal" else 201)


@CLOSING
async def test_a_bureau_that_closes_too_many_cases_as_solved_cannot_report_new_ones(
    service: ServiceClient,
    path: str,
    report: dict[str, Any],
    act: str,
    body: dict[str, Any] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may want to learn who is interested; withdrawals have a limit of their own."""
    monkeypatch.setattr("shared.records.entry_limits.MAX_ENDED_WELL", 3)
    owner = service.officer("NL")
    for _ in range(3):
        record = await reported(service, path, report)
        assert (await owner.post(f"{path}/{record}/{act}", json=body)).status_code == 200
    answer = await owner.post(path, json=report)
    assert answer.status_code == (201 if act == "withdrawal" else 429)
