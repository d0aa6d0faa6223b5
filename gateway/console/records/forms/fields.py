"""The fields of a form as a tree, made of the JSON schema of what an operation takes. No input or output.

A form states what a person can fill in: its kinds are those of `FieldKind`, and a schema that is none of them is a
mistake that `field_of` refuses, so that no field is left out in silence.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from shared.bureaus import CODE_PATTERN

Schema = Mapping[str, Any]
Schemas = Mapping[str, Schema]
"""The schemas of a document, by their names."""

# Longer texts get a field of several lines.
ONE_LINE: Final = 200
ITEM: Final = "*"
"""The name of an entry of a list, which has no name of its own."""

REFERENCE: Final = "#/components/schemas/"
CODE_LIST: Final = "x-code-list"
BUREAUS: Final = "bureaus"
PARTNERS: Final = "partners"
READERS: Final = "bureaus and partners"
# The codes of participants, whose schemas name no list: by their patterns.
_PARTICIPANTS: Final = {
    "^[A-Z]{2}$": BUREAUS,
    f"^{CODE_PATTERN}$": BUREAUS,
    "^PARTNER-[A-Z]{2,12}$": PARTNERS,
    "^([A-Z]{2}|PARTNER-[A-Z]{2,12})$": READERS,
}


class FieldKind(StrEnum):
    """How a value is filled in."""

    TEXT = "text"
    LONG_TEXT = "long-text"
    LINES = "lines"
    """A list of texts, one in a line."""

    WHOLE = "whole"
    NUMBER = "number"
    DAY = "day"
    DATE = "date"
    """A date as far as it is known (EDTF)."""

    CHOICE = "choice"
    CHOICES = "choices"
    CODE = "code"
    """A code of a long list, such as countries."""

    CODES = "codes"
    YES_NO = "yes-no"
    FLAG = "flag"
    CONSTANT = "constant"
    GROUP = "group"
    GROUPS = "groups"
    VARIANT = "variant"
    """One of several groups, by the value of a member."""

    SWITCH = "switch"
    """The member by which a group is chosen: the form has other fields with another value."""


class NotFillable(Exception):
    """A schema that no field of a form is for."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field, or a group of them."""

    name: str
    kind: FieldKind
    is_required: bool = False
    default: Any = None
    hint: str = ""
    """As the API describes it, in English."""

    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    most: int | None = None
    """How many entries a list has at most."""

    fewest: int = 0
    is_in_lines: bool = False
    """Whether a long text may have several lines."""

    options: tuple[str, ...] = ()
    code_list: str = ""
    alone: str = ""
    """A text that stands in place of a list, such as `all`."""

    members: tuple["Field", ...] = ()
    """Of a group, and of each entry of a list of groups."""

    by: str = ""
    variants: Mapping[str, "Field"] = field(default_factory=dict)

    def member(self, name: str) -> "Field | None":
        """Return a member of a group by its name."""
        return next((each for each in self.members if each.name == name), None)


def field_of(schema: Schema, schemas: Schemas, name: str = "", *, is_required: bool = True) -> Field:
    """Return the field for a schema. Raises NotFillable."""
    whole = _resolved(schema, schemas)
    made = _made(whole, schemas, name)
    # What describes all codes of a kind, or all groups of one, says nothing of this member.
    sources = (schema,) if made.kind in _NAMED else (schema, whole)
    hint = next((str(each["description"]) for each in sources if each.get("description")), "")
    own_default = whole.get("default")
    default = list(own_default) if isinstance(own_default, list) else own_default
    return replace(made, is_required=is_required, hint=made.hint or hint, default=default)


_NAMED: Final = frozenset({FieldKind.CHOICE, FieldKind.GROUP, FieldKind.VARIANT})


def _resolved(schema: Schema, schemas: Schemas) -> Schema:
    """Return a schema with what it refers to, and without that it may be null."""
    merged = dict(schema)
    while "$ref" in merged or _only_one(merged):
        inner = schemas[merged.pop("$ref").removeprefix(REFERENCE)] if "$ref" in merged else _only_one(merged)
        # What stands beside a reference says more of this member than what it refers to.
        own = {key: value for key, value in merged.items() if key not in {"anyOf", "oneOf"}}
        merged = {**inner, **own}
    return merged


def _only_one(schema: Schema) -> Schema:
    """Return the only alternative of a schema that is not null; an empty one if there are several, or none."""
    others = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    return others[0] if len(others) == 1 else {}


def _made(schema: Schema, schemas: Schemas, name: str) -> Field:
    if "discriminator" in schema:
        return _variant(schema, schemas, name)
    if "oneOf" in schema or "anyOf" in schema:
        return _list_or_word(schema, schemas, name)
    if "const" in schema:
        return Field(name, FieldKind.CONSTANT, options=(str(schema["const"]),))
    make = _MAKERS.get(schema.get("type", ""))
    if make is None:
        raise NotFillable(f"{name or 'the form'}: {sorted(schema)}")
    return make(schema, schemas, name)


def _variant(schema: Schema, schemas: Schemas, name: str) -> Field:
    stated = schema["discriminator"]
    references: Mapping[str, str] = stated["mapping"]
    order = [each["$ref"] for each in schema["oneOf"]]
    by_value = sorted(references.items(), key=lambda each: order.index(each[1]))
    variants = {value: field_of({"$ref": reference}, schemas, name) for value, reference in by_value}
    return Field(name, FieldKind.VARIANT, by=stated["propertyName"], variants=variants, options=tuple(variants))


def _list_or_word(schema: Schema, schemas: Schemas, name: str) -> Field:
    """Return the field for a list, or a word in place of it."""
    alternatives = [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
    words = [str(each["const"]) for each in alternatives if "const" in each]
    lists = [each for each in alternatives if each.get("type") == "array"]
    if len(words) != 1 or len(lists) != 1:
        raise NotFillable(f"{name}: one of {len(alternatives)} schemas")
    return replace(field_of(lists[0], schemas, name), alone=words[0])


def _group(schema: Schema, schemas: Schemas, name: str) -> Field:
    required = set(schema.get("required", ()))
    members = schema.get("properties")
    if not members:
        raise NotFillable(f"{name or 'the form'}: an object without members")
    fields = (field_of(each, schemas, key, is_required=key in required) for key, each in members.items())
    return Field(name, FieldKind.GROUP, members=tuple(fields))


def _list(schema: Schema, schemas: Schemas, name: str) -> Field:
    item = field_of(schema["items"], schemas, ITEM)
    made = _LISTS.get(item.kind)
    if made is None:
        raise NotFillable(f"{name}: a list of {item.kind}")
    most, fewest = schema.get("maxItems"), schema.get("minItems", 0)
    hint = str(schema.get("description") or ("" if item.kind in _NAMED else item.hint))
    return replace(item, name=name, kind=made, most=most, fewest=fewest, hint=hint, default=None)


_LISTS: Final = {
    FieldKind.TEXT: FieldKind.LINES,
    FieldKind.LONG_TEXT: FieldKind.LINES,
    FieldKind.CHOICE: FieldKind.CHOICES,
    FieldKind.CODE: FieldKind.CODES,
    FieldKind.GROUP: FieldKind.GROUPS,
}


def _text(schema: Schema, _schemas: Schemas, name: str) -> Field:
    if "enum" in schema:
        return Field(name, FieldKind.CHOICE, options=tuple(map(str, schema["enum"])))
    pattern, length = str(schema.get("pattern", "")), schema.get("maxLength")
    code_list = str(schema.get(CODE_LIST, "")) or _PARTICIPANTS.get(pattern, "")
    if code_list:
        return Field(name, FieldKind.CODE, code_list=code_list)
    if schema.get("format") == "date":
        return Field(name, FieldKind.DAY)
    if _takes(pattern, "1985/1987-06") and not length:
        return Field(name, FieldKind.DATE)
    is_long = length is not None and length > ONE_LINE
    kind = FieldKind.LONG_TEXT if is_long else FieldKind.TEXT
    return Field(name, kind, max_length=length, is_in_lines=is_long and _takes(pattern, "a\nb"))


def _takes(pattern: str, text: str) -> bool:
    return bool(pattern) and re.search(pattern, text) is not None


def _number(schema: Schema, _schemas: Schemas, name: str) -> Field:
    kind = FieldKind.WHOLE if schema["type"] == "integer" else FieldKind.NUMBER
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    return Field(name, kind, minimum=least, maximum=schema.get("maximum"))


def _yes_no(schema: Schema, _schemas: Schemas, name: str) -> Field:
    # What is false unless somebody says otherwise is one box; else it may be unknown.
    return Field(name, FieldKind.FLAG if schema.get("default") is False else FieldKind.YES_NO)


_MAKERS: Final = {
    "object": _group,
    "array": _list,
    "string": _text,
    "integer": _number,
    "number": _number,
    "boolean": _yes_no,
}


def chosen(fields: Sequence[Field], name: str) -> Field | None:
    """Return the field of a name among several."""
    return next((each for each in fields if each.name == name), None)
