"""Which answer leads to what, in whatever order messages come; and what the clock says."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.deadlines import DAY, HOUR
from gateway.traces import rules
from gateway.traces.models import AnswerWord, TraceState
from gateway.traces.rules import FINAL, TRACE_DEADLINE, TraceStatus
from gateway.traces.transitions import new_status
from shared.errors import IllegalStep
from shared.protocol.payloads import TraceAnswer, TraceLink
from tests.conftest import NOW
from tests.gateway.messages.form_samples import AN_ID

AT = int(NOW.timestamp() * 1000)
FINALS = [AnswerWord(state.value) for state in FINAL]


def of(state: str = "sent", due: int = AT + HOUR) -> TraceStatus:
    return TraceStatus(state=TraceState(state), due=due)


def test_a_request_has_eight_hours_or_seven_days() -> None:
    """As the protocol has it: both bureaus compute it."""
    assert TRACE_DEADLINE == {"urgent": 8 * HOUR, "routine": 7 * DAY}
    assert new_status(AT, "urgent") == of(due=AT + 8 * HOUR)


@pytest.mark.parametrize("state", TraceState)
@pytest.mark.parametrize("said", AnswerWord)
def test_a_bureau_accepts_before_it_answers_and_says_nothing_after_a_final_answer(
    state: TraceState, said: AnswerWord
) -> None:
    """It may refuse or forward at once."""
    at_once = said in {AnswerWord.ACCEPTED, AnswerWord.REFUSED, AnswerWord.FORWARDED}
    allowed = {
        TraceState.SENT: at_once,
        TraceState.ACCEPTED: said is not AnswerWord.ACCEPTED,
    }.get(state, False)
    if allowed:
        assert rules.answer(of(state), said, AT).state == TraceState(said.value)
    else:
        with pytest.raises(IllegalStep):
            rules.answer(of(state), said, AT)


@given(final=st.sampled_from(FINALS), others=st.lists(st.sampled_from(list(AnswerWord)), max_size=4))
def test_the_first_final_answer_stands_in_whatever_order_messages_come(
    final: AnswerWord, others: list[AnswerWord]
) -> None:
    """What comes after it changes nothing; `accepted` before it or after it makes no difference."""
    for order in permutations([AnswerWord.ACCEPTED, final]):
        status = of()
        for said in (*order, *others):
            status = rules.answer_came(status, said, AT) or status
        assert status.state == TraceState(final.value)


@pytest.mark.parametrize(
    ("state", "due", "late", "missed"),
    [
        ("sent", AT + 1, False, False),
        ("sent", AT, False, True),
        ("accepted", AT, False, True),
        ("answered", AT, False, False),
        ("answered", AT, True, True),
        ("answered", AT, None, False),
    ],
)
def test_a_time_is_missed_without_a_final_answer_or_by_a_late_one(
    state: str, due: int, late: bool | None, missed: bool
) -> None:
    """Acceptance stops no clock."""
    status = TraceStatus(state=TraceState(state), due=due, late=late)
    assert rules.is_missed(status, AT) is missed


def test_an_answer_is_late_by_the_time_that_it_was_signed() -> None:
    """Not by when it came, so both bureaus say the same; an acceptance is never late."""
    for signed, late in ((AT + HOUR - 60_000, False), (AT + HOUR, True)):
        came = rules.answer_came(of("accepted"), AnswerWord.CANNOT_TRACE, signed)
        assert came is not None
        assert came.late is late
        assert rules.answer(of("accepted"), AnswerWord.CANNOT_TRACE, signed) == came
    assert not rules.answer(of(), AnswerWord.ACCEPTED, AT + 2 * HOUR).late


@pytest.mark.parametrize(
    ("form", "bureau"),
    [
        (None, None),
        (TraceAnswer(trace=AN_ID, number=1, answer="refused", reason="other"), None),
        (TraceAnswer(trace=AN_ID, number=1, answer="forwarded", to="PT"), "PT"),
        (
            TraceAnswer(
                trace=AN_ID,
                number=1,
                answer="answered",
                link=TraceLink(origin="DE", to="ES", on="2019", kind="export"),
            ),
            "ES",
        ),
        (
            TraceAnswer(
                trace=AN_ID, number=1, answer="answered", link=TraceLink(origin="PT", to="PT", on="2021", kind="sale")
            ),
            None,
        ),
    ],
)
def test_the_last_answer_says_whom_to_ask_next(form: TraceAnswer | None, bureau: str | None) -> None:
    """The country that it went to, or the bureau that was named; nobody where it changed hands within a country."""
    assert rules.next_bureau(form) == bureau
