"""Puts a document into the form from which generators write clients that compile and read well.

A member of an answer that has a default is there, whatever its value: a client reads `hit.record.plate`, which may be
null, and need not ask first whether it is there. Does NOT require it of a schema that requests have too.
"""

from collections.abc import Iterator
from typing import Any, Final

from shared.web.descriptions import operations_of

_NULL: Final = {"type": "null"}
_GREATEST_OF_32_BITS: Final = 2**31 - 1


def prepare_for_generators(document: dict[str, Any]) -> None:
    """Say what generators of clients cannot know, and leave out what they cannot write."""
    require_members_of_answers(document)
    drop_defaults_of_unions(document)
    for part in _parts(document):
        state_width(part)
        drop_length_of_file(part)


def require_members_of_answers(document: dict[str, Any]) -> None:
    """Require the members of each schema that successful answers alone have, and drop their defaults."""
    operations = [*operations_of(document)]
    sent = [[each.get("requestBody"), each.get("parameters")] for each in operations]
    answered = [answer for each in operations for status, answer in each["responses"].items() if status < "3"]
    schemas = document["components"]["schemas"]
    for name in _reached(document, answered) - _reached(document, sent):
        _require_members(schemas[name])


def drop_defaults_of_unions(document: dict[str, Any]) -> None:
    """Drop each default of a member that is a union: Java would get code for it that does not compile."""
    for schema in document["components"]["schemas"].values():
        for member in schema.get("properties", {}).values():
            if "$ref" in member and "oneOf" in _target(document, member["$ref"]):
                member.pop("default", None)


def state_width(schema: dict[str, Any]) -> None:
    """State that an integer may need 64 bits: Go and Java would take one of 32 for granted."""
    is_number = schema.get("type") == "integer" and "enum" not in schema
    if is_number and schema.get("maximum", _GREATEST_OF_32_BITS + 1) > _GREATEST_OF_32_BITS:
        schema["format"] = "int64"


def drop_length_of_file(schema: dict[str, Any]) -> None:
    """Drop the length of a file, which is none of a text: Go would get code for it that does not compile."""
    if schema.get("format") == "binary":
        schema.pop("maxLength", None)


def _require_members(schema: dict[str, Any]) -> None:
    """Require what pydantic always writes. Leaves out the members that the code leaves out: they have no default."""
    members = schema.get("properties", {})
    required = {*schema.get("required", ())}
    required |= {name for name, each in members.items() if "default" in each or _NULL in each.get("anyOf", ())}
    if required:
        schema["required"] = [name for name in members if name in required]
    for member in members.values():
        member.pop("default", None)


def _reached(document: dict[str, Any], part: Any) -> set[str]:
    """Return the names of the schemas to which a part of a document refers, however indirectly."""
    reached = dict[str, None]()
    waiting = references_in(part)
    while waiting:
        reference = waiting.pop()
        if reference not in reached:
            reached[reference] = None
            waiting += references_in(_target(document, reference))
    return {reference.rpartition("/")[2] for reference in reached if reference.startswith("#/components/schemas/")}


def _target(document: dict[str, Any], reference: str) -> Any:
    target: Any = document
    for step in reference.removeprefix("#/").split("/"):
        target = target[step]
    return target


def references_in(part: Any) -> list[str]:
    """Return the references in a part of a document, but in none of its examples."""
    return [each["$ref"] for each in _parts(part) if isinstance(each.get("$ref"), str)]


def _parts(part: Any) -> Iterator[dict[str, Any]]:
    """Yield each object of a part, but none of its examples."""
    if isinstance(part, dict):
        yield part
        part = [each for name, each in part.items() if name not in {"example", "examples"}]
    elif not isinstance(part, list):
        return
    for each in part:
        yield from _parts(each)
