"""Bound records and releases in a mailbox, on both databases."""

import pytest

from shared.mailbox.quote_models import ReleaseQuery
from shared.mailbox.stores.quotes import Stated
from shared.mailbox.tables import TABLES
from shared.protocol.payloads import Release
from shared.protocol.quotes import QuotedRecord
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


async def bind(kept: Kept, *stated: tuple[str, QuotedRecord]) -> None:
    """Store what senders state of records."""
    await kept.write(lambda store: store.quotes.bind(Stated(quote, sender) for sender, quote in stated))


async def test_bound_records_are_kept_as_their_service_and_their_owner_state_them(kept: Kept) -> None:
    """Once for each of them: a later quote of another version or kind replaces nothing."""
    for version in (1, 2):
        first = quote(version=version)
        await bind(kept, ("FR", first), ("vehicles", first), ("DE", quote(version=version, owner="DE", service="x")))
    await bind(kept, ("DE", quote(owner="DE", service="y")))
    await bind(kept)
    found = await kept.reading.quotes.bound([ID, ID.replace("0197", "0198")])
    assert [(each.sender, each.quote.version, each.is_claim) for each in found] == [
        ("DE", 1, True),
        ("FR", 1, True),
        ("vehicles", 1, False),
    ]
    assert await kept.reading.quotes.bound([]) == []


@pytest.mark.parametrize(
    ("sender", "stated"), [("KE", quote()), ("KE", quote(owner="ZZ")), ("persons", quote()), ("FR", FREE)]
)
async def test_what_others_say_of_a_record_is_not_kept(kept: Kept, sender: str, stated: QuotedRecord) -> None:
    """Nor what may be passed on."""
    await bind(kept, (sender, stated))
    assert await kept.reading.quotes.bound([ID]) == []


@pytest.mark.parametrize(
    ("owner", "is_kept"), [("FR", True), ("IPSG", True), ("CCF", False), ("IPSG-CCC", False), ("PARTNER-ICC", False)]
)
def test_only_bureaus_claim_records(owner: str, is_kept: bool) -> None:
    """No other participant owns any."""
    assert Stated(quote(owner=owner), owner).is_kept is is_kept


async def test_as_many_ids_as_a_body_may_have_are_looked_up(kept: Kept) -> None:
    """In several statements, as one has a limited number of parameters."""
    await bind(kept, ("FR", quote()))
    ids = [f"{number:08x}{ID[8:]}" for number in range(7_000)]
    assert [each.quote.record for each in await kept.reading.quotes.bound([*ids, ID])] == [ID]


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
