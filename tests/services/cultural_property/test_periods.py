"""When an object was made: years and ranges, also before our era."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cultural_property.periods import Years, years_of


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("1632", (1632, 1632)),
        ("1610/1620", (1610, 1620)),
        ("-0449", (-449, -449)),
        ("-0449/-0400", (-449, -400)),
        ("-0010/0014", (-10, 14)),
        ("0000", (0, 0)),
    ],
)
def test_a_year_or_a_range_is_read(text: str, years: tuple[int, int]) -> None:
    """In the notation of EDTF level 0."""
    assert years_of(text) == years


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("16XX", "1600/1699 for 16XX"),
        ("c. 1632", "the range that is meant"),
        ("1632?", "the range that is meant"),
        ("17th century", "1601/1700"),
        ("450 BC", "-0449 for 450 BC"),
        ("1610-1620", "with a slash"),
        ("1610/", "both ends"),
        ("1620/1610", "ends before it begins"),
        ("2101", "not be after 2100"),
        ("632", "must be a year"),
    ],
)
def test_what_is_no_period_is_refused_with_what_to_write(text: str, hint: str) -> None:
    """As it is usually written."""
    with pytest.raises(ValueError, match=hint):
        years_of(text)


@given(st.text(max_size=14))
def test_no_text_fails_otherwise(text: str) -> None:
    """It is a period or a ValueError."""
    try:
        assert isinstance(years_of(text), Years)
    except ValueError as error:
        assert text not in str(error) or len(text) < 5  # noqa: PT017 - not every text is refused
