"""A criminal file matches a search exactly if the store finds it, with the same score and explanation."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices.persons.entries import PersonFile, PersonFileStatus
from services.notices.persons.queries import PersonFileQuery
from services.notices.persons.store import PersonFileStore
from shared.storage import Database
from tests.services.matching import EACH_EXAMPLE_EMPTIES_THE_STORE, expect_equal_hits, is_whole, one_or_several
from tests.services.notices.persons.files import ACQUITTAL, CONVICTION, FRAUD, PENDING, file_of
from tests.support import caller

FRANCE = caller("FR")
BIRTHS = ("1980", "1980-05", "1980-05-06", "1979-12/1980-05-06", "1980-05-07/1996-06-01", "1980-06-05")
NUMBERS = ("19AK00417", "19 ak-00417", "BE 7", "—7")

word = st.sampled_from(("Jean", "Jaen", "Jéan", "Marie", "Marie-Anne", "Mari", "Ana", "Anna", "李", "O'Neil", "oneil,"))
name = st.lists(word, min_size=1, max_size=3).map(" ".join)
sex = st.sampled_from(("M", "F", "U"))
country = st.sampled_from(("FR", "CH", "PL"))
number = st.sampled_from(NUMBERS)
document = number.map(lambda drawn: {"kind": "passport", "number": drawn, "country": "FR"})
particulars: dict[str, st.SearchStrategy[Any]] = {
    "date_of_birth": st.sampled_from(BIRTHS),
    "nationalities": st.lists(country, max_size=2),
    "documents": st.lists(document, max_size=2),
}
identity = st.fixed_dictionaries({"name": name}, optional=particulars)
history = st.sampled_from(
    (
        ("suspect", (PENDING,)),
        ("charged", (FRAUD, ACQUITTAL)),
        ("convicted", (CONVICTION, FRAUD)),
        ("witness", (PENDING,)),
        ("victim", (FRAUD,)),
    )
)
person = st.fixed_dictionaries(
    {"name": name, "sex": sex, "identities": st.lists(identity, max_size=2), **particulars},
    optional={"forename": name, "aliases": st.lists(name, max_size=2)},
)
status = st.sampled_from((PersonFileStatus.IN_FORCE, *PersonFileStatus))
wanted = one_or_several(
    {
        "name": name,
        "date_of_birth": st.sampled_from((*BIRTHS, "1980-05-05", "1990")),
        "nationality": country,
        "sex": sex,
        "person_status": st.sampled_from(("suspect", "convicted", "witness", "victim")),
        "document_number": number,
        "offence": st.sampled_from(("robbery", "fraud", "theft")),
        "age_min": st.sampled_from((29, 45, 46)),
        "age_max": st.sampled_from((46, 47)),
        "age_on": st.sampled_from(("2026-05-06", "2026-05-05")),
    }
).filter(is_whole)


def file(
    described: dict[str, Any], drawn: tuple[str, tuple[dict[str, Any], ...]], status: PersonFileStatus
) -> PersonFile:
    person_status, cases = drawn
    return file_of(FRANCE, *cases, **described, person_status=person_status).model_copy(update={"status": status})


@pytest.mark.thorough
@pytest.mark.both_databases
@EACH_EXAMPLE_EMPTIES_THE_STORE
@given(
    stated=st.lists(st.tuples(person, history, status), min_size=1, max_size=8),
    asked=st.lists(wanted, min_size=1, max_size=6),
)
async def test_a_file_matches_a_search_exactly_if_the_store_finds_it(
    database: Database, stated: list[tuple[Any, Any, PersonFileStatus]], asked: list[dict[str, Any]]
) -> None:
    """In any state, by name, by facts of any identity, or by both."""
    records, queries = [file(*each) for each in stated], [PersonFileQuery.model_validate(each) for each in asked]
    await expect_equal_hits(PersonFileStore, database, records, queries, FRANCE)
