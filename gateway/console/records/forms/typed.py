"""What is typed in a form, and the JSON that it stands for: read and written by the same tree of fields.

A field is named by the JSON pointer of its value, such as `/warrants/0/charge`. What is empty, or is what the API takes
without it, is left out. What is no number stays a text, which the API refuses at its field: nothing typed is lost.
No input or output.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from gateway.console.records.forms.fields import Field, FieldKind

Typed = Mapping[str, Sequence[str]]
"""The values of each field, by its name; an entry of a list of groups has its own name, with an empty value."""

YES: Final = "yes"
NO: Final = "no"
_BOOLEANS: Final = {YES: True, NO: False}
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}([.,][0-9]{1,15})?")


def typed_of(fields: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the values of each field of a form, those of pointers alone."""
    typed: dict[str, list[str]] = {}
    for name, value in fields:
        if name.startswith("/"):
            typed.setdefault(name, []).append(value)
    return typed


# Of an entry in its list.
_PLACE: Final = re.compile("[0-9]{1,3}")


def places(typed: Typed, pointer: str) -> list[int]:
    """Return the places of the entries of a list of groups that are in a form, in their order."""
    steps = (name[len(pointer) + 1 :].partition("/")[0] for name in typed if name.startswith(f"{pointer}/"))
    return sorted({int(step) for step in steps if _PLACE.fullmatch(step)})


def read(field: Field, typed: Typed, pointer: str = "") -> Any:
    """Return the JSON that was typed; None if nothing was."""
    value = _READERS[field.kind](field, typed, pointer)
    if value is None and field.is_required and field.kind in {FieldKind.GROUP, FieldKind.VARIANT}:
        return {}
    return None if not field.is_required and value == field.default else value


def _one(typed: Typed, pointer: str) -> str:
    values = typed.get(pointer, ())
    return values[-1].strip() if values else ""


def _text(field: Field, typed: Typed, pointer: str) -> str | None:
    text = _one(typed, pointer)
    return (text if field.is_in_lines else " ".join(text.splitlines())) or None


def _lines(field: Field, typed: Typed, pointer: str) -> list[str] | str | None:
    lines = [line.strip() for value in typed.get(pointer, ()) for line in value.splitlines()]
    return _listed(field, lines)


def _several(field: Field, typed: Typed, pointer: str) -> list[str] | str | None:
    return _listed(field, [value.strip() for value in typed.get(pointer, ())])


def _listed(field: Field, values: Iterable[str]) -> list[str] | str | None:
    stated = [value for value in values if value]
    return field.alone if field.alone and stated == [field.alone] else stated or None


def _whole(_field: Field, typed: Typed, pointer: str) -> int | str | None:
    text = _one(typed, pointer)
    return int(text) if _WHOLE.fullmatch(text) else text or None


def _number(_field: Field, typed: Typed, pointer: str) -> float | str | None:
    text = _one(typed, pointer)
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else text or None


def _yes_no(_field: Field, typed: Typed, pointer: str) -> bool | str | None:
    text = _one(typed, pointer)
    return _BOOLEANS.get(text, text or None)


def _constant(field: Field, _typed: Typed, _pointer: str) -> str | None:
    # It is what it is by being there.
    return field.options[0] if field.is_required else None


def _group(field: Field, typed: Typed, pointer: str) -> dict[str, Any] | None:
    found = {each.name: read(each, typed, f"{pointer}/{each.name}") for each in field.members}
    stated = {name: value for name, value in found.items() if value is not None}
    says = any(stated.get(each.name) for each in field.members if each.kind is not FieldKind.CONSTANT)
    return stated if says or field.is_required else None


def _groups(field: Field, typed: Typed, pointer: str) -> list[Any] | None:
    entry = entry_of(field)
    entries = (read(entry, typed, f"{pointer}/{place}") for place in places(typed, pointer))
    return [each for each in entries if each] or None


def _variant(field: Field, typed: Typed, pointer: str) -> Any:
    value = variant_in(field, typed, pointer)
    return {field.by: value, **(_group(field.variants[value], typed, pointer) or {})}


def leaves(field: Field, typed: Typed, pointer: str = "") -> Iterator[tuple[str, Field]]:
    """Yield each field that a form has now, with its name: of lists those of the entries that are there."""
    match field.kind:
        case FieldKind.GROUP:
            for each in field.members:
                yield from leaves(each, typed, f"{pointer}/{each.name}")
        case FieldKind.GROUPS:
            for place in places(typed, pointer):
                yield from leaves(entry_of(field), typed, f"{pointer}/{place}")
        case FieldKind.VARIANT:
            yield from leaves(field.variants[variant_in(field, typed, pointer)], typed, pointer)
        case _:
            yield pointer, field


def entry_of(field: Field) -> Field:
    """Return the field of an entry of a list of groups: an empty one is left out."""
    return Field(field.name, FieldKind.GROUP, hint="", members=field.members)


def variant_in(field: Field, typed: Typed, pointer: str) -> str:
    """Return which variant is chosen; the first if none is."""
    value = _one(typed, f"{pointer}/{field.by}")
    return value if value in field.variants else field.options[0]


_READERS: Final = {
    FieldKind.TEXT: _text,
    FieldKind.LONG_TEXT: _text,
    FieldKind.DAY: _text,
    FieldKind.DATE: _text,
    FieldKind.CHOICE: _text,
    FieldKind.CODE: _text,
    FieldKind.LINES: _lines,
    FieldKind.CHOICES: _several,
    FieldKind.CODES: _several,
    FieldKind.WHOLE: _whole,
    FieldKind.NUMBER: _number,
    FieldKind.YES_NO: _yes_no,
    FieldKind.FLAG: _yes_no,
    FieldKind.CONSTANT: _constant,
    FieldKind.GROUP: _group,
    FieldKind.GROUPS: _groups,
    FieldKind.VARIANT: _variant,
}


def written(field: Field, value: Any, pointer: str = "") -> dict[str, list[str]]:
    """Return what a form has for a value of JSON."""
    return dict(_written(field, value, pointer))


def _written(field: Field, value: Any, pointer: str) -> Iterator[tuple[str, list[str]]]:
    if value is None:
        return
    match field.kind:
        case FieldKind.GROUP:
            yield from _members(field, value, pointer)
        case FieldKind.VARIANT:
            chosen = value.get(field.by) if isinstance(value, Mapping) else None
            variant = field.variants.get(str(chosen), field.variants[field.options[0]])
            yield f"{pointer}/{field.by}", [str(chosen)]
            yield from _members(variant, value, pointer)
        case FieldKind.GROUPS:
            for place, each in enumerate(value):
                yield f"{pointer}/{place}", [""]
                yield from _members(field, each, f"{pointer}/{place}")
        case FieldKind.CONSTANT:
            return
        case _:
            yield pointer, _values(field, value)


def _values(field: Field, value: Any) -> list[str]:
    if field.kind is FieldKind.LINES:
        return ["\n".join(map(str, _as_list(value)))]
    return [_as_text(each) for each in _as_list(value)]


def _members(field: Field, value: Any, pointer: str) -> Iterator[tuple[str, list[str]]]:
    for each in field.members:
        yield from _written(each, value.get(each.name), f"{pointer}/{each.name}")


def _as_list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return str(value)


def with_one_more(typed: Typed, pointer: str) -> dict[str, Sequence[str]]:
    """Return a form with another empty entry at the end of a list of groups, or of codes."""
    taken = places(typed, pointer)
    if pointer in typed:
        return {**typed, pointer: [*typed[pointer], ""]}
    return {**typed, f"{pointer}/{taken[-1] + 1 if taken else 0}": [""]}


def without_one(typed: Typed, pointer: str) -> dict[str, Sequence[str]]:
    """Return a form without the entry of a list at a pointer, such as `/warrants/1`; those after it move up."""
    of_list, _, last = pointer.rpartition("/")
    if not _PLACE.fullmatch(last):
        return dict(typed)
    place = int(last)
    if of_list in typed:
        values = [value for at, value in enumerate(typed[of_list]) if at != place]
        return {**typed, of_list: values}
    return {moved: values for name, values in typed.items() if (moved := _moved(name, of_list, place)) is not None}


def _moved(name: str, of_list: str, place: int) -> str | None:
    if not name.startswith(f"{of_list}/"):
        return name
    step, slash, rest = name[len(of_list) + 1 :].partition("/")
    if not _PLACE.fullmatch(step) or int(step) < place:
        return name
    return None if int(step) == place else f"{of_list}/{int(step) - 1}{slash}{rest}"
