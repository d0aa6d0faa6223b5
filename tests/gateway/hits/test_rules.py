"""Rules of confirmation, as pure functions: which step is allowed in which state."""

from typing import Any

import pytest
from msgspec.structs import replace

from gateway.hits import rules
from gateway.hits.models import HitSide, HitState, OwnerAnswer
from gateway.hits.rules import AnswerTime, Asked, ConfirmationStatus, NotTheFinder, NotTheOwnerOfHit
from shared.errors import IllegalStep
from tests.gateway.hits.confirmations import MINUTE, NOW, result_of
from tests.gateway.hits.hit_samples import requested

HOUR = 60 * MINUTE

UNCONFIRMED = ConfirmationStatus()
REQUESTED = ConfirmationStatus(state=HitState.REQUESTED, requests=1, due=NOW + 10 * MINUTE)
PROMISED = ConfirmationStatus(state=HitState.LATER, requests=1, due=NOW + HOUR, promised=True)
EXPIRED = ConfirmationStatus(state=HitState.EXPIRED, requests=1)
BROKEN = ConfirmationStatus(state=HitState.EXPIRED, requests=1, promised=True)
THIRD = ConfirmationStatus(state=HitState.EXPIRED, requests=3)
CONFIRMED = ConfirmationStatus(state=HitState.CONFIRMED, requests=1)
REJECTED = ConfirmationStatus(state=HitState.NOT_CONFIRMED, requests=2)


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
UNPROVEN = ConfirmationStatus(state=HitState.CONFIRMED, requests=2, late=None)


@pytest.mark.parametrize(
    ("status", "number", "reply", "expected"),
    [
        (OVERDUE, 1, None, OVERDUE),
        (OVERDUE, 3, None, replace(OVERDUE, requests=3)),
        (OVERDUE, 1, OwnerAnswer.CONFIRMED, LATE),
        (UNPROVEN, 2, OwnerAnswer.NOT_CONFIRMED, UNPROVEN),
        (LATE, 2, None, LATE),
        (LATE, 2, OwnerAnswer.NOT_CONFIRMED, LATE),
    ],
)
def test_a_late_answer_settles_an_escalation(
    status: ConfirmationStatus, number: int, reply: OwnerAnswer | None, expected: ConfirmationStatus
) -> None:
    """Finally, whatever the order of escalations."""
    assert rules.escalation_came(status, number, reply, late=True) == expected


@pytest.mark.parametrize(
    ("status", "shown", "late", "expected"),
    [
        (OVERDUE, OwnerAnswer.CONFIRMED, None, UNPROVEN),
        (UNPROVEN, OwnerAnswer.CONFIRMED, False, replace(UNPROVEN, late=False)),
        (UNPROVEN, OwnerAnswer.CONFIRMED, None, None),
        (UNPROVEN, OwnerAnswer.CONFIRMED, True, None),
        (UNPROVEN, OwnerAnswer.NOT_CONFIRMED, False, None),
        (LATE, OwnerAnswer.CONFIRMED, False, None),
    ],
)
def test_a_further_proof_of_the_same_answer_shows_that_it_was_in_time(
    status: ConfirmationStatus, shown: OwnerAnswer, late: bool | None, expected: ConfirmationStatus | None
) -> None:
    """Where nothing had proven it; an answer that is late by its own signature stays late."""
    assert rules.answer_shown(status, shown, None, late=late) == expected


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


@pytest.mark.thorough
@pytest.mark.parametrize("side", HitSide)
def test_each_side_takes_only_its_own_steps(side: HitSide) -> None:
    """The finder asks, the owner answers, the Secretariat reads."""
    for wanted, refusal in ((HitSide.FINDER, NotTheFinder), (HitSide.OWNER, NotTheOwnerOfHit)):
        if side is wanted:
            rules.require_side(side, wanted)
        else:
            with pytest.raises(refusal):
                rules.require_side(side, wanted)
