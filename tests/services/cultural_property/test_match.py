"""A work matches a search exactly if the store finds it, with the same score and explanation, on both databases."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cultural_property.models import WorkStatus
from services.cultural_property.queries import WorkQuery
from services.cultural_property.store import WorkStore
from shared.storage import Database
from tests.services.cultural_property.samples import NETHERLANDS, PAINTING, entered
from tests.services.matching import EACH_EXAMPLE_EMPTIES_THE_STORE, expect_equal_hits, one_or_several

TITLES: Final = ("Harbour in a Storm", "Harbor, Storm", "Portrait of a Widow", "Буря в гавани", "Burya v gavani")
MAKERS: Final = ("Jan van Nergens", "Johannes Nergens", "Berta Niemand")
TYPES: Final = (("painting", "marine"), ("painting", None), ("print", "etching"), ("other", "moon globe"))
MADE: Final = ("1632", "1620/1640", "-0449/-0400", "1950")
MATERIALS: Final = (("oil paint", "canvas"), ("marble",), (), ("moon rock",))
FEATURES: Final = ("old tear repaired", "tear above the mast", "stain")


def some(values: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(values)


def works() -> st.SearchStrategy[dict[str, Any]]:
    """Draw what is known of a work."""
    known = {
        "title": some(TITLES),
        "maker": some(MAKERS),
        "made": some(MADE),
        "materials": st.sampled_from(MATERIALS),
        "features": st.lists(st.sampled_from(FEATURES), min_size=1, max_size=2).map(tuple),
        "origin_sought": st.booleans(),
    }
    height = st.sampled_from((40.0, 44.0, 62.5)).map(_measured)
    drawn = st.tuples(st.fixed_dictionaries(known), st.sampled_from(TYPES), height)
    return drawn.map(lambda each: {**each[0], "type": each[1][0], "subtype": each[1][1], "measurements": each[2]})


def _measured(height: float) -> list[dict[str, Any]]:
    return [{"dimension": "height", "value": height, "unit": "cm"}, PAINTING["measurements"][1]]


def searches() -> st.SearchStrategy[dict[str, Any]]:
    """Draw a search."""
    return one_or_several(
        {
            "title": st.sampled_from(TITLES),
            "maker": st.sampled_from(MAKERS),
            "words": st.sampled_from(("tear", "mast tear", "stain", "J v N", "zebra")),
            "type": st.sampled_from(("marine", "painting", "moon globe", "etching", "portrait")),
            "material": st.sampled_from(("oil", "marble", "moon rock")),
            "made": st.sampled_from(("1600/1700", "1632", "-0449", "1900/2000")),
            "height_mm": st.sampled_from((400, 437, 625, 900)),
            "status": st.sampled_from(("stolen", "origin-sought")),
        }
    )


@pytest.mark.thorough
@pytest.mark.both_databases
@EACH_EXAMPLE_EMPTIES_THE_STORE
@given(
    described=st.lists(st.tuples(works(), st.sampled_from(("sought", "recovered"))), min_size=1, max_size=6),
    wanted=st.lists(searches(), min_size=1, max_size=5),
)
async def test_a_work_matches_a_search_exactly_if_the_store_finds_it(
    database: Database, described: list[tuple[dict[str, Any], str]], wanted: list[dict[str, Any]]
) -> None:
    """In any state, by names, words and facts, alone and together."""
    records = [
        entered(**known) if state == "sought" else entered(**known).model_copy(update={"status": WorkStatus.RECOVERED})
        for known, state in described
    ]
    queries = [WorkQuery.model_validate(each) for each in wanted]
    await expect_equal_hits(WorkStore, database, records, queries, NETHERLANDS)


def test_a_record_with_the_most_words_is_looked_up_by_some_thousand_terms() -> None:
    """So that no entry delays the hits of others."""
    features = [" ".join(f"word{number:03}{at:02}" for at in range(30)) for number in range(10)]
    description = " ".join(f"other{number:04}" for number in range(180))
    titles = [f"Harbour {number} in a Long Winter with Many Ships and Boats" for number in range(5)]
    work = entered(features=features, description=description, other_titles=titles, other_makers=["Jan N"] * 5)
    assert len({*WorkStore.record_terms(work)}) < 2_000
