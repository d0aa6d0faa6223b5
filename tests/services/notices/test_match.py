"""A notice matches a search exactly if the store finds it, with the same score and explanation."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices import rules
from services.notices.lifecycle import NoticeStatus
from services.notices.models import NoticeRecord
from services.notices.queries import NoticeQuery
from services.notices.store import NoticeStore
from shared.ids import uuid7
from shared.records.policy import Revision
from shared.storage import Database
from tests.conftest import NOW
from tests.services.matching import EACH_EXAMPLE_EMPTIES_THE_STORE, expect_equal_hits, is_whole, one_or_several
from tests.services.notices.examples import entry
from tests.support import caller

FRANCE = caller("FR")
BIRTHS = ("1980", "1980-05", "1980-05-06", "1996-06-01", "1996-06-02", "1979-12/1980-05-06", "1980-05-07/1996-06-01")

word = st.sampled_from(("Jean", "Jaen", "Jéan", "Marie", "Marie-Anne", "Mari", "Ana", "Anna", "李", "O'Neil", "oneil,"))
name = st.lists(word, min_size=1, max_size=3).map(" ".join)
sex = st.sampled_from(("M", "F", "U"))
country = st.sampled_from(("FR", "CH", "PL"))
document = st.builds(
    lambda number: {"kind": "passport", "number": number, "country": "FR"}, st.sampled_from(("19AK 417", "ß-7", "1"))
)
identity = st.fixed_dictionaries(
    {},
    optional={
        "name": name,
        "forename": name,
        "nationalities": st.lists(country, max_size=2),
        "date_of_birth": st.sampled_from(BIRTHS),
        "documents": st.lists(document, max_size=1),
    },
)
person = st.fixed_dictionaries(
    {"kind": st.just("person"), "sex": sex},
    optional={
        "name": name,
        "forename": name,
        "birth_name": name,
        "aliases": st.lists(name, max_size=2),
        "nationalities": st.lists(country, max_size=2),
        "date_of_birth": st.sampled_from(BIRTHS),
        "documents": st.lists(document, max_size=1),
        "identities": st.lists(identity, max_size=2),
    },
)
thing = st.fixed_dictionaries({"kind": st.just("object")}, optional={"name": name})
colour = st.sampled_from(("red", "blue"))
person_status = st.sampled_from(("wanted", "convicted", "charged"))
of_status = st.builds(lambda described, stated: {**described, "person_status": stated}, person, person_status)
content = st.fixed_dictionaries({"colour": colour, "subject": of_status | person}) | st.fixed_dictionaries(
    {"colour": st.just("orange"), "subject": of_status | person | thing}
)
status = st.sampled_from((NoticeStatus.PUBLISHED, NoticeStatus.UPDATED, *NoticeStatus))
wanted = one_or_several(
    {
        "name": name,
        "colour": colour,
        "nationality": country,
        "sex": sex,
        "person_status": person_status,
        "date_of_birth": st.sampled_from((*BIRTHS, "1980-06-05")),
        "document_number": st.sampled_from(("19ak417", "SS7", "1")),
        "age_min": st.sampled_from((29, 30, 31)),
        "age_max": st.sampled_from((31, 46)),
        "age_on": st.sampled_from(("2026-05-31", "2010-06-01")),
    }
).filter(is_whole)


def notice(content: dict[str, Any], status: NoticeStatus) -> NoticeRecord:
    revision = Revision(uuid7(NOW), NOW)
    drafted = rules.draft(entry(content), by=FRANCE, revision=revision)
    return drafted.model_copy(update={"status": status})


@pytest.mark.thorough
@pytest.mark.both_databases
@EACH_EXAMPLE_EMPTIES_THE_STORE
@given(
    stated=st.lists(st.tuples(content, status), min_size=1, max_size=8), asked=st.lists(wanted, min_size=1, max_size=6)
)
async def test_a_notice_matches_a_search_exactly_if_the_store_finds_it(
    database: Database, stated: list[tuple[dict[str, Any], NoticeStatus]], asked: list[dict[str, Any]]
) -> None:
    """In any state, by name, by facts, or by both."""
    records, queries = [notice(*each) for each in stated], [NoticeQuery.model_validate(each) for each in asked]
    await expect_equal_hits(NoticeStore, database, records, queries, FRANCE)
