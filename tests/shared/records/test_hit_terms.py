"""The handling terms in a hit: how its record is to be handled, as long as the finder may see it."""

from datetime import timedelta
from typing import Any, get_args

import pytest

from shared.background import ChangeSignal
from shared.disclosure import How
from shared.protocol import payloads
from shared.protocol.payloads import HitNote, HitsNotice
from shared.records.hits.deduplication import REPEATS_SECONDS
from shared.records.hits.handling_terms import HandlingTerms
from shared.records.hits.notifier import HitNotifier
from shared.records.policy import Condition, Handling
from tests.shared.records.record_kind import Keeping, Thing, ThingStore
from tests.support import Counting

TERMS: dict[str, Any] = {
    "handling": "RESTRICTED",
    "conditions": ["H1", "H3"],
    "other_condition": "Inform us before any act.",
}


async def show(keeping: Keeping, thing: Thing, how: How = "search") -> None:
    await keeping.show("DE", thing, how, match="colour: red")


async def told(keeping: Keeping) -> list[HitNote]:
    await HitNotifier("things", [ThingStore], keeping.database, keeping.clock, ChangeSignal(), keeping.noted).turn()
    return [hit for letter in await keeping.told() if isinstance(letter.form, HitsNotice) for hit in letter.form.hits]


def terms_of(hit: HitNote) -> tuple[object, ...]:
    return hit.handling, hit.conditions, hit.other_condition


@pytest.mark.parametrize("how", ["search", "subscription", "delayed-inquiry"])
async def test_a_hit_states_the_handling_terms_of_its_record(keeping: Keeping, how: How) -> None:
    """A finder who is notified later has not seen the record itself."""
    await show(keeping, await keeping.enter(**TERMS), how)
    [hit] = await told(keeping)
    assert terms_of(hit) == ("RESTRICTED", ("H1", "H3"), "Inform us before any act.")


@pytest.mark.both_databases
async def test_the_handling_terms_are_those_of_the_version_that_was_shown(keeping: Keeping) -> None:
    """Whatever the owner has changed since."""
    thing, other = await keeping.enter(**TERMS), await keeping.enter(handling="CONFIDENTIAL")
    for each in (thing, other):
        await show(keeping, each)
    await keeping.change(thing, handling=Handling.OFFICIAL_USE, conditions=(), other_condition=None)
    assert {hit.record: hit.handling for hit in await told(keeping)} == {
        thing.id: "RESTRICTED",
        other.id: "CONFIDENTIAL",
    }


@pytest.mark.both_databases
async def test_only_the_versions_that_were_shown_are_read(keeping: Keeping) -> None:
    """Of two records one version each, and not both versions of both."""
    first, second = await keeping.enter(), await keeping.enter()
    await show(keeping, first)
    second = await keeping.change(await keeping.change(second))
    await show(keeping, second)
    for thing in (first, second):
        await keeping.change(await keeping.change(await keeping.change(thing)))
    hits, counting = await told(keeping), Counting(keeping.database.reading)
    session: Any = counting
    await HandlingTerms([ThingStore], keeping.noted).added(session, hits, keeping.now)
    assert counting.most == 2


@pytest.mark.parametrize("told_before", [False, True])
async def test_a_hit_on_a_barred_record_looks_like_one_on_a_deleted_record(keeping: Keeping, told_before: bool) -> None:
    """Its handling terms are not stated, and repeats that were gathered are dropped."""
    barred, deleted = await keeping.enter(**TERMS), await keeping.enter(**TERMS)
    for _ in range(1 + told_before):
        for thing in (barred, deleted):
            await show(keeping, thing)
        if told_before:
            await told(keeping)
    await keeping.change(barred, restricted=("DE",))
    await keeping.delete(deleted)
    keeping.clock.advance(timedelta(seconds=REPEATS_SECONDS))
    notes = await told(keeping)
    assert {note.record for note in notes} == (set() if told_before else {barred.id, deleted.id})
    assert {terms_of(note) for note in notes} <= {(None, (), None)}


async def test_unreadable_handling_terms_do_not_block_the_notification_of_hits(keeping: Keeping) -> None:
    """The hit is notified without terms, others with theirs; the record is logged."""
    spoiled, other = await keeping.enter(**TERMS), await keeping.enter(**TERMS)
    for thing in (spoiled, other):
        await show(keeping, thing)
    await keeping.spoil(spoiled)
    assert {hit.record: hit.handling for hit in await told(keeping)} == {spoiled.id: None, other.id: "RESTRICTED"}
    assert [event["record"] for event in keeping.events("terms-unreadable")] == [spoiled.id]


def test_payloads_know_all_handling_codes_and_conditions_of_records() -> None:
    """They are listed a second time there, as payloads do not import records."""
    assert get_args(payloads.Handling) == tuple(Handling)
    assert get_args(payloads.Condition) == tuple(Condition)
