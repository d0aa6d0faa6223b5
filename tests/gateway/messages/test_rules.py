"""Rules of messages, as pure functions: states and steps, delays of resending, reasons."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import IllegalStep
from shared.mailbox import rules
from shared.mailbox.mailbox import SLOW_SECONDS, ReceiptLatency
from shared.mailbox.models import MessageState

STATES = st.sampled_from(MessageState)
SIGNED_STATES = (MessageState.DELIVERED, MessageState.READ, MessageState.APPLIED, MessageState.REFUSED)
SIGNED = st.sampled_from(SIGNED_STATES)


def after(present: MessageState, steps: list[MessageState]) -> MessageState:
    for to in steps:
        present = to if rules.moves_on(present, to) else present
    return present


@given(STATES, st.lists(SIGNED), st.randoms())
def test_the_order_of_receipts_does_not_matter(
    present: MessageState, steps: list[MessageState], random: Random
) -> None:
    """Nor does repetition: the most advanced state remains."""
    shuffled = [*steps, *steps]
    random.shuffle(shuffled)
    assert after(present, shuffled) == after(present, steps)


@given(STATES, STATES, STATES)
def test_the_order_of_states_is_total(one: MessageState, two: MessageState, three: MessageState) -> None:
    """Of two different states one comes after the other, without cycles."""
    assert not rules.moves_on(one, one)
    assert one == two or rules.moves_on(one, two) != rules.moves_on(two, one)
    if rules.moves_on(one, two) and rules.moves_on(two, three):
        assert rules.moves_on(one, three)


def test_signed_states_come_after_unsigned_ones() -> None:
    """Also after `expired`: the recipient has the message even if the sender gave up."""
    unsigned = (MessageState.QUEUED, MessageState.SENT, MessageState.EXPIRED)
    assert all(rules.moves_on(present, to) for present in unsigned for to in SIGNED_STATES)


@given(st.lists(STATES, min_size=1))
def test_the_least_state_is_the_one_that_all_recipients_have_reached(states: list[MessageState]) -> None:
    """It is shown for a message to several recipients."""
    least = rules.least(states)
    assert least in states
    assert not any(rules.moves_on(state, least) for state in states)


@pytest.mark.parametrize(
    ("present", "to", "same_reason", "allowed"),
    [
        (MessageState.DELIVERED, MessageState.READ, False, True),
        (MessageState.DELIVERED, MessageState.REFUSED, False, True),
        (MessageState.READ, MessageState.READ, True, True),
        (MessageState.READ, MessageState.REFUSED, False, True),
        (MessageState.REFUSED, MessageState.REFUSED, True, True),
        (MessageState.REFUSED, MessageState.REFUSED, False, False),
        (MessageState.REFUSED, MessageState.READ, True, False),
        (MessageState.REFUSED, MessageState.APPLIED, True, False),
        (MessageState.DELIVERED, MessageState.APPLIED, False, True),
        (MessageState.READ, MessageState.APPLIED, False, True),
        (MessageState.APPLIED, MessageState.APPLIED, True, True),
        (MessageState.APPLIED, MessageState.READ, False, True),
        (MessageState.APPLIED, MessageState.REFUSED, False, False),
    ],
)
def test_refused_and_applied_are_final(
    present: MessageState, to: MessageState, same_reason: bool, allowed: bool
) -> None:
    """Repeating a step is allowed, so that a request may be repeated."""
    if allowed:
        rules.require_step(present, to, same_reason=same_reason)
        return
    with pytest.raises(IllegalStep):
        rules.require_step(present, to, same_reason=same_reason)


@pytest.mark.parametrize(
    ("form", "applicable"),
    [("withdrawal", True), *((form, False) for form in ("publication", "hits", "review-due", "other", None))],
)
def test_only_a_form_that_requests_something_is_applicable(form: str | None, applicable: bool) -> None:
    """A text is addressed to people, and they answer it."""
    if applicable:
        rules.require_applicable(form)
        return
    with pytest.raises(IllegalStep):
        rules.require_applicable(form)


@given(st.integers(1, 10_000), st.randoms())
def test_the_resend_delay_grows_up_to_a_limit(attempts: int, random: Random) -> None:
    """About five seconds at first, about ten minutes at last."""
    wait = rules.resend_seconds(attempts, random)
    assert 0.9 * rules.FIRST_RESEND_SECONDS <= wait <= 1.1 * rules.LAST_RESEND_SECONDS
    doubled = rules.FIRST_RESEND_SECONDS * 2 ** min(attempts - 1, 10)
    assert 0.9 * min(doubled, rules.LAST_RESEND_SECONDS) <= wait <= 1.1 * doubled


@given(st.integers(1, 40), st.floats(0, 10_000), st.randoms())
def test_the_resend_delay_exceeds_the_usual_latency_of_receipts(attempts: int, usual: float, random: Random) -> None:
    """The first delay is several times the latency, and no later one is shorter."""
    wait = rules.resend_seconds(attempts, random, usual=usual)
    patient = rules.LATE_FACTOR * usual
    assert wait >= 0.9 * max(patient, rules.FIRST_RESEND_SECONDS)
    assert wait <= 1.1 * max(patient, rules.LAST_RESEND_SECONDS)
    if attempts == 1:
        assert wait <= 1.1 * max(patient, rules.FIRST_RESEND_SECONDS)


def test_the_usual_latency_follows_recent_receipts() -> None:
    """Days count as slow and no more; a clock that was set back counts as no latency."""
    pace = ReceiptLatency()
    for _ in range(40):
        pace.observe(20.0)
    assert pace.usual_seconds == pytest.approx(20, abs=0.5)
    for seconds in (86_400.0, -86_400.0):
        before = pace.usual_seconds
        pace.observe(seconds)
        expected = SLOW_SECONDS if seconds > 0 else 0.0
        assert pace.usual_seconds == pytest.approx(before + (expected - before) / 8)


def test_the_validity_of_a_message_fits_into_an_envelope() -> None:
    """Otherwise it could be accepted and never be sent."""
    assert rules.VALID_FOR < rules.MAX_VALIDITY <= timedelta(days=366)


@pytest.mark.parametrize(
    ("reason", "known"),
    [("duplicate", True), ("envelope-expired", True), ("because", False), ("", False), ("\0", False), (None, True)],
)
def test_an_unknown_reason_is_shown_as_other(reason: str | None, known: bool) -> None:
    """Text that another bureau chooses is not shown."""
    assert rules.shown_reason(reason) == (reason if known else "other")
