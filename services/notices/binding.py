"""Which members of a notice in force a bureau changes at once, and which only after review; what is not listed binds.

What binds is what the reviewers judged the notice by: who the person is, of what they are accused and on what grounds,
what is shown of them, and what the colour asks of its recipients. A trace helps to find a person who is known from
that, and is worth most while it is fresh. No input or output.
"""

from enum import StrEnum
from typing import Any, Final, NamedTuple

from services.notices.entries import CommonEntry
from services.notices.models import NoticeRecord
from services.notices.subjects import Part


class Kind(StrEnum):
    """Why a member can change without review."""

    TERMS = "terms"
    """Who sees it, and on which terms: the owner's own decision at any time (RPD articles 58 and 112)."""

    TRACE = "trace"
    """Fresh knowledge of where and how a person is found: an addendum (RPD article 46)."""


class AtOnce(NamedTuple):
    """A member that changes at once."""

    kind: Kind
    article: str
    why: str


AT_ONCE: Final = {
    "reference": AtOnce(Kind.TERMS, "RPD 46", "the issuer's own number of the file, which nobody is sought by"),
    "addressed": AtOnce(Kind.TERMS, "RPD 58", "the owner decides who sees its data, at any time"),
    "partners": AtOnce(Kind.TERMS, "RPD 58", "the owner decides who sees its data, at any time"),
    "restricted": AtOnce(Kind.TERMS, "RPD 58", "the owner decides who sees its data, at any time"),
    "handling": AtOnce(Kind.TERMS, "RPD 112", "how it is handled does not change what it says"),
    "conditions": AtOnce(Kind.TERMS, "RPD 112", "how it is handled does not change what it says"),
    "other_condition": AtOnce(Kind.TERMS, "RPD 112", "how it is handled does not change what it says"),
    "public": AtOnce(Kind.TERMS, "RPD 61", "the issuer consents to an extract, or takes its consent back at once"),
    "links": AtOnce(Kind.TRACE, "RPD 46", "other records of the issuer, which are shown to nobody else"),
    "last_known_place": AtOnce(Kind.TRACE, "RPD 46", "where to look is outdated within days"),
    "subject.languages": AtOnce(Kind.TRACE, "RPD 46", "how to speak to a person who was found; identifies nobody"),
    "subject.evidence": AtOnce(Kind.TRACE, "RPD 46", "what the issuer holds and hands over, not what it says"),
}
"""By path. Documents, description and aliases are not among them: a person is stopped for a number or a name alone.

Nor are distinguishing marks, which are a long text that the public is shown, nor an address, which may be another's.
"""

TERMS: Final = frozenset(path for path, each in AT_ONCE.items() if each.kind is Kind.TERMS)


def binding_changes(notice: NoticeRecord, entry: CommonEntry) -> list[str]:
    """Return the paths of the members that bind and that an entry of the same colour changes."""
    return [path for path in _changes(notice, entry, "", type(entry)) if path not in AT_ONCE]


def _changes(before: object, after: object, path: str, kind: type[Any]) -> list[str]:
    changed = []
    for name in kind.model_fields:
        was, becomes, at = getattr(before, name), getattr(after, name), f"{path}{name}"
        if was == becomes:
            continue
        if at == "subject" and isinstance(was, Part) and type(was) is type(becomes):
            changed += _changes(was, becomes, "subject.", type(becomes))
        else:
            changed.append(at)
    return changed
