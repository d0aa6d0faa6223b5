"""Ranges of numbers: what is one, in which stretches it lies, and which numbers are in it."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.numbers import DOCUMENT_NUMBER, number_of
from shared.records.search.number_keys import NumberKeys
from shared.records.search.number_ranges import MAX_IN_RANGE, RangeKey, StretchKind, range_of

STRETCH = StretchKind("a stretch", DOCUMENT_NUMBER.look_alikes, is_whole=True)
KEY = RangeKey("first", STRETCH, last="last", of=DOCUMENT_NUMBER, sought_as="number")
KEYS = NumberKeys(KEY)
_before = st.text("ABIOS", max_size=3)


def record(first: str, last: str) -> SimpleNamespace:
    return SimpleNamespace(first=first, last=last)


@given(
    before=_before,
    width=st.integers(1, 8),
    places=st.tuples(st.integers(0, 10**8), st.integers(0, MAX_IN_RANGE - 1), st.integers(-3, MAX_IN_RANGE + 3)),
)
def test_a_number_is_in_a_range_exactly_if_it_lies_between_its_ends(
    before: str, width: int, places: tuple[int, int, int]
) -> None:
    """And then its stretch is one of the two of the range, so that a search reads it."""
    place, size, step = places
    first = place % 10**width
    last = min(first + size, 10**width - 1)
    number = first + step
    if not 0 <= number < 10**width:
        return
    held = KEY.held_by(record(f"{before}{first:0{width}}", f"{before}{last:0{width}}"))
    asked = number_of(f"{before}{number:0{width}}", STRETCH)
    readings = [KEY.read(asked, each) for each in held]
    stretches = [number_of(f"{before}{end:0{width}}", STRETCH).key for end in (first, last)]
    assert [each.number.key for each in held] == list(dict.fromkeys(stretches))
    assert all(bool(reading) is (first <= number <= last) for reading in readings)
    if first <= number <= last:
        assert asked.key in {each.number.key for each in held}
        assert all(reading is not None and reading.score == 1.0 for reading in readings)


def test_a_look_alike_of_a_number_in_a_range_is_read_as_that() -> None:
    """Of the sign that was read otherwise, in the letters and in the figures."""
    [held] = KEY.held_by(record("OB10000", "OB10999"))
    for asked, signs in (("0B1O5I2", 3), ("OB10512", 0), ("OB1051Z", 1)):
        reading = KEY.read(number_of(asked, STRETCH), held)
        assert reading is not None
        assert reading.score == pytest.approx(0.97**signs, abs=0.001)
        assert reading.words.startswith("within OB10000 to OB10999")
    assert KEY.read(number_of("C10512", STRETCH), held) is None


def test_a_stored_record_that_is_no_range_any_more_is_met_by_nothing() -> None:
    """It was allowed when it was entered: no search fails at it."""
    held, *_ = KEY.held_by(record("AB", "AC"))
    assert KEY.read(number_of("AB", STRETCH), held) is None


def test_a_search_and_a_range_share_a_term() -> None:
    """So that a range that is entered later is matched against it."""
    terms = {*KEYS.record_terms(record("A0099990", "A0100010"))}
    for number in ("A0099990", "A0100010"):
        assert terms & {*KEYS.query_terms(SimpleNamespace(number=number))}
    assert not terms & {*KEYS.query_terms(SimpleNamespace(number="A0200000"))}


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        ("A1", "B2", "begin with the same signs"),
        ("A1", "A10", "has 3 signs and the first number 2"),
        ("A2", "A1", "is before"),
        ("A", "B", "end in figures"),
        ("000000", "100000", "100,001 numbers"),
    ],
)
def test_what_is_no_range_says_why(first: str, last: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        range_of(first, last)
