"""What may be done with a message, decided without anything around it."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import IllegalStep
from shared.mailbox import rules
from shared.mailbox.mailbox import SLOW_SECONDS, ReceiptLatency
from shared.mailbox.models import State

STATES = st.sampled_from(State)
SIGNED_STATES = (State.DELIVERED, State.READ, State.APPLIED, State.REFUSED)
SIGNED = st.sampled_from(SIGNED_STATES)


def after(present: State, steps: list[State]) -> State:
    for to in steps:
        present = to if rules.moves_on(present, to) else present
    return present


@given(STATES, st.lists(SIGNED), st.randoms())
def test_the_order_of_receipts_does_not_matter(present: State, steps: list[State], random: Random) -> None:
    """Nor how often each comes: what is left is the farthest."""
    shuffled = [*steps, *steps]
    random.shuffle(shuffled)
    assert after(present, shuffled) == after(present, steps)


@given(STATES, STATES, STATES)
def test_to_move_on_is_a_rank(one: State, two: State, three: State) -> None:
    """Of two different states one comes after the other, and never round in a circle."""
    assert not rules.moves_on(one, one)
    assert one == two or rules.moves_on(one, two) != rules.moves_on(two, one)
    if rules.moves_on(one, two) and rules.moves_on(two, three):
        assert rules.moves_on(one, three)


def test_what_is_signed_comes_after_what_is_not() -> None:
    """Also after `expired`: the recipient has it, whatever the sender gave up."""
    unsigned = (State.QUEUED, State.SENT, State.EXPIRED)
    assert all(rules.moves_on(present, to) for present in unsigned for to in SIGNED_STATES)


@given(st.lists(STATES, min_size=1))
def test_the_least_state_is_the_one_that_all_have_reached(states: list[State]) -> None:
    """What is shown of a message to many."""
    least = rules.least(states)
    assert least in states
    assert not any(rules.moves_on(state, least) for state in states)


@pytest.mark.parametrize(
    ("present", "to", "same_reason", "allowed"),
    [
        (State.DELIVERED, State.READ, False, True),
        (State.DELIVERED, State.REFUSED, False, True),
        (State.READ, State.READ, True, True),
        (State.READ, State.REFUSED, False, True),
        (State.REFUSED, State.REFUSED, True, True),
        (State.REFUSED, State.REFUSED, False, False),
        (State.REFUSED, State.READ, True, False),
        (State.REFUSED, State.APPLIED, True, False),
        (State.DELIVERED, State.APPLIED, False, True),
        (State.READ, State.APPLIED, False, True),
        (State.APPLIED, State.APPLIED, True, True),
        (State.APPLIED, State.READ, False, True),
        (State.APPLIED, State.REFUSED, False, False),
    ],
)
def test_a_refusal_is_final_and_so_is_what_was_applied(
    present: State, to: State, same_reason: bool, allowed: bool
) -> None:
    """The same again is no step, so that a request may be repeated."""
    if allowed:
        rules.require_step(present, to, same_reason=same_reason)
        return
    with pytest.raises(IllegalStep):
        rules.require_step(present, to, same_reason=same_reason)


@pytest.mark.parametrize(
    ("form", "applicable"),
    [("withdrawal", True), ("hits", False), ("review-due", False), ("other", False), (None, False)],
)
def test_only_what_asks_for_something_is_applied(form: str | None, applicable: bool) -> None:
    """A text asks people, and they answer it."""
    if applicable:
        rules.require_applicable(form)
        return
    with pytest.raises(IllegalStep):
        rules.require_applicable(form)


@given(st.integers(1, 10_000), st.randoms())
def test_each_wait_is_longer_than_the_one_before_up_to_a_limit(attempts: int, random: Random) -> None:
    """About five seconds at first, about ten minutes at last."""
    wait = rules.resend_seconds(attempts, random)
    assert 0.9 * rules.FIRST_RESEND_SECONDS <= wait <= 1.1 * rules.LAST_RESEND_SECONDS
    doubled = rules.FIRST_RESEND_SECONDS * 2 ** min(attempts - 1, 10)
    assert 0.9 * min(doubled, rules.LAST_RESEND_SECONDS) <= wait <= 1.1 * doubled


@given(st.integers(1, 40), st.floats(0, 10_000), st.randoms())
def test_nothing_is_sent_again_before_receipts_usually_come(attempts: int, usual: float, random: Random) -> None:
    """However long they take: the first wait is several times that, and no later one is shorter."""
    wait = rules.resend_seconds(attempts, random, usual=usual)
    patient = rules.LATE_FACTOR * usual
    assert wait >= 0.9 * max(patient, rules.FIRST_RESEND_SECONDS)
    assert wait <= 1.1 * max(patient, rules.LAST_RESEND_SECONDS)
    if attempts == 1:
        assert wait <= 1.1 * max(patient, rules.FIRST_RESEND_SECONDS)


def test_the_usual_time_follows_the_latest_receipts() -> None:
    """Within a few of them; a bureau that was away for days counts as slow, and a clock that went back not at all."""
    pace = ReceiptLatency()
    for _ in range(40):
        pace.observe(20.0)
    assert pace.usual_seconds == pytest.approx(20, abs=0.5)
    for seconds in (86_400.0, -86_400.0):
        before = pace.usual_seconds
        pace.observe(seconds)
        expected = SLOW_SECONDS if seconds > 0 else 0.0
        assert pace.usual_seconds == pytest.approx(before + (expected - before) / 8)


def test_the_times_a_message_may_be_valid_for_fit_into_an_envelope() -> None:
    """Else it could be accepted and never be sent."""
    assert rules.VALID_FOR < rules.MAX_VALIDITY <= timedelta(days=366)


@pytest.mark.parametrize(
    ("reason", "known"),
    [("duplicate", True), ("envelope-expired", True), ("because", False), ("", False), ("\0", False), (None, True)],
)
def test_a_reason_is_known_or_shown_as_other(reason: str | None, known: bool) -> None:
    """What others choose is not repeated."""
    assert rules.shown_reason(reason) == (reason if known else "other")
