"""Decides whether a search names who a record is about: a score from 0 to 1, and the least score of a hit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from shared.names.alignment import Pair, Similarity, pairs_of
from shared.names.similarity import token_similarity
from shared.names.words import Name, Worth

# The decision that is served, fixed on the data that the documents name.
LEAST_SCORE: Final = 0.78
# What words without a counterpart cost, if all of a name were.
EXTRA_ASKED_COST: Final = 0.25
EXTRA_STORED_COST: Final = 0.2
INITIAL_WEIGHT: Final = 0.4
MINOR_WEIGHT: Final = 0.1
# So many words on both sides allow one on each that the other lacks.
LONG_NAME: Final = 5

WEIGHTS: Final = {Worth.FULL: 1.0, Worth.INITIAL: INITIAL_WEIGHT, Worth.MINOR: MINOR_WEIGHT}


@dataclass(frozen=True, slots=True)
class NameHit:
    """How a search meets one stored name."""

    score: float
    stored: Name
    pairs: tuple[Pair, ...]


class NameVerdict(NamedTuple):
    """How well a search meets one stored name, and why that is no hit."""

    score: float
    reason: str
    """Empty for a hit."""


@dataclass(frozen=True, slots=True)
class _Side:
    """The words of one of two names: what is met, and what is not."""

    full: int
    met: int
    unmet: int
    weight: float
    unmet_weight: float


def least_met(asked: Name) -> int:
    """Return how many of the full words of a search a record must meet at least."""
    return min(2, asked.worths.count(Worth.FULL))


def hit_of(asked: Name, stored: Name, similar: Similarity = token_similarity) -> NameHit | None:
    """Return how a search meets a stored name, None if that is too little."""
    pairs = pairs_of(asked, stored, least_met(asked), similar)
    if not pairs:
        return None
    mine, theirs = _side(asked, pairs, of_asked=True), _side(stored, pairs, of_asked=False)
    all_met = not mine.unmet and not theirs.unmet
    if not _are_enough(asked, stored, mine, theirs) or not _is_told_by_words(asked, stored, pairs, all_met=all_met):
        return None
    score = _closeness(asked, stored, pairs) * _kept(mine, EXTRA_ASKED_COST) * _kept(theirs, EXTRA_STORED_COST)
    return NameHit(round(score, 4), stored, tuple(pairs)) if score >= LEAST_SCORE else None


def verdict_of(asked: Name, stored: Name, similar: Similarity = token_similarity) -> "NameVerdict":
    """Return the score of a stored name, and why it is no hit, if it is none: as `hit_of`, which is faster."""
    pairs = pairs_of(asked, stored, 1, similar)
    if not pairs:
        return NameVerdict(0.0, "no word is alike")
    mine, theirs = _side(asked, pairs, of_asked=True), _side(stored, pairs, of_asked=False)
    score = _closeness(asked, stored, pairs) * _kept(mine, EXTRA_ASKED_COST) * _kept(theirs, EXTRA_STORED_COST)
    if hit_of(asked, stored, similar) is not None:
        reason = ""
    elif score < LEAST_SCORE:
        reason = "the words are too little alike"
    else:
        reason = "words of both names are left over"
    return NameVerdict(round(score, 4), reason)


def _side(name: Name, pairs: Sequence[Pair], *, of_asked: bool) -> _Side:
    met = {place for pair in pairs for place in (pair.asked if of_asked else pair.stored)}
    unmet = [place for place in range(len(name.words)) if place not in met]
    full = [place for place, worth in enumerate(name.worths) if worth is Worth.FULL]
    return _Side(
        full=len(full),
        met=sum(1 for place in full if place in met),
        unmet=sum(1 for place in unmet if name.worths[place] is not Worth.MINOR),
        weight=sum(WEIGHTS[worth] for worth in name.worths),
        unmet_weight=sum(WEIGHTS[name.worths[place]] for place in unmet if name.worths[place] is not Worth.MINOR),
    )


def _are_enough(asked: Name, stored: Name, mine: _Side, theirs: _Side) -> bool:
    if mine.met < least_met(asked):
        return False
    if asked.is_syllabic and stored.is_syllabic and len(asked.words) > 1:
        return not mine.unmet and not theirs.unmet
    if (asked.is_syllabic or stored.is_syllabic) and mine.unmet + theirs.unmet and min(mine.full, theirs.full) > 1:
        return False
    if mine.unmet and theirs.unmet:
        return min(mine.full, theirs.full) >= LONG_NAME and mine.unmet == theirs.unmet == 1
    return not mine.unmet or theirs.met >= 2


def _is_told_by_words(asked: Name, stored: Name, pairs: Sequence[Pair], *, all_met: bool) -> bool:
    """Return whether whole words tell who is meant: one and initials only where nothing is left over."""
    whole = sum(len(pair.asked) + len(pair.stored) - 1 for pair in pairs if _is_whole(asked, stored, pair))
    initials = any(_is_initial(asked, stored, pair) for pair in pairs)
    return whole >= (1 if all_met or not initials else 2)


def _is_whole(asked: Name, stored: Name, pair: Pair) -> bool:
    worths = {asked.worths[pair.asked[0]], stored.worths[pair.stored[0]]}
    return len(pair.asked) + len(pair.stored) > 2 or worths == {Worth.FULL}


def _is_initial(asked: Name, stored: Name, pair: Pair) -> bool:
    return {asked.worths[pair.asked[0]], stored.worths[pair.stored[0]]} == {Worth.INITIAL, Worth.FULL}


def _closeness(asked: Name, stored: Name, pairs: Sequence[Pair]) -> float:
    weights = [
        min(
            sum(WEIGHTS[asked.worths[place]] for place in pair.asked),
            sum(WEIGHTS[stored.worths[place]] for place in pair.stored),
        )
        for pair in pairs
    ]
    return sum(weight * pair.similarity for weight, pair in zip(weights, pairs, strict=True)) / sum(weights)


def _kept(side: _Side, cost: float) -> float:
    return 1 - cost * side.unmet_weight / side.weight
