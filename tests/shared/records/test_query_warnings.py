"""What looks mistyped in a search for a person: their name, their birth, their age, a day."""

from datetime import date
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.dates import OLDEST_AGE
from shared.records.search.query_warnings import (
    BIRTH_WARNINGS,
    DATE_FUTURE,
    NAME_WARNINGS,
    birth_warnings,
    future_warnings,
    name_warnings,
)

TODAY: Final = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (None, []),
        ("Dupont Jean", []),
        ("Li", []),
        ("李", []),
        ("김", []),
        ("J. Dupont", []),
        ("J", ["name-one-letter"]),
        ("J.", ["name-one-letter"]),
        ("Я", ["name-one-letter"]),
        ("1987", ["name-figures"]),
        ("19 87", ["name-figures"]),
        ("7", ["name-figures"]),
        ("Brigade 2506", []),
        ("a b c d e f g h i j k l", []),
        ("a b c d e f g h i j k l m", ["name-cut"]),
    ],
)
def test_each_sign_of_a_mistyped_name_is_a_warning(name: str | None, expected: list[str]) -> None:
    """A name of one syllable is written with one character in some scripts."""
    assert [each.code for each in name_warnings(name)] == expected
    assert {each.pointer for each in name_warnings(name)} <= {"/name"}


@pytest.mark.parametrize(
    ("born", "ages", "expected"),
    [
        (None, (90, None), []),
        ("1987", (None, None), []),
        ("1987-04-19", (39, 39), []),
        ("1987", (38, 38), []),
        ("1987", (39, 39), []),
        ("1987", (40, None), [("age-birth", "/age_min")]),
        ("1987", (None, 37), [("age-birth", "/age_max")]),
        ("1987-04-19", (40, 50), [("age-birth", "/age_min")]),
        ("2026-06-01", (None, None), []),
        ("2026-06-02", (None, None), [("birth-future", "/date_of_birth")]),
        ("2026", (None, None), []),
        ("2027", (3, 5), [("birth-future", "/date_of_birth")]),
        ("1896", (None, None), []),
        ("1895-06", (None, None), [("birth-early", "/date_of_birth")]),
        ("1850", (None, None), [("birth-early", "/date_of_birth")]),
    ],
)
def test_each_sign_of_a_mistyped_birth_is_a_warning(
    born: str | None, ages: tuple[int | None, int | None], expected: list[tuple[str, str]]
) -> None:
    """As known: one that may be right, because only the year is known, has none."""
    assert [(each.code, each.pointer) for each in birth_warnings(born, ages, TODAY)] == expected


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, OLDEST_AGE), st.integers(0, OLDEST_AGE))
def test_an_age_contradicts_a_birth_exactly_if_the_person_has_another(born: date, least: int, greatest: int) -> None:
    """Counted in whole years."""
    age = TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))
    low, high = min(least, greatest), max(least, greatest)
    assert bool(list(birth_warnings(born.isoformat(), (low, high), TODAY))) == (not low <= age <= high)


@pytest.mark.parametrize(
    ("day", "warned"), [(None, False), (TODAY, False), (date(2026, 6, 2), False), (date(2026, 6, 3), True)]
)
def test_days_that_are_all_to_come_are_a_warning(day: date | None, warned: bool) -> None:
    """Tomorrow has already come in some time zone."""
    found = [(each.code, each.pointer) for each in future_warnings("found_from", day, TODAY)]
    assert found == ([("date-future", "/found_from")] if warned else [])


def test_the_kinds_of_warnings_are_distinct() -> None:
    codes = [kind.code for kind in (*NAME_WARNINGS, *BIRTH_WARNINGS, DATE_FUTURE)]
    assert len({*codes}) == len(codes)
