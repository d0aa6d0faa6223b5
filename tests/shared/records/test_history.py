"""What a record was, who has it, and what is left when it is deleted. On both databases."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared.audit import tables as audit_tables
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.disclosure import How
from shared.errors import Conflict, NotFound, NotTheOwner
from shared.identity import Purpose
from shared.mailbox.notifications import NotificationReceipt
from shared.records import tables
from shared.records.models import RecordDisclosures, VersionsQuery
from shared.records.policy import Condition, entry_fields
from shared.records.rules import corrected_entry
from shared.records.tombstones import tombstone_of
from shared.records.versions import correct_former, give_reason, versions_of
from shared.records.withdrawals.recipients import disclosures_of, recipients_of
from shared.storage import SqliteDatabase
from shared.web import paging
from tests.shared.records.record_kind import Keeping, Thing, ThingStore, metadata
from tests.support import Counting, caller

COMMISSION = caller("IPSG", purpose=Purpose.DATA_SUBJECT_REQUEST)


async def versions(keeping: Keeping, thing: Thing, **query: int) -> Any:
    return await versions_of(keeping.database.reading, thing, VersionsQuery.model_validate(query))


async def made(keeping: Keeping, thing: Thing, operation: str, **by: Any) -> None:
    """Write into the log that a version was made."""
    await keeping.show(by.pop("bureau", "FR"), thing, "change", operation=operation, **by)


async def test_each_version_is_shown_as_it_was_with_who_made_it(keeping: Keeping) -> None:
    """Newest first, with the operation and the purpose; restriction and all, as its owner stated it."""
    first = await keeping.enter(colour="red", restricted=("KE",))
    await made(keeping, first, "enter_thing")
    second = await keeping.change(first, colour="blue")
    await made(keeping, second, "correct_thing", officer="fr.sergeant")
    page = await versions(keeping, second)
    assert [each.record for each in page.items] == [second, first]
    assert [(each.version, each.made.operation, each.made.officer, each.made.bureau) for each in page.items] == [
        (2, "correct_thing", "fr.sergeant", "FR"),
        (1, "enter_thing", "fr.officer", "FR"),
    ]
    assert page.next is None


async def test_a_version_of_which_the_log_says_nothing_is_shown_all_the_same(keeping: Keeping) -> None:
    """As one that was filled in from elsewhere."""
    [only] = (await versions(keeping, await keeping.enter())).items
    assert (only.made, only.reason) == (None, None)


@pytest.mark.both_databases
async def test_what_is_put_right_is_so_in_what_a_record_was_before(keeping: Keeping) -> None:
    """All else of a version stays, and when it was made; one that cannot be without the fault is forgotten."""
    first = await keeping.enter(colour="ultramarine", size=4)
    second = await keeping.change(first, conditions=(Condition.H3,), other_condition="It is ultramarine.")
    third = await keeping.change(second, colour="blue", conditions=(), other_condition=None)
    corrected = await keeping.correct(third, colour="red")

    async with keeping.database.writing() as session:
        await correct_former(session, corrected, lambda former: without_condition(former, keeping))
    assert [each.record for each in (await versions(keeping, corrected)).items] == [
        corrected,
        third.model_copy(update={"colour": "red"}),
        first.model_copy(update={"colour": "red"}),
    ]


async def test_of_many_former_versions_a_few_are_put_right_at_a_time(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them are, also where some are forgotten."""
    monkeypatch.setattr("shared.records.versions.BATCH_SIZE", 2)
    thing = await keeping.enter(colour="ultramarine")
    for size in range(6):
        other = "It is ultramarine." if size == 2 else None
        thing = await keeping.change(
            thing, size=size, conditions=(Condition.H3,) if other else (), other_condition=other
        )
    async with keeping.database.writing() as session:
        counting: Any = Counting(session)
        await correct_former(counting, thing, lambda former: without_condition(former, keeping))
    assert counting.most == 2
    assert [(each.record.colour, each.record.size) for each in (await versions(keeping, thing)).items] == [
        ("ultramarine", 5),
        *(("red", size) for size in (4, 3, 1, 0, None)),
    ]


def without_condition(version: Thing, keeping: Keeping) -> Thing:
    """Return a version as it is put right, where it can be without its other condition."""
    return version.next_version(
        keeping.now, **entry_fields(corrected_entry(version, {"colour": None, "other_condition": None}))
    )


async def test_a_read_of_a_version_is_not_taken_for_its_making(keeping: Keeping) -> None:
    """Who looked is no author."""
    thing = await keeping.enter()
    await keeping.show("DE", thing)
    assert [each.made for each in (await versions(keeping, thing)).items] == [None]


async def test_a_reason_is_shown_with_the_version_that_was_made_for_it(keeping: Keeping) -> None:
    """And with no other."""
    thing = await keeping.change(await keeping.enter())
    async with keeping.database.writing() as session:
        await give_reason(session, thing, "The investigation goes on.")
    assert [each.reason for each in (await versions(keeping, thing)).items] == ["The investigation goes on.", None]


async def test_the_officers_of_the_commission_are_not_named(keeping: Keeping) -> None:
    """That it decided is told, and when."""
    thing = await keeping.enter()
    await made(keeping, thing, "decide_on_thing", bureau="IPSG", purpose=Purpose.DATA_SUBJECT_REQUEST)
    [only] = (await versions(keeping, thing)).items
    assert (only.made.bureau, only.made.officer, only.made.purpose) == ("IPSG", None, "data-subject-request")


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
async def test_pages_of_versions_neither_skip_nor_repeat(keeping: Keeping, limit: int) -> None:
    """However many are asked for at once, and whether the last page is full or not."""
    thing = await keeping.enter()
    for _ in range(4):
        thing = await keeping.change(thing)
    read, before = list[int](), {}
    while True:
        page = await versions(keeping, thing, limit=limit, **before)
        read += [each.version for each in page.items]
        if page.next is None:
            break
        assert len(page.items) == limit
        before = {"before": page.next}
    assert read == [5, 4, 3, 2, 1]


async def test_no_page_of_versions_is_too_large_for_an_answer(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many are asked for: what does not fit is on the next one, and each has one at least."""
    thing = await keeping.enter(colour="é" * 16)
    for _ in range(4):
        thing = await keeping.change(thing)
    whole = await versions(keeping, thing)
    size = len(thing.model_dump_json().encode())
    for most, on_each in ((3 * size, 3), (3 * size - 1, 2), (1, 1)):
        monkeypatch.setattr(paging, "MAX_REPLY_BYTES", most)
        read, pages, before = list[Any](), list[int](), dict[str, int]()
        while True:
            page = await versions(keeping, thing, limit=50, **before)
            read += page.items
            pages.append(len(page.items))
            if page.next is None:
                break
            before = {"before": page.next}
        assert read == whole.items
        assert max(pages) == on_each


async def test_before_the_first_version_there_is_none(keeping: Keeping) -> None:
    """An empty page, and the last."""
    page = await versions(keeping, await keeping.enter(), before=1)
    assert (page.items, page.next) == ([], None)


async def test_the_owner_sees_who_received_a_record(keeping: Keeping) -> None:
    """When first and last, how often, which versions, for what, and to which officers, the last first."""
    thing = await keeping.enter()
    await keeping.show("DE", thing, officer="de.first")
    first = keeping.now
    thing = await keeping.change(thing)
    await keeping.show("DE", thing, officer="de.second", purpose=Purpose.MISSING_PERSON)
    await keeping.show("DE", thing, "search", officer="de.second", purpose=Purpose.MISSING_PERSON)
    await keeping.show("PL", thing, "search")
    received = await keeping.recipients(thing)
    assert list(received) == ["DE", "PL"]
    germany = received["DE"]
    assert (germany.first, germany.last) == (first, first + timedelta(seconds=3))
    assert (germany.times, germany.versions) == (3, [1, 2])
    assert germany.purposes == [Purpose.MISSING_PERSON, Purpose.WARNING]
    assert germany.officers == ["de.second", "de.first"]
    assert germany.recall is None


async def test_of_many_to_whom_it_was_shown_the_last_are_named(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And of many versions the last; all are counted, and none more is read."""
    monkeypatch.setattr("shared.records.withdrawals.recipients.MAX_OF_EACH", 3)
    thing = await keeping.enter()
    for number in range(1, 8):
        thing = await keeping.change(thing, restricted=("DE",))
        await keeping.show("DE", thing, officer=f"de.{number}")
    session: Any = Counting(keeping.database.reading)
    [germany] = await recipients_of(session, thing.id, None, caller("FR"))
    assert (germany.times, germany.officers, germany.versions) == (7, ["de.7", "de.6", "de.5"], [6, 7, 8])
    assert germany.recall is not None
    assert germany.recall.version == 8
    assert session.most == 3


@pytest.mark.parametrize("how", ["delayed-inquiry", "subscription"])
async def test_the_owner_is_not_told_whom_a_search_from_before_the_record_found_it_for(
    keeping: Keeping, how: How
) -> None:
    """Nor that they looked at it then, nor that they were told to remove their copies; the Commission is."""
    commission = caller("IPSG", purpose=Purpose.DATA_SUBJECT_REQUEST)
    thing = await keeping.enter()
    await keeping.show("DE", thing, how)
    await keeping.show("DE", thing)
    await keeping.show("PL", thing)
    assert list(await keeping.recipients(thing)) == ["PL"]
    assert await keeping.told_to_remove() == set()
    thing = await keeping.change(thing, restricted=("DE", "PL"))
    assert await keeping.told_to_remove() == {"DE", "PL"}
    assert list(await keeping.recipients(thing)) == ["PL"]
    received = await keeping.recipients(thing, commission)
    assert (list(received), received["DE"].times) == (["DE", "PL"], 2)
    assert received["DE"].recall is not None


async def test_the_owner_is_told_who_found_a_record_that_was_there(keeping: Keeping) -> None:
    """Whoever searches again after a search from before found it, finds it as anybody does."""
    thing = await keeping.enter()
    await keeping.show("DE", thing, "delayed-inquiry")
    await keeping.show("DE", thing, "search")
    assert (await keeping.recipients(thing))["DE"].times == 1


async def test_neither_the_owner_nor_the_commission_counts_as_a_receiver(keeping: Keeping) -> None:
    """What a data subject asked is told to nobody; that the Secretariat read it as it reads all is."""
    thing = await keeping.enter()
    await keeping.show("FR", thing)
    await keeping.show("IPSG", thing, purpose=Purpose.DATA_SUBJECT_REQUEST)
    assert await keeping.recipients(thing) == {}
    await keeping.show("IPSG", thing)
    assert (await keeping.recipients(thing))["IPSG"].times == 1


async def test_what_a_bureau_signed_stands_with_what_it_was_told(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Germany has the letter and has done what it asks, Poland has refused it, and of Kenya nothing is known."""
    thing = await keeping.enter()
    for bureau in ("DE", "KE", "PL"):
        await keeping.show(bureau, thing)
    await keeping.change(thing, restricted=("DE", "KE", "PL"))
    letters = {letter.recipients[0]: letter.id for letter in await keeping.told()}
    signed = {
        letters["DE"]: [
            NotificationReceipt(BureauCode("DE"), state, keeping.now, f"{state} by DE")
            for state in ("delivered", "applied")
        ],
        letters["PL"]: [NotificationReceipt(BureauCode("PL"), "refused", keeping.now, "refused by PL")],
    }

    async def proven(asked: Any) -> dict[str, list[NotificationReceipt]]:
        assert set(asked) == {*letters.values()}
        return signed

    monkeypatch.setattr(keeping.letters, "proven", proven)
    received = await keeping.recipients(thing)
    assert {code: (each.recall.act, each.recall.version, each.recall.message) for code, each in received.items()} == {
        bureau: ("withdrawn", 2, letter) for bureau, letter in letters.items()
    }
    assert received["DE"].recall.applied.signature == "applied by DE"
    assert received["DE"].recall.delivered.at == keeping.now
    assert (received["PL"].recall.applied, received["PL"].recall.refused.signature) == (None, "refused by PL")
    assert (received["KE"].recall.delivered, received["KE"].recall.applied) == (None, None)


@pytest.mark.both_databases
async def test_a_record_is_deleted_with_all_that_it_was(keeping: Keeping) -> None:
    """No table has any of its content; its tombstone says when it ended, and who ended it."""
    thing = await keeping.enter(colour="ultramarine")
    await keeping.show("DE", thing, match="colour: ultramarine")
    thing = await keeping.change(thing, colour="dark ultramarine")
    async with keeping.database.writing() as session:
        await give_reason(session, thing, "Still seen as ultramarine.")
    ended = await keeping.delete(thing)
    await keeping.told()
    held = [
        repr(row)
        for table in ThingStore.table.metadata.sorted_tables
        for row in await keeping.database.reading.fetch(sa.select(table))
    ]
    assert any(thing.id in row for row in held)
    assert not any("ultramarine" in row for row in held)
    trace = await tombstone_of(keeping.database.reading, "thing", thing.id)
    assert (trace.owner, trace.version, trace.deletion.act, trace.deletion.at) == ("FR", 3, "deleted", keeping.now)
    assert ended.version == 3


async def test_the_many_traces_of_a_record_are_wiped_away_from_the_event_loop(
    tmp_path: Path, clock: FixedClock
) -> None:
    """One that was shown a thousand times a day for years would keep all others waiting while it is deleted.

    So would what is told of it after that.
    """
    database = SqliteDatabase(tmp_path / "store.db")
    await database.run_sync(metadata.create_all)
    keeping = Keeping(database, clock)
    thing = await keeping.enter()
    await keeping.show("DE", thing, match="colour: red")
    in_the_loop = list[str]()

    @sa.event.listens_for(database._readers, "before_cursor_execute")
    @sa.event.listens_for(database._writers, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if threading.current_thread() is threading.main_thread():
            in_the_loop.append(statement)

    await keeping.delete(thing)
    await disclosures_of(ThingStore(database.reading, caller("FR"), keeping.now), thing.id, caller("FR"), None)
    large = {"disclosures", "former_versions"}
    assert [each for each in in_the_loop if large & set(each.split())] == []
    await keeping.log.close()
    await database.close()


@pytest.mark.both_databases
async def test_of_two_who_end_a_record_at_once_one_is_told_to_read_again(keeping: Keeping) -> None:
    """What was decided on an older version is not carried out on a newer one."""
    thing = await keeping.enter()
    await keeping.change(thing)
    with pytest.raises(Conflict, match="read it and decide again"):
        await keeping.delete(thing)
    assert await keeping.database.reading.fetch(sa.select(tables.tombstones)) == []


async def disclosures(keeping: Keeping, thing: Thing, who: Any) -> RecordDisclosures:
    store = ThingStore(keeping.database.reading, who, keeping.now)
    return await disclosures_of(store, thing.id, who, None)


@pytest.mark.both_databases
async def test_who_received_a_record_is_told_after_its_deletion_too(keeping: Keeping) -> None:
    """To its owner and to the Commission, with the leaf of the log that proves the deletion."""
    thing = await keeping.enter()
    await keeping.show("DE", thing)
    ended = await keeping.delete(thing)
    await made(keeping, ended, "delete_thing")
    [leaf] = await keeping.database.reading.fetch(sa.select(sa.func.max(audit_tables.audit_leaves.c.number)))
    for who in (caller("FR"), COMMISSION):
        told = await disclosures(keeping, thing, who)
        assert (told.version, told.deleted.act, told.deleted.leaf) == (2, "deleted", leaf[0])
        assert [each.bureau for each in told.recipients] == ["DE"]


@pytest.mark.parametrize("deleted", [False, True])
async def test_nobody_else_learns_who_received_a_record(keeping: Keeping, deleted: bool) -> None:
    """A bureau that may see the record is told whose it is; of one that is deleted, what it is told of none at all."""
    thing = await keeping.enter(restricted=("KE",))
    await keeping.show("DE", thing)
    if deleted:
        await keeping.delete(thing)
    never = thing.model_copy(update={"id": thing.id[:-4] + "0000"})
    for bureau in ("DE", "KE", "IPSG"):
        who = caller(bureau)
        if bureau == "KE" or deleted:
            assert await refusal(keeping, thing, who) == await refusal(keeping, never, who)
        else:
            with pytest.raises(NotTheOwner):
                await disclosures(keeping, thing, who)


@pytest.mark.parametrize("bureau", ["DE", "KE"])
async def test_nobody_else_learns_by_the_time_it_takes_that_a_record_was_deleted(keeping: Keeping, bureau: str) -> None:
    """What was shown of it, which may be much, is looked through for those alone who may know."""
    thing = await keeping.enter(restricted=("KE",))
    await keeping.show("DE", thing)
    await keeping.delete(thing)
    counting: Any = Counting(keeping.database.reading)
    with pytest.raises(NotFound):
        await disclosures_of(ThingStore(counting, caller(bureau), keeping.now), thing.id, caller(bureau), None)
    assert "disclosures" not in str(counting.asked)


async def refusal(keeping: Keeping, thing: Thing, who: Any) -> str:
    with pytest.raises(NotFound) as refused:
        await disclosures(keeping, thing, who)
    return refused.value.detail.replace(thing.id, "ID")


async def test_what_is_left_of_one_kind_is_nothing_of_another(keeping: Keeping) -> None:
    """The id of a deleted body is that of no person."""
    thing = await keeping.delete(await keeping.enter())
    assert await tombstone_of(keeping.database.reading, "other", thing.id) is None
