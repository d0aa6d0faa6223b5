"""Matches a search for a name against the names of one record, and explains the match."""

from collections.abc import Sequence
from typing import NamedTuple

from shared.names.alignment import Similarity
from shared.names.scoring import NameHit, best_hit
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
    """Return how the names of one record meet a search, None if they do not."""
    asked = name_of(name)
    hit = best_hit(asked, names, similar)
    return NameMatch(hit.score, f"name: {_text(asked, hit)}", hit.name) if hit else None


def _text(asked: Name, hit: NameHit) -> str:
    in_order = sorted(hit.pairs, key=lambda pair: pair.asked)
    return ", ".join(_pair(asked, hit.stored, pair.asked, pair.stored) for pair in in_order)


def _pair(asked: Name, stored: Name, mine: Sequence[int], theirs: Sequence[int]) -> str:
    wanted, found = _written(asked, mine), _written(stored, theirs)
    same = [asked.words[place].token for place in mine] == [stored.words[place].token for place in theirs]
    return found if same else f"{wanted} ~ {found}"


def _written(name: Name, places: Sequence[int]) -> str:
    return " ".join(dict.fromkeys(name.written[place] for place in places))
