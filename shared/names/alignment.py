"""Pairs the words of two names, each word at most once; neighbours may be joined to meet one word.

The work is bounded by the number of words, MAX_PARTS on each side.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from shared.names.joins import SHORTEST_REST, forms_of, keys_of_joined, may_begin, particle_cuts
from shared.names.similarity import SAME_KEY, initial_similarity, token_similarity
from shared.names.spelling import spelling_key
from shared.names.words import Name, Word, Worth, may_be_joined

JOINED: Final = 0.96
# Words that are written as one at most.
MOST_JOINED: Final = 3
SHORTEST_JOINED: Final = 4

Similarity = Callable[[str, str], float]


@dataclass(frozen=True, slots=True)
class Pair:
    """Words of a search, and the words of a stored name that they meet, by their places."""

    asked: tuple[int, ...]
    stored: tuple[int, ...]
    similarity: float


def pairs_of(asked: Name, stored: Name, least: int, similar: Similarity = token_similarity) -> list[Pair]:
    """Return the pairs of words of two names, the most similar first; none if fewer than `least` can be met."""
    possible = _possible_pairs(asked, stored, similar)
    could = {pair.asked for pair in possible}
    if len(could) < least and not _could_join(asked, stored):
        return []
    found = _best_pairs([pair for pair in possible if pair.similarity >= SAME_KEY], [])
    if len(found) < min(len(asked.words), len(stored.words)):
        if _could_join(asked, stored):
            mine, theirs = _unmet(asked, found, of_asked=True), _unmet(stored, found, of_asked=False)
            found += _joined_pairs(asked, stored, mine, theirs)
        found += _best_pairs(possible, found)
    return found


def _could_join(asked: Name, stored: Name) -> bool:
    """Return whether a word of one name begins as a shorter one of the other, as it does if it is joined of them."""
    mine, theirs = [word.text for word in asked.words], [word.text for word in stored.words]
    return any(
        len(one) != len(other) and (may_begin(one, other) or may_begin(other, one)) for one in mine for other in theirs
    )


def _unmet(name: Name, pairs: Iterable[Pair], *, of_asked: bool) -> list[int]:
    met = {place for pair in pairs for place in (pair.asked if of_asked else pair.stored)}
    return [place for place in range(len(name.words)) if place not in met]


def _possible_pairs(asked: Name, stored: Name, similar: Similarity) -> list[Pair]:
    """Return each pair of similar words, the most similar and nearest first."""
    pairs = [
        Pair((mine,), (theirs,), value)
        for mine in range(len(asked.words))
        for theirs in range(len(stored.words))
        if (value := _similarity(asked, mine, stored, theirs, similar)) > 0
    ]
    if len(pairs) < 2:
        return pairs
    return sorted(pairs, key=lambda pair: (-pair.similarity, abs(pair.asked[0] - pair.stored[0]), pair.asked))


def _best_pairs(possible: Iterable[Pair], before: Iterable[Pair]) -> list[Pair]:
    """Return the first pairs of words that no other pair has."""
    used_mine = {place for pair in before for place in pair.asked}
    used_theirs = {place for pair in before for place in pair.stored}
    pairs: list[Pair] = []
    for pair in possible:
        if used_mine.isdisjoint(pair.asked) and used_theirs.isdisjoint(pair.stored):
            used_mine.update(pair.asked)
            used_theirs.update(pair.stored)
            pairs.append(pair)
    return pairs


def _similarity(asked: Name, mine: int, stored: Name, theirs: int, similar: Similarity) -> float:
    one, other = asked.words[mine].token, stored.words[theirs].token
    if (len(one) > 1 and len(other) > 1) or one == other:
        return similar(one, other)
    worths = (asked.worths[mine], stored.worths[theirs])
    if Worth.INITIAL not in worths:
        return similar(one, other)
    return 0.0 if Worth.MINOR in worths else initial_similarity(asked.words[mine], stored.words[theirs])


def _joined_pairs(asked: Name, stored: Name, mine: Sequence[int], theirs: Sequence[int]) -> list[Pair]:
    """Return the pairs of one word with neighbours that are together the same."""
    pairs: list[Pair] = []
    for one in theirs:
        if run := next((run for run in runs_of(mine) if _are_joined(asked, run, stored, one)), ()):
            pairs.append(Pair(run, (one,), JOINED))
            mine = [place for place in mine if place not in run]
            theirs = [place for place in theirs if place != one]
    for one in mine:
        if run := next((run for run in runs_of(theirs) if _is_split(asked, one, stored, run)), ()):
            pairs.append(Pair((one,), run, JOINED))
            theirs = [place for place in theirs if place not in run]
    return pairs


def runs_of(places: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield each run of two or three neighbours."""
    free = set(places)
    for start in places:
        for length in range(2, MOST_JOINED + 1):
            run = tuple(range(start, start + length))
            if free.issuperset(run):
                yield run


def joined_keys(name: Name, run: Sequence[int]) -> frozenset[str]:
    """Return the keys of neighbours written as one word, for each way to write the first."""
    return keys_of_joined(tuple(name.words[place].text for place in run))


def joined_text(name: Name, run: Sequence[int]) -> str:
    """Return neighbours written as one word."""
    return "".join(name.words[place].text for place in run)


def _are_joined(asked: Name, run: Sequence[int], stored: Name, place: int) -> bool:
    whole = stored.words[place]
    if not may_begin(whole.text, asked.words[run[0]].text):
        return False
    return _may_be_joined(stored, place) and whole.key in joined_keys(asked, run)


def _is_split(asked: Name, place: int, stored: Name, run: Sequence[int]) -> bool:
    """Return whether stored words are what a word is split into; one at an end is at least half of it."""
    whole, words = asked.words[place].text, [stored.words[each] for each in run]
    if not may_begin(whole, words[0].text) or not _may_be_joined(asked, place):
        return False
    if _is_split_after_particles(whole, words):
        return True
    if joined_text(stored, run) == whole:
        return 2 * max(len(words[0].text), len(words[-1].text)) >= len(whole)
    if len(words) != 2:
        return False
    cuts = range(max(2, len(words[0].text) - 2), min(len(whole) - 1, len(words[0].text) + 3))
    return any((spelling_key(whole[:cut]), spelling_key(whole[cut:])) == (words[0].key, words[1].key) for cut in cuts)


def _is_split_after_particles(whole: str, words: Sequence[Word]) -> bool:
    first, *others, last = (word.text for word in words)
    heads = {f"{each}{''.join(others)}" for each in forms_of(first)}
    return (
        any(whole[:cut] in heads and spelling_key(whole[cut:]) == words[-1].key for cut in particle_cuts(whole))
        and len(last) >= SHORTEST_REST
    )


def _may_be_joined(name: Name, place: int) -> bool:
    word = name.words[place]
    return may_be_joined(word) and len(word.text) >= SHORTEST_JOINED and name.worths[place] is Worth.FULL
