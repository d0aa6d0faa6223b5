"""What leads a search to candidates misses no hit: the words and pairs that are read, and what is compared of them."""

from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.evaluation.name_list import NameList
from shared.names import match_names
from shared.names.candidates import sought
from shared.names.kept import bits_of, packed, pair_of, pairs_in, unpacked
from shared.names.scoring import hit_of
from shared.names.sieve import leads_of, word_sieve_of
from shared.names.similarity import token_similarity
from shared.names.terms import stored_terms
from shared.names.words import name_of

WORDS = """
Jean Jaen J. J Jeanmarie Marie Dupont Dupond van Vandamme Damme al Abdul Rahman Abdulrahman Abdel Bill William Wiliam
Vladimir Wladimir Владимир فلاديمير محمد Mohammed Muhamad Mohd 明哲 李 Mingzhe Li Zhe Ming 김 민준 Kim Min Jun Minjun
Schwarzenfelder Schwarznfeldr Dr. GmbH Ltd de la Cruz Delacruz Lacruz マリニン Malinin Le Duc Duk bin Soekamto Sukamto
Xiuying Xiuyingli Li
van der Beek Vanderbeek O Hanlon O'Hanlon D D'Angelo Angelo Ben Bin Bel Yahya Benyahia Belyahia Abu Bou Azza Bouazza
Nour Eddine Noureddine نور الدين رضا Reza Rida جمال Gamal Jamal ماجد Majed
Youcef Yusuf العتيبي Alotaibi Otaibi
歐陽 欧阳 鋒 Ouyang Ou Yang Feng Hsiao Xiao Ching Qing Jing Kuo Guo Guojing Chang Zhang Cheung 張
Solberg Slobegr Valencia Vaencia A.B.
"""
part = st.sampled_from(WORDS.split()) | st.text(ascii_lowercase, min_size=1, max_size=9)
full_name = st.lists(part, min_size=1, max_size=6).map(" ".join)


@given(full_name, st.lists(full_name, min_size=1, max_size=6))
def test_every_hit_is_a_candidate(search: str, names: list[str]) -> None:
    """Among names of which each is compared with the search as well."""
    matched = {number for number, name in enumerate(names) if match_names(search, [name])}
    assert {hit.number for hit in NameList(names).search(search)} == matched


@given(full_name, st.lists(full_name, min_size=2, max_size=6))
def test_names_of_one_shape_are_decided_alike(search: str, names: list[str]) -> None:
    """A name without a shape is no hit."""
    parsed, tokens = list(map(name_of, names)), dict[str, list[str]]()
    scores: dict[str | None, float | None] = {None: None}
    for token in {word.token for name in parsed for word in name.words}:
        for term in stored_terms(token):
            tokens.setdefault(term, []).append(token)
    wanted = sought(search)
    sieve = word_sieve_of(wanted, wanted.fitting(tokens))
    for name in parsed:
        hit = hit_of(wanted.name, name)
        score = hit.score if hit else None
        assert scores.setdefault(sieve.shape_of(packed(name)), score) == score


@given(full_name, st.lists(part, min_size=1, max_size=6))
def test_words_are_as_similar_as_was_found_for_the_candidates(search: str, words: list[str]) -> None:
    """So a pair of words is compared once for a search, however many names have it."""
    wanted, tokens = sought(search), dict[str, list[str]]()
    stored = {word.token for each in words for word in name_of(each).words}
    for token in stored:
        for term in stored_terms(token):
            tokens.setdefault(term, []).append(token)
    similar = wanted.similarity(wanted.fitting(tokens))
    for word in wanted.name.words:
        assert {each: similar(word.token, each) for each in stored} == {
            each: token_similarity(word.token, each) for each in stored
        }


@given(full_name)
def test_a_packed_name_has_the_same_words(name: str) -> None:
    """Each with what it is worth; only how it was written is lost."""
    parsed = name_of(name)
    kept = unpacked(packed(parsed))
    assert (kept.words, kept.worths) == (parsed.words, parsed.worths)
    assert bits_of(kept) == bits_of(parsed)
    assert 0 <= bits_of(parsed) < 1 << 63


def test_a_pair_has_one_number_in_either_order() -> None:
    assert pair_of("anna", "weiss") == pair_of("weiss", "anna")
    assert pairs_in(name_of("Anna Weiss")) == {pair_of("anna", "weiss")}
    assert pair_of("anna", "weiss") != pair_of("anna", "weis")


@pytest.mark.parametrize(
    ("often", "words", "pairs"),
    [(0, 1, 0), (5_000, 0, 1)],
    ids=["rare", "usual"],
)
def test_a_search_is_led_by_what_few_names_have(often: int, words: int, pairs: int) -> None:
    """By one of its words where that is rare, or else by the pair."""
    wanted = sought("Anna Weiss")
    fitting = wanted.fitting({"Kana": ["anna"], "Kveis": ["weiss"]})
    leads = leads_of(wanted, fitting, [often if part.token else 0 for part in wanted.parts])
    assert (len(leads.words), len(leads.pairs)) == (words, pairs)
