"""Draws requests to an operation from its OpenAPI document, close to what can be known of one record.

Each value is a guess: the value of a field whose name is similar to that of the parameter; that value misspelt, shifted
or shortened; or any other value of the record that the schema allows. Nothing here names an operation or a parameter,
so that a new one is covered like all others.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final
from zlib import crc32

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from shared.protocol.http import HttpRequest
from tests.conftest import NOW
from tests.contract.operations import Operation, Schema, distinct

Values = st.SearchStrategy[Any]

# Share of the words of a parameter that the name of a field must have for the two to be similar.
ALIKE: Final = 0.5
ANY_TEXT: Final = "As before."
MOST_ITEMS: Final = 3
MOST_CHANGES: Final = 2
PRINTABLE: Final = "".join(map(chr, range(32, 127)))


@dataclass(frozen=True)
class Clues:
    """What a requester can know or guess of one record."""

    content: Schema
    ids: tuple[str, ...]
    """Of other records, and one of no record."""

    images: tuple[bytes, ...]

    @cached_property
    def fields(self) -> list[tuple[str, Any]]:
        """Every value in the record with the name of its field, at any depth."""
        return list(_fields("", self.content))

    def alike(self, name: str) -> list[Any]:
        """Return the values of fields of this name, or else of a similar name."""
        same = [value for field, value in self.fields if field == name]
        return same or [value for field, value in self.fields if name and _alike(name, field) >= ALIKE]

    @cached_property
    def others(self) -> list[Any]:
        """Values that can be guessed whatever the name, such as an age from a date of birth."""
        plain = [value for name, value in self.fields if not isinstance(value, dict | list) and name != "id"]
        return distinct([*plain, *(guess for value in plain for guess in _near(value)), 1, 2, 3])


class Guesses:
    """Requests about one record to one operation."""

    def __init__(self, operation: Operation, clues: Clues) -> None:
        self._operation = operation
        self._schemas = operation.schemas
        self._clues = clues

    def requests(self) -> st.SearchStrategy[HttpRequest]:
        """Draw requests; the simplest is the best guess at the record."""
        asked = self._operation
        bodies = [st.tuples(st.just(media), self._values("", schema)) for media, schema in asked.bodies.items()]
        return st.builds(
            lambda path, query, body: asked.request(path, query, *body),
            self._named(asked.parameters("path", required=True), {}),
            self._named(asked.parameters("query", required=True), asked.parameters("query", required=False)),
            st.one_of(bodies or [st.just(("", None))]),
        )

    def restated(self) -> HttpRequest:
        """Return the request with which the owner of a record states its content again."""
        asked = self._operation
        path = {name: self._first(name, schema) for name, schema in asked.parameters("path", required=True).items()}
        query = {name: self._first(name, schema) for name, schema in asked.parameters("query", required=True).items()}
        for media, schema in asked.bodies.items():
            return asked.request(path, query, media, self._first("", schema))
        return asked.request(path, query)

    def _first(self, name: str, schema: Schema) -> Any:
        schema = self._chosen(schema)
        if _is_binary(schema):
            return next(iter(self._clues.images), b"")
        if exact := self._exact(name, schema):
            return exact[0]
        if choices := schema.get("oneOf"):
            drawn = ((choice, self._first(name, choice)) for choice in choices)
            return next((value for choice, value in drawn if self._schemas.fitting(choice, [value])), ANY_TEXT)
        if fewest := schema.get("minItems"):
            return [self._first(name, schema["items"])] * fewest
        members = schema.get("properties", {})
        stated = {name: self._clues.content[name] for name in members if name in self._clues.content}
        stated = {name: value for name, value in stated.items() if self._schemas.fitting(members[name], [value])}
        needed = {name: self._first(name, members[name]) for name in schema.get("required", ()) if name not in stated}
        known = schema.get("enum") or schema.get("examples") or [ANY_TEXT]
        if members and all(value is None for value in (stated | needed).values()):
            # A search that needs one of its criteria, whichever.
            exact = ((each, self._exact(each, member)) for each, member in members.items())
            return next(({each: values[0]} for each, values in exact if values), {})
        return stated | needed if members else known[0]

    def _values(self, name: str, schema: Schema) -> Values:
        """Draw values for a named parameter or member: mostly those of fields of a similar name."""
        if _is_binary(schema):
            return st.sampled_from((*self._clues.images, *self._clues.images, b"no image"))
        exact = self._exact(name, schema)
        near = self._schemas.fitting(schema, (guess for value in exact for guess in _near(value)))
        # An id is allowed as a text as well, but has no effect there.
        is_text = self._schemas.fitting(schema, [ANY_TEXT])
        others = self._schemas.fitting(
            schema, self._clues.others if is_text else (*self._clues.ids, *self._clues.others)
        )
        weighted = ((exact, 5), (near, 2), (others, 2))
        guesses = [st.sampled_from(drawn) for drawn, weight in weighted for _ in range(weight) if drawn]
        built = self._built(name, schema)
        return st.one_of([*guesses, built] if exact else [*guesses, built, built])

    def _exact(self, name: str, schema: Schema) -> list[Any]:
        """Return the values of similarly named fields that the schema allows; for a threshold, the lowest."""
        alike = self._clues.alike(name) or (
            [schema["minimum"]] if schema.get("type") == "number" and "minimum" in schema else []
        )
        return self._schemas.fitting(schema, alike)

    def _built(self, name: str, schema: Schema) -> Values:
        """Draw values by the schema alone, except for its named members."""
        schema = self._chosen(schema)
        if choices := schema.get("anyOf") or schema.get("oneOf"):
            return st.one_of([self._built(name, choice) for choice in choices if choice.get("type") != "null"])
        if schema.get("type") in {"integer", "number"}:
            return _figure(schema)
        if known := schema.get("enum") or schema.get("examples"):
            return st.sampled_from(known)
        return st.just(schema["const"]) if "const" in schema else self._of_type(name, schema)

    def _chosen(self, schema: Schema) -> Schema:
        """Return a schema, or of several that one of their members tells apart, that of the record.

        Of what may be left out, the schema of what it is otherwise.
        """
        schema = self._schemas.resolved(schema)
        given = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
        if len(given) == 1:
            return self._chosen(given[0])
        told_apart = schema.get("discriminator", {})
        chosen = told_apart.get("mapping", {}).get(self._clues.content.get(told_apart.get("propertyName")))
        return self._schemas.resolved({"$ref": chosen}) if chosen else schema

    def _of_type(self, name: str, schema: Schema) -> Values:
        match schema.get("type"):
            case "object":
                return self._object(schema)
            case "array":
                fewest = schema.get("minItems", 0)
                items = self._values(name, schema.get("items", {}))
                return st.lists(items, min_size=fewest, max_size=max(MOST_ITEMS, fewest))
            case "boolean":
                return st.booleans()
            case _:
                return _text(schema)

    def _object(self, schema: Schema) -> Values:
        """Draw the content of the record with changes, if it has all required members; otherwise draw each member."""
        members, required = schema.get("properties", {}), set(schema.get("required", ()))
        stated = {name: self._clues.content[name] for name in members if name in self._clues.content}
        if required and required <= stated.keys():
            changes = st.lists(st.sampled_from(sorted(members)), max_size=MOST_CHANGES, unique=True)
            changed = changes.flatmap(lambda names: self._named({name: members[name] for name in names}, {}))
            return changed.map(lambda drawn: stated | drawn)
        return self._named(
            {name: member for name, member in members.items() if name in required},
            {name: member for name, member in members.items() if name not in required},
        )

    def _named(self, required: Mapping[str, Schema], optional: Mapping[str, Schema]) -> Values:
        """Draw a value for each name; of the optional ones, all that can be taken from the record, or some."""
        needed = {name: self._values(name, schema) for name, schema in required.items()}
        if not optional:
            return st.fixed_dictionaries(needed)
        if self._clues.content.get("reference") is None:
            # A search by a reference finds a record of the searcher's own at most: most requests would reach nothing.
            optional = {name: schema for name, schema in optional.items() if name != "reference"}
        exact = {name: self._exact(name, schema) for name, schema in optional.items()}
        taken = {name: st.sampled_from(values) for name, values in exact.items() if values}
        drawn = {name: self._values(name, schema) for name, schema in optional.items()}
        return st.one_of(st.fixed_dictionaries(needed | taken), st.fixed_dictionaries(needed, optional=drawn))


def questions(operation: Operation, clues: Sequence[Clues], count: int) -> Iterator[Sequence[HttpRequest]]:
    """Return a number of requests about each of several records, the simplest first."""
    drawn: list[Sequence[HttpRequest]] = []

    # All are drawn together, as starting Hypothesis takes longer than drawing.
    @settings(max_examples=count, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.tuples(*(Guesses(operation, each).requests() for each in clues)))
    def draw(requests: Sequence[HttpRequest]) -> None:
        drawn.append(requests)

    # Without a seed of its own, each operation would get the same draws.
    (seed(crc32(f"{operation}".encode())) if settings.default.derandomize else lambda test: test)(draw)()
    return zip(*drawn, strict=True)


def _fields(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if value is None:
        return
    if name:
        yield name, value
    if isinstance(value, Mapping):
        for inner, each in value.items():
            yield from _fields(inner, each)
    elif isinstance(value, list):
        for each in value:
            yield from _fields(name, each)


def _alike(name: str, field: str) -> float:
    """Return the share of the words of a name that a field has as well, even in the plural or within a word."""
    words, others = name.split("_"), field.split("_")
    return sum(any(_same(word, other) for other in others) for word in words) / len(words)


def _same(word: str, other: str) -> bool:
    return word == other or (len(word) > 3 and word in other) or (len(word) > 5 and word[:6] == other[:6])


def _near(value: Any) -> list[Any]:
    """Return values close to a value: misspelt, a part of it, in another spelling, or the day after."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return []
    if isinstance(value, int):
        return [value - 1, value + 1]
    if re.fullmatch(r"\d{4}(-\d\d){2}.*", value):
        return _near_a_day(date.fromisoformat(value[:10]))
    middle = len(value) // 2
    misspelt = (
        value[:middle] + value[middle + 1 :],
        value[: middle - 1] + value[middle : middle + 1] + value[middle - 1 : middle] + value[middle + 1 :],
        value[:-1] + ("0" if value[-1:] != "0" else "1"),
    )
    return [*misspelt, value.lower(), value.upper(), f" {value[:middle]} {value[middle:]}", *value.split(), value[:4]]


def _near_a_day(day: date) -> list[Any]:
    days = (day - timedelta(days=1), day, day + timedelta(days=1))
    age = (NOW.date() - day).days * 4 // 1461
    return [*(str(each)[:length] for each in days for length in (10, 7, 4)), age, age + 1]


def _is_binary(schema: Schema) -> bool:
    return schema.get("format") == "binary"


def _figure(schema: Schema) -> Values:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    between = st.integers(least, most) if schema["type"] == "integer" else st.floats(least, most)
    return st.one_of(st.sampled_from([least, most]), between)


def _text(schema: Schema) -> Values:
    fewest, most = schema.get("minLength", 0), schema.get("maxLength", 40)
    if pattern := schema.get("pattern"):
        drawn = st.from_regex(pattern, fullmatch=True, alphabet=PRINTABLE)
        return drawn.filter(lambda text: fewest <= len(text) <= most)
    if schema.get("format") == "date":
        return st.dates().map(str)
    return st.text(PRINTABLE, min_size=fewest, max_size=min(most, fewest + 20))
