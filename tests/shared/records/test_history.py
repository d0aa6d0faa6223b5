"""The versions of a record, its recipients, and what is left after its deletion. On both databases."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared.audit import tables as audit_tables
from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey
from shared.disclosure import How
from shared.errors import Conflict, NotFound, NotTheOwner
from shared.identity import Purpose
from shared.protocol.envelope import ReceiptState
from shared.protocol.messages import Answered, Receipt, make_receipt
from shared.records import tables
from shared.records.models import RecordDisclosures, VersionsQuery
from shared.records.policy import Condition, entry_fields
from shared.records.rules import corrected_entry
from shared.records.tombstones import tombstone_of
from shared.records.versions import correct_former, give_reason, versions_of
from shared.records.withdrawals.recipients import disclosures_of, recipients_of
from shared.storage import SqliteDatabase
from shared.web import paging
from tests.shared.records.record_kind import Thing, ThingRecords, ThingStore, metadata
from tests.support import Counting, caller

COMMISSION = caller("IPSG", purpose=Purpose.DATA_SUBJECT_REQUEST)


async def versions(records: ThingRecords, thing: Thing, **query: int) -> Any:
    return await versions_of(records.database.reading, thing, VersionsQuery.model_validate(query))


async def made(records: ThingRecords, thing: Thing, operation: str, **by: Any) -> None:
    """Log the creation of a version."""
    await records.show(by.pop("bureau", "FR"), thing, "change", operation=operation, **by)


async def test_each_version_is_shown_unchanged_with_its_author(records: ThingRecords) -> None:
    """Newest first, with the operation, and with the restriction as its owner stated it."""
    first = await records.enter(colour="red", restricted=("KE",))
    await made(records, first, "enter_thing")
    second = await records.change(first, colour="blue")
    await made(records, second, "correct_thing", officer="fr.sergeant")
    page = await versions(records, second)
    assert [each.record for each in page.items] == [second, first]
    assert [(each.version, each.made.operation, each.made.officer, each.made.bureau) for each in page.items] == [
        (2, "correct_thing", "fr.sergeant", "FR"),
        (1, "enter_thing", "fr.officer", "FR"),
    ]
    assert page.next is None


async def test_a_version_without_a_leaf_is_shown_without_an_author(records: ThingRecords) -> None:
    """For example one that was imported."""
    [only] = (await versions(records, await records.enter())).items
    assert (only.made, only.reason) == (None, None)


@pytest.mark.both_databases
async def test_a_correction_applies_to_all_former_versions(records: ThingRecords) -> None:
    """Other members and times stay; a version that would be invalid is deleted."""
    first = await records.enter(colour="ultramarine", size=4)
    second = await records.change(first, conditions=(Condition.H3,), other_condition="It is ultramarine.")
    third = await records.change(second, colour="blue", conditions=(), other_condition=None)
    corrected = await records.correct(third, colour="red")

    async with records.database.writing() as session:
        await correct_former(session, corrected, lambda former: without_condition(former, records))
    assert [each.record for each in (await versions(records, corrected)).items] == [
        corrected,
        third.model_copy(update={"colour": "red"}),
        first.model_copy(update={"colour": "red"}),
    ]


async def test_former_versions_are_corrected_in_batches(records: ThingRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them are corrected, also if some are deleted."""
    monkeypatch.setattr("shared.records.versions.BATCH_SIZE", 2)
    thing = await records.enter(colour="ultramarine")
    for size in range(6):
        other = "It is ultramarine." if size == 2 else None
        thing = await records.change(
            thing, size=size, conditions=(Condition.H3,) if other else (), other_condition=other
        )
    async with records.database.writing() as session:
        counting: Any = Counting(session)
        await correct_former(counting, thing, lambda former: without_condition(former, records))
    assert counting.most == 2
    assert [(each.record.colour, each.record.size) for each in (await versions(records, thing)).items] == [
        ("ultramarine", 5),
        *(("red", size) for size in (4, 3, 1, 0, None)),
    ]


def without_condition(version: Thing, records: ThingRecords) -> Thing:
    """Return a corrected version without its other condition, or raise if it needs one."""
    return version.next_version(
        records.now, **entry_fields(corrected_entry(version, {"colour": None, "other_condition": None}))
    )


async def test_a_read_of_a_version_does_not_count_as_its_creation(records: ThingRecords) -> None:
    thing = await records.enter()
    await records.show("DE", thing)
    assert [each.made for each in (await versions(records, thing)).items] == [None]


async def test_a_reason_is_shown_with_its_own_version_only(records: ThingRecords) -> None:
    thing = await records.change(await records.enter())
    async with records.database.writing() as session:
        await give_reason(session, thing, "The investigation goes on.")
    assert [each.reason for each in (await versions(records, thing)).items] == ["The investigation goes on.", None]


async def test_officers_of_the_commission_are_not_named(records: ThingRecords) -> None:
    """The bureau and the purpose are shown."""
    thing = await records.enter()
    await made(records, thing, "decide_on_thing", bureau="IPSG", purpose=Purpose.DATA_SUBJECT_REQUEST)
    [only] = (await versions(records, thing)).items
    assert (only.made.bureau, only.made.officer, only.made.purpose) == ("IPSG", None, "data-subject-request")


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
async def test_pages_of_versions_neither_skip_nor_repeat(records: ThingRecords, limit: int) -> None:
    """With any limit, and whether the last page is full or not."""
    thing = await records.enter()
    for _ in range(4):
        thing = await records.change(thing)
    read, before = list[int](), {}
    while True:
        page = await versions(records, thing, limit=limit, **before)
        read += [each.version for each in page.items]
        if page.next is None:
            break
        assert len(page.items) == limit
        before = {"before": page.next}
    assert read == [5, 4, 3, 2, 1]


async def test_a_page_of_versions_fits_into_an_answer(records: ThingRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions that do not fit are on the next page; each page has at least one."""
    thing = await records.enter(colour="é" * 16)
    for _ in range(4):
        thing = await records.change(thing)
    whole = await versions(records, thing)
    size = len(thing.model_dump_json().encode())
    for most, on_each in ((3 * size, 3), (3 * size - 1, 2), (1, 1)):
        monkeypatch.setattr(paging, "MAX_REPLY_BYTES", most)
        read, pages, before = list[Any](), list[int](), dict[str, int]()
        while True:
            page = await versions(records, thing, limit=50, **before)
            read += page.items
            pages.append(len(page.items))
            if page.next is None:
                break
            before = {"before": page.next}
        assert read == whole.items
        assert max(pages) == on_each


async def test_a_page_before_the_first_version_is_empty_and_the_last(records: ThingRecords) -> None:
    page = await versions(records, await records.enter(), before=1)
    assert (page.items, page.next) == ([], None)


async def test_the_owner_sees_the_recipients_of_a_record(records: ThingRecords) -> None:
    """First and last time, count, versions, purposes and officers, the latest first."""
    thing = await records.enter()
    await records.show("DE", thing, officer="de.first")
    first = records.now
    thing = await records.change(thing)
    await records.show("DE", thing, officer="de.second", purpose=Purpose.MISSING_PERSON)
    await records.show("DE", thing, "search", officer="de.second", purpose=Purpose.MISSING_PERSON)
    await records.show("PL", thing, "search")
    received = await records.recipients(thing)
    assert list(received) == ["DE", "PL"]
    germany = received["DE"]
    assert (germany.first, germany.last) == (first, first + timedelta(seconds=3))
    assert (germany.times, germany.versions) == (3, [1, 2])
    assert germany.purposes == [Purpose.MISSING_PERSON, Purpose.WARNING]
    assert germany.officers == ["de.second", "de.first"]
    assert germany.recall is None


async def test_only_the_latest_officers_and_versions_of_a_recipient_are_listed(
    records: ThingRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All disclosures are counted, and no more rows are read than are listed."""
    monkeypatch.setattr("shared.records.withdrawals.recipients.MAX_OF_EACH", 3)
    thing = await records.enter()
    for number in range(1, 8):
        thing = await records.change(thing, restricted=("DE",))
        await records.show("DE", thing, officer=f"de.{number}")
    session: Any = Counting(records.database.reading)
    [germany] = await recipients_of(session, thing.id, None, caller("FR"))
    assert (germany.times, germany.officers, germany.versions) == (7, ["de.7", "de.6", "de.5"], [6, 7, 8])
    assert germany.recall is not None
    assert germany.recall.version == 8
    assert session.most == 3


@pytest.mark.parametrize("how", ["delayed-inquiry", "subscription"])
async def test_a_recipient_by_an_earlier_search_is_visible_to_the_commission_and_not_to_the_owner(
    records: ThingRecords, how: How
) -> None:
    """Nor its later reads, nor that it was asked to remove its copies."""
    commission = caller("IPSG", purpose=Purpose.DATA_SUBJECT_REQUEST)
    thing = await records.enter()
    await records.show("DE", thing, how)
    await records.show("DE", thing)
    await records.show("PL", thing)
    assert list(await records.recipients(thing)) == ["PL"]
    assert await records.withdrawn_from() == set()
    thing = await records.change(thing, restricted=("DE", "PL"))
    assert await records.withdrawn_from() == {"DE", "PL"}
    assert list(await records.recipients(thing)) == ["PL"]
    received = await records.recipients(thing, commission)
    assert (list(received), received["DE"].times) == (["DE", "PL"], 2)
    assert received["DE"].recall is not None


async def test_a_recipient_that_searches_again_is_visible_to_the_owner(records: ThingRecords) -> None:
    """It finds the existing record as any bureau does, though an earlier search had found it too."""
    thing = await records.enter()
    await records.show("DE", thing, "delayed-inquiry")
    await records.show("DE", thing, "search")
    assert (await records.recipients(thing))["DE"].times == 1


async def test_the_owner_and_the_commission_do_not_count_as_recipients(records: ThingRecords) -> None:
    """Data subject requests are confidential; other reads of the Secretariat count."""
    thing = await records.enter()
    await records.show("FR", thing)
    await records.show("IPSG", thing, purpose=Purpose.DATA_SUBJECT_REQUEST)
    assert await records.recipients(thing) == {}
    await records.show("IPSG", thing)
    assert (await records.recipients(thing))["IPSG"].times == 1


def signed_by(records: ThingRecords, bureau: str, message: str, state: ReceiptState) -> Receipt:
    """Return the receipt of a bureau for a notification."""
    answered = Answered(id=message, digest="", sender="things", by=bureau)
    return make_receipt(answered, state, None, key=SigningKey.generate(), at=records.now)


async def test_receipts_of_a_withdrawal_are_shown_with_the_recipient(
    records: ThingRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Germany has applied it, Poland has refused it, and of Kenya there is no receipt."""
    thing = await records.enter()
    for bureau in ("DE", "KE", "PL"):
        await records.show(bureau, thing)
    await records.change(thing, restricted=("DE", "KE", "PL"))
    ids = {message.recipients[0]: message.id for message in await records.notifications()}
    signed = {
        ids["DE"]: [signed_by(records, "DE", ids["DE"], state) for state in ("delivered", "applied")],
        ids["PL"]: [signed_by(records, "PL", ids["PL"], "refused")],
    }

    async def proven(asked: Any) -> dict[str, list[Receipt]]:
        assert set(asked) == {*ids.values()}
        return signed

    monkeypatch.setattr(records.mailbox, "proven", proven)
    received = await records.recipients(thing)
    assert {code: (each.recall.act, each.recall.version, each.recall.message) for code, each in received.items()} == {
        bureau: ("withdrawn", 2, message) for bureau, message in ids.items()
    }
    assert received["DE"].recall.applied.signature == signed[ids["DE"]][1].signature
    assert received["DE"].recall.delivered.at == records.now
    [refused] = signed[ids["PL"]]
    assert (received["PL"].recall.applied, received["PL"].recall.refused.signature) == (None, refused.signature)
    assert (received["KE"].recall.delivered, received["KE"].recall.applied) == (None, None)


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


async def disclosures(records: ThingRecords, thing: Thing, who: Any) -> RecordDisclosures:
    store = ThingStore(records.database.reading, who, records.now)
    return await disclosures_of(store, thing.id, who, None)


@pytest.mark.both_databases
async def test_recipients_of_a_deleted_record_are_listed_to_its_owner_and_the_commission(records: ThingRecords) -> None:
    """With the leaf of the log that proves the deletion."""
    thing = await records.enter()
    await records.show("DE", thing)
    ended = await records.delete(thing)
    await made(records, ended, "delete_thing")
    [leaf] = await records.database.reading.fetch(sa.select(sa.func.max(audit_tables.audit_leaves.c.number)))
    for who in (caller("FR"), COMMISSION):
        received = await disclosures(records, thing, who)
        assert (received.version, received.deleted.act, received.deleted.leaf) == (2, "deleted", leaf[0])
        assert [each.bureau for each in received.recipients] == ["DE"]


@pytest.mark.parametrize("deleted", [False, True])
async def test_recipients_of_a_record_are_not_revealed_to_other_bureaus(records: ThingRecords, deleted: bool) -> None:
    """One that may see the record is refused as not its owner, others as if it had never existed."""
    thing = await records.enter(restricted=("KE",))
    await records.show("DE", thing)
    if deleted:
        await records.delete(thing)
    never = thing.model_copy(update={"id": thing.id[:-4] + "0000"})
    for bureau in ("DE", "KE", "IPSG"):
        who = caller(bureau)
        if bureau == "KE" or deleted:
            assert await refusal(records, thing, who) == await refusal(records, never, who)
        else:
            with pytest.raises(NotTheOwner):
                await disclosures(records, thing, who)


@pytest.mark.parametrize("bureau", ["DE", "KE"])
async def test_a_refused_bureau_cannot_tell_a_deleted_record_by_timing(records: ThingRecords, bureau: str) -> None:
    """Disclosures, of which there may be many, are read only for a caller who may see them."""
    thing = await records.enter(restricted=("KE",))
    await records.show("DE", thing)
    await records.delete(thing)
    counting: Any = Counting(records.database.reading)
    with pytest.raises(NotFound):
        await disclosures_of(ThingStore(counting, caller(bureau), records.now), thing.id, caller(bureau), None)
    assert "disclosures" not in str(counting.asked)


async def refusal(records: ThingRecords, thing: Thing, who: Any) -> str:
    with pytest.raises(NotFound) as refused:
        await disclosures(records, thing, who)
    return refused.value.detail.replace(thing.id, "ID")


async def test_a_tombstone_is_found_by_the_kind_of_its_record_only(records: ThingRecords) -> None:
    thing = await records.delete(await records.enter())
    assert await tombstone_of(records.database.reading, "other", thing.id) is None
