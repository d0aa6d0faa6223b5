"""A vessel matches a search exactly if the store finds it, with the same score and explanation, on both databases."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import stolen_vehicles
from services.stolen_vehicles.vessels.models import VesselQuery, VesselStatus
from services.stolen_vehicles.vessels.store import VesselStore
from shared.records.results import score_of_any
from shared.storage import Database
from tests.services.matching import EACH_EXAMPLE_EMPTIES_THE_STORE, expect_equal_hits
from tests.services.stolen_vehicles.samples import ITALY
from tests.services.stolen_vehicles.vessels.samples import entered
from tests.stores import Tables

HULLS: Final = ("GB-XX100042-C3-13", "gb xx1O0042c313", "XX100042C313", "US-XX100042-C3-13", "GB-XX100047-C3-13", "W7")
NAMES: Final = ("Sea Breeze", "Seabreeze", "Breeze", "Мираж", "Mirazh", "Nordlicht")
ENGINES: Final = ("6FM 1012345", "6fm-1O12345", "6FM 1012354", "X9")
CALL_SIGNS: Final = ("MABC7", "mabc 7", "MA8C7")


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return stolen_vehicles.SERVICE


def some(values: tuple[str, ...]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values)


def vessels() -> st.SearchStrategy[dict[str, Any]]:
    """Draw what is known of a vessel: a hull number, a call sign or an engine at least."""
    engines = st.lists(st.sampled_from(ENGINES).map(lambda number: {"number": number}), max_size=3).map(tuple)
    known = {"hull_number": some(HULLS), "call_sign": some(CALL_SIGNS), "name": some(NAMES), "engines": engines}
    drawn = st.fixed_dictionaries({**known, "colour": some(("white", "blue"))})
    return drawn.filter(lambda each: any(each[name] for name in ("hull_number", "call_sign", "engines")))


def searches() -> st.SearchStrategy[dict[str, Any]]:
    """Draw a search: a number or a name at least."""
    numbers = {
        "hull_number": some((*HULLS, "GB*42C313")),
        "call_sign": some(CALL_SIGNS),
        "engine_number": some(ENGINES),
    }
    drawn = st.fixed_dictionaries({**numbers, "name": some(NAMES), "colour": some(("white",)), "near": st.booleans()})
    return drawn.filter(lambda each: any(each[name] for name in (*numbers, "name")))


def test_a_vessel_with_the_longest_numbers_is_looked_up_by_some_hundred_terms() -> None:
    """As many as the numbers it states, not as their neighbours, so that no entry delays the hits of others."""
    number = "34579ACEFHJKLMNPRTUVWXY3457ACE"
    engines = tuple({"number": f"{number[at:]}{number[:at]}"} for at in range(4))
    stated = {"hull_number": number, "call_sign": number[::-1], "registration": number[:20], "flag": "FR"}
    vessel = entered(engines=engines, imo_number="9074729", mmsi="232123456", **stated)
    assert 200 < len({*VesselStore.record_terms(vessel)}) < 600


@pytest.mark.thorough
@pytest.mark.both_databases
@EACH_EXAMPLE_EMPTIES_THE_STORE
@given(
    described=st.lists(st.tuples(vessels(), st.sampled_from(VesselStatus)), min_size=1, max_size=6),
    wanted=st.lists(searches(), min_size=1, max_size=5),
)
async def test_a_vessel_matches_a_search_exactly_if_the_store_finds_it(
    database: Database, described: list[tuple[dict[str, Any], VesselStatus]], wanted: list[dict[str, Any]]
) -> None:
    """In any state, by any number, by name, and by both."""
    records = [entered(**known).model_copy(update={"status": status}) for known, status in described]
    queries = [VesselQuery.model_validate(each) for each in wanted]
    await expect_equal_hits(VesselStore, database, records, queries, ITALY, score_of_any)
