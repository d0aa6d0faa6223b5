"""What others have signed as the time: whose clock is off, by how much, and when too few tell."""

from datetime import timedelta
from pathlib import Path

import pytest

from shared.clock import FixedClock, SharedClock
from shared.protocol.signed_times import FRESH_SECONDS, SignedTimes
from tests.conftest import NOW

YEARS = timedelta(days=5 * 365)
T = NOW.timestamp()


def heard(clock: FixedClock, **ahead: float) -> SignedTimes:
    """Return what was heard just now: of each how many seconds it is ahead of noon."""
    times = SignedTimes()
    for participant, seconds in ahead.items():
        times.note(participant, T + seconds, clock)
    return times


@pytest.mark.parametrize("lie", [-1e9, -61.0, 61.0, 1e9])
def test_one_who_lies_changes_no_verdict(clock: FixedClock, lie: float) -> None:
    """Neither that a clock is right, however many are heard, nor that it is not."""
    for honest in (["DE", "KE"], ["DE", "KE", "IT"], ["DE", "KE", "IT", "BR"]):
        times = heard(clock, FR=lie, **dict.fromkeys(honest, 0.0))
        assert times.assess(clock).doubt is None
        assert times.assess(clock).ahead_seconds == 0
    clock.step(timedelta(seconds=lie))
    for honest in (["DE", "KE"], ["DE", "KE", "IT"], ["DE", "KE", "IT", "BR"]):
        assert heard(clock, FR=lie, **dict.fromkeys(honest, 0.0)).assess(clock).doubt == "clock-off"


def test_two_who_lie_alike_are_not_believed_by_a_clock_that_is_right(clock: FixedClock) -> None:
    """Half of those who are heard is not enough to say that it is right; it is then not known."""
    assert heard(clock, FR=1e6, DE=1e6, KE=0.0, IT=0.0).assess(clock).doubt == "clock-off"
    assert heard(clock, FR=1e6, DE=1e6, KE=0.0, IT=0.0, BR=0.0).assess(clock).doubt is None


@pytest.mark.parametrize("seconds", [-30.0, 30.0])
def test_half_a_minute_is_no_fault(clock: FixedClock, seconds: float) -> None:
    """Of this clock, and of others in the other direction."""
    clock.step(timedelta(seconds=seconds))
    judged = heard(clock, FR=0.0, DE=-seconds, KE=0.0).assess(clock)
    assert (judged.doubt, judged.ahead_seconds) == (None, seconds)


@pytest.mark.parametrize("by", [YEARS, -YEARS])
def test_a_clock_that_leaps_is_doubted_at_once(clock: FixedClock, by: timedelta) -> None:
    """What was signed before goes on by the seconds that have passed; and it is said by how much it is off."""
    times = heard(clock, FR=0.0, DE=0.0, KE=0.0)
    clock.advance(timedelta(seconds=10))
    assert times.assess(clock).doubt is None
    clock.step(by)
    judged = times.assess(clock)
    assert (judged.doubt, judged.ahead_seconds) == ("clock-off", by.total_seconds())


@pytest.mark.parametrize("others", [{}, {"FR": 0.0}])
def test_a_clock_of_which_too_few_have_told_is_not_proven(clock: FixedClock, others: dict[str, float]) -> None:
    """One alone may lie, so nothing is said of the clock."""
    judged = heard(clock, **others).assess(clock)
    assert (judged.doubt, judged.ahead_seconds, judged.signers) == ("clock-not-proven", None, len(others))


def test_what_was_signed_minutes_ago_proves_nothing_any_more(clock: FixedClock) -> None:
    """Until it is signed again."""
    times = heard(clock, FR=0.0, DE=0.0)
    clock.advance(timedelta(seconds=FRESH_SECONDS - 1))
    assert times.assess(clock).doubt is None
    clock.advance(timedelta(seconds=1))
    assert times.assess(clock).doubt == "clock-not-proven"
    for participant in ("FR", "DE"):
        times.note(participant, clock.now().timestamp(), clock)
    assert times.assess(clock).doubt is None


def test_what_is_sent_again_has_no_voice(clock: FixedClock) -> None:
    """Or whoever keeps envelopes of others could have a clock taken for one that is ahead."""
    times = heard(clock, FR=0.0, DE=0.0, KE=0.0)
    clock.advance(timedelta(seconds=200))
    for participant in ("FR", "DE", "KE"):
        times.note(participant, T, clock)
        times.note(participant, T - 100, clock)
    assert times.assess(clock).others == {"FR": 0.0, "DE": 0.0, "KE": 0.0}


@pytest.mark.parametrize("signed", [-1.0, 0.0, 1e12, 1e308])
def test_what_is_no_time_is_not_noted(clock: FixedClock, signed: float) -> None:
    """It could not be shown to anyone."""
    times = SignedTimes()
    times.note("FR", signed, clock)
    assert times.ahead_of(clock) == {}


def test_a_clock_that_is_moved_on_for_all_is_right_once_it_was_signed_again(tmp_path: Path) -> None:
    """As by `i247 clock`: what was signed before is older than minutes then."""
    shared = SharedClock.make(tmp_path / "clock")
    times = SignedTimes()
    for _ in range(2):
        for participant in ("FR", "DE"):
            times.note(participant, shared.now().timestamp(), shared)
        assert times.assess(shared).doubt is None
        shared.advance(YEARS)
        assert times.assess(shared).doubt == "clock-not-proven"
