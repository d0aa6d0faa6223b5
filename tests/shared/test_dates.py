"""Dates as far as they are known: what is accepted, which days they may mean, and how they are compared."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.dates import (
    Days,
    PartialDate,
    ages_at,
    births_for_ages,
    certainly_before,
    days_of,
    first_day,
    is_within,
    last_day,
    overlaps,
    slashed,
)

PARTIAL_DATES = TypeAdapter(PartialDate)
# Leap years and the ends of months are frequent; days are few, so that dates often meet.
some_day = st.dates(date(2000, 2, 27), date(2000, 3, 3)) | st.dates(date(1999, 12, 30), date(2001, 1, 2))
partial = st.tuples(some_day, st.sampled_from((4, 7, 10))).map(lambda drawn: drawn[0].isoformat()[: drawn[1]])


def in_order(ends: tuple[str, str]) -> bool:
    return first_day(ends[0]) <= last_day(ends[1])


known = partial | st.tuples(partial, partial).filter(in_order).map("/".join)


def each_day(text: str) -> set[date]:
    """Return all days that a date may mean, by comparing the text of each day of these years."""
    start, _, end = text.partition("/")
    days = [date(1999, 1, 1) + timedelta(days=number) for number in range(3 * 366)]
    first = min(day for day in days if day.isoformat().startswith(start))
    last = max(day for day in days if day.isoformat().startswith(end or start))
    return {day for day in days if first <= day <= last}


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-03-14", "2026-03-14", "2026-03-14"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("1850", "1850-01-01", "1850-12-31"),
        ("2100", "2100-01-01", "2100-12-31"),
        ("2026-03-13/2026-03-16", "2026-03-13", "2026-03-16"),
        ("2026-03-14/2026-03-14", "2026-03-14", "2026-03-14"),
        ("1985/1987-06", "1985-01-01", "1987-06-30"),
        ("2026-03-14/2026-03", "2026-03-14", "2026-03-31"),
        ("1896-06-01/2026-06-01", "1896-06-01", "2026-06-01"),
    ],
)
def test_a_date_means_the_days_from_its_first_to_its_last(text: str, first: str, last: str) -> None:
    """The first day of a range is that of its start, the last one that of its end; the text is kept as it was sent."""
    assert days_of(text) == Days(date.fromisoformat(first), date.fromisoformat(last))
    assert PARTIAL_DATES.validate_json(f'"{text}"', strict=True) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-02-29", "must have a day from 01 to 28"),
        ("2026-04-31", "must have a day from 01 to 30"),
        ("2026-04-00", "must have a day from 01 to 30"),
        ("2026-13", "must have a month from 01 to 12"),
        ("2026-00-01", "must have a month from 01 to 12"),
        ("1849", "must lie between 1850 and 2100"),
        ("2101-01-01", "must lie between 1850 and 2100"),
        ("0000", "must lie between 1850 and 2100"),
        ("2026-03-14/2026-03-13", "the range ends before it starts"),
        ("2026-03/2026-02", "the range ends before it starts"),
        ("1896-05-31/2026-06-01", "a range spans at most 130 years"),
        ("1850/2100", "a range spans at most 130 years"),
        ("2026-03-14/2026-02-30", "must have a day from 01 to 28"),
        ("198X", "write unknown digits as what they allow: 1980/1989 for 198X"),
        ("19xx", "write unknown digits as what they allow"),
        ("1987-XX-XX", "write unknown digits as what they allow"),
        ("1987?", "write the range that is meant instead of ?, ~ or %"),
        ("1987-04~/1988", "write the range that is meant"),
        ("1987/", "give both ends of the range"),
        ("/1987", "give both ends of the range"),
        ("1987/..", "give both ends of the range"),
        ("2026-03-14T10:00:00Z", "leave out the time of day"),
        ("14.03.2026", "must be YYYY-MM-DD, YYYY-MM, YYYY, or a range"),
        ("2026-3-14", "must be YYYY-MM-DD"),
        ("20260314", "must be YYYY-MM-DD"),
        ("2026-W10-1", "must be YYYY-MM-DD"),
        ("2026/2027/2028", "must be YYYY-MM-DD"),
        ("2026-03-10 / 2026-03-14", "must be YYYY-MM-DD"),
        ("２０２６", "must be YYYY-MM-DD"),
        ("2026\n", "must be YYYY-MM-DD"),
        ("", "must be YYYY-MM-DD"),
        ("1" * 100_000, "must be YYYY-MM-DD"),
    ],
)
def test_what_is_no_date_is_refused_with_what_to_write(text: str, reason: str) -> None:
    """In a sentence, not as a pattern, and without the text, which is personal data."""
    with pytest.raises(ValidationError) as refused:
        PARTIAL_DATES.validate_python(text)
    [fault] = refused.value.errors()
    assert reason in fault["msg"]
    assert "[0-9]" not in fault["msg"]


@pytest.mark.parametrize("value", [1987, 1987.0, True, None, ["1987"]])
def test_a_date_is_a_text(value: object) -> None:
    """A number is no year."""
    with pytest.raises(ValidationError):
        PARTIAL_DATES.validate_python(value)


digits = st.integers(0, 99).map("{:02}".format)
almost = st.builds("{}{}-{}-{}".format, st.sampled_from(("18", "19", "20", "21")), digits, digits, digits)
any_text = st.one_of(
    st.text(max_size=25),
    st.text("0123456789-/X.", max_size=21),
    almost,
    almost.map(lambda text: text[:7]),
    st.builds("{}/{}".format, almost, almost),
)


@given(any_text)
def test_every_text_is_a_date_or_refused(text: str) -> None:
    """By a ValueError, and alike in a record; a date has its days in order and within bounds."""
    try:
        first, last = days_of(text)
    except ValueError:
        with pytest.raises(ValidationError):
            PARTIAL_DATES.validate_python(text)
    else:
        assert date(1850, 1, 1) <= first <= last <= date(2100, 12, 31)
        assert PARTIAL_DATES.validate_python(text) == text


@given(known)
def test_the_days_of_a_date_are_those_that_begin_with_its_text(text: str) -> None:
    """Counted day by day."""
    assert days_of(text) == (min(each_day(text)), max(each_day(text)))


@pytest.mark.thorough
@given(known, known)
def test_dates_are_compared_as_their_days_are(one: str, other: str) -> None:
    """Certainly before: all pairs of days. Overlapping: a day in common."""
    pairs = [(min(each_day(one)), max(each_day(other))), (max(each_day(one)), min(each_day(other)))]
    assert certainly_before(one, other) == all(first < second for first, second in pairs)
    assert overlaps(one, other) == bool(each_day(one) & each_day(other))
    assert is_within(one, other) == (each_day(one) <= each_day(other))


@given(known, known)
def test_the_comparisons_of_dates_agree_with_each_other(one: str, other: str) -> None:
    """Of two dates either is certainly before the other, or they overlap."""
    assert [certainly_before(one, other), certainly_before(other, one), overlaps(one, other)].count(True) == 1
    assert overlaps(one, other) == overlaps(other, one)
    assert overlaps(one, other) or not is_within(one, other)


@given(some_day, some_day)
def test_exact_days_are_compared_as_usual(one: date, other: date) -> None:
    """A day, its text, and the days of it are the same."""
    for first, second in product((one, one.isoformat(), Days(one, one)), (other, other.isoformat())):
        assert certainly_before(first, second) == (one < other)
        assert overlaps(first, second) == (one == other)


births = st.dates(date(1990, 1, 1), date(2000, 3, 1)).map(str) | st.sampled_from(("1996-02-29", "1996-02", "1996"))
events = st.dates(date(2000, 3, 1), date(2012, 3, 1)).map(str) | st.sampled_from(("2012-02-29", "2011-02-28", "2011"))


@given(births, events)
def test_an_age_at_an_event_is_that_of_each_birth_and_each_day_of_it(born: str, event: str) -> None:
    """The least age is that of the latest birth at the earliest event; each age agrees with the births for it."""
    least, greatest = ages_at(born, event)
    for birth, day in product(days_of(born), days_of(event)):
        age = next(age for age in range(131) if overlaps(birth, births_for_ages(age, age, day)))
        assert least <= age <= greatest
        assert ages_at(birth, day) == (age, age)
    assert (least, greatest) == (
        ages_at(last_day(born), first_day(event))[0],
        ages_at(first_day(born), last_day(event))[0],
    )


def test_a_birth_that_may_be_after_the_event_counts_as_age_zero() -> None:
    """Born in the year of the disappearance: at most a few months old."""
    assert ages_at("2026", "2026-03-14") == (0, 0)
    assert ages_at("2025/2026", "2026-03-14") == (0, 1)


@pytest.mark.parametrize(
    ("date", "written"),
    [
        (None, None),
        ("1987", "1987"),
        ("1987-04", "1987/04"),
        ("1987-04-19", "1987/04/19"),
        ("1987-04-19/1987-04-21", "1987/04"),
        ("1985/1987-06", None),
        ("1987/1987-06", "1987"),
    ],
)
def test_a_date_is_written_with_slashes(date: str | None, written: str | None) -> None:
    """Of a range, what both ends have in common."""
    assert slashed(date) == written
