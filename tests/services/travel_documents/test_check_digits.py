"""Check digits, what they miss, and the readings that make one right."""

import string
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mrz.check_digits import MAX_READINGS, MISSED, check_digit, expected_digits, is_wrong, readings_of
from shared.numbers import DOCUMENT_NUMBER

SIGNS = string.digits + string.ascii_uppercase
LOOK_ALIKES = ("O0", "Q0", "D0", "U0", "I1", "L1", "B1", "Z2", "S5", "Z5", "G6", "S8", "B8", "I8")


@pytest.mark.parametrize(("signs", "digit"), [("L898902C3", "6"), ("740812", "2"), ("120415", "9"), ("D23145890", "7")])
def test_the_digits_of_the_specimens_are_right(signs: str, digit: str) -> None:
    """As ICAO Doc 9303 prints them."""
    assert check_digit(signs) == digit


def test_the_pairs_that_are_stated_as_missed_are_those_of_the_look_alikes_that_are() -> None:
    """Whatever the place; of all other look-alikes the digit notices each, wherever it stands."""
    missed = set()
    for one, other in LOOK_ALIKES:
        alike = [check_digit("A" * at + one) == check_digit("A" * at + other) for at in range(9)]
        assert all(alike) or not any(alike)
        if all(alike):
            missed.add(one + other)
    assert missed == {*MISSED}


def test_every_other_pair_is_noticed_unless_the_values_differ_by_ten() -> None:
    """7, 3 and 1 have no divisor in common with 10."""
    for one, other in combinations(SIGNS, 2):
        is_same = (SIGNS.index(one) - SIGNS.index(other)) % 10 == 0
        assert all((check_digit("0" * at + one) == check_digit("0" * at + other)) is is_same for at in range(3))


@given(number=st.text(SIGNS, min_size=1, max_size=20), digit=st.sampled_from(SIGNS + "<"))
def test_readings_make_the_digit_right_and_differ_in_one_sign(number: str, digit: str) -> None:
    """At most 20, and none that a search finds anyway; none at all if the digit is right."""
    readings = readings_of(number, digit)
    assert len(readings) <= MAX_READINGS
    assert not readings or is_wrong(number, digit)
    for reading in readings:
        assert check_digit(reading.number) == DOCUMENT_NUMBER.look_of(digit)
        assert sum(one != other for one, other in zip(number, reading.number, strict=True)) == 1
        assert DOCUMENT_NUMBER.look_of(reading.number) != DOCUMENT_NUMBER.look_of(number)


@pytest.mark.parametrize("separator", [" ", "-", "."])
def test_a_separator_may_be_a_filler_of_the_zone_or_no_sign_of_it(separator: str) -> None:
    """A dash that the issuer prints has a place in the zone; a space between signs, to read them better, has none."""
    filled, without = check_digit("AB<12345"), check_digit("AB12345")
    assert filled != without
    written = f"ab{separator}12345"
    assert expected_digits(written) == (without, filled)
    assert not is_wrong(written, filled)
    assert not is_wrong(written, without)
    other = next(digit for digit in string.digits if digit not in {filled, without})
    assert is_wrong(written, other)


def test_a_filler_that_was_read_is_a_sign_of_the_zone() -> None:
    """It is in its place, so nothing else is tried."""
    assert expected_digits("AB<12345") == (check_digit("AB<12345"),)


@pytest.mark.parametrize("separator", ["", " ", "-", "."])
def test_readings_are_the_same_however_a_number_is_written(separator: str) -> None:
    """And their places are counted without what separates the signs."""
    digit = check_digit("AB12845")
    [reading] = [each for each in readings_of(f"AB{separator}12{separator}345", digit) if "8" in each.number]
    assert reading.words == "the 5th sign: asked 3, found 8, which makes the check digit right"


def test_other_scripts_have_no_digit() -> None:
    """No error, and nothing read otherwise."""
    assert readings_of("Ж123", "4") == ()
    assert not is_wrong("Ж123", "4")
