"""The handling terms in a hit: how its record is to be handled, as long as the finder may see it."""

from datetime import timedelta
from typing import Any, get_args

import pytest

from shared.background import ChangeSignal
from shared.disclosure import How
from shared.handling import Condition, Handling
from shared.protocol import payloads
from shared.protocol.payloads import HitDetails, HitsNotice
from shared.records.hits.deduplication import REPEATS_SECONDS
from shared.records.hits.handling_terms import HandlingTerms
from shared.records.hits.notifier import HitNotifier
from tests.shared.records.record_kind import Thing, ThingRecords, ThingStore
from tests.support import Counting

TERMS: dict[str, Any] = {
    "handling": "RESTRICTED",
    "conditions": ["H1", "H3"],
    "other_condition": "Inform us before any act.",
}


async def show(records: ThingRecords, thing: Thing, how: How = "search") -> None:
    await records.show("DE", thing, how, match="colour: red")


async def notified(records: ThingRecords) -> list[HitDetails]:
    await HitNotifier(
        "things", [ThingStore], records.database, records.clock, ChangeSignal(), records.service_log
    ).run_once()
    return [
        hit
        for message in await records.notifications()
        if isinstance(message.form, HitsNotice)
        for hit in message.form.hits
    ]


def terms_of(hit: HitDetails) -> tuple[object, ...]:
    return hit.handling, hit.conditions, hit.other_condition


@pytest.mark.parametrize("how", ["search", "subscription", "delayed-inquiry"])
async def test_a_hit_states_the_handling_terms_of_its_record(records: ThingRecords, how: How) -> None:
    """A finder who is notified later has not seen the record itself."""
    await show(records, await records.enter(**TERMS), how)
    [hit] = await notified(records)
    assert terms_of(hit) == ("RESTRICTED", ("H1", "H3"), "Inform us before any act.")


@pytest.mark.both_databases
async def test_the_handling_terms_are_those_of_the_version_that_was_shown(records: ThingRecords) -> None:
    """Whatever the owner has changed since."""
    thing, other = await records.enter(**TERMS), await records.enter(handling="CONFIDENTIAL")
    for each in (thing, other):
        await show(records, each)
    await records.change(thing, handling=Handling.OFFICIAL_USE, conditions=(), other_condition=None)
    assert {hit.record: hit.handling for hit in await notified(records)} == {
        thing.id: "RESTRICTED",
        other.id: "CONFIDENTIAL",
    }


@pytest.mark.both_databases
async def test_only_the_versions_that_were_shown_are_read(records: ThingRecords) -> None:
    """Of two records one version each, and not both versions of both."""
    first, second = await records.enter(), await records.enter()
    await show(records, first)
    second = await records.change(await records.change(second))
    await show(records, second)
    for thing in (first, second):
        await records.change(await records.change(await records.change(thing)))
    hits, counting = await notified(records), Counting(records.database.reading)
    session: Any = counting
    await HandlingTerms([ThingStore], records.service_log).added(session, hits, records.now)
    assert counting.most == 2


@pytest.mark.parametrize("notified_before", [False, True])
async def test_a_hit_on_a_barred_record_looks_like_one_on_a_deleted_record(
    records: ThingRecords, notified_before: bool
) -> None:
    """Its handling terms are not stated, and repeats that were gathered are dropped."""
    barred, deleted = await records.enter(**TERMS), await records.enter(**TERMS)
    for _ in range(1 + notified_before):
        for thing in (barred, deleted):
            await show(records, thing)
        if notified_before:
            await notified(records)
    await records.change(barred, restricted=("DE",))
    await records.delete(deleted)
    records.clock.advance(timedelta(seconds=REPEATS_SECONDS))
    hits = await notified(records)
    assert {hit.record for hit in hits} == (set() if notified_before else {barred.id, deleted.id})
    assert {terms_of(hit) for hit in hits} <= {(None, (), None)}


async def test_unreadable_handling_terms_do_not_block_the_notification_of_hits(records: ThingRecords) -> None:
    """The hit is notified without terms, others with theirs; the record is logged."""
    corrupted, other = await records.enter(**TERMS), await records.enter(**TERMS)
    for thing in (corrupted, other):
        await show(records, thing)
    await records.corrupt(corrupted)
    assert {hit.record: hit.handling for hit in await notified(records)} == {corrupted.id: None, other.id: "RESTRICTED"}
    assert [event["record"] for event in records.events("terms-unreadable")] == [corrupted.id]


def test_payloads_know_all_handling_codes_and_conditions_of_records() -> None:
    """They are listed a second time there, as payloads do not import records."""
    assert get_args(payloads.Handling) == tuple(Handling)
    assert get_args(payloads.Condition) == tuple(Condition)
