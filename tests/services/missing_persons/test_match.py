"""A person or a body matches a search exactly if the store finds it, with the same score and explanation."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import missing_persons
from services.missing_persons.models import BodyReport, BodyStatus, PersonReport, PersonStatus
from services.missing_persons.queries import AgeAt, BodySearch, PersonSearch
from services.missing_persons.rules import report_body, report_person
from services.missing_persons.store import BodyStore, PersonStore
from shared.dates import certainly_before
from shared.ids import uuid7
from shared.records.policy import Revision
from shared.storage import Database
from tests.conftest import NOW
from tests.services.matching import EACH_EXAMPLE_EMPTIES_THE_STORE, expect_equal_hits, one_or_several
from tests.services.missing_persons.samples import BODY, PERSON
from tests.stores import Tables
from tests.support import caller

NETHERLANDS = caller("NL")
BIRTHS = (None, "1987", "1987-06", "1987-06-01", "1987-06-02", "1996", "1986/1987-06-01", "1996-02-29/1997")

word = st.sampled_from(("Julia", "Julja", "Júlia", "Ann", "Anne", "Marlowe", "Marlow", "李", "De-Vries"))
name = st.lists(word, min_size=1, max_size=2).map(" ".join)
sex = st.sampled_from(("M", "F", "U"))
country = st.sampled_from(("NL", "BE"))
place = st.sampled_from(("Rotterdam", "rotterdam, CENTRAL station", "Róttérdam central", "50% hill_side", "hill side"))
day = st.dates(date(2026, 3, 12), date(2026, 3, 15))
ranges = ("2026-03-12/2026-03-13", "2026-03-13/2026-03-15", "2026-03", "2026", "2026-02/2026-03-12")
known_day = day.map(str) | st.sampled_from(ranges)
years, centimetres = st.integers(29, 31), st.integers(165, 167)


def in_order(measure: str, drawn: dict[str, Any]) -> bool:
    least, greatest = drawn.get(f"{measure}_min"), drawn.get(f"{measure}_max")
    return least is None or greatest is None or least <= greatest


def died_before_found(drawn: dict[str, Any]) -> bool:
    return not certainly_before(drawn["found_date"], drawn.get("died", drawn["found_date"]))


person = st.fixed_dictionaries(
    {
        "family_name": name,
        "forename": name,
        "birth_name": st.none() | name,
        "other_names": st.lists(name, max_size=1),
        "sex": sex,
        "person_status": st.sampled_from(("missing", "unable-to-identify")),
        "date_of_birth": st.sampled_from(BIRTHS),
        "nationalities": st.lists(country, max_size=2),
        "last_seen_date": known_day,
        "last_seen_place": place,
        "last_seen_country": country,
    }
)
estimates = {"age_min": years, "age_max": years, "height_min": centimetres, "height_max": centimetres}
body = st.fixed_dictionaries(
    {"sex": sex, "found_date": known_day, "found_place": place, "found_country": country},
    optional={**estimates, "died": known_day},
).filter(lambda drawn: in_order("age", drawn) and in_order("height", drawn) and died_before_found(drawn))
person_status = st.sampled_from(("missing", "unable-to-identify", "deceased"))
asked = {
    "sex": sex,
    "person_status": person_status,
    "place": place | st.sampled_from(("terdam", "l s")),
    "country": country,
}
person_search = one_or_several(
    {
        **asked,
        "name": name,
        "nationality": country,
        "age_min": st.sampled_from((29, 38, 39)),
        "age_max": st.sampled_from((38, 39, 40)),
        "age_at": st.sampled_from(AgeAt),
        "date_of_birth": st.sampled_from(BIRTHS[1:]),
        "last_seen": known_day,
        "last_seen_from": day,
        "last_seen_to": day,
    }
)
body_search = one_or_several(
    {**asked, **estimates, "found_from": day, "found_to": day, "found": known_day, "died": known_day}
)


def mostly(status: PersonStatus | BodyStatus) -> st.SearchStrategy[Any]:
    return st.just(status) | st.just(status) | st.sampled_from(type(status))


def valid(model: type[PersonSearch | BodySearch], drawn: dict[str, Any]) -> bool:
    if "age_at" in drawn and drawn.keys().isdisjoint({"age_min", "age_max"}):
        return False
    lower_and_upper = [(drawn.get(lower), drawn.get(upper)) for lower, upper in model.ranges]
    return all(None in bounds or bounds[0] <= bounds[1] for bounds in lower_and_upper)


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return missing_persons.SERVICE


@pytest.mark.thorough
@pytest.mark.both_databases
@EACH_EXAMPLE_EMPTIES_THE_STORE
@given(
    described=st.lists(st.tuples(person, mostly(PersonStatus.MISSING)), min_size=1, max_size=8),
    wanted=st.lists(person_search.filter(lambda drawn: valid(PersonSearch, drawn)), min_size=1, max_size=6),
)
async def test_a_person_matches_a_search_exactly_if_the_store_finds_them(
    database: Database, described: list[tuple[dict[str, Any], PersonStatus]], wanted: list[dict[str, Any]]
) -> None:
    """In any state, by name and by known facts, however few."""
    records = []
    for known, status in described:
        report = PersonReport.model_validate({**PERSON, **known})
        revision = Revision(uuid7(NOW), NOW)
        records.append(report_person(report, by=NETHERLANDS, revision=revision).model_copy(update={"status": status}))
    queries = [PersonSearch.model_validate(each) for each in wanted]
    await expect_equal_hits(PersonStore, database, records, queries, NETHERLANDS)


@pytest.mark.both_databases
@EACH_EXAMPLE_EMPTIES_THE_STORE
@given(
    described=st.lists(st.tuples(body, mostly(BodyStatus.UNIDENTIFIED)), min_size=1, max_size=8),
    wanted=st.lists(body_search.filter(lambda drawn: valid(BodySearch, drawn)), min_size=1, max_size=6),
)
async def test_a_body_matches_a_search_exactly_if_the_store_finds_it(
    database: Database, described: list[tuple[dict[str, Any], BodyStatus]], wanted: list[dict[str, Any]]
) -> None:
    """In any state, with ranges that are known, half known or unknown."""
    records = []
    for known, status in described:
        unknown = dict.fromkeys(estimates)
        report = BodyReport.model_validate({**BODY, **unknown, **known})
        revision = Revision(uuid7(NOW), NOW)
        records.append(report_body(report, by=NETHERLANDS, revision=revision).model_copy(update={"status": status}))
    queries = [BodySearch.model_validate(each) for each in wanted]
    await expect_equal_hits(BodyStore, database, records, queries, NETHERLANDS)
