"""Times that other participants have signed: whether this clock is wrong, by how much, and when too few have signed."""

from datetime import timedelta
from pathlib import Path

import pytest

from shared.clock import FixedClock, SharedClock
from shared.protocol.signed_times import FRESH_SECONDS, SignedTimes
from tests.conftest import NOW

YEARS = timedelta(days=5 * 365)
T = NOW.timestamp()


def received_times(clock: FixedClock, **ahead: float) -> SignedTimes:
    """Return signed times received just now: of each participant, how many seconds it is ahead of noon."""
    times = SignedTimes()
    for participant, seconds in ahead.items():
        times.add(participant, T + seconds, clock)
    return times


@pytest.mark.parametrize("false_offset", [-1e9, -61.0, 61.0, 1e9])
def test_one_false_signer_does_not_change_the_assessment(clock: FixedClock, false_offset: float) -> None:
    """Neither that the clock is right, nor that it is wrong."""
    for honest in (["DE", "KE"], ["DE", "KE", "IT"], ["DE", "KE", "IT", "BR"]):
        times = received_times(clock, FR=false_offset, **dict.fromkeys(honest, 0.0))
        assert times.assess(clock).doubt is None
        assert times.assess(clock).ahead_seconds == 0
    clock.step(timedelta(seconds=false_offset))
    for honest in (["DE", "KE"], ["DE", "KE", "IT"], ["DE", "KE", "IT", "BR"]):
        assert received_times(clock, FR=false_offset, **dict.fromkeys(honest, 0.0)).assess(clock).doubt == "clock-off"


def test_two_equal_false_signers_are_outvoted_by_three_honest_ones_but_not_by_two(clock: FixedClock) -> None:
    """With half of the signers the clock is in doubt."""
    assert received_times(clock, FR=1e6, DE=1e6, KE=0.0, IT=0.0).assess(clock).doubt == "clock-off"
    assert received_times(clock, FR=1e6, DE=1e6, KE=0.0, IT=0.0, BR=0.0).assess(clock).doubt is None


@pytest.mark.parametrize("seconds", [-30.0, 30.0])
def test_an_offset_of_half_a_minute_is_accepted(clock: FixedClock, seconds: float) -> None:
    """Of this clock, and of another one in the opposite direction."""
    clock.step(timedelta(seconds=seconds))
    assessment = received_times(clock, FR=0.0, DE=-seconds, KE=0.0).assess(clock)
    assert (assessment.doubt, assessment.ahead_seconds) == (None, seconds)


@pytest.mark.parametrize("by", [YEARS, -YEARS])
def test_a_clock_that_jumps_is_doubted_at_once(clock: FixedClock, by: timedelta) -> None:
    """Signed times advance with the monotonic time, so the offset is known."""
    times = received_times(clock, FR=0.0, DE=0.0, KE=0.0)
    clock.advance(timedelta(seconds=10))
    assert times.assess(clock).doubt is None
    clock.step(by)
    assessment = times.assess(clock)
    assert (assessment.doubt, assessment.ahead_seconds) == ("clock-off", by.total_seconds())


@pytest.mark.parametrize("others", [{}, {"FR": 0.0}])
def test_a_clock_with_fewer_than_two_signers_is_not_proven(clock: FixedClock, others: dict[str, float]) -> None:
    """A single signer may be false."""
    assessment = received_times(clock, **others).assess(clock)
    assert (assessment.doubt, assessment.ahead_seconds, assessment.signers) == ("clock-not-proven", None, len(others))


def test_a_signed_time_older_than_the_limit_proves_nothing(clock: FixedClock) -> None:
    """Until the participant signs again."""
    times = received_times(clock, FR=0.0, DE=0.0)
    clock.advance(timedelta(seconds=FRESH_SECONDS - 1))
    assert times.assess(clock).doubt is None
    clock.advance(timedelta(seconds=1))
    assert times.assess(clock).doubt == "clock-not-proven"
    for participant in ("FR", "DE"):
        times.add(participant, clock.now().timestamp(), clock)
    assert times.assess(clock).doubt is None


def test_a_replayed_signed_time_is_ignored(clock: FixedClock) -> None:
    """Otherwise a holder of old envelopes could make a correct clock seem ahead."""
    times = received_times(clock, FR=0.0, DE=0.0, KE=0.0)
    clock.advance(timedelta(seconds=200))
    for participant in ("FR", "DE", "KE"):
        times.add(participant, T, clock)
        times.add(participant, T - 100, clock)
    assert times.assess(clock).others == {"FR": 0.0, "DE": 0.0, "KE": 0.0}


@pytest.mark.parametrize("signed", [-1.0, 0.0, 1e12, 1e308])
def test_an_invalid_signed_time_is_ignored(clock: FixedClock, signed: float) -> None:
    """It could not be displayed."""
    times = SignedTimes()
    times.add("FR", signed, clock)
    assert times.ahead_of(clock) == {}


def test_an_advanced_shared_clock_is_right_once_others_sign_again(tmp_path: Path) -> None:
    """As with `i247 clock`: earlier signed times are then too old."""
    shared = SharedClock.make(tmp_path / "clock")
    times = SignedTimes()
    for _ in range(2):
        for participant in ("FR", "DE"):
            times.add(participant, shared.now().timestamp(), shared)
        assert times.assess(shared).doubt is None
        shared.advance(YEARS)
        assert times.assess(shared).doubt == "clock-not-proven"
