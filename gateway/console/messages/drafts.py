"""From the form of a message to a draft for the API, and from its refusals to fields of the form. No input or output.

Checks no more than what the form alone can know: the rest is for the API to say.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from gateway.console.in_process import Problem
from gateway.console.kinds import BY_NAME
from gateway.console.page import Form
from gateway.console.references import REFERENCES

DAYS: Final = (1, 7, 30, 90, 365)
USUAL_DAYS: Final = 30
_CODES: Final = re.compile(r"[\s,;]+")
# A record as the address of its page ends.
_RECORD: Final = re.compile(r"([a-z-]+)/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")
_FIELDS: Final = {"message": "attachments", "in_reply_to": "to", "forwards": "to", "sender": "to", "thread": "to"}
"""The field of the form for members of a draft that have none of the same name."""


def _(text: str) -> str:
    return text


NO_RECIPIENT: Final = _("Choose at least one bureau, a region, or a group.")
TWO_KINDS: Final = _("Choose bureaus, or a region or group, not both.")
NO_RECORD: Final = _("Give the address of the page of a record, one on each line.")


class Fault(NamedTuple):
    """What is wrong with a field: a text of the console, or of the API, which is English."""

    text: str
    is_of_api: bool = False


Faults = dict[str, list[Fault]]


def draft_of(form: Form, now: datetime) -> tuple[dict[str, Any], Faults]:
    """Return the draft that a form makes, and what is wrong with its fields."""
    faults: Faults = {}
    draft: dict[str, Any] = {name: form.one(name) for name in ("subject", "body")}
    draft["urgency"] = form.one("urgency") or "routine"
    draft |= {name: form.one(name) for name in ("in_reply_to", "forwards") if form.one(name)}
    if form.one("sender") and ("in_reply_to" in draft or "forwards" in draft):
        draft["sender"] = form.one("sender")
    draft["to"] = _recipients(form, faults)
    if quotes := _quotes(form, faults):
        draft["quotes"] = quotes
    if (days := form.one("days")).isdecimal():
        draft["valid_until"] = (now.astimezone(UTC) + timedelta(days=int(days[:4]))).isoformat()
    return draft, faults


def chosen_bureaus(form: Form) -> list[str]:
    """Return the codes of bureaus that a form names, each once: those that were ticked, and those that were typed."""
    typed = [code.upper() for code in _CODES.split(form.one("codes")) if code]
    return list(dict.fromkeys([*form.all("to"), *typed]))


def faults_of(problem: Problem) -> Faults:
    """Return what the API says is wrong, by the fields of the form; what fits no field is not among it."""
    faults: Faults = {}
    for error in problem.errors:
        member = error.get("pointer", "").strip("/").partition("/")[0]
        field = _FIELDS.get(member, "days" if member == "valid_until" else member)
        faults.setdefault(field, []).append(Fault(error.get("detail", ""), is_of_api=True))
    return faults


def _recipients(form: Form, faults: Faults) -> list[str] | str:
    word, bureaus = form.one("word"), chosen_bureaus(form)
    if word and bureaus:
        faults["to"] = [Fault(TWO_KINDS)]
    elif not word and not bureaus:
        faults["to"] = [Fault(NO_RECIPIENT)]
    return word or bureaus


def _quotes(form: Form, faults: Faults) -> list[Mapping[str, str]]:
    quotes: list[Mapping[str, str]] = []
    for line in filter(None, map(str.strip, form.one("quotes").split("\n"))):
        found = _RECORD.search(line)
        reference = REFERENCES.get(BY_NAME[found[1]]) if found is not None and found[1] in BY_NAME else None
        if found is None or reference is None:
            faults["quotes"] = [Fault(NO_RECORD)]
        else:
            quotes.append({"service": reference[0], "kind": reference[1], "record": found[2]})
    return quotes
