"""A record that was sent to all ends: each who was only sent it is asked to remove it. On both databases."""

import asyncio

import pytest
import sqlalchemy as sa

from shared.audit.rules import LogDamaged
from shared.audit.tables import disclosures
from shared.mailbox.notifications import Notification
from shared.protocol.payloads import Publication, Withdrawal
from shared.records.policy import Audience
from shared.records.publisher import GATHERED_FOR
from shared.records.tables import announcements
from tests.shared.records.publishing import READERS, published_rows, publisher_of, sent
from tests.shared.records.record_kind import TERM, ThingRecords, retention_of


async def test_a_withdrawal_does_not_wait_and_ends_what_was_gathered(records: ThingRecords) -> None:
    """The recipients are asked at once, and are sent nothing afterwards."""
    thing = await records.enter(sent=True)
    await sent(records)
    thing = await records.change(thing, colour="blue")
    await publisher_of(records).run_once()
    await records.change(thing, known_to=Audience.OWNER)
    assert await records.withdrawn_from() == READERS
    records.clock.advance(GATHERED_FOR)
    assert await sent(records) == {}
    assert await records.database.reading.fetch(sa.select(announcements)) == []


@pytest.mark.parametrize("ended", ["withdrawn", "deleted", "expired"])
async def test_a_record_that_ended_before_it_was_sent_is_sent_to_nobody(records: ThingRecords, ended: str) -> None:
    """Nobody is asked to remove it either; what was noted is gone."""
    thing = await records.enter(sent=True)
    if ended == "withdrawn":
        await records.change(thing, known_to=Audience.OWNER)
    elif ended == "deleted":
        await records.delete(thing)
    else:
        records.clock.advance(TERM)
    await publisher_of(records).run_once()
    assert await records.notifications() == []
    assert await published_rows(records) == []
    assert await records.database.reading.fetch(sa.select(announcements)) == []


@pytest.mark.both_databases
@pytest.mark.parametrize("end", ["withdraw", "delete", "expire", "bar"])
async def test_every_end_asks_those_who_were_only_sent_the_record_to_remove_it(records: ThingRecords, end: str) -> None:
    """None of them ever searched; the owner sees of each whether it confirmed."""
    thing = await records.enter(sent=True)
    await sent(records)
    if end == "withdraw":
        await records.change(thing, known_to=Audience.OWNER)
    elif end == "delete":
        await records.delete(thing)
    elif end == "expire":
        records.clock.advance(TERM)
        retention = retention_of(records)
        # It announces, and then deletes.
        await retention.run_once()
        await retention.run_once()
    else:
        await records.change(thing, restricted=("DE", "KE"))
    asked = {"DE", "KE"} if end == "bar" else READERS
    assert await records.withdrawn_from() == asked
    received = await records.recipients(thing)
    assert {code for code, each in received.items() if each.recall} == asked
    assert set(received) == READERS


async def test_a_withdrawal_is_handed_over_after_the_publications_that_it_ends(
    records: ThingRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where both wait for the mailbox: it removes what the mailbox has of the record then."""
    thing = await records.enter(sent=True)
    await publisher_of(records).run_once()
    await records.change(thing, known_to=Audience.OWNER)
    take = records.mailbox.send

    async def take_slowly(message: Notification) -> None:
        if isinstance(message.form, Publication):
            await asyncio.sleep(0)
        await take(message)

    monkeypatch.setattr(records.mailbox, "send", take_slowly)
    forms = [type(message.form) for message in await records.notifications()]
    assert forms == [Publication] * (len(READERS) + 1) + [Withdrawal] * len(READERS)


async def test_a_reader_that_was_changed_in_the_store_is_detected_also_after_deletion(records: ThingRecords) -> None:
    """The salts stay, as what was published has no match that could be guessed."""
    thing = await records.enter(sent=True)
    await sent(records)
    await records.delete(thing)
    rows = await records.database.reading.fetch(sa.select(disclosures.c.salt).where(disclosures.c.how == "published"))
    assert all(row.salt is not None for row in rows)
    poland = (disclosures.c.how == "published", disclosures.c.bureau == "PL")
    for changed in ({"bureau": "IT"}, {"salt": None}):
        async with records.database.writing() as session:
            [before] = await session.fetch(sa.select(disclosures.c["bureau", "salt"]).where(*poland))
            await session.execute(sa.update(disclosures).where(*poland).values(**changed))
        with pytest.raises(LogDamaged, match="has others than the store"):
            await records.owner_reads(thing)
        async with records.database.writing() as session:
            altered = disclosures.c.bureau == changed.get("bureau", "PL")
            await session.execute(sa.update(disclosures).where(altered).values(**before._mapping))
    await records.owner_reads(thing)


async def test_a_cancelled_record_is_deleted_by_instruction_of_the_secretariat(records: ThingRecords) -> None:
    """The message says so, and nothing of the reason; a bureau that was barred before is not told."""
    thing = await records.enter(sent=True)
    await sent(records)
    thing = await records.change(thing, restricted=("PL",))
    assert await records.withdrawn_from() == {"PL"}
    thing = await records.change(thing, known_to=Audience.OWNER, cancelled=True)
    messages = await records.notifications()
    assert {code for message in messages for code in message.recipients} == READERS - {"PL"}
    assert {message.form.act for message in messages if isinstance(message.form, Withdrawal)} == {"cancelled"}
    assert {message.subject for message in messages} == {
        f"things: by instruction of the General Secretariat, delete your copies of thing {thing.id}"
    }
    # It ended for all: its deletion asks nobody again.
    await records.delete(thing)
    assert await records.notifications() == []
