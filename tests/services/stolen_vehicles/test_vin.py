"""What a vehicle identification number shows without knowledge of the vehicle."""

import re
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.stolen_vehicles import vin
from services.stolen_vehicles.vin import CheckDigit, check_vin, clean, corrected, expected_check_digit

CHARACTERS = "ABCDEFGHJKLMNPRSTUVWXYZ" + string.digits
CHECKED = ("1M8GDM9AXKP042788", "11111111111111111", "5GZCZ43D13S812715", "1HGCM82633A004352")

numbers = st.text(CHARACTERS, min_size=17, max_size=17)


def with_character(number: str, position: int, character: str) -> str:
    return number[:position] + character + number[position + 1 :]


def made_valid(number: str) -> str:
    return with_character(number, vin.CHECK_POSITION, expected_check_digit(number))


@pytest.mark.parametrize("number", CHECKED)
def test_published_vins_are_valid(number: str) -> None:
    """The examples of 49 CFR 565 and of manuals have the check digit that is computed here."""
    verdict = check_vin(number)
    assert (verdict.iso_3779, verdict.check_digit, verdict.check_digit_required) == (True, CheckDigit.VALID, True)
    assert verdict.warning is None


def test_the_check_digit_of_remainder_ten_is_x() -> None:
    assert expected_check_digit("1M8GDM9AXKP042788") == "X"


@given(number=numbers, position=st.integers(0, 16), character=st.sampled_from(CHARACTERS))
def test_any_single_misread_character_is_detected(number: str, position: int, character: str) -> None:
    """Eleven is prime, so a change of one value changes the sum; letters of the same value cannot be distinguished."""
    valid = made_valid(number)
    assume(position != vin.CHECK_POSITION and vin._VALUES[valid[position]] != vin._VALUES[character])
    misread = check_vin(with_character(valid, position, character))
    assert misread.check_digit is CheckDigit.INVALID
    assert misread.warning is not None
    assert misread.warning.endswith(expected_check_digit(with_character(valid, position, character)))


@given(number=numbers, character=st.sampled_from(CHARACTERS))
def test_only_one_check_digit_is_valid(number: str, character: str) -> None:
    """Any other character in position 9 is wrong, and the warning states the right one."""
    valid = made_valid(number)
    assume(character != valid[vin.CHECK_POSITION])
    verdict = check_vin(with_character(valid, vin.CHECK_POSITION, character))
    assert verdict.check_digit is CheckDigit.INVALID
    assert verdict.warning == f"position 9 is {character}, as a check digit it would be {valid[vin.CHECK_POSITION]}"


@given(numbers)
def test_only_north_american_makers_must_have_a_check_digit(number: str) -> None:
    """49 CFR 565 binds makers who sell there: world manufacturer identifiers of the US, Canada and Mexico."""
    assert check_vin(number).check_digit_required == bool(re.match("[1245]|3[A-W]|7[F-Z1-90]", number))


@pytest.mark.parametrize("number", ["", "WVWZZZ1JZ1", "1M8GDM9AXKP0427881", "1M8GDM9AXKPO42788", "1m8gdm9axkp042788"])
def test_a_number_of_another_form_gets_a_warning_that_it_is_older_or_wrong(number: str) -> None:
    """Vehicles before 1981 have numbers of other lengths or with I, O or Q, so that these are no error."""
    verdict = check_vin(number)
    assert (verdict.iso_3779, verdict.check_digit) == (False, CheckDigit.NOT_APPLICABLE)
    assert verdict.warning is not None
    assert "older" in verdict.warning


@pytest.mark.parametrize(
    "written",
    [
        "zar-937000-05123456",
        " ZAR 9370 0005 1234 56 ",
        "ZAR.937OOO.O5123456",
        "ZAR937QOOO5I23456",
        "ΖАR937000\u200b05·1234５٦",
        "*ZAR93700005123456*",
    ],
)
def test_one_number_in_many_spellings_has_one_key(written: str) -> None:
    """Case, spaces, dashes, dots, and letters misread for digits make no difference."""
    assert corrected(written) == "ZAR93700005123456"


@given(st.text(max_size=40))
def test_normalizing_a_number_again_does_not_change_it(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert corrected(corrected(text)) == corrected(text)
