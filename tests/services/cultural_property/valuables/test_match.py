"""A valuable matches a search exactly if the store finds it, with the same explanation, on both databases."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cultural_property.valuables.models import ValuableQuery, ValuableStatus
from services.cultural_property.valuables.store import ValuableStore
from shared.records.results import score_of_any
from shared.storage import Database
from tests.services.cultural_property.samples import NETHERLANDS
from tests.services.cultural_property.valuables.samples import entered
from tests.services.matching import EACH_EXAMPLE_EMPTIES_THE_STORE, expect_equal_hits

SERIALS: Final = ("77 204 913", "772O49I3", "77204917", "11111111", "W7")
ENGRAVINGS: Final = ("Ad astra 1969", "astra", "Semper idem")
MAKES: Final = ("Omega", "Omega SA", "Rolex", "Unheard Of")


def some(values: tuple[str, ...]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values)


def valuables() -> st.SearchStrategy[dict[str, Any]]:
    """Draw what is known of a valuable: a serial number or an engraving at least."""
    known = {
        "serial_number": some(SERIALS),
        "engraving": some(ENGRAVINGS),
        "make": st.sampled_from(MAKES),
        "model": some(("Speedmaster", "Speed")),
    }
    drawn = st.fixed_dictionaries(known)
    return drawn.filter(lambda each: any(each[name] for name in ("serial_number", "engraving")))


def searches() -> st.SearchStrategy[dict[str, Any]]:
    """Draw a search: a number or an engraving at least."""
    known = {
        "serial_number": some((*SERIALS, "7720*")),
        "engraving": some(ENGRAVINGS),
        "make": some(MAKES),
        "model": some(("Speedmaster",)),
        "kind": some(("watch", "jewel")),
    }
    drawn = st.fixed_dictionaries({**known, "near": st.booleans()})
    return drawn.filter(lambda each: any(each[name] for name in ("serial_number", "engraving")))


@pytest.mark.thorough
@pytest.mark.both_databases
@EACH_EXAMPLE_EMPTIES_THE_STORE
@given(
    described=st.lists(st.tuples(valuables(), st.sampled_from(ValuableStatus)), min_size=1, max_size=6),
    wanted=st.lists(searches(), min_size=1, max_size=5),
)
async def test_a_valuable_matches_a_search_exactly_if_the_store_finds_it(
    database: Database, described: list[tuple[dict[str, Any], ValuableStatus]], wanted: list[dict[str, Any]]
) -> None:
    """In any state, by any number, by engraving, and by both."""
    records = [entered(**known).model_copy(update={"status": status}) for known, status in described]
    queries = [ValuableQuery.model_validate(each) for each in wanted]
    await expect_equal_hits(ValuableStore, database, records, queries, NETHERLANDS, score_of_any)
