"""The tables of the protocol reference, from the AsyncAPI document."""

import json
import re
from typing import Any, Final

import msgspec

from deploy.generated.asyncapi.channels import CHANNELS, REST
from deploy.generated.asyncapi.document import limits
from deploy.generated.asyncapi.operations import BUREAU, OPERATIONS
from deploy.generated.asyncapi.schemas import HEADS, schemas
from deploy.generated.markdown import table
from shared.ids import UUID7_PATTERN, UUID_PATTERN

_FORMS: Final = {
    UUID7_PATTERN[1:-1]: "UUIDv7",
    UUID_PATTERN[1:-1]: "id",
    "[A-Za-z0-9_-]{43}": "digest",
    "[A-Za-z0-9_-]+": "letters, digits, `_` and `-`",
}
_TYPES: Final = {"string": "string", "number": "number", "integer": "integer", "boolean": "true or false"}


def subjects_table() -> str:
    """Return what a bureau sends and receives."""
    of_bureaus = [each for each in OPERATIONS if BUREAU in each.by and "x-through" not in each.more]
    rows = [(f"{each.action}s", f"`{_shown(CHANNELS[each.channel][0])}`", each.summary) for each in of_bureaus]
    return table("a bureau | subject | purpose", rows)


def heads_table() -> str:
    """Return the members of the heads, common ones first."""
    found = schemas()
    rows: dict[tuple[str, str, str], list[str]] = {}
    for head in HEADS:
        schema = found[head.__name__]
        for name, member in schema["properties"].items():
            form = _form(member) + _or_not(name, schema)
            rows.setdefault((name, form, member.get("description", "")), []).append(head.__name__.removesuffix("Head"))
    members = [
        (f"`{name}`", _named(kinds), form, described)
        for (name, form, described), kinds in sorted(rows.items(), key=lambda row: -len(row[1]))
        if name != "typ"
    ]
    kinds = " or ".join(f"`{head.__struct_config__.tag}`" for head in HEADS)
    return table("member | in | form | meaning", [("`typ`", "all", kinds, "The kind of the envelope."), *members])


def members_table(*structs: type[msgspec.Struct]) -> str:
    """Return the members of structs, in order."""
    found = schemas()
    rows = [
        (f"`{member}`", _form(stated) + _or_not(member, found[struct.__name__]), stated.get("description", ""))
        for struct in structs
        for member, stated in found[struct.__name__]["properties"].items()
    ]
    return table("member | form | meaning", rows)


def limits_table() -> str:
    """Return all limits."""
    return table("limit | at most", ((name.replace("_", " "), f"{value:,.0f}") for name, value in limits().items()))


def _or_not(member: str, schema: dict[str, Any]) -> str:
    return "" if member in schema["required"] else ", optional"


def _named(kinds: list[str]) -> str:
    return "all" if len(kinds) == len(HEADS) else ", ".join(kind.lower() for kind in kinds)


def _shown(address: str) -> str:
    return re.sub(r"\{(\w+)\}", r"<\1>", address.replace(REST, ">"))


def _form(schema: dict[str, Any]) -> str:
    """Describe the values of a schema."""
    match schema:
        case {"anyOf": [of, {"type": "null"}]}:
            return f"{_form(of)}, or null"
        case {"type": "array", "items": items}:
            bounds = f" of {schema.get('minItems', 0)} to {schema['maxItems']}" if "maxItems" in schema else ""
            return f"list{bounds}, each {_form(items)}"
        case {"$ref": reference}:
            return "`" + str(reference).rpartition("/")[2] + "`"
    return _form_of_value(schema)


def _form_of_value(schema: dict[str, Any]) -> str:
    match schema:
        case {"const": value}:
            return f"`{json.dumps(value)}`"
        case {"enum": values}:
            return " or ".join(f"`{value}`" for value in values)
        case {"type": "object"}:
            return "object of strings"
        case {"pattern": pattern}:
            return _form_of_text(pattern, schema)
    return _TYPES[schema["type"]]


def _form_of_text(pattern: str, schema: dict[str, Any]) -> str:
    bare = pattern.removeprefix("^").removesuffix("$")
    if bare in _FORMS:
        return _FORMS[bare]
    at_most = schema.get("maxLength") or bare.rpartition(",")[2].removesuffix("}")
    return f"string up to {at_most}"
