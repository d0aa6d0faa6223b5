"""Finds the patterns in the words of a passage."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final, NamedTuple

from services.notices.review import Finding, Reason, Weight
from services.notices.screening.pattern import Pattern
from services.notices.screening.patterns import ADVICE, PATTERNS
from services.notices.screening.terms import TERMS, Mention
from services.notices.screening.words import words_of

MAX_WORDS_SHOWN: Final = 300
_NEAR: Final = 2
# Of one concept in one passage; a text with more is long, and has been found out by then.
_MAX_MENTIONS: Final = 40

_Grouped = tuple[Pattern, Sequence[Sequence[str]]]
_GROUPS: Final[list[_Grouped]] = [(each, [concept.split("|") for concept in each.concepts]) for each in PATTERNS]
# The patterns by the concepts of their first group.
_BEGINNING: Final[dict[str, list[int]]] = {}
for _number, (_, _groups) in enumerate(_GROUPS):
    for _concept in _groups[0]:
        _BEGINNING.setdefault(_concept, []).append(_number)

Mentions = Mapping[str, Sequence[Mention]]


class Text(NamedTuple):
    """A text of a notice, and where it stands."""

    pointer: str
    text: str


class Place(NamedTuple):
    """Where words stand: in which text of a passage, and from where to where."""

    text: int
    start: int
    end: int


Passage = Sequence[Text]
"""Texts that are read together, such as a charge, its translation and its law."""


def findings_in(passage: Passage) -> Iterator[Finding]:
    """Yield what the patterns find in a passage; of those that rest on the same words for one reason, the first."""
    mentions = TERMS.mentions(words_of([each.text for each in passage]))
    kept: list[tuple[Reason, Place]] = []
    for pattern, groups in _possible(mentions):
        if met := _met(pattern, groups, mentions):
            place = _place(met)
            if not any(reason is pattern.reason and _overlap(place, other) for reason, other in kept):
                kept.append((pattern.reason, place))
                yield _finding(pattern, passage, place, mentions)


def _possible(mentions: Mentions) -> Iterator[_Grouped]:
    """Yield the patterns of which each concept is mentioned, in their order."""
    began = {number for concept in mentions for number in _BEGINNING.get(concept, ())}
    for number in sorted(began):
        if not any(map(mentions.keys().isdisjoint, _GROUPS[number][1][1:])):
            yield _GROUPS[number]


def _met(pattern: Pattern, groups: Sequence[Sequence[str]], mentions: Mentions) -> Sequence[Mention] | None:
    """Return the mentions that meet a pattern and that nothing cancels, the nearest to one another, or None."""
    if any(mentions.get(each) for each in pattern.unless):
        return None
    cancels = _of(pattern.unless_near, mentions)
    found = [
        met
        for met in product(*(_of(group, mentions) for group in groups))
        if _fits(met, pattern) and not _is_cancelled(met, cancels)
    ]
    return min(found, key=_span, default=None)


def _of(concepts: Iterable[str], mentions: Mentions) -> list[Mention]:
    return [each for concept in concepts for each in mentions.get(concept, ())][:_MAX_MENTIONS]


def _fits(met: Sequence[Mention], pattern: Pattern) -> bool:
    """Return whether mentions are near enough; one place is not two concepts."""
    return _span(met) <= pattern.within + len(met) - 1 and len(
        {(each.text, each.start, each.inside) for each in met}
    ) == len(met)


def _span(met: Sequence[Mention]) -> int:
    return max(each.last for each in met) - min(each.first for each in met)


def _is_cancelled(met: Sequence[Mention], cancels: Iterable[Mention]) -> bool:
    return any(_is_near(mention, other) for other in cancels for mention in met)


def _is_near(one: Mention, other: Mention) -> bool:
    return other.first - one.last <= _NEAR and one.first - other.last <= _NEAR


def _place(met: Sequence[Mention]) -> Place:
    """Return where the words of mentions stand; if in several texts, where those of the first do."""
    first = min(met, key=lambda each: (each.text, each.first))
    return Place(first.text, first.start, max(each.end for each in met if each.text == first.text))


def _overlap(one: Place, other: Place) -> bool:
    return one.text == other.text and one.start < other.end and other.start < one.end


def _finding(pattern: Pattern, passage: Passage, place: Place, mentions: Mentions) -> Finding:
    pointer, text = passage[place.text]
    is_softened = any(mentions.get(each) for each in pattern.softened_by)
    return Finding(
        code=pattern.code,
        reason=pattern.reason,
        weight=Weight.ASKS if is_softened else pattern.weight,
        pointer=pointer,
        words=text[place.start : place.end][:MAX_WORDS_SHOWN],
        detail=f"{pattern.why} {ADVICE[pattern.reason]}",
    )
