"""What the forms of the Commission say, as the API takes it. Fields are named by their place in its requests. Pure.

Does NOT check what the API checks: its faults come back by the same places.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from gateway.console.kinds import BY_NAME, KINDS, Kind
from gateway.console.references import id_in
from gateway.console.sent_forms import Form

RECORD_ROWS: Final = 3
CORRECTION_ROWS: Final = 5
MAX_CORRECTIONS: Final = 100
_SUBJECT: Final = ("family_name", "forename", "date_of_birth", "nationality", "contact")
_REVISION: Final = ("request", "new_fact", "discovered")
# What a service keeps of a record, and its owner does not enter.
_KEPT: Final = frozenset(
    {
        *("id", "owner", "created", "updated", "expires", "version", "status", "links", "last_shown"),
        *("drafted_by", "findings", "exchanges", "approvals", "compliant", "pending"),
    }
)


def _(text: str) -> str:
    return text


NO_JSON: Final = _("Write lists and groups of fields as JSON.")


class Unreadable(ValueError):
    """A field cannot be read; the message is in English: the key of its translations."""

    def __init__(self, field: str, says: str) -> None:
        super().__init__(says)
        self.field = field
        self.says = says


def location_of(kind_name: str, record: str) -> dict[str, Any]:
    """Return where a record is, by what the console calls its kind."""
    kind = BY_NAME.get(kind_name)
    place = {} if kind is None else {"service": kind.service, "path": kind.below or None}
    return {**place, "record": id_in(record) or record}


def kind_of(record: Mapping[str, Any]) -> Kind | None:
    """Return the kind of a record that a request concerns; None if the console does not know it."""
    place = record["service"], record["path"] or ""
    return next((kind for kind in KINDS if (kind.service, kind.below) == place), None)


def draft_of(form: Form) -> dict[str, Any]:
    """Return the request that a form enters."""
    kind = form.one("kind")
    subject = {name: value for name in _SUBJECT if (value := form.one(f"subject/{name}"))}
    records = [
        location_of(form.one(f"records/{row}/kind"), record)
        for row in range(RECORD_ROWS)
        if (record := form.one(f"records/{row}/record"))
    ]
    draft: dict[str, Any] = {
        "kind": kind,
        "received": form.one("received"),
        "subject": {"family_name": "", **subject},
        "statement": form.one("statement"),
        "records": records,
    }
    if kind == "revision":
        draft["revision"] = {name: form.one(f"revision/{name}") for name in _REVISION}
        draft["revision"]["request"] = id_in(stated := draft["revision"]["request"]) or stated
    return draft


def places_of(form: Form) -> dict[str, str]:
    """Return which field of a form each place of its request is in, where rows were left empty before it."""
    filled = [row for row in range(RECORD_ROWS) if form.one(f"records/{row}/record")]
    return {f"records/{place}": f"records/{row}" for place, row in enumerate(filled)}


class Decision(NamedTuple):
    """A decision of the Commission as a form states it."""

    body: dict[str, Any]
    places: dict[str, str]
    """Which field of the form each place of the body is in."""


def decision_of(form: Form, contents: Mapping[int, Mapping[str, Any]]) -> Decision:
    """Return the decision in a form, on records with these contents by their numbers. Raises Unreadable."""
    remedies, places = list[dict[str, Any]](), dict[str, str]()
    for number, content in contents.items():
        act = form.one(f"act-{number}")
        if not act:
            continue
        places[f"remedies/{len(remedies)}"] = f"act-{number}"
        remedy: dict[str, Any] = {"record": number, "act": act}
        if act == "correct":
            remedy["corrections"] = corrections_of(form, number, content)
        remedies.append(remedy)
    body = {"outcome": form.one("outcome"), "reasons": form.one("reasons"), "remedies": remedies}
    return Decision(body, places)


def corrections_of(form: Form, number: int, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the corrections of a record in a form: a merge patch (RFC 7396). Raises Unreadable."""
    found = dict[str, Any]()
    for row in range(MAX_CORRECTIONS):
        if field := form.one(f"field-{number}-{row}"):
            place = f"value-{number}-{row}"
            found[field] = _value(place, form.one(place), content.get(field))
    return found


def _value(place: str, text: str, present: Any) -> Any:
    """Return what a field is to be: null removes it; a text stays one, anything else is JSON. Raises Unreadable."""
    if not text:
        return None
    if isinstance(present, str) or (present is None and not text.startswith(("{", "["))):
        return text
    try:
        return msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Unreadable(place, NO_JSON) from error


def written(value: Any) -> str:
    """Return a value as a form shows it."""
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def correctable(content: Mapping[str, Any]) -> Sequence[str]:
    """Return the fields of a record that its owner enters."""
    return sorted(set(content) - _KEPT)
