"""What each step leads to, in each state; and that both sides come to the same end, whatever crosses on the way."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.hits import rules
from gateway.hits.models import HitState, OwnerAnswer, Side
from gateway.hits.rules import AnswerTime, Asked, NotAsked, NotTheFinder, Standing
from shared.errors import IllegalStep
from tests.gateway.hits.notes import requested

NOW = 1_780_315_200_000
MINUTE = 60_000
HOUR = 60 * MINUTE

UNCONFIRMED = Standing()
REQUESTED = Standing(state=HitState.REQUESTED, requests=1, due=NOW + 10 * MINUTE)
PROMISED = Standing(state=HitState.LATER, requests=1, due=NOW + HOUR, promised=True)
EXPIRED = Standing(state=HitState.EXPIRED, requests=1)
BROKEN = Standing(state=HitState.EXPIRED, requests=1, promised=True)
THIRD = Standing(state=HitState.EXPIRED, requests=3)
CONFIRMED = Standing(state=HitState.CONFIRMED, requests=1)
REJECTED = Standing(state=HitState.NOT_CONFIRMED, requests=2)


def result_of(step: Callable[[], Standing | None]) -> Standing | type[Exception] | None:
    try:
        return step()
    except (IllegalStep, AnswerTime) as refusal:
        return type(refusal)


@pytest.mark.parametrize(
    ("standing", "expected"),
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
def test_a_finder_asks_three_times_at_the_most_and_once_at_a_time(standing: Standing, expected: Any) -> None:
    """The next request begins a new clock and knows nothing of what was promised before."""
    assert result_of(lambda: rules.ask(standing, "urgent", NOW)) == expected


@pytest.mark.parametrize(("urgency", "term"), [("urgent", 10 * MINUTE), ("routine", HOUR)])
def test_a_clock_runs_for_as_long_as_the_request_is_urgent(urgency: Any, term: int) -> None:
    """And has run out at its last moment, not after it."""
    asked = rules.ask(UNCONFIRMED, urgency, NOW)
    assert rules.as_of(asked, NOW + term - 1) == asked
    assert rules.as_of(asked, NOW + term) == EXPIRED
    assert rules.run_out(asked, NOW + term - 1) is None


@pytest.mark.parametrize("standing", [UNCONFIRMED, EXPIRED, CONFIRMED, REJECTED, THIRD])
def test_where_no_clock_runs_none_runs_out(standing: Standing) -> None:
    """However late it is."""
    assert rules.run_out(standing, NOW + 1000 * HOUR) is None


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (UNCONFIRMED, IllegalStep),
        (REQUESTED, Standing(state=HitState.CONFIRMED, requests=1)),
        (PROMISED, Standing(state=HitState.CONFIRMED, requests=1, promised=True)),
        (EXPIRED, Standing(state=HitState.CONFIRMED, requests=1, late=True)),
        (THIRD, Standing(state=HitState.CONFIRMED, requests=3, late=True)),
        (CONFIRMED, IllegalStep),
        (REJECTED, IllegalStep),
    ],
)
def test_an_owner_says_once_what_a_hit_is(standing: Standing, expected: Any) -> None:
    """After it was asked, and too late rather than never."""
    assert result_of(lambda: rules.answer(standing, OwnerAnswer.CONFIRMED, None, NOW)) == expected


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (UNCONFIRMED, IllegalStep),
        (REQUESTED, PROMISED),
        (PROMISED, IllegalStep),
        (EXPIRED, Standing(state=HitState.LATER, requests=1, due=NOW + HOUR, promised=True, late=True)),
        (BROKEN, IllegalStep),
        (CONFIRMED, IllegalStep),
    ],
)
def test_an_owner_puts_each_request_off_once(standing: Standing, expected: Any) -> None:
    """The clock then runs to the time that it stated."""
    assert result_of(lambda: rules.answer(standing, OwnerAnswer.LATER, NOW + HOUR, NOW)) == expected


@pytest.mark.parametrize(
    ("said", "until", "fits"),
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
def test_a_time_goes_with_later_alone_and_lies_within_72_hours(
    said: OwnerAnswer, until: int | None, fits: bool
) -> None:
    """So that nobody is put off for ever."""
    result = result_of(lambda: rules.answer(REQUESTED, said, until, NOW))
    assert (result is not AnswerTime) == fits


@pytest.mark.parametrize(
    ("standing", "number", "expected"),
    [
        (UNCONFIRMED, 1, requested(1, NOW)),
        (UNCONFIRMED, 2, requested(2, NOW)),
        (REQUESTED, 1, REQUESTED),
        (REQUESTED, 2, requested(2, NOW)),
        (PROMISED, 2, requested(2, NOW)),
        (requested(2, NOW + 1), 1, requested(2, NOW + 1)),
        (CONFIRMED, 2, Standing(state=HitState.CONFIRMED, requests=2)),
    ],
)
def test_a_request_that_comes_is_taken_once_and_never_takes_an_answer_back(
    standing: Standing, number: int, expected: Standing
) -> None:
    """One that was overtaken by the next changes nothing; one that crossed with the answer starts no clock."""
    assert rules.request_came(standing, number, NOW) == expected


@pytest.mark.parametrize(
    ("standing", "number", "said", "until", "expected"),
    [
        (REQUESTED, 1, OwnerAnswer.CONFIRMED, None, Standing(state=HitState.CONFIRMED, requests=1)),
        (REQUESTED, 1, OwnerAnswer.LATER, NOW + HOUR, PROMISED),
        (REQUESTED, 1, OwnerAnswer.LATER, None, None),
        (REQUESTED, 2, OwnerAnswer.CONFIRMED, None, None),
        (UNCONFIRMED, 1, OwnerAnswer.CONFIRMED, None, None),
        (EXPIRED, 1, OwnerAnswer.NOT_CONFIRMED, None, Standing(state=HitState.NOT_CONFIRMED, requests=1, late=True)),
        (requested(2, NOW), 1, OwnerAnswer.CONFIRMED, None, Standing(state=HitState.CONFIRMED, requests=2, late=True)),
        (requested(2, NOW), 1, OwnerAnswer.LATER, NOW + HOUR, None),
        (PROMISED, 1, OwnerAnswer.LATER, NOW + HOUR, None),
        (CONFIRMED, 1, OwnerAnswer.NOT_CONFIRMED, None, None),
    ],
)
def test_an_answer_that_comes_is_taken_if_it_may_be(
    standing: Standing, number: int, said: OwnerAnswer, until: int | None, expected: Standing | None
) -> None:
    """What a hit is may be said to any request; that it takes longer, to the latest alone."""
    assert rules.answer_came(standing, number, said, until) == expected


OVERDUE = Standing(state=HitState.OVERDUE, requests=2)
LATE = Standing(state=HitState.CONFIRMED, requests=2, late=True)


@pytest.mark.parametrize(
    ("standing", "number", "said", "expected"),
    [
        (OVERDUE, 1, None, OVERDUE),
        (OVERDUE, 3, None, replace(OVERDUE, requests=3)),
        (OVERDUE, 1, OwnerAnswer.CONFIRMED, LATE),
        (LATE, 2, None, LATE),
        (LATE, 2, OwnerAnswer.NOT_CONFIRMED, LATE),
    ],
)
def test_an_escalation_is_settled_by_what_the_owner_says_after_all(
    standing: Standing, number: int, said: OwnerAnswer | None, expected: Standing
) -> None:
    """Finally, whatever order the escalations come in."""
    assert rules.escalation_came(standing, number, said) == expected


@pytest.mark.parametrize(("urgency", "term"), [("urgent", 10 * MINUTE), ("routine", HOUR)])
def test_a_request_must_leave_the_agreed_time(urgency: Any, term: int) -> None:
    """No more and no less, but for rounding."""
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
def test_a_request_is_in_turn_when_the_clock_before_has_run_out(number: int, signed: int, fits: bool) -> None:
    """Whichever of them comes first; but for rounding."""
    first, second = Asked(1, NOW, NOW + 10 * MINUTE), Asked(number, signed, signed + 10 * MINUTE)
    for asked, other in ((first, second), (second, first)):
        assert rules.is_in_turn(asked, [other]) == fits
        assert rules.is_in_turn(asked, [])


@pytest.mark.parametrize("side", Side)
def test_each_side_takes_its_own_steps_alone(side: Side) -> None:
    """The finder asks, the owner answers, the Secretariat looks on."""
    for wanted, refusal in ((Side.FINDER, NotTheFinder), (Side.OWNER, NotAsked)):
        if side is wanted:
            rules.require_side(side, wanted)
        else:
            with pytest.raises(refusal):
                rules.require_side(side, wanted)


class Pair:
    """Both sides of a hit, and what is on its way between them."""

    def __init__(self) -> None:
        self.now = NOW
        self.finder = self.owner = Standing()
        self.to_owner: list[Asked] = []
        self.asked: dict[int, Asked] = {}
        self.to_finder: list[tuple[int, OwnerAnswer, int | None]] = []

    def step(self, kind: str, figure: int) -> None:
        """Do one thing that may happen, or nothing where it is refused."""
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
        if isinstance(asked, Standing):
            self.finder = asked
            assert asked.due is not None
            self.to_owner.append(Asked(asked.requests, self.now, asked.due))

    def take(self, asked: Asked) -> None:
        assert rules.is_in_turn(asked, self.asked.values())
        self.asked[asked.number] = asked
        self.owner = rules.request_came(self.owner, asked.number, asked.until)

    def answer(self, said: OwnerAnswer, minutes: int) -> None:
        until = self.now + (minutes + 1) * MINUTE if said is OwnerAnswer.LATER else None
        answered = result_of(lambda: rules.answer(self.owner, said, until, self.now))
        if isinstance(answered, Standing):
            self.owner = answered
            self.to_finder.append((answered.requests, said, until))
            asked = self.asked[answered.requests]
            sooner = asked.until if until is None else min(asked.until, until)
            self.asked[answered.requests] = replace(asked, until=sooner)


# Often enough the finder asks again before the answer to the request before has come.
KINDS = st.sampled_from(["ask", "ask", "ask", "to-owner", "to-owner", "wait", "wait", "answer", "to-finder"])


@given(st.lists(st.tuples(KINDS, st.integers(0, 90)), min_size=15, max_size=60))
def test_both_sides_come_to_the_same_end(steps: list[tuple[str, int]]) -> None:
    """Whatever crosses, is held up or comes in another order; and each side makes sense on the way."""
    pair = Pair()
    for kind, figure in steps:
        before = (pair.finder, pair.owner)
        pair.step(kind, figure)
        for was, standing in zip(before, (pair.finder, pair.owner), strict=True):
            assert (standing.due is not None) == (standing.state in rules.OPEN)
            assert was.requests <= standing.requests <= 3
            if was.state in rules.SETTLED:
                assert standing.state is was.state
    while pair.to_owner or pair.to_finder:
        pair.step("to-owner", 1)
        pair.step("to-finder", 1)
    pair.now += rules.LATEST_PROMISE
    ends = [rules.as_of(standing, pair.now) for standing in (pair.finder, pair.owner)]
    assert ends[0].state is ends[1].state
    assert ends[0].requests == ends[1].requests
    assert ends[0].due is None
