"""What generators of clients need: answers that state all their members, and what they can write in any language."""

from typing import Any

import pytest

from gateway.openapi.for_generators import require_members_of_answers
from tests.gateway.described import document_of_gateway


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    """Return the schemas of the merged document."""
    found: dict[str, Any] = document_of_gateway()["components"]["schemas"]
    return found


@pytest.mark.parametrize("name", ["Vehicle", "RedNotice", "MissingPerson", "FingerprintRecord", "Message", "Health"])
def test_an_answer_requires_each_of_its_members_and_has_no_defaults(schemas: dict[str, Any], name: str) -> None:
    assert schemas[name]["required"] == [*schemas[name]["properties"]]
    assert [member for member, stated in schemas[name]["properties"].items() if "default" in stated] == []


def test_what_a_request_has_too_may_be_left_out(schemas: dict[str, Any]) -> None:
    """An officer enters a vehicle by its make alone, and a person in a notice without their eyes."""
    assert schemas["VehicleDescription"]["required"] == ["make", "theft_date"]
    assert "eyes" not in schemas["Person"]["required"]
    assert schemas["Person"]["properties"]["eyes"]["default"] == []


def test_a_link_that_the_last_page_has_not_may_be_absent(schemas: dict[str, Any]) -> None:
    """It is never null, and has no default: the public notices API leaves it out."""
    assert schemas["PageLinks"]["required"] == ["self", "first", "last"]


def test_no_union_has_a_default(schemas: dict[str, Any]) -> None:
    """As the partners of a record have one in the code."""
    assert schemas["VehicleDescription"]["properties"]["partners"] == {"$ref": "#/components/schemas/Partners"}


def test_an_integer_without_a_small_limit_has_64_bits(schemas: dict[str, Any]) -> None:
    """Sizes, counts and positions in a log; a year of four figures has 32."""
    assert schemas["Attachment"]["properties"]["size"]["format"] == "int64"
    assert "format" not in schemas["VehicleDescription"]["properties"]["year"]["anyOf"][0]


def test_a_file_has_no_length_of_a_text(schemas: dict[str, Any]) -> None:
    first = schemas["VerifyPrintsForm"]["properties"]["first"]
    assert first["format"] == "binary"
    assert "maxLength" not in first


@pytest.mark.thorough
def test_a_schema_below_an_answer_and_a_request_stays_as_it_is() -> None:
    """However deep it is."""
    optional = {"type": "object", "properties": {"remark": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}
    listed = {"type": "object", "properties": {"items": {"type": "array", "items": referred("Both")}}}
    schemas = {"Sent": listed, "Answer": {**listed, **optional}, "Both": optional}
    operation = {
        "requestBody": {"content": {"application/json": {"schema": referred("Sent")}}},
        "responses": {"200": {"content": {"application/json": {"schema": referred("Answer")}}}},
    }
    document: dict[str, Any] = {"paths": {"/": {"post": operation}}, "components": {"schemas": schemas}}
    require_members_of_answers(document)
    assert [name for name, schema in schemas.items() if "required" in schema] == ["Answer"]
    assert schemas["Answer"]["required"] == ["remark"]


def referred(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
