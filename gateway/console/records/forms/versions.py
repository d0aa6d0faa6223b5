"""What a form starts from when a record is corrected, and what differs if somebody changed it meanwhile. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from gateway.console.records.forms.fields import Field, FieldKind
from gateway.console.records.forms.typed import leaves, read, written

# Of an update that was refused the notice in force says more.
_WAITS: Final = frozenset({"submitted", "under-review"})


class Difference(NamedTuple):
    """A field that two versions have differently."""

    pointer: str
    name: str
    theirs: str
    ours: str


def waiting_update(record: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the update of a record that waits for review, if there is one."""
    pending = record.get("pending")
    return pending if pending and pending.get("status") in _WAITS else None


def start_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a correction starts from: the record in force, with what an update that waits changes in it.

    What changes at once, such as who may see it, is that in force.
    """
    start, pending = dict(record), waiting_update(record)
    if pending is None:
        return start
    content = pending["content"]
    for path in pending.get("changes") or ():
        group, _, member = str(path).partition(".")
        if not member:
            start[group] = content.get(group)
        elif isinstance(start.get(group), Mapping):
            start[group] = {**start[group], member: (content.get(group) or {}).get(member)}
    return start


def differences(field: Field, theirs: Any, ours: Any) -> list[Difference]:
    """Return the fields that two contents have differently: of lists of groups each entry's."""
    return list(_differences(field, theirs, ours))


def _differences(field: Field, theirs: Any, ours: Any) -> Iterator[Difference]:
    before, after = _texts(field, theirs), _texts(field, ours)
    for pointer in dict.fromkeys((*before, *after)):
        was, becomes = before.get(pointer, ""), after.get(pointer, "")
        if was != becomes:
            yield Difference(pointer, _name(pointer), was, becomes)


def _texts(field: Field, content: Any) -> dict[str, str]:
    """Return the text of each field of a content; what the API takes without it is none."""
    typed = written(field, content)
    # Once more, so that a default that is stated is like one that is not.
    typed = written(field, read(field, typed))
    shown = ((name, each) for name, each in leaves(field, typed) if each.kind is not FieldKind.CONSTANT)
    return {name: ", ".join(typed.get(name, ())) for name, _each in shown}


def _name(pointer: str) -> str:
    """Return the name of the field at a pointer: the last that is no place in a list."""
    return next((step for step in reversed(pointer.split("/")) if step and not step.isdecimal()), "")
