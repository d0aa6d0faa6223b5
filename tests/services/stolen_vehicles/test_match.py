"""A vehicle matches a check exactly if a search finds it, with the same score and explanation, on both databases."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import stolen_vehicles
from services.stolen_vehicles.models import Vehicle, VehicleQuery, VehicleStatus
from services.stolen_vehicles.store import VehicleStore
from shared.records.results import score_of_any
from shared.storage import Database
from tests.services.matching import EACH_EXAMPLE_EMPTIES_THE_STORE, expect_equal_hits
from tests.services.stolen_vehicles.samples import ITALY, entered
from tests.stores import Tables

VINS: Final = ("ZAR 937000 05123456", "zar-93700005123457", "05123456")
PLATES: Final = ("FZ 512 KL", "ΕΡ 512", "EP-512", "٥١٢", "EP12س")
ENGINES: Final = ("AR 67203", "A1")
ASKED: Final = {
    "plate": ("FZ51*", "*12KL", "F?512?L", "??512"),
    "vin": ("ZAR9*6", "*5123456"),
    "engine_number": ("AR67?03", "AR67*"),
}
SIGNS: Final = "128BOXس"


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return stolen_vehicles.SERVICE


@st.composite
def slipped(draw: st.DrawFn, numbers: st.SearchStrategy[str]) -> str:
    """Draw a number as it is, or with a sign wrong, added or dropped, or two neighbours swapped; or two such slips."""
    number = draw(numbers)
    for _ in range(draw(st.sampled_from((0, 1, 1, 2)))):
        at, sign = draw(st.integers(0, len(number) - 1)), draw(st.sampled_from(SIGNS))
        before, here, after = number[:at], number[at], number[at + 1 :]
        swapped = before + after[:1] + here + after[1:]
        slips = (f"{before}{sign}{after}", f"{number[:at]}{sign}{number[at:]}", before + after, swapped)
        slip = draw(st.sampled_from(slips))[:20]
        # A VIN has a sign that is ASCII; some plates have none.
        number = slip if any(each.isascii() and each.isalnum() for each in slip) else number
    return number


def numbers_of(values: tuple[str, ...]) -> st.SearchStrategy[str | None]:
    return slipped(st.sampled_from(values)) | st.none()


KNOWN: Final = {
    "vin": numbers_of(VINS),
    "engine_number": numbers_of(ENGINES),
    "colour": st.sampled_from([None, "red", "Red", "blue"]),
    "year": st.sampled_from([None, 2001, 2003]),
}


def vehicles() -> st.SearchStrategy[dict[str, Any]]:
    """Draw what is known of a vehicle: one number at least."""
    plate = st.fixed_dictionaries({"plate": slipped(st.sampled_from(PLATES)), "country": st.sampled_from(("IT", "GR"))})
    drawn = st.tuples(st.just({}) | plate, st.fixed_dictionaries(KNOWN))
    given = drawn.map(lambda parts: {**parts[0], **parts[1], "as_on_vehicle": parts[1]["vin"] is not None})
    return given.filter(lambda known: any(known.get(name) for name in ("vin", "plate", "engine_number")))


def searches() -> st.SearchStrategy[dict[str, Any]]:
    """Draw a search: one number at least, whole or in part, with what narrows it."""
    parts = {name: st.sampled_from(patterns) for name, patterns in ASKED.items()}
    plates = slipped(st.sampled_from(PLATES)) | parts["plate"]
    plate = st.fixed_dictionaries({"plate": plates, "country": st.sampled_from((None, "IT", "GR"))})
    numbers = {name: KNOWN[name] | parts[name] for name in ("vin", "engine_number")}
    narrowed = {
        "colour": KNOWN["colour"],
        "year_min": st.sampled_from([None, 2002]),
        "near": st.sampled_from((True, True, False)),
    }
    drawn = st.tuples(plate | st.just({}), st.fixed_dictionaries({**numbers, **narrowed}))
    given = drawn.map(lambda each: {**each[0], **each[1]})
    return given.filter(lambda known: any(known.get(name) for name in ("vin", "plate", "engine_number")))


def states() -> st.SearchStrategy[VehicleStatus]:
    return st.just(VehicleStatus.STOLEN) | st.sampled_from(VehicleStatus)


def recorded(known: dict[str, Any], status: VehicleStatus) -> Vehicle:
    nothing = {"vin": None, "plate": None, "country": None}
    return entered(**{**nothing, **known}).model_copy(update={"status": status})


@pytest.mark.thorough
@pytest.mark.both_databases
@EACH_EXAMPLE_EMPTIES_THE_STORE
@given(
    described=st.lists(st.tuples(vehicles(), states()), min_size=5, max_size=8),
    wanted=st.lists(searches(), min_size=5, max_size=8),
)
async def test_a_vehicle_matches_a_check_exactly_if_the_store_finds_it(
    database: Database, described: list[tuple[dict[str, Any], VehicleStatus]], wanted: list[dict[str, Any]]
) -> None:
    """In any state, by any number, with slips, in part, narrowed or not; and so it does if all are searched at once."""
    records = [recorded(*each) for each in described]
    queries = [VehicleQuery.model_validate(each) for each in wanted]
    await expect_equal_hits(VehicleStore, database, records, queries, ITALY, score_of_any)
    store = VehicleStore(database.reading, ITALY, records[0].created)
    finding = [place for place, query in enumerate(queries) if (found := await store.find(query)).hits or found.near]
    assert {*finding} <= {*await store.which_may_find(queries)}


@given(described=vehicles(), wanted=searches())
def test_a_saved_check_shares_a_key_with_each_vehicle_that_it_finds(
    described: dict[str, Any], wanted: dict[str, Any]
) -> None:
    """What is entered later is looked up by these keys alone."""
    record, query = recorded(described, VehicleStatus.STOLEN), VehicleQuery.model_validate(wanted)
    if VehicleStore.match(record, query, record.created):
        assert {*VehicleStore.query_terms(query)} & {*VehicleStore.record_terms(record)}
