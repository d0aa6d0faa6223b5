"""The owner's reference makes an entry repeatable: entered again, it is the record that exists (ADR 64)."""

from typing import Any, Final, TypeVar

from shared.errors import Refusal
from shared.records.policy import Record
from shared.records.rules import input_of

R = TypeVar("R", bound=Record)
_UNORDERED: Final = frozenset({"addressed", "partners", "restricted", "conditions"})


class ReferenceTaken(Refusal, status=409, code="reference-taken", title="The reference has another record"):
    """`record` names the record of your bureau that has it, and `path` leads there: change that one, or ask by it."""


class EnteredMeanwhile(Exception):
    """Another request entered a record with the same reference at the same time."""


def entered_again(present: R, entered: R, path: str, *, over: str = "") -> R:
    """Return the record that has the reference of an entry, if it says the same and is not over.

    `over` says why it is. Raises ReferenceTaken.
    """
    if over:
        raise _taken(present, path, f"which {over}: use another reference, or delete that record")
    given = input_of(type(entered)).model_fields.keys()
    if other := [name for name in given if _stated(present, name) != _stated(entered, name)]:
        raise _taken(present, path, f"which differs in {', '.join(other)}: change that one")
    return present


def _stated(record: Record, name: str) -> Any:
    """Return what a record states, None if its kind states no such thing; readers and conditions have no order."""
    value = getattr(record, name, None)
    return {*value} if name in _UNORDERED and isinstance(value, tuple) else value


def require_free(present: Record | None, record: Record, path: str) -> None:
    """Require that no other record has the reference of a record. Raises ReferenceTaken."""
    if present is not None and present.id != record.id:
        raise _taken(present, path, "which is another one: use another reference")


def _taken(present: Record, path: str, why: str) -> ReferenceTaken:
    detail = f"{present.owner} gave this reference to record {present.id}, {why}"
    return ReferenceTaken(detail, at="/reference", record=present.id, path=f"{path}{present.id}")
