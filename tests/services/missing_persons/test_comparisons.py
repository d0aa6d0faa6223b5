"""How a search compares ages, dates, places and names, and what a doubt takes from the score."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.missing_persons import rules
from services.missing_persons.matching import match
from services.missing_persons.queries import AgeAt, BodySearch, PersonSearch
from shared.dates import span_text
from shared.records.search.criteria import Doubt, score
from tests.services.missing_persons.records import NOW, missing_person, person_report, unidentified_body

YEAR_OF_SEARCH = st.integers(2026, 2090)


@given(YEAR_OF_SEARCH)
def test_the_age_of_a_person_is_that_when_they_were_last_seen_whatever_today_is(year: int) -> None:
    """Born 2010 and last seen 2012: one or two years old, and no other age."""
    person, at = missing_person(date_of_birth="2010", last_seen_date="2012"), NOW.replace(year=year)
    found = {age for age in range(131) if match(person, PersonSearch(age_min=age, age_max=age), at)}
    assert found == {1, 2}
    today = {age for age in range(131) if match(person, PersonSearch(age_min=age, age_max=age, age_at=AgeAt.TODAY), at)}
    assert today == {year - 2011, year - 2010}


@pytest.mark.parametrize(
    ("born", "seen", "wanted", "score"),
    [
        ("2010-05-01", "2012-04-30", 1, 1.0),
        ("2010-05-01", "2012-05-01", 2, 1.0),
        ("2010-05-01", "2012-04-30", 2, None),
        ("2010-05-01", "2012-04-30/2012-05-01", 2, 0.8),
        ("2010", "2012-12-31", 2, 1.0),
        ("2010", "2012-12-30", 2, 0.8),
        (None, "2012", 2, 0.64),
    ],
)
def test_a_date_known_in_part_leaves_a_doubt_about_the_age(
    born: str | None, seen: str, wanted: int, score: float | None
) -> None:
    """Unless the person had this age on each day that the dates allow."""
    person = missing_person(date_of_birth=born, last_seen_date=seen)
    hit = match(person, PersonSearch(age_min=wanted, age_max=wanted), NOW)
    assert (hit and hit.score) == score


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"last_seen": "2026-03-14"}, (0.8, "last seen 2026-03-14 possible")),
        ({"last_seen": "2026-03"}, (1.0, "last seen 2026-03")),
        ({"last_seen": "2026-03-16/2026-04"}, (0.8, "last seen 2026-03-16/2026-04 possible")),
        ({"last_seen": "2026-03-17"}, None),
        ({"last_seen_from": "2026-03-13"}, (1.0, "last seen from 2026-03-13")),
        ({"last_seen_to": "2026-03-13"}, (0.8, "last seen to 2026-03-13 possible")),
        ({"last_seen_to": "2026-03-12"}, None),
        ({"date_of_birth": "1987"}, (1.0, "date of birth 1987")),
        ({"date_of_birth": "1987-04-19"}, (0.8, "date of birth 1987-04-19 possible")),
        ({"date_of_birth": "1988"}, None),
    ],
)
def test_a_range_is_found_by_each_day_that_it_may_mean(wanted: dict[str, str], expected: tuple[float, str]) -> None:
    """With a doubt where it only may; a date wholly within what is asked for leaves none."""
    person = missing_person(date_of_birth="1987-04", last_seen_date="2026-03-13/2026-03-16", report_date="2026-03-17")
    hit = match(person, PersonSearch.model_validate(wanted), NOW)
    assert (hit and (hit.score, hit.match)) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"died": "2026-02"}, (0.8, "died 2026-02 possible")),
        ({"died": "2026-01/2026-03"}, (1.0, "died 2026-01/2026-03")),
        ({"died": "2026-04"}, None),
        ({"found": "2026-04"}, (1.0, "found 2026-04")),
        ({"found": "2026-04-02"}, (0.8, "found 2026-04-02 possible")),
        ({"found_from": "2026-04-30"}, (0.8, "found from 2026-04-30 possible")),
        ({"found_from": "2026-05-01"}, None),
    ],
)
def test_a_body_is_found_by_when_it_may_have_died_and_been_found(
    wanted: dict[str, str], expected: tuple[float, str]
) -> None:
    """An estimate over two months is found by each of them."""
    body = unidentified_body(died="2026-02/2026-03", found_date="2026-04")
    hit = match(body, BodySearch.model_validate(wanted), NOW)
    assert (hit and (hit.score, hit.match)) == expected


def test_a_body_whose_death_is_not_dated_may_fit_any_date() -> None:
    """As any estimate that is not known."""
    hit = match(unidentified_body(), BodySearch(died="1999"), NOW)
    assert (hit and (hit.score, hit.match)) == (0.64, "died 1999 not known")


def test_the_names_of_a_person_are_full_names() -> None:
    """The family name and the name at birth each with the forename, and other names as they are."""
    named = person_report(other_names=["Джулия Марлоу"])
    assert rules.names_of(named) == ["Julia Ann Marlowe", "Julia Ann Ostrander", "Джулия Марлоу"]
    assert rules.names_of(person_report(forename=None, birth_name=None)) == ["Marlowe"]


def test_places_are_compared_without_accents_case_and_punctuation() -> None:
    """The key of a place consists of words of lower-case letters and digits."""
    assert rules.place_key("São  Paulo, Estação da LUZ (3)") == "sao paulo estacao da luz 3"


@given(st.lists(st.sampled_from(Doubt)), st.sampled_from([Doubt.POSSIBLE, Doubt.UNKNOWN]))
def test_each_doubt_lowers_the_score(doubts: list[Doubt], another: Doubt) -> None:
    """A score lies between 0 and 1."""
    assert 0 < score([*doubts, another]) < score(doubts) <= 1


def test_a_range_is_written_in_words() -> None:
    """An open end is left out."""
    assert [span_text(30, 45), span_text(30, None), span_text(None, 45)] == ["30 to 45", "from 30", "to 45"]


def test_the_scores_of_doubts_are_rounded() -> None:
    """Not 0.6400000000000001, which means nothing to a reader."""
    assert [score([doubt]) for doubt in Doubt] == [1.0, 0.8, 0.64]
