"""What is known of two words of names decides whether they are spellings of one name, two names, or a typing error."""

from importlib.resources import files

import pytest

from deploy.evaluation.known_names import table_of
from shared.names.chinese import syllables_of
from shared.names.known import Kinship, kinship, known_as
from shared.names.scripts import own_letters
from shared.names.similarity import token_similarity
from shared.names.spelling import spelling_key

LINES = files("shared.names").joinpath("data/known_names.txt").read_bytes().splitlines()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Youcef", "Yusuf", Kinship.ONE_NAME),
        ("Khaled", "Khalid", Kinship.ONE_NAME),
        ("حسين", "Hussein", Kinship.ONE_NAME),
        ("Sokolov", "Sobolev", Kinship.TWO_NAMES),
        ("حسين", "Hassan", Kinship.TWO_NAMES),
        ("Valencia", "Vaencia", Kinship.ONE_KNOWN),
        ("Gumprikx", "Gumdrikx", Kinship.UNKNOWN),
    ],
)
def test_two_words_are_known_as(one: str, other: str, expected: Kinship) -> None:
    """In either order, by their keys, or letters of their own script. So the table has the keys that are in use."""
    mine, theirs = (own_letters(each) if not each.isascii() else spelling_key(each.lower()) for each in (one, other))
    assert kinship(mine, theirs) is kinship(theirs, mine) is expected


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("marlow", "marlowe", True),
        ("green", "greene", True),
        ("hansen", "hanson", True),
        ("erik", "eric", True),
        ("stewart", "stuart", True),
        ("simon", "simone", False),
        ("paul", "paula", False),
        ("chen", "cheng", False),
    ],
)
def test_two_known_names_are_one_if_families_write_one_ending_so(one: str, other: str, is_one: bool) -> None:
    """A final e and -sen or -son tell no other name, but for the e that makes a woman's of a man's."""
    assert (token_similarity(one, other) > 0) is is_one


def test_each_line_of_the_table_is_found() -> None:
    """It is sorted by its words, of which each is there once."""
    words = [line.split(b" ")[0] for line in LINES]
    assert words == sorted(set(words))
    for line in (*LINES[:: len(LINES) // 500], LINES[-1]):
        word, *numbers = line.decode().split(" ")
        assert known_as(word) == frozenset(number.encode() for number in numbers)


def test_the_table_is_made_of_the_spellings_of_each_name() -> None:
    """A name has a number with words that have others near; words of several parts, and far spellings, tell nothing."""
    lines = [
        "Yusuf, Youcef, Yusuf Ali => Q1",
        "Yusuf, Joseph => Q2",
        "\u062d\u0633\u064a\u0646, Hussein => Q3",
        "Anna, Wilhelmina => Q4",
    ]
    table = {word: numbers for word, *numbers in map(str.split, table_of(lines))}
    assert list(table) == sorted(table, key=str.encode)
    joseph, yusuf, hussein = (spelling_key(word) for word in ("joseph", "yusuf", "hussein"))
    assert set(table[yusuf]) >= {"0"}
    assert table[hussein] == table[own_letters("\u062d\u0633\u064a\u0646")] != []
    assert table[spelling_key("wilhelmina")] == []
    assert joseph in table


@pytest.mark.parametrize("word", ["", " ", "\n", "zzzzzzzzzz", "a\nb", "x 1"])
def test_what_is_no_word_of_a_name_is_not_known(word: str) -> None:
    assert known_as(word) is None


@pytest.mark.parametrize(
    ("written", "pinyin"),
    [
        ("hsieh", {"xie"}),
        ("tsai", {"cai", "zai"}),
        ("chiang", {"jiang", "qiang"}),
        ("jung", {"rong"}),
        ("zhang", {"zhang"}),
        ("martin", set[str]()),
    ],
)
def test_a_syllable_of_wade_giles_is_read_in_pinyin(written: str, pinyin: set[str]) -> None:
    """As often as its apostrophe is left out."""
    assert syllables_of(written) == pinyin
