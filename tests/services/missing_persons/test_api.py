"""Reports of missing persons and unidentified bodies through the application, as an officer's system sees them."""

from datetime import timedelta
from typing import Any

import pytest

from shared.clock import FixedClock
from shared.records.entry_limits import MAX_TAKEN_BACK
from tests.services.missing_persons.reports import BODIES, PERSONS, reported, searched
from tests.services.missing_persons.samples import BODY, PERSON
from tests.support import ServiceClient

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


@CLOSING
async def test_a_closed_case_is_visible_to_its_owner_alone(
    service: ServiceClient, path: str, report: dict[str, Any], act: str, body: Any
) -> None:
    """For other bureaus it does not exist, in reads, lists and searches; it is no hit for its owner either."""
    record = await reported(service, path, report)
    closed = (await service.officer("NL").post(f"{path}/{record}/{act}", json=body)).json()
    france, owner = service.officer("FR"), service.officer("NL")
    assert (await france.get(f"{path}/{record}")).status_code == 404
    assert (await france.get(path)).json() == {"items": [], "next": None, "withheld": 0}
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
    assert (await poland.get(f"{path}/search", params={"sex": "F"})).json() == {"hits": [], "total": 0, "warnings": []}
    assert (await poland.get(path)).json() == {"items": [], "next": None, "withheld": 0}
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
        (BODIES, {**BODY, "died": "2026-04-03/2026-05"}, "died-after-found"),
        (BODIES, {**BODY, "died": "2026-04/2026-03"}, "invalid"),
        (BODIES, {**BODY, "condition": ["intact", "burnt"]}, "invalid"),
        (PERSONS, {**PERSON, "last_seen_date": "2026-03-XX"}, "invalid"),
        (PERSONS, {**PERSON, "dental": {"teeth": [{"tooth": "36", "state": "lost-after-death"}]}}, "invalid"),
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


@KINDS
async def test_a_report_needs_the_scope_to_write_and_a_search_that_to_read(
    service: ServiceClient, path: str, report: dict[str, Any]
) -> None:
    reader, writer = service.officer("NL", "missing-persons:read"), service.officer("NL", "missing-persons:write")
    assert (await reader.post(path, json=report)).json()["type"] == "urn:i247:problem:scope-missing"
    assert (await writer.get(f"{path}/search", params={"sex": "F"})).status_code == 403


@pytest.mark.thorough
async def test_every_operation_and_input_field_is_documented(service: ServiceClient) -> None:
    """Each operation has a summary; each field has a description, a schema or examples."""
    document = (await service.officer("NL").get("/openapi.json")).json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) >= 14
    assert all(operation["summary"] for operation in operations)
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


@pytest.mark.thorough
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


@pytest.mark.parametrize(
    ("path", "report", "derived", "other"),
    [(PERSONS, PERSON, "missing", "unable-to-identify"), (BODIES, BODY, "deceased", "missing")],
    ids=["person", "body"],
)
async def test_a_record_is_found_and_listed_by_the_status_of_the_person(
    service: ServiceClient, path: str, report: dict[str, Any], derived: str, other: str
) -> None:
    record = await reported(service, path, report)
    france = service.officer("FR")
    assert (await france.get(f"{path}/{record}")).json()["person_status"] == derived
    assert await searched(france, path, person_status=derived) == [(record, 1.0, f"person status {derived}")]
    assert await searched(france, path, country="NL", person_status=other) == []
    for status, expected in ((derived, [record]), (other, [])):
        listed = (await france.get(path, params={"person_status": status})).json()["items"]
        assert [each["id"] for each in listed] == expected


async def test_a_person_who_cannot_say_who_they_are_is_to_be_identified(service: ServiceClient) -> None:
    """The purpose of a record follows the status of the person, until the report states another."""
    owner = service.officer("NL")
    record = await reported(service, PERSONS, PERSON)
    assert (await owner.get(f"{PERSONS}/{record}")).json()["purpose"] == "locate"
    unable = {**PERSON, "person_status": "unable-to-identify"}
    assert (await owner.put(f"{PERSONS}/{record}", json=unable)).json()["purpose"] == "identification"
    stated = {**unable, "purpose": "locate"}
    assert (await owner.put(f"{PERSONS}/{record}", json=stated)).json()["purpose"] == "locate"


@KINDS
@pytest.mark.parametrize(
    ("stated", "code", "pointer"),
    [
        ({"purpose": "wanted-person"}, "purpose-does-not-fit", "/purpose"),
        ({"person_status": "suspect"}, "status-does-not-fit", "/person_status"),
    ],
    ids=["purpose", "status"],
)
async def test_a_purpose_or_status_of_another_register_is_refused(
    service: ServiceClient, path: str, report: dict[str, Any], stated: dict[str, str], code: str, pointer: str
) -> None:
    """A missing person is neither wanted nor a suspect."""
    record, owner = await reported(service, path, report), service.officer("NL")
    wrong = {**report, **stated}
    for refused in (await owner.post(path, json=wrong), await owner.put(f"{path}/{record}", json=wrong)):
        assert (refused.status_code, refused.json()["type"]) == (422, f"urn:i247:problem:{code}")
        assert [(each["in"], each["pointer"]) for each in refused.json()["errors"]] == [("body", pointer)]
