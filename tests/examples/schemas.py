"""Whether values fit the schemas of a document, and which members they have."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import jsonschema_rs

from tests.examples.shown import Document

# Members whose names are values: of states, of services, of what the Commission corrects.
MAPS: Final = frozenset({"progress", "corrections", "agreements", "services", "content"})


@cache
def _validator_of(document: Document, schema: str) -> Any:
    """Return the validator of a schema, given as JSON."""
    components = {"schemas": document.content["components"]["schemas"]}
    return jsonschema_rs.validator_for({**json.loads(schema), "components": components})


def faults(document: Document, schema: Mapping[str, Any], value: Any) -> list[str]:
    """Return why a value does not fit a schema."""
    validator = _validator_of(document, json.dumps(schema))
    return [f"{list(error.instance_path)}: {error.message[:200]}" for error in validator.iter_errors(value)]


def different_members(one: Any, other: Any, place: str = "") -> Iterator[str]:
    """Yield the places at which two values have other members; a list is compared by its first item."""
    if isinstance(one, list) and isinstance(other, list) and one and other:
        yield from different_members(one[0], other[0], f"{place}/0")
    if not isinstance(one, dict) or not isinstance(other, dict):
        return
    if one.keys() != other.keys():
        yield f"{place or '/'}: {', '.join(sorted(one.keys() ^ other.keys()))}"
    for name in one.keys() & other.keys() - MAPS:
        yield from different_members(one[name], other[name], f"{place}/{name}")
