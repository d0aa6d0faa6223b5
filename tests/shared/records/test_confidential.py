"""Confidential records: read, counted and made by officers with the scope alone."""

import pytest

from shared.errors import NotFound
from shared.handling import Handling
from shared.identity import HANDLING_CONFIDENTIAL, Caller
from shared.records.access import HandlingConfidential
from shared.records.results import RecordPageQuery
from shared.storage import Database
from tests.conftest import NOW
from tests.shared.records.public_things import PublicThingStore, public_thing, store_only
from tests.support import caller

pytestmark = pytest.mark.both_databases


def officer(code: str, *, cleared: bool) -> Caller:
    return caller(code, *([HANDLING_CONFIDENTIAL] if cleared else []))


@pytest.mark.parametrize("code", ["FR", "DE", "IPSG"])
async def test_a_confidential_record_is_read_with_its_scope_only(database: Database, code: str) -> None:
    """By officers of its owner as well; a list says how many records it leaves out."""
    confidential, open_to_all = public_thing(handling=Handling.CONFIDENTIAL), public_thing()
    await store_only(database, confidential, open_to_all)
    cleared, other = (
        PublicThingStore(database.reading, officer(code, cleared=cleared), NOW) for cleared in (True, False)
    )
    assert (await cleared.get(confidential.id)).id == confidential.id
    with pytest.raises(HandlingConfidential, match="needs the scope handling:confidential"):
        await other.get(confidential.id)
    whole = await cleared.list(RecordPageQuery())
    assert (whole.withheld, len(whole.items)) == (0, 2)
    page = await other.list(RecordPageQuery())
    assert (page.withheld, [record.id for record in page.items]) == (1, [open_to_all.id])


async def test_a_hidden_record_is_not_counted_as_withheld(database: Database) -> None:
    """An officer without the scope does not learn of it either, and reads it as one that does not exist."""
    record = public_thing(handling=Handling.CONFIDENTIAL, restricted=("DE",))
    await store_only(database, record)
    other = PublicThingStore(database.reading, officer("DE", cleared=False), NOW)
    assert (await other.list(RecordPageQuery())).withheld == 0
    with pytest.raises(NotFound):
        await other.get(record.id)


async def test_a_record_becomes_confidential_by_an_officer_with_the_scope_only(database: Database) -> None:
    """As another could not read it afterwards."""
    record = public_thing()
    await store_only(database, record)
    async with database.writing() as session:
        held = PublicThingStore(session, officer("FR", cleared=False), NOW)
        with pytest.raises(HandlingConfidential):
            await held.replace(record.next_version(NOW, handling=Handling.CONFIDENTIAL))
        with pytest.raises(HandlingConfidential):
            await held.add(public_thing(handling=Handling.CONFIDENTIAL))
