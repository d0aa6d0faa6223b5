"""Asserts that the pure `match` of a kind of record agrees with the search of its store."""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from shared.identity import Caller
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


async def expect_equal_hits(
    kind: Store, database: Database, records: Sequence[Any], queries: Sequence[Any], by: Caller
) -> None:
    """Assert that `match` in each record finds what a search among all of them finds, for each query."""
    async with database.writing() as session:
        await session.execute(sa.delete(kind.table))
        await kind(session, by, NOW).add_many(records)
    for query in queries:
        found = await kind(database.reading, by, NOW).find(query)
        assert found.total == len(found.hits)
        assert await matched(kind, database, records, query) == by_record(found.hits), query


async def matched(kind: Store, database: Database, records: Sequence[Any], query: Any) -> dict[str, Any]:
    """Return the hits of `match` in each of some records, without the records."""
    matches = [(await kind.matcher(database.reading, record, NOW))(query) for record in records]
    return by_record([hit for hit in matches if hit])


def by_record(hits: Sequence[Any]) -> dict[str, Any]:
    """Return score and match of each hit."""
    return {hit.record.id: (hit.score, hit.match) for hit in hits}
