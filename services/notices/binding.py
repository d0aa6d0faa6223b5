"""Which members of a notice in force a bureau changes at once, and which only after review; what is not listed binds.

What binds is what the reviewers judged the notice by: who the person is, of what they are accused and on what grounds,
what is shown of them, and what the colour asks of its recipients. A trace helps to find a person who is known from
that, and is worth most while it is fresh. No input or output.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Any, Final, NamedTuple

from services.notices.entries import CommonEntry
from services.notices.models import NoticeRecord
from services.notices.subjects.models import Part
from shared.records import service_kit as kit


class Kind(StrEnum):
    """Why a member can change without review."""

    TERMS = "terms"
    """Who sees it, and on which terms: the owner's own decision at any time (RPD articles 58 and 112)."""

    TRACE = "trace"
    """Fresh knowledge of where and how a person is found: an addendum (RPD article 46)."""

    OWN = "own"
    """The issuer's own order of its records, which nobody else is shown."""


class Told(StrEnum):
    """Who is sent the version that changes a member alone."""

    ALL = "all"
    """All who may see it, as they act by it; the notice is `updated`."""

    READERS = "new readers"
    NOBODY = "nobody"


class AtOnce(NamedTuple):
    """A member that changes at once."""

    kind: Kind
    article: str
    told: Told
    why: str


_SEES: Final = "the owner decides who sees its data, at any time"
_HANDLED: Final = "how it is handled does not change what it says"

AT_ONCE: Final = {
    "reference": AtOnce(
        Kind.TERMS, "RPD 46", Told.NOBODY, "the issuer's own number of the file, which nobody is sought by"
    ),
    "addressed": AtOnce(Kind.TERMS, "RPD 58", Told.READERS, _SEES),
    "partners": AtOnce(Kind.TERMS, "RPD 58", Told.READERS, _SEES),
    "restricted": AtOnce(Kind.TERMS, "RPD 58", Told.READERS, _SEES),
    "handling": AtOnce(Kind.TERMS, "RPD 112", Told.ALL, _HANDLED),
    "conditions": AtOnce(Kind.TERMS, "RPD 112", Told.ALL, f"{_HANDLED}; `H3` waits with its words"),
    "public": AtOnce(
        Kind.TERMS, "RPD 61", Told.ALL, "the issuer consents to an extract, or takes its consent back at once"
    ),
    "links": AtOnce(Kind.OWN, "RPD 46", Told.NOBODY, "other records of the issuer, which are shown to nobody else"),
    "last_known_place": AtOnce(
        Kind.TRACE, "RPD 46", Told.ALL, "of yellow notices: where to look is outdated within days"
    ),
    "subject.languages": AtOnce(
        Kind.TRACE, "RPD 46", Told.ALL, "how to speak to a person who was found; identifies nobody"
    ),
}
"""By path. Documents, description and aliases are not among them: a person is stopped for a number or a name alone.

Nor are distinguishing marks, a long text that the public is shown, nor an address, which may be another's; nor
what the issuer holds as evidence, by which a body is identified; nor the words of another condition, which all read.
"""

TERMS: Final = frozenset(path for path, each in AT_ONCE.items() if each.kind is Kind.TERMS)
TRACES: Final = frozenset(path for path, each in AT_ONCE.items() if each.kind is Kind.TRACE)
# What nobody but the issuer is shown: a version that changes nothing else is not shown to others.
OWN: Final = frozenset(path for path, each in AT_ONCE.items() if each.kind is Kind.OWN)


def changes(before: CommonEntry, entry: CommonEntry) -> list[str]:
    """Return the paths of the members that an entry of the same colour changes; `H3` counts as its words do."""
    return _changes(before, entry, "", type(entry))


def binding_changes(notice: CommonEntry, entry: CommonEntry) -> list[str]:
    """Return the paths of the members that bind and that an entry of the same colour changes."""
    return [path for path in changes(notice, entry) if path not in AT_ONCE]


def is_told_to_all(paths: Iterable[str]) -> bool:
    """Return whether any of these members is one that all others act by, so that they are sent the change of it."""
    return any(path not in AT_ONCE or AT_ONCE[path].told is Told.ALL for path in paths)


def values_at(paths: Collection[str], entry: CommonEntry, onto: CommonEntry) -> dict[str, Any]:
    """Return the members at these paths of an entry, as they stand in the other content `onto` with all else of it."""
    values = {path: getattr(entry, path) for path in paths if "." not in path and path != "conditions"}
    of_subject = {path.partition(".")[2] for path in paths if "." in path}
    if of_subject and type(entry.subject) is type(onto.subject):
        parts = {name: getattr(entry.subject, name) for name in of_subject}
        values["subject"] = onto.subject.model_copy(update=parts)
    if "conditions" in paths or "other_condition" in paths:
        conditions = entry if "conditions" in paths else onto
        values["conditions"] = _with_words(conditions, values.get("other_condition", onto.other_condition))
    return values


def adopted_values(notice: NoticeRecord, entry: CommonEntry, changed: Collection[str]) -> dict[str, Any]:
    """Return all members of an update that is published: the terms are those in force, and so is a trace it left."""
    kept = [path for path in changes(notice, entry) if path in AT_ONCE and path not in TRACES & {*changed}]
    whole = entry.model_copy(update=values_at(kept, notice, entry))
    conditions = _with_words(notice, entry.other_condition)
    return kit.input_fields(whole.model_copy(update={"conditions": conditions}))


def _with_words(terms: CommonEntry, words: str | None) -> tuple[kit.Condition, ...]:
    """Return conditions with the code H3 if there are words that it stands for, and without it if there are none."""
    others = tuple(each for each in terms.conditions if each is not kit.Condition.H3)
    return others if words is None else (*others, kit.Condition.H3)


def _changes(before: object, after: object, path: str, kind: type[Any]) -> list[str]:
    changed = []
    for name in kind.model_fields:
        was, becomes, at = getattr(before, name), getattr(after, name), f"{path}{name}"
        if was == becomes:
            continue
        if at == "subject" and isinstance(was, Part) and type(was) is type(becomes):
            changed += _changes(was, becomes, "subject.", type(becomes))
        elif at != "conditions" or ({*was} ^ {*becomes}) - {kit.Condition.H3}:
            changed.append(at)
    return changed
