"""Records with every field that the API may send, made of its document: what a page leaves out is found by them."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from gateway.console.kinds import KINDS, Kind
from tests.documents import PROJECT

ID: Final = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
Make = Callable[[str, Mapping[str, Any]], Any]


@cache
def document() -> Mapping[str, Any]:
    """Return the document of the API."""
    read: Mapping[str, Any] = json.loads((PROJECT / "docs/openapi.json").read_text())
    return read


def resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema without a reference, and without null."""
    while True:
        if "$ref" in schema:
            schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif "anyOf" in schema:
            schema = next(each for each in schema["anyOf"] if each.get("type") != "null")
        else:
            return schema


def variants(kind: Kind) -> list[Mapping[str, Any]]:
    """Return the schemas of the records of a kind: of notices one for each colour."""
    answer = document()["paths"][f"{kind.path}/{{record_id}}"]["get"]["responses"]["200"]
    schema = resolved(answer["content"]["application/json"]["schema"])
    return [resolved(each) for each in schema["oneOf"]] if "oneOf" in schema else [schema]


def alternatives(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the schemas that a value may have: a subject is a person, an entity or an object."""
    schema = resolved(schema)
    return [resolved(each) for each in schema["oneOf"]] if "oneOf" in schema else [schema]


def strings(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the path and the schema of each text in a record."""
    for each in alternatives(schema):
        if "properties" in each:
            for name, inner in each["properties"].items():
                yield from strings(inner, f"{path}.{name}".lstrip("."))
        elif each.get("type") == "array":
            yield from strings(each["items"], path)
        elif each.get("type") == "string":
            yield path, each


def filled(schema: Mapping[str, Any], make: Make, path: str = "") -> Any:
    """Return a value with everything that its schema knows; `make` makes each text, by its path."""
    schema = alternatives(schema)[0]
    if "properties" in schema:
        named = schema["properties"].items()
        return {name: filled(inner, make, f"{path}.{name}".lstrip(".")) for name, inner in named}
    return _VALUES.get(schema.get("type", ""), lambda *_: {})(schema, make, path)


def _text(schema: Mapping[str, Any], make: Make, path: str) -> Any:
    return make(path, schema)


_VALUES: Final[Mapping[str, Callable[[Mapping[str, Any], Make, str], Any]]] = {
    "string": _text,
    "array": lambda schema, make, path: [filled(schema["items"], make, path)],
    "integer": lambda schema, _make, _path: (schema.get("enum") or [schema.get("minimum", 7)])[0],
    "number": lambda schema, _make, _path: schema.get("minimum", 0.5),
    "boolean": lambda *_: True,
}


def plain(path: str, schema: Mapping[str, Any]) -> str:
    """Return a text that fits its schema, or an example of one."""
    if "const" in schema or "enum" in schema:
        return str(schema.get("const") or schema["enum"][0])
    if schema.get("format") == "date-time":
        return "2026-06-01T12:00:00Z"
    return str(next((each for each in schema.get("examples", ()) if each), path))


def every_kind() -> list[tuple[Kind, Mapping[str, Any]]]:
    """Return each kind with each of its schemas."""
    return [(kind, schema) for kind in KINDS for schema in variants(kind)]


def name_of(value: object) -> str:
    """Return what a test is called, by its kind or its schema."""
    return value.name if isinstance(value, Kind) else str(value["title"]) if isinstance(value, dict) else ""
