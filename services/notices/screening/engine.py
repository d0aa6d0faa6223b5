"""Finds the patterns in the words of a passage."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

from services.notices.review_models import Finding, NoticeRefusalReason, Weight
from services.notices.screening.pattern import CONCRETE_OFFENCE, Pattern
from services.notices.screening.patterns import ADVICE, PATTERNS
from services.notices.screening.terms import TERMS, Mention
from services.notices.screening.words import words_of

MAX_WORDS_SHOWN: Final = 300
# Characters of texts whose mentions are kept in memory.
MAX_REMEMBERED: Final = 120
_NEAR: Final = 2
# What common words say so many characters from a finding, that finding says.
_NEXT_TO: Final = 60
# A place for each concept of a pattern: none has more than three.
_PLACES: Final = 3

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


def mentions_in(passage: Passage) -> Mentions:
    """Return where a passage mentions each concept of the lexicon."""
    texts = tuple(each.text for each in passage)
    return _remembered(texts) if sum(map(len, texts)) <= MAX_REMEMBERED else TERMS.mentions(words_of(texts))


def findings_in(passage: Passage, mentions: Mentions, implied: Set[str] = frozenset()) -> Iterator[Finding]:
    """Yield what the patterns find in a passage; of those that rest on the same words for one reason, the first.

    A concept that the notice implies outweighs them as one that the passage mentions.
    """
    kept: list[tuple[NoticeRefusalReason, Place]] = []
    for pattern, groups in _possible(mentions):
        if met := _met(pattern, groups, mentions):
            place = _place(met)
            reach = _NEXT_TO if CONCRETE_OFFENCE in pattern.unless else 0
            if not any(reason is pattern.reason and _overlap(place, other, reach) for reason, other in kept):
                kept.append((pattern.reason, place))
                yield _finding(pattern, passage, place, mentions.keys() | implied)


@lru_cache(maxsize=1 << 12)
def _remembered(texts: tuple[str, ...]) -> Mentions:
    """Return the mentions of short texts: many notices have the same forenames, towns, courts and charges."""
    return TERMS.mentions(words_of(texts))


def _possible(mentions: Mentions) -> Iterator[_Grouped]:
    """Yield the patterns of which each concept is mentioned, in their order."""
    began = {number for concept in mentions for number in _BEGINNING.get(concept, ())}
    for number in sorted(began):
        if not any(map(mentions.keys().isdisjoint, _GROUPS[number][1][1:])):
            yield _GROUPS[number]


def _met(pattern: Pattern, groups: Sequence[Sequence[str]], mentions: Mentions) -> Sequence[Mention] | None:
    """Return the first mentions that meet a pattern and that nothing cancels, there the nearest to one another."""
    cancelled = _positions_near(_of(pattern.unless_near, mentions))
    limit, best = pattern.within + len(groups) - 1, None
    for met in _ending_at_each(groups, mentions, cancelled, limit):
        if best is not None and max(each.first for each in met) > best[0].last + limit:
            break
        if _span(met) <= limit and (best is None or _span(met) < _span(best)):
            best = met
    return best


def _of(concepts: Iterable[str], mentions: Mentions) -> list[Mention]:
    return [each for concept in concepts for each in mentions.get(concept, ())]


def _positions_near(mentions: Iterable[Mention]) -> set[int]:
    return {at for each in mentions for at in range(each.first - _NEAR, each.last + _NEAR + 1)}


def _ending_at_each(
    groups: Sequence[Sequence[str]], mentions: Mentions, cancelled: set[int], limit: int
) -> Iterator[tuple[Mention, ...]]:
    """Yield, for each mention as the last of several, what came just before it of each other group: in one pass.

    One place is not two concepts.
    """
    recent: list[list[Mention]] = [[] for _ in groups]
    for mention, group in sorted((each, at) for at, concepts in enumerate(groups) for each in _of(concepts, mentions)):
        if cancelled and not cancelled.isdisjoint(range(mention.first, mention.last + 1)):
            continue
        least = mention.first - limit
        others = [each for at, each in enumerate(recent) if at != group]
        if all(each and each[-1].first >= least for each in others):
            for met in product(*others):
                if len({_where(each) for each in (*met, mention)}) == len(groups):
                    yield (*met, mention)
        _remember(recent[group], mention)


def _remember(recent: list[Mention], mention: Mention) -> None:
    """Keep the newest mentions at as many places as there are concepts, so that each can have a place of its own."""
    if recent and _where(recent[-1]) == _where(mention):
        return
    recent.append(mention)
    del recent[:-_PLACES]


def _where(mention: Mention) -> tuple[int, int, int]:
    return mention.text, mention.start, mention.inside


def _span(met: Sequence[Mention]) -> int:
    return max(each.last for each in met) - min(each.first for each in met)


def _place(met: Sequence[Mention]) -> Place:
    """Return where the words of mentions stand; if in several texts, where those of the first do."""
    first = min(met, key=lambda each: (each.text, each.first))
    return Place(first.text, first.start, max(each.end for each in met if each.text == first.text))


def _overlap(one: Place, other: Place, reach: int) -> bool:
    return one.text == other.text and one.start < other.end + reach and other.start < one.end + reach


def _finding(pattern: Pattern, passage: Passage, place: Place, told: Set[str]) -> Finding:
    pointer, text = passage[place.text]
    is_softened = not told.isdisjoint((*pattern.softened_by, *pattern.unless))
    return Finding(
        code=pattern.code,
        reason=pattern.reason,
        weight=Weight.ASKS if is_softened else pattern.weight,
        pointer=pointer,
        words=text[place.start : place.end][:MAX_WORDS_SHOWN],
        detail=f"{pattern.why} {ADVICE[pattern.reason]}",
    )
