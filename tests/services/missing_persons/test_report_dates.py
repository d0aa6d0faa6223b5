"""Which dates of a report are possible together."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.missing_persons import rules
from services.missing_persons.models import PersonStatus
from shared.dates import overlaps
from shared.errors import Refusal
from tests.services.missing_persons.records import NOW, missing_person, unidentified_body

TODAY = NOW.date()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"date_of_birth": "2026-03-15"}, rules.BornAfterLastSeen),
        ({"date_of_birth": "2026-04"}, rules.BornAfterLastSeen),
        ({"date_of_birth": "2027"}, rules.BornAfterLastSeen),
        ({"date_of_birth": "2026-03-16", "last_seen_date": "2026-03"}, rules.BornAfterLastSeen),
        ({"date_of_birth": "2026-04/2027", "last_seen_date": "2026-03"}, rules.BornAfterLastSeen),
        ({"last_seen_date": "2026-06-03", "report_date": "2026-06-03"}, rules.LastSeenInFuture),
        ({"last_seen_date": "2026-07/2026-08"}, rules.LastSeenInFuture),
        ({"last_seen_date": "2026-03-16/2026-03-20"}, rules.ReportedTooEarly),
        ({"last_seen_date": "2026-04"}, rules.ReportedTooEarly),
        ({"report_date": "2026-03-13"}, rules.ReportedTooEarly),
        ({"report_date": "2026-06-03"}, rules.ReportInFuture),
    ],
)
def test_contradictory_dates_are_refused(changes: dict[str, Any], refusal: type[Refusal]) -> None:
    """A person is not seen before their birth or in the future, nor reported before they were last seen."""
    with pytest.raises(refusal, match=r"^(date_of_birth|last_seen_date|report_date): ") as refused:
        missing_person(**changes)
    [fault] = refused.value.members["errors"]
    assert fault["pointer"] == "/" + refused.value.detail.partition(":")[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"date_of_birth": "2026-03-14"},
        {"date_of_birth": "2026-03"},
        {"date_of_birth": "2026"},
        {"date_of_birth": None},
        {"report_date": "2026-03-14"},
        {"last_seen_date": "2026-06-02", "report_date": "2026-06-02"},
        {"last_seen_date": "2026-03-13/2026-03-20"},
        {"last_seen_date": "2026"},
        {"last_seen_date": "2026-06", "report_date": "2026-06-01"},
        {"date_of_birth": "2026-03-15/2026-04", "last_seen_date": "2026-03"},
    ],
)
def test_consistent_dates_are_accepted(changes: dict[str, Any]) -> None:
    """The birth may be on the day or in the year of the disappearance, and a date may be tomorrow's (time zones)."""
    assert missing_person(**changes).status is PersonStatus.MISSING


# So few days that all that they may mean together can be tried.
FEW_DAYS = [date(2026, 5, 27) + timedelta(days=number) for number in range(12)]
few_days = (
    st.lists(st.sampled_from(FEW_DAYS), min_size=2, max_size=2).map(sorted).map(lambda ends: "/".join(map(str, ends)))
)


def few(known: str) -> list[date]:
    return [day for day in FEW_DAYS if overlaps(day, known)]


def is_refused(record: Callable[..., Any], **dates: str) -> bool:
    try:
        record(**dates)
    except Refusal:
        return True
    return False


@given(few_days, few_days, st.sampled_from(FEW_DAYS))
def test_a_report_is_refused_exactly_if_no_days_of_its_dates_are_possible_together(
    born: str, seen: str, reported: date
) -> None:
    """Born, seen and reported in this order, and no later than tomorrow."""
    latest = TODAY + timedelta(days=1)
    possible = any(first <= then <= reported <= latest for first, then in product(few(born), few(seen)))
    refused = is_refused(missing_person, date_of_birth=born, last_seen_date=seen, report_date=str(reported))
    assert refused is not possible


@given(few_days, few_days)
def test_a_body_is_refused_exactly_if_no_days_of_its_dates_are_possible_together(died: str, found: str) -> None:
    """Dead before it is found, and found no later than tomorrow."""
    latest = TODAY + timedelta(days=1)
    possible = any(first <= then <= latest for first, then in product(few(died), few(found)))
    assert is_refused(unidentified_body, died=died, found_date=found) is not possible


def test_a_body_found_in_the_future_is_refused() -> None:
    """Tomorrow is accepted, as it has already come in some time zone."""
    assert unidentified_body(found_date="2026-06-02").found_date == "2026-06-02"
    assert unidentified_body(found_date="2026").found_date == "2026"
    with pytest.raises(rules.BodyFoundInFuture):
        unidentified_body(found_date="2026-06-03")


def test_a_death_after_the_body_was_found_is_refused() -> None:
    """It may be on the same day, or in a range that begins before."""
    assert unidentified_body(died="2026-04-02").died == "2026-04-02"
    assert unidentified_body(died="2026-03/2026-05").died == "2026-03/2026-05"
    with pytest.raises(rules.DiedAfterFound) as refused:
        unidentified_body(died="2026-04-03")
    assert refused.value.members["errors"][0]["pointer"] == "/died"
