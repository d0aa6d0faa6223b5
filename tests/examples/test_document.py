"""Every operation of the document has one whole request and answer: they fit their schemas, and stay valid."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.generated.files import PROJECT
from gateway.openapi.answer_examples import recorded
from shared.web.examples import RequestExample, add_examples
from tests.examples.schemas import faults
from tests.examples.shown import JSON, MULTIPART, NOTHING, Document, Operation

DOCUMENT = Document(json.loads((PROJECT / "docs" / "openapi.json").read_text()))
OPERATIONS = {str(operation): operation for operation in DOCUMENT.operations()}
# The day of the clock of the tests: what a record states of the past is before it, and no filter ends after it so soon
# that it would find nothing in a year.
PAST, FAR = "2026-06-01", "2099"
DATE = re.compile(r"\b(?:19|20|21)[0-9]{2}(?:-[0-9]{2}){1,2}(?![0-9])")

every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=str)


@every_operation
def test_each_operation_shows_a_whole_request(operation: Operation) -> None:
    """Its path is filled in, what it requires of its query, and the body of its first media type."""
    required = {each["name"] for each in operation.parameters if each.get("required")}
    assert required <= {*operation.filled_in("path"), *operation.filled_in("query")}
    if operation.media:
        content = operation.stated["requestBody"]["content"][operation.media[0]]
        assert content["examples"], operation.media[0]


@every_operation
def test_what_a_request_shows_fits_its_schema(operation: Operation) -> None:
    found = [
        *(fault for each in operation.parameters for fault in _of_parameter(operation, each)),
        *(fault for media in operation.media for fault in _of_body(operation, media)),
    ]
    assert found == []


def _of_parameter(operation: Operation, parameter: Any) -> Iterator[str]:
    name = parameter["name"]
    shown = operation.shown(parameter["in"])
    yield from faults(DOCUMENT, parameter["schema"], shown[name]) if name in shown else ()


def _of_body(operation: Operation, media: str) -> Iterator[str]:
    body = operation.body(media)
    if body is not NOTHING and media != MULTIPART:
        yield from faults(DOCUMENT, operation.stated["requestBody"]["content"][media]["schema"], body)


@every_operation
def test_each_answer_with_a_body_shows_a_whole_one_that_fits_its_schema(operation: Operation) -> None:
    for answer in operation.answers.values():
        for media, content in answer.get("content", {}).items():
            [example] = [DOCUMENT.resolved(each) for each in content["examples"].values()]
            assert faults(DOCUMENT, content.get("schema", {}), example["value"]) == [], media


@every_operation
def test_no_request_shows_a_day_that_will_have_passed(operation: Operation) -> None:
    """Neither what is filled in nor what its fields show: a day is over already, or far away."""
    shown = [operation.shown(place) for place in ("path", "query", "header")]
    shown += [operation.body(media) for media in operation.media if operation.body(media) is not NOTHING]
    shown += [_examples_in(operation.stated.get("requestBody", {}))]
    days = DATE.findall(json.dumps(shown))
    assert [day for day in days if not (day <= PAST or day >= FAR)] == []


def _examples_in(part: Any, seen: frozenset[str] = frozenset()) -> list[Any]:
    """Return the examples of all schemas of a body."""
    if isinstance(part, list):
        return [each for below in part for each in _examples_in(below, seen)]
    if not isinstance(part, dict):
        return []
    if "$ref" in part:
        name = part["$ref"]
        return [] if name in seen else _examples_in(DOCUMENT.resolved(part), seen | {name})
    own = part["examples"] if isinstance(part.get("examples"), list) else []
    return [*own, *(each for name, below in part.items() if name != "examples" for each in _examples_in(below, seen))]


def test_each_recorded_answer_is_of_an_operation() -> None:
    """A path that is gone leaves its answer behind."""
    assert recorded().keys() <= OPERATIONS.keys()


def test_an_example_of_no_operation_is_refused() -> None:
    """Otherwise an example would be left out without a word once its path or parameter is renamed."""
    operation = {"parameters": [{"name": "plate", "in": "query", "schema": {}}]}
    document = {"paths": {"/cars": {"get": operation}}}
    unknown = (RequestExample(query={"vin": 1}), RequestExample(taken={"vin": "one"}))
    for name, example in (("GET /trains", RequestExample()), *(("GET /cars", each) for each in unknown)):
        with pytest.raises(LookupError, match="out of date"):
            add_examples(document, {name: example})
    add_examples(document, {"GET /cars": RequestExample(query={"plate": "A"})})
    assert operation["parameters"][0]["example"] == "A"


def test_json_is_the_first_media_type_where_a_body_may_be_json() -> None:
    """A page fills in the first."""
    for name, operation in OPERATIONS.items():
        assert JSON not in operation.media[1:], name
