"""Compares names of people and entities in any script, order and spelling.

`candidates` says what a search looks up in an index, `scoring` decides and scores; the two agree, so that an index
finds what `match_names` finds. `fold` is for texts that are not names.
"""

from shared.names.candidates import Sought, query_terms, record_terms, sought
from shared.names.folding import fold, fold_word, is_one_letter
from shared.names.matching import NameMatch, explained, find_hit, match_names
from shared.names.scoring import NameHit
from shared.names.words import MAX_PARTS, is_cut

__all__ = [
    "MAX_PARTS",
    "NameHit",
    "NameMatch",
    "Sought",
    "explained",
    "find_hit",
    "fold",
    "fold_word",
    "is_cut",
    "is_one_letter",
    "match_names",
    "query_terms",
    "record_terms",
    "sought",
]
