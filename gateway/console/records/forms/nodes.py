"""A form as it is shown: each field with what is typed, what is wrong with it, and what a template needs. Pure.

Faults of the API are put at the field that they point to, else at the nearest group around it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from gateway.console.records.forms.fields import Field, FieldKind
from gateway.console.records.forms.typed import Typed, entry_of, places, variant_in

# One more than what is there, to be filled in at once.
_LINES_SHOWN: Final = 3
_MOST: Final = 100
# Shown besides those that a list may have, so that an officer removes them.
_TOO_MANY: Final = 5
_LISTS: Final = frozenset({FieldKind.LINES, FieldKind.CHOICES, FieldKind.CODES})


class Fault(NamedTuple):
    """What the API says is wrong, and where."""

    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Node:
    """A field as it is shown."""

    field: Field
    pointer: str
    values: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    members: tuple["Node", ...] = ()
    """Of a group."""

    entries: tuple["Node", ...] = ()
    """Of a list of groups."""

    is_needed: bool = False
    """Whether nothing can be entered without it: its group is needed too."""

    @property
    def kind(self) -> str:
        """How it is filled in."""
        return self.field.kind.value

    @property
    def id(self) -> str:
        """The id of its element."""
        return id_of(self.pointer)

    @property
    def value(self) -> str:
        """What is typed, or the default of the API where nothing is."""
        if self.values:
            return self.values[-1]
        default = self.field.default
        return "" if default is None or isinstance(default, bool | list) else str(default)

    @property
    def rows(self) -> int:
        """How many lines a field of several shows."""
        return max(_LINES_SHOWN, min(10, self.value.count("\n") + 2))

    @property
    def slots(self) -> list[str]:
        """The values of a list of codes, and an empty one if there is room."""
        stated = [value for value in self.values if value]
        spare = len(self.values) - len(stated) if self.values else 0
        room = self.field.most is None or len(stated) < self.field.most
        return [*stated, *([""] * max(1, spare) if room else [])]

    @property
    def choices(self) -> list[str]:
        """The options, with what is typed if it is none of them."""
        return [*self.field.options, *(each for each in self.values if each and each not in self.field.options)]

    @property
    def has_room(self) -> bool:
        """Whether a list may have another entry."""
        return self.field.most is None or len(self.entries) < self.field.most

    @property
    def described_by(self) -> str:
        """The ids of what describes it, for those who hear it."""
        return " ".join(filter(None, (f"{self.id}-hint", f"{self.id}-fault" if self.faults else "")))

    @property
    def is_filled(self) -> bool:
        """Whether anything is typed in it that is not the default."""
        stated = [value for value in self.values if value]
        own = bool(stated) and self.field.kind is not FieldKind.CONSTANT and stated != [str(self.field.default)]
        return own or bool(self.entries) or any(each.is_filled for each in self.members)

    @property
    def has_faults(self) -> bool:
        """Whether something is wrong in it."""
        return bool(self.faults) or any(each.has_faults for each in (*self.members, *self.entries))

    def walk(self) -> Iterator["Node"]:
        """Yield it and all that is in it."""
        yield self
        for each in (*self.members, *self.entries):
            yield from each.walk()


def id_of(pointer: str) -> str:
    """Return the id of the element of a field."""
    return f"field{pointer.replace('/', '-')}" if pointer else "form"


def nodes_of(field: Field, typed: Typed, faults: Sequence[Fault] = ()) -> Node:
    """Return a form as it is shown."""
    whole = _node(field, typed, "", is_needed=True)
    return _with_faults(whole, _placed(faults, {each.pointer for each in whole.walk()}))


def _node(field: Field, typed: Typed, pointer: str, *, is_needed: bool) -> Node:
    values = tuple(typed.get(pointer, ()))
    needed = is_needed and field.is_required
    match field.kind:
        case FieldKind.GROUP:
            return Node(field, pointer, values, members=_members(field, typed, pointer, needed), is_needed=needed)
        case FieldKind.VARIANT:
            value = variant_in(field, typed, pointer)
            members = (*_switch(field, pointer, value), *_members(field.variants[value], typed, pointer, needed))
            return Node(field, pointer, (value,), members=members, is_needed=needed)
        case FieldKind.GROUPS:
            entries = tuple(_entry(field, typed, pointer, place) for place in _shown_places(field, typed, pointer))
            return Node(field, pointer, entries=entries, is_needed=needed)
        case _:
            # A list that must be there may be empty.
            is_list = field.kind in _LISTS and not field.fewest
            return Node(field, pointer, values, is_needed=needed and not is_list)


def _switch(field: Field, pointer: str, value: str) -> tuple[Node, ...]:
    """Return the field that chooses the group; that of a whole form is chosen before it is shown."""
    if not pointer:
        return ()
    chooser = Field(field.by, FieldKind.SWITCH, is_required=True, options=field.options)
    return (Node(chooser, f"{pointer}/{field.by}", (value,), is_needed=True),)


def _members(field: Field, typed: Typed, pointer: str, is_needed: bool) -> tuple[Node, ...]:
    shown = (each for each in field.members if each.kind is not FieldKind.CONSTANT)
    return tuple(_node(each, typed, f"{pointer}/{each.name}", is_needed=is_needed) for each in shown)


def _shown_places(field: Field, typed: Typed, pointer: str) -> Sequence[int]:
    """Return the places of the entries: an empty one where the API needs one."""
    stated = places(typed, pointer)[: (field.most or _MOST) + _TOO_MANY]
    return stated or range(field.fewest)


def _entry(field: Field, typed: Typed, pointer: str, place: int) -> Node:
    return _node(entry_of(field), typed, f"{pointer}/{place}", is_needed=False)


def _placed(faults: Sequence[Fault], pointers: set[str]) -> Mapping[str, list[str]]:
    """Return the faults by the pointers of the fields that show them."""
    placed: dict[str, list[str]] = {}
    for fault in faults:
        placed.setdefault(nearest(fault.pointer, pointers), []).append(fault.detail)
    return placed


def nearest(pointer: str, pointers: set[str]) -> str:
    """Return the pointer that a form has: of the value itself, or of the nearest group or list around it."""
    while pointer and pointer not in pointers:
        pointer = pointer.rpartition("/")[0]
    return pointer


def _with_faults(node: Node, placed: Mapping[str, list[str]]) -> Node:
    return replace(
        node,
        faults=tuple(placed.get(node.pointer, ())),
        members=tuple(_with_faults(each, placed) for each in node.members),
        entries=tuple(_with_faults(each, placed) for each in node.entries),
    )


def faults_in(problem: Any) -> list[Fault]:
    """Return the faults of a problem of the API that are about what was sent."""
    return [
        Fault(str(each.get("pointer", "")), str(each.get("detail", "")))
        for each in problem.errors
        if each.get("in", "body") == "body"
    ]
