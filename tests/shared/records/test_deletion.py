"""What is left of a record after its deletion. On both databases."""

import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared.clock import FixedClock
from shared.errors import Conflict
from shared.records import tables
from shared.records.tombstones import tombstone_of
from shared.records.versions import give_reason
from shared.records.withdrawals.recipients import disclosures_of
from shared.storage import SqliteDatabase
from tests.shared.records.record_kind import ThingRecords, ThingStore, metadata
from tests.support import caller


@pytest.mark.both_databases
async def test_a_deletion_erases_the_content_of_a_record_from_every_table(records: ThingRecords) -> None:
    """Its tombstone states the owner, the last version, and how and when it ended."""
    thing = await records.enter(colour="ultramarine")
    await records.show("DE", thing, match="colour: ultramarine")
    thing = await records.change(thing, colour="dark ultramarine")
    async with records.database.writing() as session:
        await give_reason(session, thing, "Still seen as ultramarine.")
    ended = await records.delete(thing)
    await records.notifications()
    held = [
        repr(row)
        for table in ThingStore.table.metadata.sorted_tables
        for row in await records.database.reading.fetch(sa.select(table))
    ]
    assert any(thing.id in row for row in held)
    assert not any("ultramarine" in row for row in held)
    trace = await tombstone_of(records.database.reading, "thing", thing.id)
    assert (trace.owner, trace.version, trace.deletion.act, trace.deletion.at) == ("FR", 3, "deleted", records.now)
    assert ended.version == 3


async def test_many_disclosures_of_a_deleted_record_are_handled_outside_the_event_loop(
    tmp_path: Path, clock: FixedClock
) -> None:
    """Those of a record that was shown a thousand times a day for years would block all other requests."""
    database = SqliteDatabase(tmp_path / "store.db")
    await database.run_sync(metadata.create_all)
    records = ThingRecords(database, clock)
    thing = await records.enter()
    await records.show("DE", thing, match="colour: red")
    in_the_loop = list[str]()

    @sa.event.listens_for(database._readers, "before_cursor_execute")
    @sa.event.listens_for(database._writers, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if threading.current_thread() is threading.main_thread():
            in_the_loop.append(statement)

    await records.delete(thing)
    await disclosures_of(ThingStore(database.reading, caller("FR"), records.now), thing.id, caller("FR"), None)
    large = {"disclosures", "former_versions"}
    assert [each for each in in_the_loop if large & set(each.split())] == []
    await records.log.close()
    await database.close()


@pytest.mark.both_databases
async def test_a_deletion_of_an_outdated_version_is_refused(records: ThingRecords) -> None:
    """The owner has to read the record again; no tombstone is stored."""
    thing = await records.enter()
    await records.change(thing)
    with pytest.raises(Conflict, match="read it and decide again"):
        await records.delete(thing)
    assert await records.database.reading.fetch(sa.select(tables.tombstones)) == []


async def test_a_tombstone_is_found_by_the_kind_of_its_record_only(records: ThingRecords) -> None:
    thing = await records.delete(await records.enter())
    assert await tombstone_of(records.database.reading, "other", thing.id) is None
