"""From the form of a message to a draft for the API, and from its refusals to fields of the form. No input or output.

Checks no more than what the form alone can know: the rest is for the API to say.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from gateway.console.in_process import Problem
from gateway.console.kinds import BY_NAME
from gateway.console.participants import code_named
from gateway.console.references import REFERENCES
from gateway.console.sent_forms import Form

DAYS: Final = (1, 7, 30, 90, 365)
USUAL_DAYS: Final = 30
# Names have spaces, so that codes alone are told apart by them.
_BETWEEN: Final = re.compile(r"[,;\n\u060c\u061b]+")
# A record as the address of its page ends.
_RECORD: Final = re.compile(r"(?<![a-z-])([a-z-]{1,40})/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")
_FIELDS: Final = {
    "message": "attachments",
    "in_reply_to": "to",
    "forwards": "to",
    "sender": "to",
    "thread": "to",
    "members": "to",
    "valid_until": "days",
}
"""The field of the form for members of a draft that have none of the same name."""


def _(text: str) -> str:
    return text


NO_RECIPIENT: Final = _("Choose at least one bureau, a region, or a group.")
TWO_KINDS: Final = _("Choose bureaus, or a region or group, not both.")
NO_BUREAU: Final = _("is not known here. Give the code of a bureau, such as DE, or its name.")
NO_RECORD: Final = _("Give the address of the page of a record, one on each line.")
# More bureaus than there are, and a longer text than the names of all.
_MOST: Final = 500
_LONGEST: Final = 10_000
_LONGEST_ADDRESS: Final = 500
_SHOWN: Final = 100


class Fault(NamedTuple):
    """What is wrong with a field: a text of the console, or of the API, which is English."""

    text: str
    is_of_api: bool = False
    word: str = ""
    """What it is about, as it was typed, of several in a field."""


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
    """Return the codes of bureaus that a form names, each once: those that were ticked, and those that were typed.

    What was typed and names none stays as it is.
    """
    ticked, text = list(dict.fromkeys(form.all("to")))[:_MOST], form.one("codes")
    if len(text) > _LONGEST:
        return [*ticked, text[:_SHOWN]]
    typed = [named for part in _BETWEEN.split(text) if part.strip() for named in _named_in(part.strip())]
    return list(dict.fromkeys([*ticked, *typed]))


def _named_in(part: str) -> list[str]:
    """Return the bureaus that a part of a list names: one by its code or name, or several codes with spaces between."""
    whole = code_named(part)
    if whole is not None:
        return [whole]
    codes = [code_named(word) for word in part.split()]
    return [part] if None in codes else [code for code in codes if code]


def unknown_bureaus(bureaus: Sequence[str]) -> list[Fault]:
    """Return what is wrong with bureaus as a form names them: those that are none, each by what was typed."""
    return [Fault(NO_BUREAU, word=each) for each in bureaus if code_named(each) is None]


def faults_of(problem: Problem, bureaus: Sequence[str] | str = ()) -> Faults:
    """Return what the API says is wrong, by the fields of the form; what fits no field is not among it.

    `bureaus` are those that it was sent: a fault of one names it.
    """
    faults: Faults = {}
    for error in problem.errors:
        member, _slash, rest = error.get("pointer", "").strip("/").partition("/")
        field = _FIELDS.get(member, member)
        is_listed = field == "to" and rest.isdecimal() and not isinstance(bureaus, str) and int(rest) < len(bureaus)
        word = bureaus[int(rest)] if is_listed else ""
        faults.setdefault(field, []).append(Fault(error.get("detail", ""), is_of_api=True, word=word))
    return faults


def _recipients(form: Form, faults: Faults) -> list[str] | str:
    word, bureaus = form.one("word"), chosen_bureaus(form)
    if word and bureaus:
        faults["to"] = [Fault(TWO_KINDS)]
    elif not word and not bureaus:
        faults["to"] = [Fault(NO_RECIPIENT)]
    elif unknown := unknown_bureaus(bureaus):
        faults["to"] = unknown
    return word or bureaus


def _quotes(form: Form, faults: Faults) -> list[Mapping[str, str]]:
    quotes: list[Mapping[str, str]] = []
    for line in [*filter(None, map(str.strip, form.one("quotes").split("\n")))][:_MOST]:
        found = None if len(line) > _LONGEST_ADDRESS else _RECORD.search(line)
        reference = REFERENCES.get(BY_NAME[found[1]]) if found is not None and found[1] in BY_NAME else None
        if found is None or reference is None:
            faults["quotes"] = [Fault(NO_RECORD)]
        else:
            quotes.append({"service": reference[0], "kind": reference[1], "record": found[2]})
    return quotes
