"""The OpenAPI document of the gateway: complete, valid, accurate, and sufficient to generate a client."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel

from gateway.app import describe_gateway
from gateway.local_services import LOCAL_SERVICES
from services import SERVICES
from shared.errors import PROBLEM_JSON
from shared.identity import AUDIT_WITNESS, COMMON_SCOPES, PURPOSE_SCOPES
from tests.gateway.described import document_of_gateway
from tests.gateway.fake_service import FakeService
from tests.gateway.mesh import Mesh

GATEWAY_STATUSES = {"400", "401", "403", "422", "431", "503"}
NETWORK_STATUSES = {"413", "414", "502", "504", "507"}
SCOPES = {service.name: service.scopes for service in (*SERVICES, *LOCAL_SERVICES)}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return document_of_gateway()


Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> list[Operation]:
    return [
        (method, path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]


@pytest.fixture(scope="module")
def of_services(operations: list[Operation]) -> list[Operation]:
    return [operation for operation in operations if operation[1].startswith("/api/")]


def parts_of(value: Any) -> Iterator[dict[str, Any]]:
    """Return all objects within a document."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from parts_of(part)


def resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    for name in part["$ref"].removeprefix("#/").split("/") if "$ref" in part else ():
        document = document[name]
        part = document
    return part


# The document as such


@pytest.mark.thorough
def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    """An independent validator accepts it."""
    assert document["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_reference_resolves_and_every_component_is_referenced(document: dict[str, Any]) -> None:
    references = {part["$ref"] for part in parts_of(document) if isinstance(part.get("$ref"), str)}
    targets = {
        f"#/components/{kind}/{name}"
        for kind, components in document["components"].items()
        if kind != "securitySchemes"
        for name in components
    }
    assert references == targets


def test_the_document_states_its_license_contact_server_and_described_tags(document: dict[str, Any]) -> None:
    """Every tag that is used has a description, and no other is described."""
    info = document["info"]
    assert info["license"]["identifier"] == "Apache-2.0"
    assert info["contact"]["name"]
    assert info["summary"]
    assert "I247-Signature" in info["description"]
    assert document["servers"] == [{"url": "/", "description": "This gateway"}]
    described = {tag["name"] for tag in document["tags"] if tag["description"]}
    used = {tag for part in parts_of(document["paths"]) for tag in part.get("tags", [])}
    assert used == described
    assert {service.name for service in SERVICES} <= described


# Each operation


def test_every_operation_has_a_unique_operation_id(operations: list[Operation]) -> None:
    """Generated clients use these names; two services must not share one."""
    names = [operation["operationId"] for _, _, operation in operations]
    assert sorted(set(names)) == sorted(names)
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)


def test_every_operation_has_a_summary_and_a_description(operations: list[Operation]) -> None:
    for method, path, operation in operations:
        assert operation["summary"], (method, path)
        assert operation["description"].endswith("."), (method, path)


def test_every_operation_of_a_service_requires_one_scope_of_that_service(of_services: list[Operation]) -> None:
    """No operation is public by mistake, and none requires more than it needs."""
    for method, path, operation in of_services:
        ((scheme, needed),) = [*operation["security"][0].items()]
        assert (len(operation["security"]), scheme, len(needed)) == (1, "officer", 1), (method, path)
        assert needed[0] in {*SCOPES[path.split("/")[2]], *COMMON_SCOPES}, (method, path)


def test_every_operation_of_a_service_documents_the_purpose_header(
    document: dict[str, Any], of_services: list[Operation]
) -> None:
    """None is filled in by a page, so that the purpose of the token counts unless another is chosen."""
    for method, path, operation in of_services:
        parameters = [resolved(document, parameter) for parameter in operation["parameters"]]
        (purpose,) = [parameter for parameter in parameters if parameter["name"] == "I247-Purpose"]
        assert "example" not in purpose, (method, path)
        assert "locate" in resolved(document, purpose["schema"])["enum"], (method, path)


def test_every_operation_of_a_service_documents_the_refusals_of_the_gateway(of_services: list[Operation]) -> None:
    """Besides its own; its successful answers document the signature."""
    for method, path, operation in of_services:
        answered_here = path.split("/")[2] in {service.name for service in LOCAL_SERVICES}
        statuses = GATEWAY_STATUSES if answered_here else GATEWAY_STATUSES | NETWORK_STATUSES
        headers = {"I247-Request-Id"} if answered_here else {"I247-Request-Id", "I247-Signature"}
        assert operation["responses"].keys() >= statuses, (method, path)
        good = [response for status, response in operation["responses"].items() if status.startswith("2")]
        assert all(response["headers"].keys() >= headers for response in good), (method, path)


def test_every_refusal_is_a_problem_with_an_example_of_each_code(
    document: dict[str, Any], of_services: list[Operation]
) -> None:
    """The example has the status it is documented under, and the description names its code."""
    for method, path, operation in of_services:
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                continue
            answer = resolved(document, response)
            ((media, content),) = answer["content"].items()
            assert media == PROBLEM_JSON, (method, path, status)
            assert content["examples"], (method, path, status)
            for code, example in content["examples"].items():
                value = resolved(document, example)["value"]
                assert (str(value["status"]), value["type"]) == (status, f"urn:i247:problem:{code}")
                assert f"`{code}`" in answer["description"]
                assert value["title"]
                assert value["detail"]


def test_the_token_endpoint_is_documented_with_examples(document: dict[str, Any]) -> None:
    """For officers and for programs; each answer with its own schema."""
    operation = document["paths"]["/oauth/token"]["post"]
    form = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]
    assert {example["value"]["grant_type"] for example in form["examples"].values()} == {
        "password",
        "client_credentials",
    }
    fields = resolved(document, form["schema"])["properties"].keys()
    assert all(example["value"].keys() <= fields for example in form["examples"].values())
    assert operation["responses"].keys() == {"200", "400", "401", "408", "413", "429", "431", "500", "503"}
    assert "Retry-After" in resolved(document, operation["responses"]["429"])["headers"]


def test_the_oauth_flows_are_documented_with_every_scope(document: dict[str, Any]) -> None:
    """The token URL is relative, as the document is the same for every gateway."""
    known = [scope for scopes in SCOPES.values() for scope in scopes]
    flows = document["components"]["securitySchemes"]["officer"]["flows"]
    assert flows.keys() == {"password", "clientCredentials"}
    for flow in flows.values():
        assert flow["tokenUrl"] == "/oauth/token"
        assert [*flow["scopes"]] == [*known, *COMMON_SCOPES, *PURPOSE_SCOPES.values()]


def test_exactly_the_operations_with_a_body_document_the_status_408(operations: list[Operation]) -> None:
    for method, path, operation in operations:
        assert ("408" in operation["responses"]) == ("requestBody" in operation), (method, path)


@pytest.mark.thorough
async def test_each_operation_requires_exactly_the_documented_scope(
    started: Mesh, client: httpx.AsyncClient, of_services: list[Operation]
) -> None:
    """It is refused with every other scope of its service, and not for lack of scope with this one."""
    for method, path, operation in of_services:
        (needed,) = operation["security"][0]["officer"]
        target = re.sub(r"{\w+}", "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192", path)
        others = sorted({*SCOPES[path.split("/")[2]]} - {needed})
        without = await client.request(method, target, headers=started.bearer("IPSG", *others))
        assert without.json()["type"] == "urn:i247:problem:scope-missing", (method, path)
        assert needed in without.json()["detail"]
        alone = await client.request(method, target, headers=started.bearer("IPSG", needed))
        # No officer can use the scope of gateways, whatever their token says. One operation needs that to read as well.
        lacks = "scope-missing" in alone.text and " as well" not in alone.text
        assert lacks == (needed == AUDIT_WITNESS), (method, path)


# Merging of several services


class Note(BaseModel):
    text: str


class Pair(BaseModel):
    first: Note


def noting(name: str, note: type[BaseModel], pair: type[BaseModel]) -> FakeService:
    router = APIRouter()

    async def read() -> Any:
        """Read a pair of notes, whose schemas differ between services."""

    router.add_api_route(f"/api/{name}", read, response_model=pair, operation_id=f"read_{name}")
    router.add_api_route(f"/api/{name}/note", read, response_model=note, operation_id=f"read_{name}_note")
    application = FastAPI()
    application.include_router(router)
    return FakeService(name=name, application=application)


def schema_of(document: dict[str, Any], path: str) -> Any:
    reference = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    return resolved(document, reference)


@pytest.mark.thorough
def test_different_schemas_of_one_name_are_renamed() -> None:
    """Also those that differ only in what they reference; identical ones are merged."""

    def other_schemas() -> tuple[type[BaseModel], type[BaseModel]]:
        class Note(BaseModel):
            weight: int

        class Pair(BaseModel):
            first: Note

        return Note, Pair

    document = describe_gateway(
        (noting("one", Note, Pair), noting("two", *other_schemas()), noting("three", Note, Pair))
    )
    schemas = document["components"]["schemas"]
    assert {"Note", "Pair", "TwoNote", "TwoPair"} <= schemas.keys()
    assert not {"OneNote", "ThreeNote"} & schemas.keys()
    for name, member in (("one", "text"), ("two", "weight"), ("three", "text")):
        assert schema_of(document, f"/api/{name}/note")["properties"].keys() == {member}
        first = schema_of(document, f"/api/{name}")["properties"]["first"]
        assert resolved(document, first)["properties"].keys() == {member}
    assert schemas["TwoNote"]["title"] == "TwoNote"
