"""Records are sent to all who may see them, and each recipient is in the audit log. On both databases."""

import asyncio
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from shared.agreements import Agreement
from shared.audit.tables import audit_leaves
from shared.background import ChangeSignal
from shared.crypto.ed25519 import SigningKey
from shared.identity import Purpose
from shared.protocol.payloads import HitsNotice
from shared.protocol.quotes import QuotedRecord
from shared.records.hits.notifier import HitNotifier
from shared.records.policy import REVIEWED_BEFORE
from shared.records.publications import rules
from shared.records.publisher import GATHERED_FOR
from shared.records.rules import renew
from shared.records.tables import announcements
from tests.shared.directories import entry
from tests.shared.records.publishing import READERS, by_recipient, network, published_rows, publisher_of, sent
from tests.shared.records.record_kind import SECOND, TERM, ThingRecords, ThingStore
from tests.support import caller, under

ICC, UN = "PARTNER-ICC", "PARTNER-UN"


def partner(code: str, number: int, **changed: Any) -> Any:
    """Return the entry of a partner that reads things, and gets messages, for all purposes."""
    agreed: dict[str, Any] = {
        "services": ("things",),
        "verbs": ("read", "message"),
        "purposes": tuple(Purpose),
        "until": date(2100, 1, 1),
        "resolution": "AG/2026/4",
    }
    return entry(SigningKey(bytes([number]) * 32), code, kind="partner", agreement=Agreement(**{**agreed, **changed}))


async def hits(records: ThingRecords) -> set[tuple[str, ...]]:
    """Return the hits that are notified, each as owner and finder, with all who are notified of it."""
    kinds = ("things", [ThingStore], records.database, records.clock, ChangeSignal(), records.service_log)
    await HitNotifier(*kinds).run_once()
    found = [message for message in await records.notifications() if isinstance(message.form, HitsNotice)]
    return {(*message.recipients, hit.how) for message in found for hit in message.form.hits}


async def leaves(records: ThingRecords) -> list[str]:
    found = await records.database.reading.fetch(sa.select(audit_leaves.c.operation).order_by(audit_leaves.c.number))
    return [row.operation for row in found]


@pytest.mark.both_databases
async def test_a_published_record_is_sent_to_all_who_may_see_it_and_listed_as_disclosed(records: ThingRecords) -> None:
    """Not to the barred, the Commission, the public or a unit without records; to its owner without the content."""
    thing = await records.enter(sent=True, restricted=("PL",), partners=(ICC,))
    got = await sent(records, network(partner(ICC, 100), partner(UN, 101)))
    assert set(got) == READERS - {"PL"} | {ICC, "FR"}
    form = got["DE"]
    assert (form.service, form.kind, form.record, form.version) == ("things", "thing", thing.id, 1)
    assert (form.owner, form.act, form.number, form.colour, form.at) == (
        "FR",
        "published",
        "2026/7",
        "red",
        records.now.timestamp(),
    )
    assert (form.content or {})["id"] == thing.id
    assert (got["FR"].content, got["FR"].omitted) == (None, "own-record")
    assert sorted(await published_rows(records)) == sorted((code, 1, "FR") for code in set(got) - {"FR"})
    # One leaf, so that the size of the log does not reveal how many may see the record.
    assert (await leaves(records)).count("publish_record") == 1
    received = await records.recipients(thing)
    assert (received["DE"].sent, received["DE"].versions, received["DE"].officers) == (True, [1], [])


async def test_each_recipient_gets_a_message_that_names_no_other_and_no_reader(records: ThingRecords) -> None:
    """A list of recipients, or its length, would reveal that a bureau is barred; so would `restricted`."""
    await records.enter(sent=True, restricted=("PL",))
    await publisher_of(records).run_once()
    messages = await records.notifications()
    assert all(len(message.recipients) == 1 for message in messages)
    shown = {repr(by_recipient(messages)[code]) for code in READERS - {"PL"}}
    assert len(shown) == 1
    assert "'PL'" not in shown.pop()


async def test_a_message_quotes_the_record_with_what_binds_its_readers(records: ThingRecords) -> None:
    """So that a gateway refuses to pass it on, as for a message in which an officer quotes it."""
    thing = await records.enter(sent=True, conditions=["H2", "H3"], other_condition="Tell us before.")
    await publisher_of(records).run_once()
    [quote] = {quote for message in await records.notifications() for quote in message.quotes}
    assert quote == QuotedRecord(
        service="things",
        kind="thing",
        record=thing.id,
        version=1,
        owner="FR",
        handling="OFFICIAL_USE",
        conditions=("H2", "H3"),
        other_condition="Tell us before.",
    )
    assert quote.is_bound


@pytest.mark.parametrize(
    ("entered", "omitted"),
    [({"handling": "CONFIDENTIAL"}, "confidential"), ({"text": "é" * rules.MAX_BYTES}, "too-large"), ({}, None)],
)
async def test_content_that_any_officer_may_not_read_or_that_does_not_fit_is_left_out(
    records: ThingRecords, entered: dict[str, Any], omitted: str | None
) -> None:
    """The message says so, and the record is read from the service."""
    await records.enter(sent=True, **entered)
    form = (await sent(records))["DE"]
    assert (form.omitted, form.content is None) == (omitted, omitted is not None)


async def test_a_change_that_others_see_is_sent_again_and_others_are_not(records: ThingRecords) -> None:
    """Another colour; not a renewal, nor that a bureau is barred, nor the same content entered again."""
    thing = await records.enter(sent=True)
    await sent(records)
    thing = await records.change(thing, colour="blue")
    records.clock.advance(GATHERED_FOR)
    got = await sent(records)
    assert {(form.act, form.version) for form in got.values()} == {("updated", 2)}
    assert set(got) == READERS | {"FR"}
    records.clock.advance(REVIEWED_BEFORE)
    thing = await records.change(thing, expires=renew(thing, TERM, by=caller("FR"), at=records.now).expires)
    thing = await records.change(thing)
    thing = await records.change(thing, restricted=("PL",))
    assert await sent(records) == {}


@pytest.mark.both_databases
async def test_what_changes_soon_after_a_record_was_sent_is_gathered(records: ThingRecords) -> None:
    """Each recipient gets one message in five minutes, with the record as it is then; other records do not wait."""
    thing = await records.enter(sent=True)
    await sent(records)
    first = records.now
    for colour in ("blue", "green", "yellow"):
        thing = await records.change(thing, colour=colour)
        assert await sent(records) == {}
    other = await records.enter(sent=True)
    assert {form.record for form in (await sent(records)).values()} == {other.id}
    records.clock.advance(first + GATHERED_FOR - SECOND - records.now)
    assert await sent(records) == {}
    records.clock.advance(SECOND)
    got = await sent(records)
    assert {(form.record, form.version) for form in got.values()} == {(thing.id, thing.version)}
    assert (got["DE"].content or {})["colour"] == "yellow"
    assert await sent(records) == {}


async def test_a_record_that_is_shown_to_more_is_sent_to_those_who_are_new(records: ThingRecords) -> None:
    """To them it is published; the owner and the others are told nothing, not even that there are more."""
    thing = await records.enter(sent=True, addressed=("DE",))
    assert set(await sent(records)) == {"DE", "FR", "IPSG", "IPSG-NDTF"}
    thing = await records.change(thing, addressed=("DE", "KE"))
    records.clock.advance(GATHERED_FOR)
    assert {code: form.act for code, form in (await sent(records)).items()} == {"KE": "published"}
    thing = await records.change(thing, addressed=("KE",))
    await records.change(thing, addressed=("DE", "KE"))
    records.clock.advance(GATHERED_FOR)
    assert {code: form.act for code, form in (await sent(records)).items()} == {"DE": "published"}


async def test_a_version_is_sent_once_however_often_it_is_noted(records: ThingRecords) -> None:
    """Two processes at once, again after that, and two changes before the first was sent."""
    thing = await records.enter(sent=True)
    thing = await records.change(thing, colour="blue")
    await asyncio.gather(*(publisher_of(records).run_once() for _ in range(2)))
    got = by_recipient(await records.notifications())
    assert {(form.act, form.version) for form in got.values()} == {("published", 2)}
    assert len(await published_rows(records)) == len(READERS)
    assert await sent(records) == {}


async def test_a_bureau_that_is_barred_before_a_record_is_sent_gets_nothing(records: ThingRecords) -> None:
    """No message, no row, and so no request to remove it either."""
    thing = await records.enter(sent=True)
    await records.change(thing, restricted=("DE",))
    assert set(await sent(records)) == READERS - {"DE"} | {"FR"}
    assert "DE" not in {bureau for bureau, *_ in await published_rows(records)}


async def test_nothing_is_sent_unless_the_change_and_the_log_entry_are_committed(
    records: ThingRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure at any step leaves either the note, or log entry and messages."""
    await records.enter(sent=True)

    async def fail(*_: Any) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("shared.records.publisher.enqueue", fail)
        with pytest.raises(OSError, match="full"):
            await publisher_of(records).run_once()
    assert await published_rows(records) == []
    assert await records.notifications() == []
    assert set(await sent(records)) == READERS | {"FR"}


async def test_a_record_that_cannot_be_read_does_not_delay_the_others(records: ThingRecords) -> None:
    """It is tried again in the next round."""
    damaged = await records.enter(sent=True)
    records.clock.advance(SECOND)
    good = await records.enter(sent=True)
    await records.corrupt(damaged)
    with pytest.raises(ValueError, match="handling"):
        await publisher_of(records).run_once()
    assert {form.record for form in by_recipient(await records.notifications()).values()} == {good.id}
    [left] = await records.database.reading.fetch(sa.select(announcements.c.record_id))
    assert left.record_id == damaged.id


async def test_a_suspended_bureau_and_one_that_joins_later_get_none(records: ThingRecords) -> None:
    """A bureau under another measure still gets it."""
    measure = under("suspended").measure
    joined = [
        entry(SigningKey(bytes([110]) * 32), "BR", standing="suspended", measure=measure),
        entry(SigningKey(bytes([111]) * 32), "ES", standing="restricted", measure=measure),
        entry(SigningKey(bytes([112]) * 32), "IT", standing="supervised", measure=measure),
    ]
    await records.enter(sent=True)
    assert set(await sent(records, network(*joined))) == READERS | {"FR", "ES", "IT"}
    assert await sent(records, network(*joined, entry(SigningKey(bytes([113]) * 32), "JP"))) == {}


@pytest.mark.parametrize(
    "agreed",
    [{"services": ("notices",)}, {"verbs": ("read",)}, {"verbs": ("message",)}, {"purposes": ()}, {"until": date.min}],
    ids=["service", "no messages", "no reading", "purpose", "over"],
)
async def test_a_partner_is_sent_what_its_agreement_lets_it_read_and_receive(
    records: ThingRecords, agreed: dict[str, Any]
) -> None:
    """One whose agreement lacks any of that gets nothing, also of a record that is open to all partners."""
    await records.enter(sent=True, partners="all")
    assert set(await sent(records, network(partner(ICC, 100), partner(UN, 101, **agreed)))) & {ICC, UN} == {ICC}


async def test_the_owner_is_notified_of_partners_to_which_its_record_was_sent_and_of_no_bureau(
    records: ThingRecords,
) -> None:
    """As of each disclosure to a partner (RPD article 27); the bureaus are in the list of the owner."""
    await records.enter(sent=True, partners="all")
    await sent(records, network(partner(ICC, 100)))
    assert await hits(records) == {("FR", ICC, "published")}
