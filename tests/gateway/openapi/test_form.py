"""What each operation of the OpenAPI document has in common, so that it reads well, and so do generated clients."""

import re
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from itertools import combinations
from typing import Any

import pytest

from services import SERVICES
from tests.gateway.described import document_of_sandbox
from tests.gateway.test_documents import parts_of, resolved

# One verb for one act, in all services and in the gateway. Those that are common to all things, by HTTP method:
COMMON = {
    "get": {"get", "list", "search"},
    "post": {"add", "check", "create"},
    "put": {"update"},
    "delete": {"delete"},
}
# Those of the domain.
OF_DOMAIN = {
    "get": {"check", "compare", "explain", "stream"},
    "post": {
        *("abandon", "advance", "answer", "ask", "cancel", "close", "confirm", "cosign", "decide", "diffuse"),
        *("enter", "identify", "issue", "keep", "mark", "ping", "publish", "refuse", "release", "renew", "request"),
        *("reset", "restore", "revoke", "send", "start", "submit", "take", "verify", "withdraw"),
    },
    "put": {"restrict"},
    "delete": set[str](),
}
MAX_SUMMARY = 90


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return document_of_sandbox()


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return every operation with its HTTP method."""
    return [each for of_path in document["paths"].values() for each in of_path.items()]


@pytest.mark.thorough
def test_an_operation_is_named_by_a_verb_of_the_vocabulary(operations: list[tuple[str, dict[str, Any]]]) -> None:
    """The verb fits the method: what is answered with 201 is created or added, nothing else is."""
    used = {(method, operation["operationId"].partition("_")[0]) for method, operation in operations}
    assert {(method, verb) for method, verbs in OF_DOMAIN.items() for verb in verbs} <= used
    for method, operation in operations:
        verb = operation["operationId"].partition("_")[0]
        assert verb in COMMON[method] | OF_DOMAIN[method], operation["operationId"]
        assert not operation["operationId"].endswith(f"_{method}"), "FastAPI made this name: name the function instead"
        if method == "post":
            makes = verb in {"create", "add"}
            assert makes == ("201" in operation["responses"]) or "202" in operation["responses"], operation


def test_a_summary_is_a_short_sentence_that_begins_with_the_verb_of_the_operation(
    operations: list[tuple[str, dict[str, Any]]],
) -> None:
    """Not the name in other letters; the description does not repeat it."""
    for _, operation in operations:
        name, summary = operation["operationId"], operation["summary"]
        assert summary.split()[0].lower() == name.partition("_")[0], (name, summary)
        assert len(summary) <= MAX_SUMMARY, (name, summary)
        assert not summary.endswith("."), (name, summary)
        assert summary != name.replace("_", " ").title(), name
        assert summary not in operation["description"], name


def test_an_operation_says_whether_it_needs_a_token(operations: list[tuple[str, dict[str, Any]]]) -> None:
    """In its security, and in words: which scope, or none."""
    for _, operation in operations:
        scopes = [scope for way in operation["security"] for held in way.values() for scope in held]
        needed = f"Needs the scope `{scopes[0]}`." if scopes else "Needs no token."
        assert operation["description"].endswith(needed), operation["operationId"]


def test_every_refusal_is_a_component(document: dict[str, Any], operations: list[tuple[str, dict[str, Any]]]) -> None:
    """Written once: no two components say the same."""
    for _, operation in operations:
        for status, response in operation["responses"].items():
            assert (status >= "400") == ("$ref" in response), (operation["operationId"], status)
    shared = [*document["components"]["responses"].values()]
    assert [one for one, other in combinations(shared, 2) if one == other] == []


def test_an_operation_refers_to_refusals_of_the_status(
    document: dict[str, Any], operations: list[tuple[str, dict[str, Any]]]
) -> None:
    """The names of components begin with the phrase of one status, and never with that of two."""
    phrases: dict[str, set[str]] = {}
    for _, operation in operations:
        for status, response in operation["responses"].items():
            if "$ref" in response:
                phrases.setdefault(response["$ref"], set()).add(status)
    assert all(len(statuses) == 1 for statuses in phrases.values())
    assert phrases.keys() == {f"#/components/responses/{name}" for name in document["components"]["responses"]}


def test_no_parameter_is_null(document: dict[str, Any], operations: list[tuple[str, dict[str, Any]]]) -> None:
    """An optional parameter is left out: no schema, default or example of one is null."""
    for _, operation in operations:
        for parameter in operation.get("parameters", ()):
            schema = resolved(document, parameter)["schema"]
            assert {"type": "null"} not in schema.get("anyOf", []), (operation["operationId"], parameter)
            assert None not in schema.get("examples", []), (operation["operationId"], parameter)


def test_no_default_is_null(document: dict[str, Any]) -> None:
    assert [part for part in parts_of(document) if part.get("default", "") is None] == []


def test_a_union_of_objects_has_a_discriminator_that_each_of_them_requires(document: dict[str, Any]) -> None:
    """So a generated client knows which class it reads."""
    schemas = document["components"]["schemas"]
    for part in parts_of(document):
        alternatives = [each["$ref"] for each in (*part.get("anyOf", ()), *part.get("oneOf", ())) if "$ref" in each]
        if len(alternatives) > 1:
            named = part["discriminator"]["propertyName"]
            for reference in alternatives:
                assert named in schemas[reference.rpartition("/")[2]]["required"], reference


def test_schemas_have_names_that_read_well(document: dict[str, Any]) -> None:
    """One word in capitals each, which is the title too: no `Hit_Vehicle_`, and no `How1` for a second one."""
    for name, schema in document["components"]["schemas"].items():
        assert re.fullmatch(r"([A-Z][a-z]*)+", name), name
        assert schema["title"] == name


def test_no_schema_is_renamed_as_another_has_its_name(document: dict[str, Any]) -> None:
    """Two different schemas have two names in the code; the merge would put the name of the service before one."""
    prefixes = {"".join(word.title() for word in service.name.split("-")) for service in SERVICES}
    schemas = document["components"]["schemas"]
    renamed = [
        name
        for name in schemas
        for prefix in prefixes
        if name.startswith(prefix) and name.removeprefix(prefix) in schemas
    ]
    assert renamed == []


def test_each_enumeration_has_a_title_of_its_own(document: dict[str, Any]) -> None:
    """Generators name a class after it: two of the same title would become `How` and `How1`."""
    titles = Counter(
        part["title"]
        for schema in document["components"]["schemas"].values()
        for part in parts_of(schema)
        if isinstance(part.get("enum"), list) and "title" in part
    )
    assert [title for title, times in titles.items() if times > 1] == []
    untitled = [
        (name, part["enum"])
        for name, schema in document["components"]["schemas"].items()
        for part in parts_of(schema)
        if isinstance(part.get("enum"), list) and "title" not in part
    ]
    assert untitled == []


def test_every_tag_is_in_one_group(document: dict[str, Any]) -> None:
    """The machinery of the logs is apart from what officers use."""
    grouped = [tag for group in document["x-tagGroups"] for tag in group["tags"]]
    assert sorted(grouped) == sorted(tag["name"] for tag in document["tags"])
    of_logs = {
        operation["operationId"]
        for of_path in document["paths"].values()
        for operation in of_path.values()
        if "logs" in operation["tags"]
    }
    assert {"get_checkpoint_of_notices", "get_inclusion_proof_of_notices", "get_witnessed_checkpoint"} <= of_logs
    assert not {"list_audit_of_notices", "explain_request_to_notices", "list_audit"} & of_logs


def test_the_version_is_that_of_the_package(document: dict[str, Any]) -> None:
    assert document["info"]["version"] == version("i247")


def test_no_path_fits_two_operations(document: dict[str, Any]) -> None:
    """Where two templates overlap, the pattern of a parameter excludes the word that the other path has there."""
    paths = document["paths"]
    ambiguous = [
        (one, other)
        for one, other in combinations(paths, 2)
        if paths[one].keys() & paths[other].keys() and _both_fit(document, one, other)
    ]
    assert ambiguous == []


def _both_fit(document: dict[str, Any], one: str, other: str) -> bool:
    parts = one.split("/"), other.split("/")
    if len(parts[0]) != len(parts[1]):
        return False
    pairs = list(zip(*parts, strict=True))
    # A path that is fixed to its end comes first, by the order of the routes.
    if not ("{" in one and "{" in other):
        return False
    return all(
        left == right or _may_be(document, one, left, right) or _may_be(document, other, right, left)
        for left, right in pairs
    )


def _may_be(document: dict[str, Any], path: str, part: str, word: str) -> bool:
    """Return whether a part of a path is a parameter that can have a word as its value."""
    if not part.startswith("{"):
        return False
    if word.startswith("{"):
        return True
    return any(re.search(pattern, word) for pattern in _patterns(document, path, part.strip("{}")))


def _patterns(document: dict[str, Any], path: str, name: str) -> Iterator[str]:
    for operation in document["paths"][path].values():
        for parameter in operation["parameters"]:
            stated = resolved(document, parameter)
            if stated["name"] == name:
                yield stated["schema"].get("pattern", "")
