"""IMEIs: fifteen figures, of which the last is a check digit."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.cultural_property.valuables.identifiers import Imei, has_wrong_imei_digit, luhn_digit

READ = TypeAdapter(Imei)


@pytest.mark.parametrize("number", ["356938035643809", "490154203237518", "001012345678902"])
def test_the_check_digit_of_a_known_imei_is_right(number: str) -> None:
    """The first is the example of a handbook, the second that of GSMA."""
    assert not has_wrong_imei_digit(number)


@given(number=st.from_regex(r"[0-9]{14}", fullmatch=True), place=st.integers(0, 14), other=st.integers(1, 9))
def test_one_wrong_figure_is_noticed(number: str, place: int, other: int) -> None:
    """Wherever it is."""
    whole = number + str(luhn_digit(number))
    figure = str((int(whole[place]) + other) % 10)
    assert has_wrong_imei_digit(whole[:place] + figure + whole[place + 1 :])


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("35693803564380", "dial \\*#06#"),
        ("3569380356438091", "IMEISV"),
        ("12", "must have fifteen figures"),
        ("35693803564380X", "must have fifteen figures"),
        ("", "at least 1"),
    ],
)
def test_another_length_is_refused_with_what_it_may_be(written: str, says: str) -> None:
    """Telephones show fourteen figures, or sixteen with the version of the software."""
    with pytest.raises(ValidationError, match=says):
        READ.validate_python(written)


@given(st.text(max_size=45))
def test_no_text_fails_otherwise(text: str) -> None:
    """It is fifteen figures or a fault of the input."""
    with suppress(ValidationError):
        assert len(READ.validate_python(text)) == 15
