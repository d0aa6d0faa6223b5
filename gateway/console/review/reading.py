"""A notice as its reviewers read it: its members in sections, with the words marked that findings rest on.

Nothing that a bureau entered is left out: what has no place of its own here stands in the last section. No input or
output.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

from gateway.console.records.values import UNITS
from gateway.console.review.marking import Marks, Segment


def _(text: str) -> str:
    return text


class Leaf(NamedTuple):
    """A value of a notice."""

    name: str
    kind: str
    """How it is written: text, or the name of a filter such as `code`, `country` or `quantity`."""

    values: tuple[Any, ...]
    """Of a quantity pairs of a number and its unit."""

    segments: tuple[tuple[Segment, ...], ...] = ()
    """Of each text."""

    findings: tuple[int, ...] = ()


class Group(NamedTuple):
    """Values that belong together, such as those of one warrant."""

    name: str
    number: int | None
    """Its place among several, from 1."""

    members: tuple["Leaf | Group", ...]
    findings: tuple[int, ...] = ()

    @property
    def runs(self) -> "list[Run]":
        """Its members: first its values, then its groups."""
        return _runs(self.members)


class Section(NamedTuple):
    """A part of the page."""

    name: str
    title: str
    """In English: the key of its translations."""

    members: tuple[Leaf | Group, ...]
    findings: tuple[int, ...] = ()

    @property
    def runs(self) -> "list[Run]":
        """Its members: first its values, then its groups."""
        return _runs(self.members)


class Run(NamedTuple):
    """Members of one kind that follow each other."""

    are_groups: bool
    members: tuple[Leaf | Group, ...]


_SECTIONS: Final = (
    ("subject", _("Who or what it is about"), ("subject",)),
    (
        "facts",
        _("What happened"),
        ("facts", "circumstances", "event", "last_known_place", "police_report", "offence"),
    ),
    ("charge", _("Charge"), ("warrants", "extradition_sought", "un_listing")),
    ("translations", _("Translations"), ("translations",)),
    (
        "terms",
        _("Purpose and readers"),
        (
            *("purpose", "reference", "language", "addressed", "partners", "restricted"),
            *("handling", "conditions", "other_condition", "public", "links"),
        ),
    ),
)
_FURTHER: Final = _("Further")
# What the network adds to an entry, and what a page shows elsewhere.
OF_THE_NETWORK: Final = frozenset(
    {
        *("id", "owner", "created", "updated", "expires", "version", "status", "number", "colour", "photographs"),
        *("submitted", "published", "diffused", "findings", "exchanges", "approvals", "decision", "drafted_by"),
        *("compliant", "pending", "refused_updates", "last_shown"),
    }
)
_KINDS: Final[dict[str, str]] = {
    **dict.fromkeys(("country", "issuing_country", "country_of_birth", "nationalities"), "country"),
    **dict.fromkeys(("date_of_birth", "date", "issued"), "day"),
    **dict.fromkeys(("addressed", "partners", "restricted"), "bureau"),
    **dict.fromkeys(("languages", "language"), "spoken"),
    **dict.fromkeys(
        (
            *("category", "sex", "person_status", "stage", "eyes", "hair", "evidence", "purpose", "handling"),
            "conditions",
        ),
        "code",
    ),
}
_KINDS_OF_SUBJECT: Final = frozenset({"person", "entity", "object"})


def sections_of(content: Mapping[str, Any], marks: Marks) -> list[Section]:
    """Return the content of a notice, or of an update of it, in the order in which it is read."""
    known = {name for _, _, names in _SECTIONS for name in names}
    further = tuple(name for name in content if name not in known | OF_THE_NETWORK)
    sections = [
        _section(name, title, tuple(_members(content, names, "", marks)))
        for name, title, names in (*_SECTIONS, ("further", _FURTHER, further))
    ]
    return [section for section in sections if section.members]


def _section(name: str, title: str, members: tuple[Leaf | Group, ...]) -> Section:
    """Return a section; one of a single group has its members, as both have one name."""
    match members:
        case (Group(number=None) as group,):
            return Section(name, title, group.members, group.findings)
        case _:
            return Section(name, title, members)


def _runs(members: Iterable[Leaf | Group]) -> list[Run]:
    ordered = sorted(members, key=_is_group)
    return [Run(kind, tuple(run)) for kind, run in groupby(ordered, key=_is_group)]


def _is_group(member: Leaf | Group) -> bool:
    return isinstance(member, Group)


def _members(content: Mapping[str, Any], names: Iterable[str], pointer: str, marks: Marks) -> list[Leaf | Group]:
    return [
        member
        for name in names
        if is_stated(value := content.get(name))
        for member in _member(name, value, f"{pointer}/{name}", marks)
    ]


def is_stated(value: object) -> bool:
    """Return whether a member says anything: what is false does."""
    return value is not None and value not in ("", [], {})


def _member(name: str, value: Any, pointer: str, marks: Marks) -> list[Leaf | Group]:
    if isinstance(value, Mapping):
        return [_group(name, None, value, pointer, marks)]
    if isinstance(value, Sequence) and value and isinstance(value[0], Mapping):
        return [
            _group(name, place + 1 if len(value) > 1 else None, each, f"{pointer}/{place}", marks)
            for place, each in enumerate(value)
        ]
    return [_leaf(name, value, pointer, marks)]


def _group(name: str, number: int | None, value: Mapping[str, Any], pointer: str, marks: Marks) -> Group:
    members = tuple(_members(value, value, pointer, marks))
    return Group(name, number, members, marks.at(pointer))


def _leaf(name: str, value: Any, pointer: str, marks: Marks) -> Leaf:
    several = isinstance(value, list)
    values = tuple(value) if several else (value,)
    kind = _kind(name, values)
    if kind == "quantity":
        values = tuple((each, UNITS[name]) for each in values)
    if kind != "text":
        return Leaf(name, kind, values, findings=marks.at(pointer))
    places = [f"{pointer}/{place}" for place in range(len(values))] if several else [pointer]
    pairs = zip(places, values, strict=True)
    segments = tuple(tuple(marks.within(place, str(text))) for place, text in pairs)
    of_each = tuple(number for place in places for number in marks.at(place))
    return Leaf(name, kind, values, segments, (*of_each, *(marks.at(pointer) if several else ())))


def _kind(name: str, values: Sequence[Any]) -> str:
    if isinstance(values[0], bool):
        return "yes"
    if isinstance(values[0], int | float) and name in UNITS:
        return "quantity"
    if name == "kind" and values[0] in _KINDS_OF_SUBJECT:
        return "code"
    return _KINDS.get(name, "text")
