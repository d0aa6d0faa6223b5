"""Regular expressions for names: what they find, and that none takes long, even a hostile one."""

import re
from itertools import count
from time import perf_counter
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices.public_list.name_patterns import LONGEST_PATTERN, MATCHING_SECONDS, PatternTooCostly, matcher_of

# Which let a backtracking engine run for years.
EVIL: Final = ("(a+)+$", "(a|aa)+$", "(.*)*x(.*)*y", "(a*)*b", r"(\w+\s?)+!", "([a-z]+)*9", "(a|a?)+$" * 10)


def finds(pattern: str, name: str | None) -> bool:
    return matcher_of([pattern]).fitting([(name,)]) == [0]


@given(st.text("abcé'. ", min_size=1, max_size=12), st.text("abcABCéÉ'. ", max_size=30))
def test_a_plain_value_is_a_part_of_the_name_in_any_case(value: str, name: str) -> None:
    assert finds(re.escape(value), name) == (value.lower() in name.lower())


@pytest.mark.parametrize(
    ("pattern", "name", "found"),
    [
        ("^A.*$", "Anders", True),
        ("^A.*$", "Sanders", False),
        ("^.....$", "Žižek", True),
        ("^.....$", "Zizekk", False),
        ("ÉTIENNE", "étienne", True),
        ("e\u0301", "caf\u00e9", True),
        ("van|von", "Von Ahlen", True),
        ("[", "a[b", True),
        ("(?=a)", "a", False),
        (r"(a)\1", "aa", False),
        ("x" * (LONGEST_PATTERN + 1), "x" * 120, True),
        (".", None, False),
    ],
)
def test_what_a_pattern_finds(pattern: str, name: str | None, found: bool) -> None:
    """What is no regular expression of RE2, or too long, is a text."""
    assert finds(pattern, name) is found


PARTS = st.sampled_from(
    ["a", "b", "é", ".", "^", "$", r"\b", r"\s", "[^a]", "(a|b)", "a*", "b+?", ".*", "|", ".{2}", r"\A"]
)


@given(st.lists(PARTS, min_size=1, max_size=6).map("".join), st.lists(st.text("abé ", max_size=5), max_size=8))
def test_names_are_found_together_as_each_alone(pattern: str, names: list[str]) -> None:
    """Where a name begins and ends does not depend on its neighbours."""
    together = matcher_of([pattern]).fitting([(name,) for name in names])
    assert together == [place for place, name in enumerate(names) if finds(pattern, name)]


@given(st.lists(PARTS, min_size=1, max_size=6).map("".join), st.text("abé ", max_size=5))
def test_a_pattern_finds_what_python_finds(pattern: str, name: str) -> None:
    """As far as both read it alike."""
    assert finds(pattern, name) == (re.search(pattern, name, re.IGNORECASE) is not None)


@pytest.mark.parametrize("pattern", EVIL)
def test_no_pattern_backtracks(pattern: str) -> None:
    """It takes a tenth of a second for a thousand names of the longest."""
    names = [("a" * 119 + "!",)] * 1000
    began = perf_counter()
    matcher_of([pattern]).fitting(names)
    assert perf_counter() - began < 2 * MATCHING_SECONDS


def test_a_pattern_that_takes_long_is_refused() -> None:
    """Between two groups of names, by the time that has passed."""
    ticks = count(0, 0.7)
    with pytest.raises(PatternTooCostly):
        matcher_of(["a"], lambda: next(ticks)).fitting([("a",)] * 1000)
