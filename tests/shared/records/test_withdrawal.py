"""Withdrawal: a bureau that received a record and may not see it afterwards is notified once. On both databases."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.audit.list_integrity import require_as_logged
from shared.audit.rules import LogDamaged
from shared.audit.tables import disclosures
from shared.identity import Purpose
from shared.protocol.payloads import Withdrawal
from shared.records.policy import Audience
from shared.records.tables import recall_checks
from shared.records.withdrawals.late_readers import UNDER_WAY_FOR, LateReaders
from tests.extent import FAST_EXAMPLES, by_extent
from tests.shared.records.record_kind import Thing, ThingRecords, ThingStore, things
from tests.support import Counting

SECOND = timedelta(seconds=1)


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
    thing = await records.enter(purpose=Purpose.MISSING_PERSON)
    await records.show("DE", thing)
    await records.delete(thing)
    [message] = await records.notifications()
    assert message.purpose == Purpose.MISSING_PERSON


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
    await records.show("IPSG", thing, purpose=Purpose.DATA_SUBJECT_REQUEST)
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


@dataclass
class Expected:
    """The model: a bureau has a copy if it was shown the record, and was not asked to remove it since."""

    have: set[str] = field(default_factory=set)
    outdated: set[str] = field(default_factory=set)
    """Bureaus that were shown a former version after the notification of a correction."""

    barred: frozenset[str] = frozenset()
    known_to: Audience = Audience.ALL

    def may_see(self, bureau: str) -> bool:
        reach = {"IPSG": (Audience.ALL, Audience.SECRETARIAT)}.get(bureau, (Audience.ALL,))
        return bureau not in self.barred and self.known_to in reach

    def withdrawn(self) -> set[str]:
        notified = {bureau for bureau in self.have if not self.may_see(bureau)}
        self.have -= notified
        self.outdated -= notified
        return notified

    def corrected(self) -> set[str]:
        self.outdated.clear()
        return {"FR", *self.have}

    def late_recalls(self) -> dict[str, set[str]]:
        notified = {"withdrawn": self.withdrawn(), "corrected": {*self.outdated}}
        self.outdated.clear()
        return notified


async def change(records: ThingRecords, thing: Thing, step: str, what: Any, expected: Expected) -> Thing:
    """Let the owner restrict or close a thing, or the Commission correct it."""
    if step == "correct":
        return await records.correct(thing, size=thing.version)
    if step == "restrict":
        expected.barred = what
        return await records.change(thing, restricted=tuple(sorted(what)))
    expected.known_to = what
    return await records.change(thing, known_to=what)


BUREAUS = ("DE", "PL", "IPSG")
shows = st.tuples(st.just("show"), st.sampled_from(BUREAUS))
restrictions = st.tuples(st.just("restrict"), st.frozensets(st.sampled_from(("DE", "PL"))))
closings = st.tuples(st.just("known_to"), st.sampled_from(tuple(Audience)))
corrections = st.tuples(st.just("correct"), st.none())
answers_under_way = st.tuples(st.just("late"), st.tuples(st.integers(0, 5), st.sampled_from(BUREAUS)))
rests = st.tuples(st.just("rest"), st.none())


@pytest.mark.both_databases
@settings(max_examples=by_extent(FAST_EXAMPLES, 60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        shows | restrictions | closings | corrections | answers_under_way | answers_under_way | rests, max_size=14
    )
)
async def test_each_change_notifies_exactly_the_bureaus_that_have_a_copy(
    records: ThingRecords, steps: list[tuple[str, Any]]
) -> None:
    """In any order of disclosures, restrictions and corrections, also with answers in progress of former versions."""
    expected, thing, corrected = Expected(), await records.enter(), 0
    # The versions that an answer in progress may show, each with a predicate of the bureaus that may see it.
    versions = [(thing, expected.may_see)]
    for step, what in [*steps, ("rest", None)]:
        match step:
            case "show" if expected.may_see(what):
                await records.show(what, thing)
                expected.have.add(what)
            case "late":
                former, might_see = versions[what[0] % len(versions)]
                if might_see(what[1]):
                    await records.show(what[1], former)
                    expected.have.add(what[1])
                    expected.outdated |= {what[1]} if former.version < corrected else set()
            case "restrict" | "known_to" | "correct":
                thing = await change(records, thing, step, what, expected)
                corrected = thing.version if step == "correct" else corrected
                withdrawn = expected.withdrawn()
                notified = {"withdrawn": withdrawn, "corrected": expected.corrected() if step == "correct" else set()}
                assert await records.recalls() == notified
                versions.append((thing, replace(expected).may_see))
            case "rest":
                records.clock.advance(UNDER_WAY_FOR + SECOND)
                await late_readers_of(records).turn()
                assert await records.recalls() == expected.late_recalls()
                versions = versions[-1:]
    await records.delete(thing)
    assert await records.withdrawn_from() == expected.have


def late_readers_of(records: ThingRecords) -> LateReaders:
    return LateReaders([ThingStore], records.database, records.clock)


async def hide(records: ThingRecords, thing: Thing, way: str) -> None:
    if way == "deleted":
        await records.delete(thing)
    else:
        await records.change(thing, restricted=("DE",))


@pytest.mark.parametrize("way", ["restricted", "deleted"])
@pytest.mark.parametrize("had_it", [False, True])
async def test_an_answer_in_progress_during_a_withdrawal_is_withdrawn_too(
    records: ThingRecords, way: str, had_it: bool
) -> None:
    """Read before and logged after: its reader is notified once, when no more such answers can come."""
    thing = await records.enter()
    if had_it:
        await records.show("DE", thing)
    await hide(records, thing, way)
    assert await records.withdrawn_from() == ({"DE"} if had_it else set())
    await records.show("DE", thing, match="name: Nobody")
    await late_readers_of(records).turn()
    assert await records.notifications() == []
    records.clock.advance(UNDER_WAY_FOR)
    for _ in range(2):
        await late_readers_of(records).turn()
    assert [(message.recipients, message.form.record) for message in await records.notifications()] == [
        (("DE",), thing.id)
    ]


async def test_a_withdrawal_from_a_late_reader_does_not_reveal_its_reason(records: ThingRecords) -> None:
    """The notifications for a restricted and for a deleted record differ in the id alone."""
    notified = []
    for way in ("restricted", "deleted"):
        thing = await records.enter()
        await hide(records, thing, way)
        await records.show("DE", thing)
        records.clock.advance(UNDER_WAY_FOR)
        await late_readers_of(records).turn()
        [message] = await records.notifications()
        visible = (message.subject, message.purpose, message.recipients, message.form.version, message.form.act)
        notified.append(tuple(str(part).replace(thing.id, "ID") for part in visible))
    assert notified[0] == notified[1]


async def test_the_match_in_an_answer_in_progress_is_erased_after_the_deletion(records: ThingRecords) -> None:
    """It may contain a name; the salt is erased as well, since guesses could be tested with it."""
    thing = await records.enter()
    await records.show("DE", thing, match="name: Nobody")
    await records.delete(thing)
    await records.show("DE", thing, match="name: Nobody")
    records.clock.advance(UNDER_WAY_FOR + SECOND)
    await late_readers_of(records).turn()
    rows = await records.database.reading.fetch(sa.select(disclosures))
    assert {(row.match, row.salt) for row in rows} == {("", None)}


@pytest.mark.both_databases
async def test_two_processes_withdraw_a_record_from_a_late_reader_once(records: ThingRecords) -> None:
    """Both find the same check that is due."""
    thing = await records.enter()
    await hide(records, thing, "restricted")
    await records.show("DE", thing)
    records.clock.advance(UNDER_WAY_FOR)
    for late_readers in (late_readers_of(records), late_readers_of(records)):
        await late_readers.turn()
    assert len(await records.notifications()) == 1


async def test_a_record_that_is_visible_again_is_not_withdrawn(records: ThingRecords) -> None:
    """After a restriction that was lifted in time, the copies stay."""
    thing = await records.enter()
    restricted = await records.change(thing, restricted=("DE",))
    await records.show("DE", thing)
    await records.change(restricted, restricted=())
    records.clock.advance(UNDER_WAY_FOR)
    await late_readers_of(records).turn()
    assert await records.notifications() == []


async def test_a_correction_by_the_commission_is_notified_to_the_owner_and_all_recipients(
    records: ThingRecords,
) -> None:
    """From a bureau that may not see it the record is withdrawn; none is notified twice."""
    thing = await records.enter()
    for bureau in ("DE", "PL"):
        await records.show(bureau, thing)
    await records.correct(thing, colour="blue", restricted=("PL",))
    assert await records.recalls() == {"withdrawn": {"PL"}, "corrected": {"DE", "FR"}}
    records.clock.advance(UNDER_WAY_FOR + SECOND)
    await late_readers_of(records).turn()
    assert await records.recalls() == {"withdrawn": set(), "corrected": set()}


async def test_an_answer_in_progress_during_a_correction_is_replaced(records: ThingRecords) -> None:
    """Whether its reader had a copy before or not; the reader of the corrected version is not notified."""
    thing = await records.enter()
    await records.show("DE", thing)
    corrected = await records.correct(thing, colour="blue", restricted=("BR",))
    assert await records.recalls() == {"withdrawn": set(), "corrected": {"DE", "FR"}}
    for bureau in ("DE", "PL"):
        await records.show(bureau, thing)
    await records.show("KE", corrected)
    records.clock.advance(UNDER_WAY_FOR + SECOND)
    for _ in range(2):
        await late_readers_of(records).turn()
    assert await records.recalls() == {"withdrawn": set(), "corrected": {"DE", "PL"}}


async def test_an_unreadable_record_does_not_block_the_withdrawal_of_others(records: ThingRecords) -> None:
    """It is tried again at each turn."""
    corrupted, other = await records.enter(), await records.enter()
    for thing in (corrupted, other):
        await records.change(thing, restricted=("DE",))
        await records.show("DE", thing)
    await records.corrupt(corrupted)
    records.clock.advance(UNDER_WAY_FOR + SECOND)
    with pytest.raises(ValidationError):
        await late_readers_of(records).turn()
    assert [message.form.record for message in await records.notifications()] == [other.id]
    assert [row.record_id for row in await records.database.reading.fetch(recall_checks.select())] == [corrupted.id]


async def test_disclosures_are_compared_with_the_log_in_batches(
    records: ThingRecords, counted: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them: one that differs from the log is found wherever it is."""
    monkeypatch.setattr("shared.audit.list_integrity.BATCH_SIZE", 2)
    thing = await records.enter()
    for bureau in ("DE", "IT", "KE", "PL", "SE"):
        await records.show(bureau, thing)
    await require_as_logged(counted, thing.id)
    assert counted.most == 2
    for bureau in ("SE", "DE"):
        async with records.database.writing() as session:
            await session.execute(sa.update(disclosures).where(disclosures.c.bureau == bureau).values(version=7))
        with pytest.raises(LogDamaged, match="the log has others than the store"):
            await require_as_logged(counted, thing.id)


async def test_hidden_records_are_checked_for_late_readers_in_batches(
    records: ThingRecords, counted: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them in a few turns."""
    monkeypatch.setattr("shared.records.withdrawals.late_readers.BATCH_SIZE", 2)
    for _ in range(5):
        await records.change(await records.enter(), known_to=Audience.OWNER)
    records.clock.advance(UNDER_WAY_FOR + SECOND)
    late_readers, left = late_readers_of(records), list[int]()
    for _ in range(3):
        await late_readers.turn()
        async with records.database.writing() as session:
            left.append(len(await session.fetch(sa.select(recall_checks))))
    assert (left, counted.most) == ([3, 1, 0], 2)
