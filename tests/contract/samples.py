"""Requests made of the examples in an OpenAPI document, and the same with one mistake in one place."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from shared.codes import CODE_LIST
from tests.contract.operations import Operation, Schema, Schemas

JSON: Final = "application/json"
MOST_ITEMS: Final = 1000
# No list of codes has these.
NO_CODES: Final = ("ZZ", "QQ", "ZZZ", "QQQ")
ODD_TEXTS: Final = ("~", "", " ", "0", "a", "\u00b7")
# Of another type than JSON schemas name, or None if nothing is.
OF_ANOTHER_TYPE: Final[Mapping[str, Any]] = {
    "integer": "five",
    "number": "five",
    "boolean": "maybe",
    "string": 5,
    "array": 5,
    "object": 5,
    "null": None,
}
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Sample:
    """A request to an operation."""

    operation: Operation
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any

    def without(self, place: str, pointer: str) -> "Sample":
        """Return the sample without the value at a pointer."""
        steps = [int(step) if step.isdigit() else step for step in pointer.split("/")[1:]]
        if place == "query":
            return replace(self, query={name: value for name, value in self.query.items() if name != steps[0]})
        return replace(self, body=_dropped(self.body, tuple(steps)))


@dataclass(frozen=True)
class Mistake:
    """A request with one mistake, and where it is."""

    what: str
    place: str
    pointer: str
    sample: Sample


def sample_of(operation: Operation) -> Sample:
    """Return the request that the examples of an operation make."""
    examples = Examples(operation.schemas)
    stated = [each for each in operation.stated.get("parameters", ()) if "schema" in each]
    given = {
        place: {
            each["name"]: examples.value(each["schema"], required=each.get("required", False))
            for each in stated
            if each["in"] == place
        }
        for place in ("path", "query", "header")
    }
    query = {name: value for name, value in given["query"].items() if value is not None}
    body = examples.value(operation.bodies[JSON], required=True) if JSON in operation.bodies else None
    return Sample(operation, given["path"], query, {}, body)


class Examples:
    """Builds values of the examples in schemas."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def value(self, schema: Schema, *, required: bool) -> Any:
        """Return an example of a schema: for a member that is not required, None if the schema has none."""
        resolved = _chosen(self._schemas, schema)
        for known in (schema, resolved):
            if known.get("examples") and (known["examples"][0] is not None or not required):
                return known["examples"][0]
        if "properties" in resolved:
            return self._object(resolved)
        if "const" in resolved or "enum" in resolved:
            return resolved.get("const", resolved.get("enum", [None])[0])
        if resolved.get("type") == "array":
            return [self.value(resolved["items"], required=True)] if required or "$ref" in str(resolved) else None
        return self._plain(resolved) if required else None

    def _object(self, schema: Schema) -> dict[str, Any]:
        needed = schema.get("required", ())
        values = {name: self.value(each, required=name in needed) for name, each in schema["properties"].items()}
        return {name: value for name, value in values.items() if value is not None}

    def _plain(self, schema: Schema) -> Any:
        fallback = {"integer": schema.get("minimum", 1), "number": schema.get("minimum", 1), "boolean": True}
        return fallback.get(schema.get("type", ""), "a")


def mistakes_in(sample: Sample) -> Iterator[Mistake]:
    """Yield the sample with each single mistake that the document lets one make."""
    schemas = sample.operation.schemas
    if JSON in sample.operation.bodies:
        for what, place, body in _wrong(schemas, sample.operation.bodies[JSON], sample.body, ()):
            yield Mistake(what, "body", _pointer(place), replace(sample, body=body))
    for each in sample.operation.stated.get("parameters", ()):
        if each.get("in") in {"path", "query", "header"} and "schema" in each:
            yield from _in_parameter(sample, each["name"], each["in"], each["schema"])


def _in_parameter(sample: Sample, name: str, place: str, schema: Schema) -> Iterator[Mistake]:
    resolved = _chosen(sample.operation.schemas, schema)
    for what, value in _wrong_values(resolved):
        # In a URL all values are texts; some texts are no header, and others change the path.
        written = value if isinstance(value, str) else str(value) if what.startswith("too") else ""
        if not written or (place != "query" and not re.fullmatch("[!-.0-~]+", written)):
            continue
        given = {**getattr(sample, _FIELDS[place]), name: written}
        yield Mistake(what, place, f"/{name}", replace(sample, **{_FIELDS[place]: given}))


_FIELDS: Final = {"path": "path", "query": "query", "header": "headers"}


def _wrong(schemas: Schemas, schema: Schema, value: Any, place: Place) -> Iterator[tuple[str, Place, Any]]:
    """Yield what is wrong, where, and the whole value with it."""
    resolved = _selected(schemas, schema, value)
    for what, wrong in _wrong_values(resolved):
        yield what, place, wrong
    if place and "null" not in _types(schemas, schema):
        yield "null", place, None
    if isinstance(value, dict) and "properties" in resolved:
        yield from _wrong_members(schemas, resolved, value, place)
    if isinstance(value, list) and value:
        for what, below, wrong in _wrong(schemas, resolved["items"], value[0], (*place, 0)):
            yield what, below, [wrong, *value[1:]]
        if (most := resolved.get("maxItems", MOST_ITEMS)) < MOST_ITEMS:
            yield "too many", place, [value[0]] * (most + 1)


def _wrong_members(
    schemas: Schemas, schema: Schema, value: dict[str, Any], place: Place
) -> Iterator[tuple[str, Place, Any]]:
    if schema.get("additionalProperties") is False:
        yield "superfluous", (*place, "sup~er/fluous"), {**value, "sup~er/fluous": 1}
    for name in schema.get("required", ()):
        yield "missing", (*place, name), {each: value[each] for each in value if each != name}
    for name, member in schema["properties"].items():
        if name in value:
            for what, below, wrong in _wrong(schemas, member, value[name], (*place, name)):
                yield what, below, {**value, name: wrong}


def _wrong_values(schema: Schema) -> Iterator[tuple[str, Any]]:
    """Yield values that the schema does not allow for one reason each."""
    if "const" in schema or "enum" in schema:
        yield "choice", "no-such-choice"
        return
    yield "type", OF_ANOTHER_TYPE.get(schema.get("type", "null"))
    if CODE_LIST in schema:
        fitting = [code for code in NO_CODES if re.fullmatch(schema["pattern"], code)]
        yield from (("code", code) for code in (*fitting, "italian"))
    elif "pattern" in schema:
        least = schema.get("minLength", 0)
        odd = (text for text in ODD_TEXTS if len(text) >= least and not re.search(schema["pattern"], text))
        yield from (("pattern", text) for text in islice(odd, 1))
    if "maxLength" in schema:
        yield "too long", "a" * (schema["maxLength"] + 1)
    if schema.get("type") in {"integer", "number"}:
        yield from (("too small", schema["minimum"] - 1) for _ in range("minimum" in schema))
        # Beyond 2^53 the next number may be the same.
        yield from (("too great", int(schema["maximum"]) + 2) for _ in range("maximum" in schema))


def _chosen(schemas: Schemas, schema: Schema) -> Schema:
    """Return a schema without references, and the first of several that is not null."""
    resolved = schemas.resolved(schema)
    several = resolved.get("anyOf") or resolved.get("oneOf") or resolved.get("allOf")
    if not several:
        return resolved
    return _chosen(schemas, next(each for each in several if each.get("type") != "null"))


def _selected(schemas: Schemas, schema: Schema, value: Any) -> Schema:
    """Return the schema that a value was made by."""
    resolved = schemas.resolved(schema)
    several = resolved.get("anyOf") or resolved.get("oneOf") or resolved.get("allOf") or ()
    fitting = [each for each in several if schemas.fitting(each, [value])]
    if fitting:
        return _selected(schemas, fitting[0], value)
    return _chosen(schemas, resolved)


def _types(schemas: Schemas, schema: Schema) -> frozenset[str]:
    resolved = schemas.resolved(schema)
    several = resolved.get("anyOf") or resolved.get("oneOf") or resolved.get("allOf") or ()
    return frozenset(
        {str(resolved.get("type", "")), *(kind for each in several for kind in _types(schemas, each))}
        if "type" in resolved or several or "enum" in resolved or "const" in resolved
        else {"null"}
    )


def _pointer(place: Place) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in place)


def _dropped(body: Any, place: Place) -> Any:
    first, *others = place
    if isinstance(body, list):
        assert isinstance(first, int)
        return [*body[:first], *([_dropped(body[first], tuple(others))] if others else []), *body[first + 1 :]]
    if not others:
        return {name: value for name, value in body.items() if name != first}
    return {**body, first: _dropped(body[first], tuple(others))}


def as_text(sample: Sample) -> str:
    """Return a sample for the message of a test."""
    return json.dumps([dict(sample.path), dict(sample.query), dict(sample.headers), sample.body])[:600]
