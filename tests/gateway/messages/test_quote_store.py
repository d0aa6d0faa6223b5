"""Bound records and releases in a mailbox, on both databases."""

import pytest

from shared.mailbox.quote_models import ReleaseQuery
from shared.mailbox.tables import TABLES
from shared.protocol.payloads import Release
from shared.storage import Database
from tests.gateway.messages.mailbox_rows import Kept
from tests.gateway.messages.test_quote_rules import FREE, ID, quote
from tests.stores import Tables

pytestmark = pytest.mark.both_databases


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of a mailbox."""
    return (TABLES,)


@pytest.fixture
def kept(database: Database) -> Kept:
    return Kept(database)


async def release(kept: Kept, *to: str, by: str = "FR", signed: int = 1, until: int | None = None) -> None:
    """Store a release of the record of the samples."""
    form = Release(service="vehicles", kind="vehicle", record=ID, to=to)
    await kept.write(lambda store: store.quotes.release(form, by, signed=signed, until=until, message=ID))


async def released(kept: Kept, now: int = 5) -> dict[str, str]:
    """Return to which bureaus the record is released, each with who released it."""
    found = await kept.reading.quotes.released([ID], now)
    return {bureau: owner for owner, _, _, bureau in found}


async def test_bound_records_are_kept_once_for_each_stated_owner(kept: Kept) -> None:
    """Others are not kept. A later quote of another version replaces nothing."""
    for quotes in ([quote(), quote(version=2), quote(owner="DE")], [FREE], [quote(version=3)], []):
        await kept.write(lambda store, quotes=quotes: store.quotes.bind(quotes))  # type: ignore[misc]
    found = await kept.reading.quotes.bound([ID, ID.replace("0197", "0198")])
    assert sorted((each.owner, each.version) for each in found) == [("DE", 1), ("FR", 1)]
    assert await kept.reading.quotes.bound([]) == []


async def test_as_many_ids_as_a_body_may_have_are_looked_up(kept: Kept) -> None:
    """In several statements, as one has a limited number of parameters."""
    await kept.write(lambda store: store.quotes.bind([quote()]))
    ids = [f"{number:08x}{ID[8:]}" for number in range(7_000)]
    assert [each.record for each in await kept.reading.quotes.bound([*ids, ID])] == [ID]


async def test_the_release_that_was_signed_last_is_in_force_however_they_arrive(kept: Kept) -> None:
    await release(kept, "KE", "PL", signed=2, until=10)
    await release(kept, "KE", signed=1)
    await release(kept, "PL", signed=3, until=4)
    assert await released(kept, now=5) == {"KE": "FR"}
    assert await released(kept, now=10) == {}


async def test_each_bureau_releases_under_its_own_name(kept: Kept) -> None:
    await release(kept, "KE", by="DE", signed=9)
    await release(kept, "PL")
    assert await released(kept) == {"KE": "DE", "PL": "FR"}


async def test_a_page_of_releases_is_newest_first_without_those_that_ended(kept: Kept) -> None:
    await release(kept, "KE", "PL", "IT", "ES", "KE")
    await release(kept, "ES", signed=2, until=3)
    page = await kept.reading.quotes.page(ReleaseQuery(limit=2), 5)
    assert [each.to for each in page.items] == ["IT", "PL"]
    rest = await kept.reading.quotes.page(ReleaseQuery(limit=2, after=page.next, record=ID), 5)
    assert ([each.to for each in rest.items], rest.next) == (["KE"], None)
    assert (await kept.reading.quotes.page(ReleaseQuery(record=ID.replace("0197", "0198")), 5)).items == []
