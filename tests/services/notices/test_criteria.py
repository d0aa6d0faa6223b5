"""What a search of notices asks for, and by which names a subject is found."""

from datetime import date
from typing import Any

import pytest

from services.notices.colours import Colour
from services.notices.queries import NoticeQuery
from services.notices.subjects.matching import births_sought
from services.notices.subjects.models import names_of
from tests.conftest import NOW
from tests.services.notices.examples import COMPLETE, complete, entry, red_about


@pytest.mark.parametrize(
    ("query", "spans"),
    [
        ({"date_of_birth": "1980"}, [(date(1980, 1, 1), date(1980, 12, 31))]),
        ({"date_of_birth": "1980-02"}, [(date(1980, 2, 1), date(1980, 2, 29))]),
        ({"date_of_birth": "1979-12/1980-05-06"}, [(date(1979, 12, 1), date(1980, 5, 6))]),
        ({"date_of_birth": "1980-05-06"}, [(date(1980, 5, 6), date(1980, 5, 6))]),
        ({"age_min": 46, "age_max": 46}, [(date(1979, 6, 2), date(1980, 6, 1))]),
        ({"age_max": 1}, [(date(2024, 6, 2), date(2026, 6, 1))]),
        ({"age_min": 30, "age_max": 40, "age_on": "2019-06-14"}, [(date(1978, 6, 15), date(1989, 6, 14))]),
        ({"age_min": 130}, [(date(1895, 6, 2), date(1896, 6, 1))]),
        ({"colour": "red"}, []),
    ],
)
def test_a_search_by_birth_or_age_becomes_a_range_of_birth_dates(
    query: dict[str, Any], spans: list[tuple[date, date]]
) -> None:
    """For a year, a month, a day, a range, an age today, and one on another day."""
    assert [tuple(each.days) for each in births_sought(NoticeQuery.model_validate(query), NOW)] == spans


def test_the_searchable_names_of_a_subject_are_complete() -> None:
    """The name, the name at birth, those in other scripts and the aliases."""
    named = red_about(birth_name="Rouard", names_in_other_scripts=["Этьен Марвелье"], aliases=["Le Grand"])
    names = names_of(entry(named).subject)
    assert names == ["Étienne Noël Marvellier", "Étienne Noël Rouard", "Этьен Марвелье", "Le Grand"]
    assert names_of(entry(complete("orange")).subject) == ["Parcel bomb"]
    assert set(COMPLETE) == set(Colour)
