"""Rules of confirmation, as pure functions: steps in each state, and agreement of both sides in any order."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.hits import rules
from gateway.hits.models import HitSide, HitState, OwnerAnswer
from gateway.hits.rules import AnswerTime, Asked, ConfirmationStatus, NotTheFinder, NotTheOwnerOfHit
from shared.errors import IllegalStep
from tests.gateway.hits.hit_samples import requested

NOW = 1_780_315_200_000
MINUTE = 60_000
HOUR = 60 * MINUTE

UNCONFIRMED = ConfirmationStatus()
REQUESTED = ConfirmationStatus(state=HitState.REQUESTED, requests=1, due=NOW + 10 * MINUTE)
PROMISED = ConfirmationStatus(state=HitState.LATER, requests=1, due=NOW + HOUR, promised=True)
EXPIRED = ConfirmationStatus(state=HitState.EXPIRED, requests=1)
BROKEN = ConfirmationStatus(state=HitState.EXPIRED, requests=1, promised=True)
THIRD = ConfirmationStatus(state=HitState.EXPIRED, requests=3)
CONFIRMED = ConfirmationStatus(state=HitState.CONFIRMED, requests=1)
REJECTED = ConfirmationStatus(state=HitState.NOT_CONFIRMED, requests=2)


def result_of(step: Callable[[], ConfirmationStatus | None]) -> ConfirmationStatus | type[Exception] | None:
    try:
        return step()
    except (IllegalStep, AnswerTime) as refusal:
        return type(refusal)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (UNCONFIRMED, requested(1, NOW + 10 * MINUTE)),
        (REQUESTED, IllegalStep),
        (PROMISED, IllegalStep),
        (EXPIRED, requested(2, NOW + 10 * MINUTE)),
        (BROKEN, requested(2, NOW + 10 * MINUTE)),
        (THIRD, IllegalStep),
        (CONFIRMED, IllegalStep),
        (REJECTED, IllegalStep),
    ],
)
def test_a_finder_asks_at_most_three_times_and_once_at_a_time(status: ConfirmationStatus, expected: Any) -> None:
    """The next request starts a new deadline, independent of earlier promises."""
    assert result_of(lambda: rules.ask(status, "urgent", NOW)) == expected


@pytest.mark.parametrize(("urgency", "term"), [("urgent", 10 * MINUTE), ("routine", HOUR)])
def test_a_deadline_has_the_length_of_its_urgency(urgency: Any, term: int) -> None:
    """It has passed exactly when its time is over."""
    asked = rules.ask(UNCONFIRMED, urgency, NOW)
    assert rules.as_of(asked, NOW + term - 1) == asked
    assert rules.as_of(asked, NOW + term) == EXPIRED
    assert rules.run_out(asked, NOW + term - 1) is None


@pytest.mark.parametrize("status", [UNCONFIRMED, EXPIRED, CONFIRMED, REJECTED, THIRD])
def test_a_hit_without_a_running_deadline_does_not_expire(status: ConfirmationStatus) -> None:
    assert rules.run_out(status, NOW + 1000 * HOUR) is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (UNCONFIRMED, IllegalStep),
        (REQUESTED, ConfirmationStatus(state=HitState.CONFIRMED, requests=1)),
        (PROMISED, ConfirmationStatus(state=HitState.CONFIRMED, requests=1, promised=True)),
        (EXPIRED, ConfirmationStatus(state=HitState.CONFIRMED, requests=1, late=True)),
        (THIRD, ConfirmationStatus(state=HitState.CONFIRMED, requests=3, late=True)),
        (CONFIRMED, IllegalStep),
        (REJECTED, IllegalStep),
    ],
)
def test_an_owner_answers_a_requested_hit_once(status: ConfirmationStatus, expected: Any) -> None:
    """Also late."""
    assert result_of(lambda: rules.answer(status, OwnerAnswer.CONFIRMED, None, NOW)) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (UNCONFIRMED, IllegalStep),
        (REQUESTED, PROMISED),
        (PROMISED, IllegalStep),
        (EXPIRED, ConfirmationStatus(state=HitState.LATER, requests=1, due=NOW + HOUR, promised=True, late=True)),
        (BROKEN, IllegalStep),
        (CONFIRMED, IllegalStep),
    ],
)
def test_an_owner_postpones_each_request_once(status: ConfirmationStatus, expected: Any) -> None:
    """The deadline is then the stated time."""
    assert result_of(lambda: rules.answer(status, OwnerAnswer.LATER, NOW + HOUR, NOW)) == expected


@pytest.mark.parametrize(
    ("reply", "until", "fits"),
    [
        (OwnerAnswer.LATER, NOW + 1, True),
        (OwnerAnswer.LATER, NOW + 72 * HOUR, True),
        (OwnerAnswer.LATER, NOW + 72 * HOUR + 1, False),
        (OwnerAnswer.LATER, NOW, False),
        (OwnerAnswer.LATER, None, False),
        (OwnerAnswer.CONFIRMED, NOW + 1, False),
        (OwnerAnswer.NOT_CONFIRMED, None, True),
    ],
)
def test_a_time_is_required_for_later_alone_and_lies_within_72_hours(
    reply: OwnerAnswer, until: int | None, fits: bool
) -> None:
    result = result_of(lambda: rules.answer(REQUESTED, reply, until, NOW))
    assert (result is not AnswerTime) == fits


@pytest.mark.parametrize(
    ("status", "number", "expected"),
    [
        (UNCONFIRMED, 1, requested(1, NOW)),
        (UNCONFIRMED, 2, requested(2, NOW)),
        (REQUESTED, 1, REQUESTED),
        (REQUESTED, 2, requested(2, NOW)),
        (PROMISED, 2, requested(2, NOW)),
        (requested(2, NOW + 1), 1, requested(2, NOW + 1)),
        (CONFIRMED, 2, ConfirmationStatus(state=HitState.CONFIRMED, requests=2)),
    ],
)
def test_a_received_request_is_counted_once_and_does_not_revert_an_answer(
    status: ConfirmationStatus, number: int, expected: ConfirmationStatus
) -> None:
    """One overtaken by the next changes nothing; one that crossed with the answer starts no deadline."""
    assert rules.request_came(status, number, NOW) == expected


@pytest.mark.parametrize(
    ("status", "number", "reply", "until", "expected"),
    [
        (REQUESTED, 1, OwnerAnswer.CONFIRMED, None, ConfirmationStatus(state=HitState.CONFIRMED, requests=1)),
        (REQUESTED, 1, OwnerAnswer.LATER, NOW + HOUR, PROMISED),
        (REQUESTED, 1, OwnerAnswer.LATER, None, None),
        (REQUESTED, 2, OwnerAnswer.CONFIRMED, None, None),
        (UNCONFIRMED, 1, OwnerAnswer.CONFIRMED, None, None),
        (
            EXPIRED,
            1,
            OwnerAnswer.NOT_CONFIRMED,
            None,
            ConfirmationStatus(state=HitState.NOT_CONFIRMED, requests=1, late=True),
        ),
        (
            requested(2, NOW),
            1,
            OwnerAnswer.CONFIRMED,
            None,
            ConfirmationStatus(state=HitState.CONFIRMED, requests=2, late=True),
        ),
        (requested(2, NOW), 1, OwnerAnswer.LATER, NOW + HOUR, None),
        (PROMISED, 1, OwnerAnswer.LATER, NOW + HOUR, None),
        (CONFIRMED, 1, OwnerAnswer.NOT_CONFIRMED, None, None),
    ],
)
def test_a_received_answer_is_accepted_if_it_is_allowed(
    status: ConfirmationStatus, number: int, reply: OwnerAnswer, until: int | None, expected: ConfirmationStatus | None
) -> None:
    """A final answer may be to any request; a postponement only to the latest."""
    assert rules.answer_came(status, number, reply, until) == expected


OVERDUE = ConfirmationStatus(state=HitState.OVERDUE, requests=2)
LATE = ConfirmationStatus(state=HitState.CONFIRMED, requests=2, late=True)


@pytest.mark.parametrize(
    ("status", "number", "reply", "expected"),
    [
        (OVERDUE, 1, None, OVERDUE),
        (OVERDUE, 3, None, replace(OVERDUE, requests=3)),
        (OVERDUE, 1, OwnerAnswer.CONFIRMED, LATE),
        (LATE, 2, None, LATE),
        (LATE, 2, OwnerAnswer.NOT_CONFIRMED, LATE),
    ],
)
def test_a_late_answer_settles_an_escalation(
    status: ConfirmationStatus, number: int, reply: OwnerAnswer | None, expected: ConfirmationStatus
) -> None:
    """Finally, whatever the order of escalations."""
    assert rules.escalation_came(status, number, reply) == expected


@pytest.mark.parametrize(("urgency", "term"), [("urgent", 10 * MINUTE), ("routine", HOUR)])
def test_a_request_states_the_agreed_deadline(urgency: Any, term: int) -> None:
    """With a tolerance of one second."""
    assert rules.is_due_as_agreed(urgency, NOW, NOW + term + 1000)
    assert not rules.is_due_as_agreed(urgency, NOW, NOW + term + 1001)
    assert not rules.is_due_as_agreed(urgency, NOW, NOW + term - 1001)


@pytest.mark.parametrize(
    ("number", "signed", "fits"),
    [
        (1, NOW - HOUR, False),
        (2, NOW, False),
        (3, NOW, False),
        (2, NOW + 10 * MINUTE - 1001, False),
        (2, NOW + 10 * MINUTE - 1000, True),
        (3, NOW + HOUR, True),
    ],
)
def test_a_request_is_in_turn_when_the_previous_deadline_has_passed(number: int, signed: int, fits: bool) -> None:
    """Whatever the order of arrival, with a tolerance of one second."""
    first, second = Asked(1, NOW, NOW + 10 * MINUTE), Asked(number, signed, signed + 10 * MINUTE)
    for asked, other in ((first, second), (second, first)):
        assert rules.is_in_turn(asked, [other]) == fits
        assert rules.is_in_turn(asked, [])


@pytest.mark.parametrize("side", HitSide)
def test_each_side_takes_only_its_own_steps(side: HitSide) -> None:
    """The finder asks, the owner answers, the Secretariat reads."""
    for wanted, refusal in ((HitSide.FINDER, NotTheFinder), (HitSide.OWNER, NotTheOwnerOfHit)):
        if side is wanted:
            rules.require_side(side, wanted)
        else:
            with pytest.raises(refusal):
                rules.require_side(side, wanted)


class Pair:
    """Both sides of a hit, and the messages in transit between them."""

    def __init__(self) -> None:
        self.now = NOW
        self.finder = self.owner = ConfirmationStatus()
        self.to_owner: list[Asked] = []
        self.asked: dict[int, Asked] = {}
        self.to_finder: list[tuple[int, OwnerAnswer, int | None]] = []

    def step(self, kind: str, figure: int) -> None:
        """Take one step, or none where it is refused."""
        self.finder, self.owner = rules.as_of(self.finder, self.now), rules.as_of(self.owner, self.now)
        match kind:
            case "ask":
                self.ask("urgent" if figure % 2 else "routine")
            case "answer":
                self.answer(list(OwnerAnswer)[figure % 3], figure)
            case "to-owner" if self.to_owner:
                self.take(self.to_owner.pop(figure % len(self.to_owner)))
            case "to-finder" if self.to_finder:
                came = rules.answer_came(self.finder, *self.to_finder.pop(figure % len(self.to_finder)))
                self.finder = came or self.finder
            case "wait":
                self.now += figure * MINUTE

    def ask(self, urgency: Any) -> None:
        asked = result_of(lambda: rules.ask(self.finder, urgency, self.now))
        if isinstance(asked, ConfirmationStatus):
            self.finder = asked
            assert asked.due is not None
            self.to_owner.append(Asked(asked.requests, self.now, asked.due))

    def take(self, asked: Asked) -> None:
        assert rules.is_in_turn(asked, self.asked.values())
        self.asked[asked.number] = asked
        self.owner = rules.request_came(self.owner, asked.number, asked.until)

    def answer(self, reply: OwnerAnswer, minutes: int) -> None:
        until = self.now + (minutes + 1) * MINUTE if reply is OwnerAnswer.LATER else None
        answered = result_of(lambda: rules.answer(self.owner, reply, until, self.now))
        if isinstance(answered, ConfirmationStatus):
            self.owner = answered
            self.to_finder.append((answered.requests, reply, until))
            asked = self.asked[answered.requests]
            sooner = asked.until if until is None else min(asked.until, until)
            self.asked[answered.requests] = replace(asked, until=sooner)


# The finder often asks again before the answer to the previous request has arrived.
KINDS = st.sampled_from(["ask", "ask", "ask", "to-owner", "to-owner", "wait", "wait", "answer", "to-finder"])


@given(st.lists(st.tuples(KINDS, st.integers(0, 90)), min_size=15, max_size=60))
def test_both_sides_reach_the_same_state(steps: list[tuple[str, int]]) -> None:
    """Whatever crosses, is delayed or is reordered; and each side is consistent on the way."""
    pair = Pair()
    for kind, figure in steps:
        before = (pair.finder, pair.owner)
        pair.step(kind, figure)
        for was, status in zip(before, (pair.finder, pair.owner), strict=True):
            assert (status.due is not None) == (status.state in rules.OPEN)
            assert was.requests <= status.requests <= 3
            if was.state in rules.SETTLED:
                assert status.state is was.state
    while pair.to_owner or pair.to_finder:
        pair.step("to-owner", 1)
        pair.step("to-finder", 1)
    pair.now += rules.LATEST_PROMISE
    ends = [rules.as_of(status, pair.now) for status in (pair.finder, pair.owner)]
    assert ends[0].state is ends[1].state
    assert ends[0].requests == ends[1].requests
    assert ends[0].due is None
