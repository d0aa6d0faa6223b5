"""A firearm matches a check exactly if a search finds it, with the same score and explanation, on both databases."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.firearms.models import FirearmQuery, FirearmState
from services.firearms.store import FirearmStore
from shared.records.results import score_of_any
from shared.storage import Database
from tests.services.firearms.samples import ITALY, entered
from tests.services.matching import EACH_EXAMPLE_EMPTIES_THE_STORE, expect_equal_hits

NUMBERS: Final = (
    *(
        "GXK 204 881",
        "204881",
        "gxk-2O4-88I",
        "204881V",
        "GXK204881V",
        "ABC204881",
        "GXK204887",
        "G204881",
        "A12",
        "1204",
    ),
)
MAKES: Final = ("Glock", "Beretta", "Unknown")
CALIBRES: Final = ("9x19", ".45 ACP", "Unknown")


def firearms() -> st.SearchStrategy[dict[str, Any]]:
    """Draw what is known of a firearm."""
    return st.fixed_dictionaries(
        {
            "serial_number": st.sampled_from(NUMBERS),
            "make": st.sampled_from(MAKES),
            "calibre": st.sampled_from(CALIBRES),
            "model": st.sampled_from((None, "17", "19", "Custom")),
        }
    )


def searches() -> st.SearchStrategy[dict[str, Any]]:
    """Draw a search by a number or a part of one, with what narrows it."""
    return st.fixed_dictionaries(
        {
            "serial_number": st.sampled_from((*NUMBERS, "GXK2*", "*4881", "GXK?04881")),
            "make": st.sampled_from((None, *MAKES)),
            "calibre": st.sampled_from((None, *CALIBRES)),
            "model": st.sampled_from((None, "17")),
            "near": st.booleans(),
        }
    )


@pytest.mark.thorough
@pytest.mark.both_databases
@EACH_EXAMPLE_EMPTIES_THE_STORE
@given(
    described=st.lists(st.tuples(firearms(), st.sampled_from(FirearmState)), min_size=1, max_size=6),
    wanted=st.lists(searches(), min_size=1, max_size=5),
)
async def test_a_firearm_matches_a_search_exactly_if_the_store_finds_it(
    database: Database, described: list[tuple[dict[str, Any], FirearmState]], wanted: list[dict[str, Any]]
) -> None:
    """In any state, with and without make and letters; and so does a batch, and a search that is saved."""
    records = [entered(**known).model_copy(update={"state": state}) for known, state in described]
    queries = [FirearmQuery.model_validate(each) for each in wanted]
    await expect_equal_hits(FirearmStore, database, records, queries, ITALY, score_of_any)
    store = FirearmStore(database.reading, ITALY, records[0].created)
    found = await store.which_may_find(queries)
    for place, query in enumerate(queries):
        hits = await store.find(query)
        assert place in found or not (hits.hits or hits.near)
        for hit in (*hits.hits, *hits.near):
            assert {*FirearmStore.query_terms(query)} & {*FirearmStore.record_terms(hit.record)}


def test_a_firearm_is_looked_up_by_some_fifty_terms() -> None:
    """As many as its number has signs, not as its neighbours."""
    assert 20 < len({*FirearmStore.record_terms(entered(serial_number="34579ACEFHJK9LMNPRTUVWXY"))}) < 150
