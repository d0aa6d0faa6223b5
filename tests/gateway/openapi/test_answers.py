"""Each operation of the document says what it answers: a schema of each success, and each status of a refusal."""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import httpx
import pytest

from shared.errors import PROBLEM_JSON
from shared.ids import example_id
from shared.web.problems import PROBLEM_SCHEMA
from tests.gateway.described import document_of_gateway
from tests.gateway.mesh import Mesh
from tests.gateway.test_documents import resolved

JSON: Final = "application/json"
PROBLEM: Final = {"$ref": f"#/components/schemas/{PROBLEM_SCHEMA}"}
# APIs whose errors others prescribe: OAuth (RFC 6749), and INTERPOL's public one.
OWN_ERRORS: Final = ("/oauth/", "/notices/v1/", "/health")
TOO_LARGE: Final = 100 * 1024 * 1024
# Of the body of a question without a token; others are refused by the length that they state.
MORE_THAN_A_QUESTION: Final = 1_100_000


class Described(NamedTuple):
    """An operation of the document."""

    method: str
    path: str
    operation: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def statuses(self) -> set[int]:
        return {int(status) for status in self.operation["responses"]}

    @property
    def body(self) -> dict[str, Any]:
        """The media types of its body; empty if it has none."""
        content: dict[str, Any] = self.operation.get("requestBody", {}).get("content", {})
        return content

    @property
    def target(self) -> str:
        """The path with values that no record has."""
        return re.sub("{.*?}", example_id(99, 1), self.path)

    @property
    def scopes(self) -> list[str]:
        return [scope for way in self.operation["security"] for held in way.values() for scope in held]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return document_of_gateway()


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> list[Described]:
    return [
        Described(method.upper(), path, operation)
        for path, of_path in document["paths"].items()
        for method, operation in of_path.items()
    ]


def answers(document: dict[str, Any], operations: list[Described]) -> Iterator[tuple[Described, int, dict[str, Any]]]:
    for described in operations:
        for status, answer in described.operation["responses"].items():
            yield described, int(status), resolved(document, answer)


@pytest.mark.thorough
def test_each_success_has_a_schema(document: dict[str, Any], operations: list[Described]) -> None:
    """Not `{}`, nor an object of nothing, from which no client is generated."""
    empty = [
        (described.name, status)
        for described, status, answer in answers(document, operations)
        for content in answer.get("content", {}).values()
        if status < 300 and content.get("schema", {}) in ({}, {"type": "object"})
    ]
    assert empty == []


@pytest.mark.thorough
def test_each_refusal_is_a_problem(document: dict[str, Any], operations: list[Described]) -> None:
    """And never the error of the framework, which nothing here answers."""
    others = [
        (described.name, status)
        for described, status, answer in answers(document, operations)
        if status >= 400 and not described.path.startswith(OWN_ERRORS)
        if {media: content["schema"] for media, content in answer["content"].items()} != {PROBLEM_JSON: PROBLEM}
    ]
    assert others == []
    assert {"HTTPValidationError", "ValidationError"}.isdisjoint(document["components"]["schemas"])


@pytest.mark.thorough
def test_an_operation_with_a_body_says_how_it_may_be_refused(operations: list[Described]) -> None:
    """By its length, its speed, its type, its form and its content."""
    incomplete = {
        described.name: missing
        for described in operations
        if described.body
        if (missing := {400, 408, 413, *((415, 422) if JSON in described.body else ())} - described.statuses)
    }
    assert incomplete == {}


def _bad_requests(described: Described) -> Iterator[dict[str, Any]]:
    if described.method != "GET":
        for content, media in ((b"{", JSON), (b"x", "text/plain"), (b"[]", JSON), (b"", JSON)):
            yield {"content": content, "headers": {"Content-Type": media}}
        stated = {"Content-Type": next(iter(described.body), JSON), "Content-Length": str(TOO_LARGE)}
        yield {"content": b"{}", "headers": stated}
        if not described.scopes:
            yield {"content": b" " * MORE_THAN_A_QUESTION, "headers": {"Content-Type": JSON}}
    yield {"params": {"no_such_parameter": "1"}}
    yield {"params": {"limit": "many"}}


@pytest.mark.thorough
async def test_each_status_of_a_refusal_is_declared(
    operations: list[Described], client: httpx.AsyncClient, started: Mesh
) -> None:
    """What an operation answers to a request that cannot be read, is too large, or names what is not there."""
    undeclared = set()
    for described in operations:
        bearer = started.bearer("FR", *described.scopes) if described.scopes else {}
        for request in _bad_requests(described):
            headers = {**bearer, **request.pop("headers", {})}
            if described.operation["operationId"].startswith("stream"):
                continue
            answer = await client.request(described.method, described.target, headers=headers, **request)
            if answer.status_code not in described.statuses:
                undeclared.add((described.name, answer.status_code, answer.text[:200]))
    assert undeclared == set()
