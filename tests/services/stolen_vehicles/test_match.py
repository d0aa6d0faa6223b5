"""A vehicle matches a check exactly if a search finds it, with the same score and explanation, on both databases."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import stolen_vehicles
from services.stolen_vehicles.models import VehicleQuery, VehicleStatus
from services.stolen_vehicles.store import VehicleStore
from shared.records.results import score_of_any
from shared.storage import Database
from tests.services.matching import EACH_EXAMPLE_EMPTIES_THE_STORE, expect_equal_hits
from tests.services.stolen_vehicles.samples import ITALY, entered
from tests.stores import Tables

VINS = ("ZAR 937000 05123456", "zar-93700005123456", "ZAR93700005123457", "ß" * 25)
PLATES = ("FZ 512 KL", "fz512kl", "ΕΡ 512", "EP-512", "٥١٢")


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return stolen_vehicles.SERVICE


def some(*values: str) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values)


def keys() -> st.SearchStrategy[dict[str, Any]]:
    """Draw the keys of a vehicle or of a search: one key at least."""
    plate = st.fixed_dictionaries({"plate": st.sampled_from(PLATES), "country": st.sampled_from(("IT", "GR"))})
    drawn = st.tuples(st.just({}) | plate, some(*VINS[:3]), some("AR 67203 1234567", "ar672031234567", "AR67203"))
    given = drawn.map(lambda parts: {**parts[0], "vin": parts[1], "engine_number": parts[2]})
    return given.filter(lambda known: any(known.values()))


@pytest.mark.thorough
@pytest.mark.both_databases
@EACH_EXAMPLE_EMPTIES_THE_STORE
@given(
    described=st.lists(st.tuples(keys(), st.sampled_from(VehicleStatus)), min_size=1, max_size=8),
    wanted=st.lists(keys(), min_size=1, max_size=6),
)
async def test_a_vehicle_matches_a_check_exactly_if_the_store_finds_it(
    database: Database, described: list[tuple[dict[str, Any], VehicleStatus]], wanted: list[dict[str, Any]]
) -> None:
    """In any state, by any key, in any spelling."""
    nothing = {"vin": None, "plate": None, "country": None}
    records = [entered(**{**nothing, **known}).model_copy(update={"status": status}) for known, status in described]
    queries = [VehicleQuery.model_validate(each) for each in wanted]
    await expect_equal_hits(VehicleStore, database, records, queries, ITALY, score_of_any)
