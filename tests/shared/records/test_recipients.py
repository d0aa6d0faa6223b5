"""The recipients of a record: who may see them, also after its deletion. On both databases."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from shared.audit import tables as audit_tables
from shared.crypto.ed25519 import SigningKey
from shared.disclosure import How
from shared.errors import NotFound, NotTheOwner
from shared.identity import Purpose
from shared.protocol.envelope import ReceiptState
from shared.protocol.messages import Answered, Receipt, make_receipt
from shared.records.models import Confirmations, RecordDisclosures
from shared.records.withdrawals.recipients import disclosures_of, recipients_of
from tests.conftest import NOW
from tests.shared.records.record_kind import Thing, ThingRecords, ThingStore, made
from tests.support import Counting, caller

COMMISSION = caller("CCF", purpose=Purpose.DATA_SUBJECT_REQUEST)


def signed_by(records: ThingRecords, bureau: str, message: str, state: ReceiptState) -> Receipt:
    """Return the receipt of a bureau for a notification."""
    answered = Answered(id=message, digest="", sender="things", by=bureau)
    return make_receipt(answered, state, None, key=SigningKey.generate(), at=records.now)


async def test_the_owner_sees_the_recipients_of_a_record(records: ThingRecords) -> None:
    """First and last time, count, versions, purposes and officers, the latest first."""
    thing = await records.enter()
    await records.show("DE", thing, officer="de.first")
    first = records.now
    thing = await records.change(thing)
    await records.show("DE", thing, officer="de.second", purpose=Purpose.LOCATE)
    await records.show("DE", thing, "search", officer="de.second", purpose=Purpose.LOCATE)
    await records.show("PL", thing, "search")
    received = await records.recipients(thing)
    assert list(received) == ["DE", "PL"]
    germany = received["DE"]
    assert (germany.first, germany.last) == (first, first + timedelta(seconds=3))
    assert (germany.times, germany.versions) == (3, [1, 2])
    assert germany.purposes == [Purpose.LOCATE, Purpose.WARNING]
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
    [germany] = await recipients_of(session, thing.id, None, caller("FR"), sees_all=False, at=NOW)
    assert (germany.times, germany.officers, germany.versions) == (7, ["de.7", "de.6", "de.5"], [6, 7, 8])
    assert germany.recall is not None
    assert germany.recall.version == 8
    assert session.most == 3


@pytest.mark.parametrize("how", ["delayed-inquiry", "subscription"])
async def test_a_recipient_by_an_earlier_search_is_visible_to_the_commission_and_not_to_the_owner(
    records: ThingRecords, how: How
) -> None:
    """Nor its later reads, nor that it was asked to remove its copies."""
    commission = caller("CCF", purpose=Purpose.DATA_SUBJECT_REQUEST)
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
    await records.show("CCF", thing, purpose=Purpose.DATA_SUBJECT_REQUEST)
    assert await records.recipients(thing) == {}
    await records.show("IPSG", thing)
    assert (await records.recipients(thing))["IPSG"].times == 1


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
    shown = Confirmations.of(received.values())
    assert (shown.notified, shown.applied, shown.refused, shown.outstanding) == (
        ["DE", "KE", "PL"],
        ["DE"],
        ["PL"],
        ["KE"],
    )


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
