"""Who may do what with any record: restrict, renew, read its past, decide as the Commission. No input or output."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from shared.bureaus import PUBLIC, BureauCode
from shared.errors import IllegalStep, Invalid, NotTheOwner, Refusal, fault, in_one_line
from shared.identity import Caller, examines
from shared.records.fitting import DoesNotFit
from shared.records.models import Restriction
from shared.records.policy import REVIEWED_BEFORE, Record, RecordInput, require_owner
from shared.records.results import PagePosition, R
from shared.strict_types import validate_strictly
from shared.validation import invalid
from shared.web.known_names import names_of

M = TypeVar("M", bound=BaseModel)


class CommissionOnly(Refusal, status=403, code="commission-only", title="Only the Commission may do this"):
    """Only an officer of the CCF may, with the purpose `data-subject-request`."""


class DecidedOtherwise(Refusal, status=409, code="decided-otherwise", title="The reference has another decision"):
    """A decision is final: its reference cannot be used for another one on the same record."""


class RecordGone(Refusal, status=410, code="record-gone", title="The record is deleted"):
    """No decision on it is needed; the detail says how and when it ended."""


class NotPublic(Refusal, status=403, code="not-public", title="The public may not ask by this"):
    """The public searches by what it is shown alone, as a search by anything else would reveal it."""


def require_public_terms(kind: type[Record], query: BaseModel, caller: Caller) -> None:
    """Require that the public asks only by what it is shown of a kind of record. Raises NotPublic."""
    if caller.bureau != PUBLIC:
        return
    asked = query.model_dump(exclude_unset=True, exclude_none=True).keys() - PagePosition.model_fields.keys()
    if other := sorted(asked - kind.public_filters):
        may = ", ".join(sorted(kind.public_filters)) or "nothing"
        errors = [fault(f"/{each}", f"the public may not ask by this, but by {may}", "query") for each in other]
        raise NotPublic(in_one_line(errors), errors=errors)


def restrict(record: R, restriction: Restriction, *, by: Caller, at: datetime) -> R:
    """Return the record with these bureaus barred from it, and no others, and addressed to these if any are given.

    Raises NotTheOwner, and Invalid if an entry could not state these readers, in whatever state the record is now.
    """
    require_owner(record, by)
    addressed = record.addressed if restriction.addressed is None else restriction.addressed
    given = "/restricted" if restriction.addressed is None else "/addressed"
    restricted = record.next_version(at, restricted=restriction.restricted, addressed=addressed)
    try:
        restricted.require_readers_agree()
    except PydanticCustomError as error:
        raise Invalid(error.message(), at=given) from error
    return restricted


def renew(record: R, term: timedelta, *, by: Caller, at: datetime) -> R:
    """Return the record to be kept for a whole term from now on.

    From half a year after its term began, or once its owner is asked for a review: each renewal is a version more that
    is stored and gains nothing. Raises NotTheOwner, IllegalStep.
    """
    require_owner(record, by)
    if not term:
        raise IllegalStep(f"record {record.id} has ended: it is kept until {record.expires:%Y-%m-%d}, and not longer")
    expires = at + term
    allowed = record.expires - max(term - REVIEWED_BEFORE, REVIEWED_BEFORE)
    if at < allowed or expires <= record.expires:
        raise IllegalStep(
            f"record {record.id} is already kept until {record.expires:%Y-%m-%d}: renew it from "
            f"{max(allowed, record.expires - term):%Y-%m-%d %H:%M:%S} UTC on"
        )
    return record.next_version(at, expires=expires)


def may_read_history(owner: BureauCode, caller: Caller) -> bool:
    """Return whether a caller may read the past of a record and who has it: its owner and the Commission may."""
    return caller.bureau == owner or examines(caller.bureau, caller.purpose)


def require_history_access(owner: BureauCode, record_id: str, caller: Caller) -> None:
    """Require that a caller may read the history of a record. Raises NotTheOwner."""
    if not may_read_history(owner, caller):
        raise NotTheOwner(f"record {record_id} belongs to {owner}: only that bureau and the Commission may read this")


def require_commission(caller: Caller) -> None:
    """Require the Commission. Raises CommissionOnly."""
    if not examines(caller.bureau, caller.purpose):
        raise CommissionOnly("only officers of the Commission decide, for the purpose data-subject-request")


def corrected_input(record: Record, corrections: Mapping[str, Any]) -> RecordInput:
    """Return the corrected entry of a record. Raises Invalid if the kind of record does not allow it."""
    kind = input_of(type(record))
    before = record.model_dump(mode="json", include=set(kind.model_fields))
    corrected = merged(before, corrections)
    try:
        entry = validate_strictly(kind.model_validate_json, corrected)
    except ValidationError as error:
        known = names_of(kind, corrected)
        raise invalid(error.errors(), corrected, place="body", known=known) from error
    return _resolved(entry, is_purpose_stated="purpose" in corrections)


def without_parts(record: M, removed: Mapping[str, Collection[str]]) -> M:
    """Return a record without parts, given by member and id, in the same version."""
    left = {name: tuple(each for each in getattr(record, name) if each.id not in removed[name]) for name in removed}
    return record.model_copy(update=left)


def removals_in(corrections: Mapping[str, Any], removable: Collection[str]) -> dict[str, list[str]]:
    """Return the ids of the parts of a record that corrections remove, by member. Raises Invalid.

    Such a member is patched as if it were an object whose members are the parts, by their ids.
    """
    of_parts = {name: patch for name, patch in corrections.items() if name in removable}
    for name, patch in of_parts.items():
        if not isinstance(patch, Mapping) or any(part is not None for part in patch.values()):
            raise Invalid("must be an object with null for the id of each that is removed", at=f"/{name}")
    return {name: [*patch] for name, patch in of_parts.items()}


def corrected_former(former: R, corrections: Mapping[str, Any], corrected: Record) -> R:
    """Return a former version with the corrected members in place of its own, and all others as they were.

    Rules that judge an entry are not applied: it was true to other facts. Where a correction removes what a record must
    have, it gets that of the corrected record. Raises ValidationError if that cannot be the content of a record.
    """
    kind = type(former)
    replaced = merged(former.model_dump(mode="json"), corrections)
    derived = corrected.model_dump(mode="json", include={*corrections} - {*replaced})
    needed = {name: value for name, value in derived.items() if kind.model_fields[name].is_required()}
    return kind.of_json(json.dumps({**replaced, **needed}))


def _resolved(entry: RecordInput, *, is_purpose_stated: bool) -> RecordInput:
    """Return a corrected entry. A former purpose that no longer fits is derived anew, a status is not: state it."""
    if not is_purpose_stated and entry.purpose not in entry.fitting_purposes():
        entry = entry.model_copy(update={"purpose": None})
    try:
        return entry.resolved()
    except DoesNotFit as unfit:
        raise Invalid(unfit.detail, at=unfit.pointer) from unfit


def input_of(kind: type[Record]) -> type[RecordInput]:
    """Return the class of the entries of a kind of record. Raises TypeError if it has none."""
    for base in kind.__mro__:
        if issubclass(base, RecordInput) and base is not RecordInput and not issubclass(base, Record):
            return base
    raise TypeError(f"{kind.__name__} must inherit from a subclass of RecordInput")


def merged(before: Any, patch: Any) -> Any:
    """Return a JSON value with a merge patch applied (RFC 7396, section 2)."""
    if not isinstance(patch, Mapping):
        return patch
    kept = dict(before) if isinstance(before, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = merged(kept.get(name), value)
    return kept


def holders(shown: Mapping[BureauCode, int], notified: Mapping[BureauCode, int]) -> Mapping[BureauCode, int]:
    """Return the bureaus that may have copies of a record, each with its last disclosure.

    A bureau that was notified removes or replaces all copies that it had then, of any version. It has one again once
    it is shown the record after that, even a former version in a delayed answer.
    """
    return {bureau: last for bureau, last in shown.items() if last > notified.get(bureau, 0)}
