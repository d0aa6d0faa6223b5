"""Synthetic names are many, of all members, in two scripts, and the same for the same seed."""

from collections import Counter
from random import Random

import pytest

from services.synthetic_names import LANGUAGES, draw_name, language_of, surname, surnames_in
from services.synthetic_names.languages import Language
from shared.bureaus import MEMBERS

EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES.keys())


def seeded(seed: int | str) -> Random:
    """Return a seeded generator; nothing secret depends on it."""
    return Random(seed)  # noqa: S311


def test_each_member_is_named_by_one_language() -> None:
    named = Counter(country for language in LANGUAGES.values() for country in language.countries.split())
    assert named == Counter([*MEMBERS])
    assert all(country in language_of(country).countries.split() for country in MEMBERS)


@EVERY_LANGUAGE
def test_each_rank_has_a_surname_of_its_own_where_pieces_tell_it(language: Language) -> None:
    """Different pieces may give the same word, so a few may be shared."""
    size = surnames_in(language)
    drawn = {surname(language, rank) for rank in range(size)}
    assert len(drawn) > 0.7 * size


@EVERY_LANGUAGE
@pytest.mark.parametrize("of_woman", [False, True])
def test_a_name_has_latin_letters_and_in_another_script_all_its_parts(language: Language, *, of_woman: bool) -> None:
    random = seeded(language.code)
    for _ in range(200):
        drawn = draw_name(random, language, of_woman=of_woman)
        both = f"{drawn.forename.latin} {drawn.name.latin}"
        assert all(ord(letter) < 0x370 for letter in both)
        assert both == both.strip()
        assert "  " not in both
        assert drawn.forename.latin[0].isupper()
        assert bool(drawn.forename.script) is bool(drawn.name.script)
        assert not {*"_/|+"} & {*both, *(drawn.in_script or "")}


@pytest.mark.thorough
def test_frequent_surnames_are_shared_and_most_are_rare() -> None:
    random, french = seeded(1), LANGUAGES["FRE"]
    drawn = Counter(draw_name(random, french, of_woman=False).name.latin for _ in range(20_000))
    assert 60 < drawn.most_common(1)[0][1] < 400
    assert len(drawn) > 6_000


def test_women_have_the_endings_of_women() -> None:
    russian = LANGUAGES["RUS"]
    pairs = {(surname(russian, rank).latin, surname(russian, rank, of_woman=True).latin) for rank in range(300)}
    assert any(man + "a" == woman for man, woman in pairs)


def test_another_transliteration_is_another_spelling() -> None:
    random = seeded(5)
    drawn = [draw_name(random, LANGUAGES["RUS"], of_woman=False) for _ in range(200)]
    assert sum(one.respelled.script != one.name.latin for one in drawn) > 50
