"""A verdict on a name agrees with the decision that is served, and says why a name is no hit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.names import LEAST_SCORE, best_verdict, match_names
from shared.names.scoring import hit_of, verdict_of
from shared.names.words import name_of

WORDS = st.sampled_from(["jean", "jan", "dupont", "dupond", "dumont", "marie", "j", "van", "der", "berg", "li", "wei"])
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)


@given(asked=NAMES, stored=NAMES)
def test_a_verdict_has_a_reason_exactly_if_a_name_is_no_hit(asked: str, stored: str) -> None:
    """And the score of a hit is that of the verdict."""
    hit, verdict = hit_of(name_of(asked), name_of(stored)), verdict_of(name_of(asked), name_of(stored))
    assert (hit is None) is bool(verdict.reason)
    if hit is not None:
        assert verdict.score == hit.score


@pytest.mark.parametrize(
    ("asked", "stored", "reason"),
    [
        ("Dupont Jean", "Dupont Jean", ""),
        ("Dupont Jean", "Kowalski Anna", "no word is alike"),
        ("Dupont Jean", "Dupont Pierre", "words of both names are left over"),
        ("Branoroni Noamu", "Branorini Noemi", "the words are too little alike"),
    ],
)
def test_a_verdict_says_why(asked: str, stored: str, reason: str) -> None:
    """In words that an officer reads."""
    verdict = verdict_of(name_of(asked), name_of(stored))
    assert verdict.reason == reason
    if reason == "the words are too little alike":
        assert 0 < verdict.score < LEAST_SCORE


def test_the_best_of_several_names_decides() -> None:
    """As in `match_names`, a hit before any other."""
    names = ["Kowalski Anna", "Dupont Pierre", "Dupond Jean"]
    verdict, found = best_verdict("Dupont Jean", names)
    met = match_names("Dupont Jean", names)
    assert met is not None
    assert (verdict.reason, found, verdict.score) == ("", met.found, met.score)
