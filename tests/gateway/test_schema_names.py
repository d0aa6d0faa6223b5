"""The names of schemas read well in clients, which generators make of them."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.local_services import LOCAL_SERVICES
from gateway.openapi.merge import service_openapi
from services import SERVICES
from tests.gateway.described import document_of_gateway

Schemas = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    """Return the schemas of the merged document."""
    found: Schemas = document_of_gateway()["components"]["schemas"]
    return found


@pytest.mark.thorough
def test_every_name_is_made_of_words_alone(schemas: Schemas) -> None:
    """Of no figures, as in `Act1`, and of no signs, as in `Hits_Vehicle_`."""
    assert [name for name in schemas if not re.fullmatch("(?:[A-Z][a-z]+|HTTP)+", name)] == []


def test_every_title_of_a_schema_is_its_name(schemas: Schemas) -> None:
    """Some generators name classes by one, some by the other."""
    assert {name: schema["title"] for name, schema in schemas.items() if schema.get("title", name) != name} == {}


@pytest.mark.thorough
def test_no_service_gives_another_schema_a_name_that_is_taken() -> None:
    """The merge would tell them apart by the name of the service: `Reason` and `MessagesReason`."""
    taken: Schemas = {}
    for service in (*SERVICES, *LOCAL_SERVICES):
        own = service_openapi(service)["components"]["schemas"]
        assert [name for name, schema in own.items() if taken.setdefault(name, schema) != schema] == []


def test_what_generators_would_have_to_name_themselves_has_a_name(schemas: Schemas) -> None:
    """An enumeration or an object of a list or a union would become `HitConditionsItem` or `HitHandlingType0`."""
    assert [f"{name}: {part}" for name, schema in schemas.items() for part in unnamed(schema)] == []


def unnamed(schema: Any) -> Iterator[str]:
    """Yield the parts of lists and unions that are enumerations or objects without a name."""
    if not isinstance(schema, dict):
        return
    parts = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *([schema["items"]] if "items" in schema else ())]
    yield from (str(part)[:100] for part in parts if part.get("type") == "object" or "enum" in part)
    for part in (*parts, *schema.get("properties", {}).values(), schema.get("additionalProperties")):
        yield from unnamed(part)
