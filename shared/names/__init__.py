"""Compares names of people and entities in any script, order and spelling.

`candidates` says what a search looks up in an index, `scoring` decides and scores; the two agree, so that an index
finds what `match_names` finds. `fold` is for texts that are not names.
"""

from shared.names.candidates import Sought, query_terms, record_terms, sought
from shared.names.folding import fold, fold_word, is_one_letter
from shared.names.matching import NameMatch, best_verdict, explained, find_hit, match_names
from shared.names.scoring import LEAST_SCORE, NameHit
from shared.names.words import MAX_PARTS, is_cut

__all__ = [
    "LEAST_SCORE",
    "MAX_PARTS",
    "NameHit",
    "NameMatch",
    "Sought",
    "best_verdict",
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
