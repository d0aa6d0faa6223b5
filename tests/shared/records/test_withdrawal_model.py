"""Any sequence of changes and disclosures notifies exactly the bureaus that have a copy of the record."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.records.policy import Audience
from shared.records.withdrawals.late_readers import UNDER_WAY_FOR
from tests.extent import FAST_EXAMPLES, by_extent
from tests.shared.records.record_kind import SECOND, Thing, ThingRecords, late_readers_of


@dataclass
class Expected:
    """The model: a bureau has a copy if it was shown the record, and was not asked to remove it since."""

    have: set[str] = field(default_factory=set)
    outdated: set[str] = field(default_factory=set)
    """Bureaus that were shown a former version after the notification of a correction."""

    barred: frozenset[str] = frozenset()
    addressed: frozenset[str] = frozenset()
    known_to: Audience = Audience.ALL

    def may_see(self, bureau: str) -> bool:
        reach = Audience.SECRETARIAT if bureau == "IPSG" else Audience.ALL
        is_addressed = not self.addressed or bureau in {"IPSG", *self.addressed}
        return bureau not in self.barred and is_addressed and self.known_to <= reach

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
    """Let the owner restrict, address or close a thing, or the Commission correct it."""
    if step == "correct":
        return await records.correct(thing, size=thing.version)
    if step == "restrict":
        # No bureau is both admitted and barred.
        expected.barred = what - expected.addressed
        return await records.change(thing, restricted=tuple(sorted(expected.barred)))
    if step == "address":
        expected.addressed = what - expected.barred
        return await records.change(thing, addressed=tuple(sorted(expected.addressed)))
    expected.known_to = what
    return await records.change(thing, known_to=what)


BUREAUS = ("DE", "PL", "IPSG")
shows = st.tuples(st.just("show"), st.sampled_from(BUREAUS))
restrictions = st.tuples(st.just("restrict"), st.frozensets(st.sampled_from(("DE", "PL"))))
addressings = st.tuples(st.just("address"), st.frozensets(st.sampled_from(("DE", "PL"))))
closings = st.tuples(st.just("known_to"), st.sampled_from(tuple(Audience)))
corrections = st.tuples(st.just("correct"), st.none())
late = st.tuples(st.just("late"), st.tuples(st.integers(0, 5), st.sampled_from(BUREAUS)))
rests = st.tuples(st.just("rest"), st.none())


@pytest.mark.thorough
@pytest.mark.both_databases
@settings(max_examples=by_extent(FAST_EXAMPLES, 60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(shows | restrictions | addressings | closings | corrections | late | late | rests, max_size=14))
async def test_each_change_notifies_exactly_the_bureaus_that_have_a_copy(
    records: ThingRecords, steps: list[tuple[str, Any]]
) -> None:
    """In any order of disclosures, restrictions, addressees and corrections, with former versions in progress."""
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
            case "restrict" | "address" | "known_to" | "correct":
                thing = await change(records, thing, step, what, expected)
                corrected = thing.version if step == "correct" else corrected
                withdrawn = expected.withdrawn()
                notified = {"withdrawn": withdrawn, "corrected": expected.corrected() if step == "correct" else set()}
                assert await records.recalls() == notified
                versions.append((thing, replace(expected).may_see))
            case "rest":
                records.clock.advance(UNDER_WAY_FOR + SECOND)
                await late_readers_of(records).run_once()
                assert await records.recalls() == expected.late_recalls()
                versions = versions[-1:]
    await records.delete(thing)
    assert await records.withdrawn_from() == expected.have
