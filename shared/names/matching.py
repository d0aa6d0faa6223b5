"""Matches a search for a name against the names of one record, and explains the match."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from shared.names.alignment import Similarity
from shared.names.kept import unpacked
from shared.names.scoring import NameHit, NameVerdict, hit_of, verdict_of
from shared.names.similarity import token_similarity
from shared.names.words import Name, name_of


class NameMatch(NamedTuple):
    """How the names of a record meet a search."""

    score: float
    """From 0 to 1."""

    text: str
    """Which word of the search meets which word of the record."""

    found: str
    """The name of the record that is met best."""


def match_names(name: str, names: Sequence[str], similar: Similarity = token_similarity) -> NameMatch | None:
    """Return how the names of one record meet a search, None if they do not; the first of those that do so best."""
    asked = name_of(name)
    hits = [(each, hit) for each in names if (hit := hit_of(asked, name_of(each), similar))]
    best = max(hits, key=lambda found: found[1].score, default=None)
    return NameMatch(best[1].score, _shown(asked, best[1]), best[0]) if best else None


def best_verdict(name: str, names: Sequence[str]) -> tuple[NameVerdict, str]:
    """Return how well the best of some names meets a search, and why that is no hit, if it is none; and that name."""
    asked = name_of(name)
    verdicts = [(verdict_of(asked, name_of(each)), each) for each in names]
    return max(verdicts, key=lambda found: (not found[0].reason, found[0].score))


def find_hit(asked: Name, words: str, similar: Similarity = token_similarity) -> NameHit | None:
    """Return how a search meets a name as the index keeps it, None if that is too little."""
    return hit_of(asked, unpacked(words), similar)


def explained(asked: Name, hit: NameHit, written: str) -> NameMatch:
    """Return how a name as the index keeps it meets a search, given how it is written."""
    return NameMatch(hit.score, _shown(asked, replace(hit, stored=name_of(written))), written)


def _shown(asked: Name, hit: NameHit) -> str:
    return f"name: {_text(asked, hit)}"


def _text(asked: Name, hit: NameHit) -> str:
    in_order = sorted(hit.pairs, key=lambda pair: pair.asked)
    return ", ".join(_pair(asked, hit.stored, pair.asked, pair.stored) for pair in in_order)


def _pair(asked: Name, stored: Name, mine: Sequence[int], theirs: Sequence[int]) -> str:
    wanted, found = _written(asked, mine), _written(stored, theirs)
    same = [asked.words[place].token for place in mine] == [stored.words[place].token for place in theirs]
    return found if same else f"{wanted} ~ {found}"


def _written(name: Name, places: Sequence[int]) -> str:
    return " ".join(dict.fromkeys(name.written[place] for place in places))
