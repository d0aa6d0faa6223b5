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
from tests.shared.records.record_kind import Keeping, Thing, ThingStore, things
from tests.support import Counting

SECOND = timedelta(seconds=1)


async def test_a_barred_bureau_that_received_a_record_is_notified_and_no_other(keeping: Keeping) -> None:
    """Germany has it and is barred; Poland has it and is not barred; Kenya is barred and never had it."""
    thing = await keeping.enter()
    for bureau in ("DE", "PL"):
        await keeping.show(bureau, thing)
    restricted = await keeping.change(thing, restricted=("DE", "KE"))
    [letter] = await keeping.told()
    assert letter.recipients == ("DE",)
    assert letter.form == Withdrawal(
        service="things",
        kind="thing",
        record=thing.id,
        version=restricted.version,
        act="withdrawn",
        at=keeping.now.timestamp(),
    )


async def test_a_withdrawal_has_the_purpose_for_which_the_record_was_entered(keeping: Keeping) -> None:
    """Whoever hides the record, and for whatever purpose."""
    thing = await keeping.enter(purpose=Purpose.MISSING_PERSON)
    await keeping.show("DE", thing)
    await keeping.delete(thing)
    [letter] = await keeping.told()
    assert letter.purpose == Purpose.MISSING_PERSON


async def test_a_withdrawal_reveals_neither_its_reason_nor_the_content_of_the_record(keeping: Keeping) -> None:
    """Restricted, closed or deleted: the notifications differ in ids and times alone."""
    told = []
    for act in (
        lambda thing: keeping.change(thing, restricted=("DE",)),
        lambda thing: keeping.change(thing, known_to=Audience.OWNER),
        keeping.delete,
    ):
        thing = await keeping.enter(colour="ultramarine")
        await keeping.show("DE", thing)
        await act(thing)
        [letter] = await keeping.told()
        said = (letter.subject, letter.purpose, letter.recipients, letter.form.version, letter.form.act)
        assert "ultramarine" not in repr(letter)
        told.append(tuple(str(part).replace(thing.id, "ID") for part in said))
    assert len(set(told)) == 1


async def test_each_bureau_is_notified_of_a_withdrawal_in_a_message_of_its_own(keeping: Keeping) -> None:
    """Otherwise a bureau that is notified alone would see that it is barred."""
    thing = await keeping.enter()
    for bureau in ("PL", "DE", "IPSG"):
        await keeping.show(bureau, thing)
    await keeping.change(thing, known_to=Audience.OWNER)
    assert sorted(letter.recipients for letter in await keeping.told()) == [("DE",), ("IPSG",), ("PL",)]


async def test_a_record_stays_with_the_secretariat_while_the_secretariat_may_see_it(keeping: Keeping) -> None:
    """A record for the Secretariat's eyes is withdrawn from the bureaus alone."""
    thing = await keeping.enter()
    for bureau in ("DE", "IPSG"):
        await keeping.show(bureau, thing)
    await keeping.change(thing, known_to=Audience.SECRETARIAT)
    assert await keeping.told_to_remove() == {"DE"}


@pytest.mark.parametrize("how", ["search", "list", "read", "change", "subscription", "delayed-inquiry"])
async def test_a_record_is_withdrawn_however_it_was_received(keeping: Keeping, how: Any) -> None:
    """For example by a subscription, or in a review."""
    thing = await keeping.enter()
    await keeping.show("IPSG", thing, how)
    await keeping.change(thing, known_to=Audience.OWNER)
    assert await keeping.told_to_remove() == {"IPSG"}


async def test_a_bureau_that_received_a_record_again_is_notified_again(keeping: Keeping) -> None:
    """Barred, admitted and shown it again: only then there is something to remove."""
    thing = await keeping.enter()
    await keeping.show("DE", thing)
    for _ in range(2):
        thing = await keeping.change(thing, restricted=("DE",))
        assert await keeping.told_to_remove() == {"DE"}
        thing = await keeping.change(thing, restricted=())
        thing = await keeping.change(thing, restricted=("DE",))
        assert await keeping.told_to_remove() == set()
        thing = await keeping.change(thing, restricted=())
        await keeping.show("DE", thing)


async def test_a_disclosure_to_the_commission_is_not_withdrawn(keeping: Keeping) -> None:
    """A notification would reveal that the Commission looked."""
    thing = await keeping.enter()
    await keeping.show("IPSG", thing, purpose=Purpose.DATA_SUBJECT_REQUEST)
    await keeping.change(thing, known_to=Audience.OWNER)
    assert await keeping.told() == []


@pytest.mark.parametrize("act", ["restrict", "delete", "correct"])
async def test_a_change_is_refused_when_a_disclosure_is_missing_in_the_store(keeping: Keeping, act: str) -> None:
    """That Germany received it was deleted outside the program: no bureau is notified, and the record is unchanged."""
    thing = await keeping.enter()
    for bureau in ("DE", "PL"):
        await keeping.show(bureau, thing)
    before = await keeping.database.reading.fetch(sa.select(things))
    async with keeping.database.writing() as session:
        await session.execute(sa.delete(disclosures).where(disclosures.c.bureau == "DE"))
    with pytest.raises(LogDamaged, match="in the list of FR: 1 are there, and 2 were logged"):
        await {
            "restrict": lambda: keeping.change(thing, known_to=Audience.OWNER),
            "delete": lambda: keeping.delete(thing),
            "correct": lambda: keeping.correct(thing, colour="blue"),
        }[act]()
    assert await keeping.told() == []
    assert await keeping.database.reading.fetch(sa.select(things)) == before


@pytest.mark.both_databases
async def test_a_change_is_refused_when_a_disclosure_hidden_from_the_owner_is_missing(keeping: Keeping) -> None:
    """The list of the Secretariat shows it; the owner is not told the length of that list."""
    thing = await keeping.enter()
    for bureau in ("DE", "PL"):
        await keeping.show(bureau, thing, "delayed-inquiry")
    async with keeping.database.writing() as session:
        [row] = await session.fetch(sa.select(disclosures).where(disclosures.c.bureau == "DE"))
        await session.execute(sa.delete(disclosures).where(disclosures.c.bureau == "DE"))
    with pytest.raises(LogDamaged, match=r"^disclosures are missing in the list of IPSG\."):
        await keeping.change(thing, known_to=Audience.OWNER)
    async with keeping.database.writing() as session:
        await session.execute(sa.insert(disclosures), dict(row._mapping))
    await keeping.change(thing, known_to=Audience.OWNER)
    assert await keeping.told_to_remove() == {"DE", "PL"}


async def test_a_change_that_hides_nothing_does_not_read_disclosures(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    thing = await keeping.enter()
    await keeping.show("DE", thing)
    monkeypatch.setattr("shared.records.store.withdraw", None)
    await keeping.change(thing, colour="blue")
    assert await keeping.told() == []
    assert await keeping.database.reading.fetch(recall_checks.select()) == []


@dataclass
class Expected:
    """Who has copies, in the plainest words: all who were shown it and not asked to remove it since."""

    have: set[str] = field(default_factory=set)
    outdated: set[str] = field(default_factory=set)
    """Who was shown a former version after the notification of a correction."""

    barred: frozenset[str] = frozenset()
    known_to: Audience = Audience.ALL

    def may_see(self, bureau: str) -> bool:
        reach = {"IPSG": (Audience.ALL, Audience.SECRETARIAT)}.get(bureau, (Audience.ALL,))
        return bureau not in self.barred and self.known_to in reach

    def withdrawn(self) -> set[str]:
        told = {bureau for bureau in self.have if not self.may_see(bureau)}
        self.have -= told
        self.outdated -= told
        return told

    def corrected(self) -> set[str]:
        self.outdated.clear()
        return {"FR", *self.have}

    def told_late(self) -> dict[str, set[str]]:
        told = {"withdrawn": self.withdrawn(), "corrected": {*self.outdated}}
        self.outdated.clear()
        return told


async def change(keeping: Keeping, thing: Thing, step: str, what: Any, expected: Expected) -> Thing:
    """Let the owner restrict or close a thing, or the Commission correct it."""
    if step == "correct":
        return await keeping.correct(thing, size=thing.version)
    if step == "restrict":
        expected.barred = what
        return await keeping.change(thing, restricted=tuple(sorted(what)))
    expected.known_to = what
    return await keeping.change(thing, known_to=what)


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
    keeping: Keeping, steps: list[tuple[str, Any]]
) -> None:
    """In any order of disclosures, restrictions and corrections, also with answers in progress of former versions."""
    expected, thing, corrected = Expected(), await keeping.enter(), 0
    # Those that an answer may still show, each with who may see it.
    versions = [(thing, expected.may_see)]
    for step, what in [*steps, ("rest", None)]:
        match step:
            case "show" if expected.may_see(what):
                await keeping.show(what, thing)
                expected.have.add(what)
            case "late":
                former, might_see = versions[what[0] % len(versions)]
                if might_see(what[1]):
                    await keeping.show(what[1], former)
                    expected.have.add(what[1])
                    expected.outdated |= {what[1]} if former.version < corrected else set()
            case "restrict" | "known_to" | "correct":
                thing = await change(keeping, thing, step, what, expected)
                corrected = thing.version if step == "correct" else corrected
                withdrawn = expected.withdrawn()
                told = {"withdrawn": withdrawn, "corrected": expected.corrected() if step == "correct" else set()}
                assert await keeping.told_to() == told
                versions.append((thing, replace(expected).may_see))
            case "rest":
                keeping.clock.advance(UNDER_WAY_FOR + SECOND)
                await stragglers_of(keeping).turn()
                assert await keeping.told_to() == expected.told_late()
                versions = versions[-1:]
    await keeping.delete(thing)
    assert await keeping.told_to_remove() == expected.have


def stragglers_of(keeping: Keeping) -> LateReaders:
    return LateReaders([ThingStore], keeping.database, keeping.clock)


async def hidden(keeping: Keeping, thing: Thing, way: str) -> None:
    if way == "deleted":
        await keeping.delete(thing)
    else:
        await keeping.change(thing, restricted=("DE",))


@pytest.mark.parametrize("way", ["restricted", "deleted"])
@pytest.mark.parametrize("had_it", [False, True])
async def test_an_answer_in_progress_during_a_withdrawal_is_withdrawn_too(
    keeping: Keeping, way: str, had_it: bool
) -> None:
    """Read before and logged after: its reader is notified once, when no more such answers can come."""
    thing = await keeping.enter()
    if had_it:
        await keeping.show("DE", thing)
    await hidden(keeping, thing, way)
    assert await keeping.told_to_remove() == ({"DE"} if had_it else set())
    await keeping.show("DE", thing, match="name: Nobody")
    await stragglers_of(keeping).turn()
    assert await keeping.told() == []
    keeping.clock.advance(UNDER_WAY_FOR)
    for _ in range(2):
        await stragglers_of(keeping).turn()
    assert [(letter.recipients, letter.form.record) for letter in await keeping.told()] == [(("DE",), thing.id)]


async def test_a_withdrawal_from_a_late_reader_does_not_reveal_its_reason(keeping: Keeping) -> None:
    """The notifications for a restricted and for a deleted record differ in the id alone."""
    told = []
    for way in ("restricted", "deleted"):
        thing = await keeping.enter()
        await hidden(keeping, thing, way)
        await keeping.show("DE", thing)
        keeping.clock.advance(UNDER_WAY_FOR)
        await stragglers_of(keeping).turn()
        [letter] = await keeping.told()
        said = (letter.subject, letter.purpose, letter.recipients, letter.form.version, letter.form.act)
        told.append(tuple(str(part).replace(thing.id, "ID") for part in said))
    assert told[0] == told[1]


async def test_the_match_in_an_answer_in_progress_is_erased_after_the_deletion(keeping: Keeping) -> None:
    """It may contain a name; the salt is erased as well, since guesses could be tested with it."""
    thing = await keeping.enter()
    await keeping.show("DE", thing, match="name: Nobody")
    await keeping.delete(thing)
    await keeping.show("DE", thing, match="name: Nobody")
    keeping.clock.advance(UNDER_WAY_FOR + SECOND)
    await stragglers_of(keeping).turn()
    rows = await keeping.database.reading.fetch(sa.select(disclosures))
    assert {(row.match, row.salt) for row in rows} == {("", None)}


@pytest.mark.both_databases
async def test_two_processes_withdraw_a_record_from_a_late_reader_once(keeping: Keeping) -> None:
    """Both find the same check that is due."""
    thing = await keeping.enter()
    await hidden(keeping, thing, "restricted")
    await keeping.show("DE", thing)
    keeping.clock.advance(UNDER_WAY_FOR)
    for stragglers in (stragglers_of(keeping), stragglers_of(keeping)):
        await stragglers.turn()
    assert len(await keeping.told()) == 1


async def test_a_record_that_is_visible_again_is_not_withdrawn(keeping: Keeping) -> None:
    """After a restriction that was lifted in time, the copies stay."""
    thing = await keeping.enter()
    restricted = await keeping.change(thing, restricted=("DE",))
    await keeping.show("DE", thing)
    await keeping.change(restricted, restricted=())
    keeping.clock.advance(UNDER_WAY_FOR)
    await stragglers_of(keeping).turn()
    assert await keeping.told() == []


async def test_a_correction_by_the_commission_is_notified_to_the_owner_and_all_recipients(keeping: Keeping) -> None:
    """From a bureau that may not see it the record is withdrawn; none is notified twice."""
    thing = await keeping.enter()
    for bureau in ("DE", "PL"):
        await keeping.show(bureau, thing)
    await keeping.correct(thing, colour="blue", restricted=("PL",))
    assert await keeping.told_to() == {"withdrawn": {"PL"}, "corrected": {"DE", "FR"}}
    keeping.clock.advance(UNDER_WAY_FOR + SECOND)
    await stragglers_of(keeping).turn()
    assert await keeping.told_to() == {"withdrawn": set(), "corrected": set()}


async def test_an_answer_in_progress_during_a_correction_is_replaced(keeping: Keeping) -> None:
    """Whether its reader had a copy before or not; the reader of the corrected version is not notified."""
    thing = await keeping.enter()
    await keeping.show("DE", thing)
    corrected = await keeping.correct(thing, colour="blue", restricted=("BR",))
    assert await keeping.told_to() == {"withdrawn": set(), "corrected": {"DE", "FR"}}
    for bureau in ("DE", "PL"):
        await keeping.show(bureau, thing)
    await keeping.show("KE", corrected)
    keeping.clock.advance(UNDER_WAY_FOR + SECOND)
    for _ in range(2):
        await stragglers_of(keeping).turn()
    assert await keeping.told_to() == {"withdrawn": set(), "corrected": {"DE", "PL"}}


async def test_an_unreadable_record_does_not_block_the_withdrawal_of_others(keeping: Keeping) -> None:
    """It is tried again at each turn."""
    spoiled, other = await keeping.enter(), await keeping.enter()
    for thing in (spoiled, other):
        await keeping.change(thing, restricted=("DE",))
        await keeping.show("DE", thing)
    await keeping.spoil(spoiled)
    keeping.clock.advance(UNDER_WAY_FOR + SECOND)
    with pytest.raises(ValidationError):
        await stragglers_of(keeping).turn()
    assert [letter.form.record for letter in await keeping.told()] == [other.id]
    assert [row.record_id for row in await keeping.database.reading.fetch(recall_checks.select())] == [spoiled.id]


async def test_disclosures_are_compared_with_the_log_in_batches(
    keeping: Keeping, counted: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them: one that differs from the log is found wherever it is."""
    monkeypatch.setattr("shared.audit.list_integrity.BATCH_SIZE", 2)
    thing = await keeping.enter()
    for bureau in ("DE", "IT", "KE", "PL", "SE"):
        await keeping.show(bureau, thing)
    await require_as_logged(counted, thing.id)
    assert counted.most == 2
    for bureau in ("SE", "DE"):
        async with keeping.database.writing() as session:
            await session.execute(sa.update(disclosures).where(disclosures.c.bureau == bureau).values(version=7))
        with pytest.raises(LogDamaged, match="the log has others than the store"):
            await require_as_logged(counted, thing.id)


async def test_hidden_records_are_checked_for_late_readers_in_batches(
    keeping: Keeping, counted: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them in a few turns."""
    monkeypatch.setattr("shared.records.withdrawals.late_readers.BATCH_SIZE", 2)
    for _ in range(5):
        await keeping.change(await keeping.enter(), known_to=Audience.OWNER)
    keeping.clock.advance(UNDER_WAY_FOR + SECOND)
    stragglers, left = stragglers_of(keeping), list[int]()
    for _ in range(3):
        await stragglers.turn()
        async with keeping.database.writing() as session:
            left.append(len(await session.fetch(sa.select(recall_checks))))
    assert (left, counted.most) == ([3, 1, 0], 2)
