"""Withdrawal: a bureau that received a record and may not see it afterwards is notified once. On both databases."""

from typing import Any

import pytest
import sqlalchemy as sa

from shared.audit.rules import LogDamaged
from shared.audit.tables import disclosures
from shared.identity import Purpose
from shared.protocol.payloads import Withdrawal
from shared.records.policy import Audience
from shared.records.tables import recall_checks
from tests.shared.records.record_kind import ThingRecords, things


async def test_a_barred_bureau_that_received_a_record_is_notified_and_no_other(records: ThingRecords) -> None:
    """Germany has it and is barred; Poland has it and is not barred; Kenya is barred and never had it."""
    thing = await records.enter()
    for bureau in ("DE", "PL"):
        await records.show(bureau, thing)
    restricted = await records.change(thing, restricted=("DE", "KE"))
    [message] = await records.notifications()
    assert message.recipients == ("DE",)
    assert message.form == Withdrawal(
        service="things",
        kind="thing",
        record=thing.id,
        version=restricted.version,
        act="withdrawn",
        at=records.now.timestamp(),
    )


async def test_a_withdrawal_has_the_purpose_for_which_the_record_was_entered(records: ThingRecords) -> None:
    """Each officer that may hide the record, for each purpose."""
    thing = await records.enter(purpose=Purpose.LOCATE)
    await records.show("DE", thing)
    await records.delete(thing)
    [message] = await records.notifications()
    assert message.purpose == Purpose.LOCATE


async def test_a_withdrawal_reveals_neither_its_reason_nor_the_content_of_the_record(records: ThingRecords) -> None:
    """Restricted, closed or deleted: the notifications differ in ids and times alone."""
    notified = []
    for act in (
        lambda thing: records.change(thing, restricted=("DE",)),
        lambda thing: records.change(thing, known_to=Audience.OWNER),
        records.delete,
    ):
        thing = await records.enter(colour="ultramarine")
        await records.show("DE", thing)
        await act(thing)
        [message] = await records.notifications()
        visible = (message.subject, message.purpose, message.recipients, message.form.version, message.form.act)
        assert "ultramarine" not in repr(message)
        notified.append(tuple(str(part).replace(thing.id, "ID") for part in visible))
    assert len(set(notified)) == 1


async def test_each_bureau_is_notified_of_a_withdrawal_in_a_message_of_its_own(records: ThingRecords) -> None:
    """Otherwise a bureau that is notified alone would see that it is barred."""
    thing = await records.enter()
    for bureau in ("PL", "DE", "IPSG"):
        await records.show(bureau, thing)
    await records.change(thing, known_to=Audience.OWNER)
    assert sorted(message.recipients for message in await records.notifications()) == [("DE",), ("IPSG",), ("PL",)]


async def test_a_record_stays_with_the_secretariat_while_the_secretariat_may_see_it(records: ThingRecords) -> None:
    """A record for the Secretariat's eyes is withdrawn from the bureaus alone."""
    thing = await records.enter()
    for bureau in ("DE", "IPSG"):
        await records.show(bureau, thing)
    await records.change(thing, known_to=Audience.SECRETARIAT)
    assert await records.withdrawn_from() == {"DE"}


@pytest.mark.parametrize("how", ["search", "list", "read", "change", "subscription", "delayed-inquiry"])
async def test_a_record_is_withdrawn_however_it_was_received(records: ThingRecords, how: Any) -> None:
    """For example by a subscription, or in a review."""
    thing = await records.enter()
    await records.show("IPSG", thing, how)
    await records.change(thing, known_to=Audience.OWNER)
    assert await records.withdrawn_from() == {"IPSG"}


async def test_a_bureau_that_received_a_record_again_is_notified_again(records: ThingRecords) -> None:
    """Barred, admitted and shown it again: only then there is something to remove."""
    thing = await records.enter()
    await records.show("DE", thing)
    for _ in range(2):
        thing = await records.change(thing, restricted=("DE",))
        assert await records.withdrawn_from() == {"DE"}
        thing = await records.change(thing, restricted=())
        thing = await records.change(thing, restricted=("DE",))
        assert await records.withdrawn_from() == set()
        thing = await records.change(thing, restricted=())
        await records.show("DE", thing)


async def test_a_disclosure_to_the_commission_is_not_withdrawn(records: ThingRecords) -> None:
    """A notification would reveal that the Commission looked."""
    thing = await records.enter()
    await records.show("CCF", thing, purpose=Purpose.DATA_SUBJECT_REQUEST)
    await records.change(thing, known_to=Audience.OWNER)
    assert await records.notifications() == []


@pytest.mark.parametrize("act", ["restrict", "delete", "correct"])
async def test_a_change_is_refused_when_a_disclosure_is_missing_in_the_store(records: ThingRecords, act: str) -> None:
    """That Germany received it was deleted outside the program: no bureau is notified, and the record is unchanged."""
    thing = await records.enter()
    for bureau in ("DE", "PL"):
        await records.show(bureau, thing)
    before = await records.database.reading.fetch(sa.select(things))
    async with records.database.writing() as session:
        await session.execute(sa.delete(disclosures).where(disclosures.c.bureau == "DE"))
    with pytest.raises(LogDamaged, match="in the list of FR: 1 are there, and 2 were logged"):
        await {
            "restrict": lambda: records.change(thing, known_to=Audience.OWNER),
            "delete": lambda: records.delete(thing),
            "correct": lambda: records.correct(thing, colour="blue"),
        }[act]()
    assert await records.notifications() == []
    assert await records.database.reading.fetch(sa.select(things)) == before


@pytest.mark.both_databases
async def test_a_change_is_refused_when_a_disclosure_hidden_from_the_owner_is_missing(records: ThingRecords) -> None:
    """The list of the Secretariat shows it; the owner is not told the length of that list."""
    thing = await records.enter()
    for bureau in ("DE", "PL"):
        await records.show(bureau, thing, "delayed-inquiry")
    async with records.database.writing() as session:
        [row] = await session.fetch(sa.select(disclosures).where(disclosures.c.bureau == "DE"))
        await session.execute(sa.delete(disclosures).where(disclosures.c.bureau == "DE"))
    with pytest.raises(LogDamaged, match=r"^disclosures are missing in the list of IPSG\."):
        await records.change(thing, known_to=Audience.OWNER)
    async with records.database.writing() as session:
        await session.execute(sa.insert(disclosures), dict(row._mapping))
    await records.change(thing, known_to=Audience.OWNER)
    assert await records.withdrawn_from() == {"DE", "PL"}


async def test_a_change_that_hides_nothing_does_not_read_disclosures(
    records: ThingRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    thing = await records.enter()
    await records.show("DE", thing)
    monkeypatch.setattr("shared.records.store.withdraw", None)
    await records.change(thing, colour="blue")
    assert await records.notifications() == []
    assert await records.database.reading.fetch(recall_checks.select()) == []
