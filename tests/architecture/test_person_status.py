"""Every record about a person states the status of the person, and is found by it (RPD article 44)."""

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.openapi.merge import service_openapi
from services import SERVICES
from shared.people import StatusOfPerson
from shared.records.store import RecordStore
from shared.service import Service

KINDS = [
    pytest.param(service, store, id=f"{service.name} {store.model.record_kind()}")
    for service in SERVICES
    for store in service.metadata.info["stores"]
]
EVERY_KIND = pytest.mark.parametrize(("service", "store"), KINDS)
# What only a person has.
MARKS_OF_A_PERSON = {"sex", "forename", "date_of_birth", "prints", "dental"}
# One of several identities, of a person whose status is stated.
PARTS_OF_A_PERSON = {"Identity"}
ABOUT_PERSONS = {
    "notice": {"Person"},
    "fingerprint-record": {"FingerprintRecord"},
    "missing-person": {"MissingPerson"},
    "body": {"Body"},
    "vehicle": set[str](),
}


def described_persons(store: type[RecordStore[Any]]) -> dict[str, dict[str, Any]]:
    """Return the members of each schema in a kind of record that describes a person."""
    whole = store.model.model_json_schema(mode="serialization")
    schemas = {store.model.__name__: whole, **whole.get("$defs", {})}
    members = {name: schema.get("properties", {}) for name, schema in schemas.items()}
    described = {name: stated for name, stated in members.items() if MARKS_OF_A_PERSON & stated.keys()}
    return {name: stated for name, stated in described.items() if name not in PARTS_OF_A_PERSON}


@EVERY_KIND
def test_a_description_of_a_person_has_their_status(service: Service, store: type[RecordStore[Any]]) -> None:
    persons = described_persons(store)
    kind = store.model.record_kind()
    assert persons.keys() == ABOUT_PERSONS.get(kind, persons.keys())
    assert [name for name, members in persons.items() if "person_status" not in members] == []


def operations_that_answer(document: dict[str, Any], model: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answered = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
            if answered.get("schema", {}).get("$ref", "").endswith((f"/{model}Page", f"/{model}Hits")):
                yield f"{method} {path}", operation


@pytest.mark.thorough
@EVERY_KIND
def test_records_about_persons_are_listed_and_searched_by_their_status(
    service: Service, store: type[RecordStore[Any]]
) -> None:
    """The parameter has the codes of RPD article 44; a kind that is about no person has none."""
    document = service_openapi(service)
    asked = dict(operations_that_answer(document, store.answer.__name__))
    assert asked
    by_status = {
        name: [each for each in operation.get("parameters", ()) if each["name"] == "person_status"]
        for name, operation in asked.items()
    }
    assert [name for name, found in by_status.items() if bool(found) != bool(described_persons(store))] == []
    codes = document["components"]["schemas"].get("StatusOfPerson", {"enum": [*StatusOfPerson]})["enum"]
    assert codes == [*StatusOfPerson]
