"""Asserts that the pure `match` of a kind of record agrees with the search of its store."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from shared.identity import Caller
from shared.names import fold
from shared.records.results import FieldMatch, score_of_all
from shared.records.search.searchable_store import SearchableStore
from shared.storage import Database
from tests.conftest import NOW
from tests.extent import FAST_EXAMPLES, by_extent

Store = type[SearchableStore[Any, Any]]

EACH_EXAMPLE_EMPTIES_THE_STORE: Final = settings(
    max_examples=by_extent(FAST_EXAMPLES, 30), suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def one_or_several(criteria: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw one of some criteria alone, or several of them."""
    alone = st.one_of([st.fixed_dictionaries({name: value}) for name, value in criteria.items()])
    return alone | st.fixed_dictionaries({}, optional=criteria).filter(bool)


def is_whole(asked: dict[str, Any]) -> bool:
    """Return whether a search that says on which day a person had an age states the age."""
    return "age_on" not in asked or not asked.keys().isdisjoint({"age_min", "age_max"})


async def expect_equal_hits(
    kind: Store,
    database: Database,
    records: Sequence[Any],
    queries: Sequence[Any],
    by: Caller,
    explained: Callable[[Sequence[FieldMatch]], float] = score_of_all,
) -> None:
    """Assert that `match` in each record finds what a search among all of them finds, for each query.

    Each hit explains its score by those of its fields, and shows nothing that is not in the shown record.
    """
    async with database.writing() as session:
        await session.execute(sa.delete(kind.table))
        await kind(session, by, NOW).add_many(records)
    for query in queries:
        found = await kind(database.reading, by, NOW).find(query)
        assert found.total == len(found.hits)
        shown = [*found.hits, *getattr(found, "near", ())]
        assert await matched(kind, database, records, query) == by_record(shown), query
        for hit in shown:
            expect_explained(hit, explained)


async def matched(kind: Store, database: Database, records: Sequence[Any], query: Any) -> dict[str, Any]:
    """Return the hits of `match` in each of some records, without the records."""
    matches = [(await kind.matcher(database.reading, record, NOW))(query) for record in records]
    return by_record([hit for hit in matches if hit])


def by_record(hits: Sequence[Any]) -> dict[str, Any]:
    """Return score and explanation of each hit."""
    return {hit.record.id: (hit.score, hit.match, hit.why) for hit in hits}


def expect_explained(hit: Any, explained: Callable[[Sequence[FieldMatch]], float] = score_of_all) -> None:
    """Assert that the fields of a hit explain its score, and that it finds only what the shown record states."""
    assert hit.score == pytest.approx(explained(hit.why), abs=1e-4)
    assert len({each.field for each in hit.why}) == len(hit.why)
    stated = {token for text in texts_in(hit.record.model_dump(mode="json")) for token in fold(text)}
    for each in hit.why:
        assert each.found is None or {*fold(each.found)} <= stated | JOINING, each
        assert each.found is not None or each.score < 1, each


# Of a range that is written as text, such as `30 to 45` and `165 to 173 cm`.
JOINING: Final = {"from", "to", "cm"}


def texts_in(value: Any) -> Iterator[str]:
    """Yield the values in a JSON value, as text."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts_in(each)
    elif value is not None:
        yield str(value)
