"""Links between records of one owner, which reveal a record to nobody who may not see both."""

from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from services.notices.queries import NoticeFilter
from shared.bureaus import Bureau
from shared.ids import uuid7
from shared.records.policy import Revision, create_record
from shared.records.results import RecordPageQuery
from shared.records.tables import record_links
from tests.conftest import NOW
from tests.shared.records.searchable_kind import Lamp, LampDescription, LampService, LampStore, metadata
from tests.stores import Tables
from tests.support import caller

pytestmark = pytest.mark.both_databases
NOTICE = uuid7(NOW)


class LampFilter(RecordPageQuery):
    """Which lamps a list shows."""

    owner: Bureau | None = None


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of lamps."""
    return metadata


async def linked(service: LampService, bureau: str = "FR", **stated: Any) -> Lamp:
    """Enter a lamp that its owner links to the notice."""
    officer = caller(bureau)
    entry = LampDescription.model_validate({"links": [NOTICE], **stated})
    async with service.database.writing() as session:
        lamp = create_record(Lamp, entry, by=officer, revision=Revision(uuid7(service.now), service.now))
        return await LampStore(session, officer, service.now).enter(lamp)


async def found(service: LampService, asker: str, to: str = NOTICE) -> list[str]:
    """Return the ids of the lamps of France that a bureau is shown as linked to a record."""
    store = LampStore(service.database.reading, caller(asker), service.now)
    page = await store.list(LampFilter.model_validate({"linked_to": to, "owner": "FR"}))
    assert all(lamp.links == () for lamp in page.items) == (asker != "FR" or not page.items)
    return [lamp.id for lamp in page.items]


async def test_linked_records_are_found_by_who_may_see_them(service: LampService) -> None:
    """Others get the answer as if there were none, and only the owner is shown the links themselves."""
    shown, barred = await linked(service), await linked(service, restricted=["PL"])
    await linked(service, links=[])
    assert {*await found(service, "FR")} == {*await found(service, "DE")} == {barred.id, shown.id}
    assert await found(service, "PL") == [shown.id]
    assert await found(service, "DE", to=uuid7(NOW)) == []


async def test_links_of_others_than_the_owner_are_not_followed(service: LampService) -> None:
    """However many a hostile member enters."""
    shown = await linked(service)
    for _ in range(25):
        await linked(service, "KE")
    assert await found(service, "DE") == [shown.id]


async def test_links_follow_the_record_and_end_with_it(service: LampService) -> None:
    """A change replaces them."""
    first, other = await linked(service), uuid7(NOW)
    async with service.database.writing() as session:
        store = LampStore(session, caller("FR"), service.now)
        changed = await store.replace(first.next_version(service.now, links=(other,)))
    assert (await found(service, "DE"), await found(service, "DE", to=other)) == ([], [first.id])
    async with service.database.writing() as session:
        await LampStore(session, caller("FR"), service.now).delete(changed, "deleted")
    assert await service.database.reading.fetch(sa.select(record_links)) == []


def test_who_asks_for_links_names_the_owner() -> None:
    """As anybody may link a record of theirs to that of another."""
    with pytest.raises(ValidationError, match="linked_to needs the owner"):
        NoticeFilter.model_validate({"linked_to": NOTICE})
