"""The clock that all processes of a test mesh share: an advance applies to all of them, and it never goes back."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path

import pytest

from shared.background import ChangeSignal
from shared.clock import MAX_OFFSET, ClockUnusable, FixedClock, SharedClock, SystemClock
from shared.errors import IllegalStep

HOUR = timedelta(hours=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path for a clock file."""
    return tmp_path / "clock"


@pytest.fixture
def clock(file: Path) -> SharedClock:
    """Return a shared clock that was never advanced."""
    return SharedClock.make(file)


def test_a_shared_clock_follows_the_system_clock_plus_its_offset(clock: SharedClock) -> None:
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    moved = clock.advance(HOUR)
    assert moved >= before + HOUR
    assert before + HOUR <= clock.now() <= datetime.now(UTC) + HOUR


def test_an_advance_is_visible_to_other_instances_at_once(file: Path, clock: SharedClock) -> None:
    """To one that was open before, and to one that is opened later, as after a restart."""
    other = SharedClock(file)
    assert other.offset == timedelta(0)
    clock.advance(HOUR)
    other.advance(timedelta(microseconds=1))
    assert clock.offset == other.offset == SharedClock.make(file).offset == HOUR + timedelta(microseconds=1)


def test_concurrent_advances_of_two_processes_add_up(file: Path, clock: SharedClock) -> None:
    program = (
        "import sys; from pathlib import Path; from datetime import timedelta; from shared.clock import SharedClock\n"
        "clock = SharedClock(Path(sys.argv[1])); sys.stdin.read()\n"
        "for _ in range(500): clock.advance(timedelta(seconds=1))"
    )
    command = [sys.executable, "-c", program, str(file)]
    movers = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(2)]
    for mover in movers:
        assert mover.stdin is not None
        mover.stdin.close()
    assert [mover.wait(30) for mover in movers] == [0, 0]
    assert clock.offset == timedelta(seconds=1000)


def test_a_shared_clock_can_be_advanced_to_a_time(clock: SharedClock) -> None:
    """It goes on from there."""
    at = datetime.now(UTC) + 400 * HOUR
    assert clock.advance_to(at) >= at
    assert clock.now() < at + HOUR


def test_a_shared_clock_cannot_be_set_back(clock: SharedClock) -> None:
    """Neither by an interval nor to a time: what has expired must stay expired."""
    clock.advance(HOUR)
    with pytest.raises(IllegalStep):
        clock.advance(-timedelta(microseconds=1))
    with pytest.raises(IllegalStep):
        clock.advance_to(datetime.now(UTC))
    assert clock.offset == HOUR


def test_a_shared_clock_cannot_be_advanced_beyond_its_maximum_offset(clock: SharedClock) -> None:
    """The keys of the mesh are valid for longer than that; a refused advance changes nothing."""
    clock.advance(MAX_OFFSET)
    with pytest.raises(IllegalStep):
        clock.advance(timedelta(microseconds=1))
    assert clock.offset == MAX_OFFSET


@pytest.mark.parametrize("content", [b"", b"\0" * 7, b"\0" * 9, b"\xff" * 8, b"\x7f" * 8])
def test_an_invalid_clock_file_is_refused_with_its_path(file: Path, content: bytes) -> None:
    """Empty, too short, too long, a negative offset, and one beyond the maximum."""
    file.write_bytes(content)
    with pytest.raises(ClockUnusable, match=str(file)):
        SharedClock(file)


def test_a_clock_file_is_accessible_to_its_owner_only(file: Path, clock: SharedClock) -> None:
    """Whatever the umask is."""
    assert file.stat().st_mode & 0o777 == 0o600
    umask = os.umask(0)
    try:
        assert SharedClock.make(file.with_name("other")).offset == timedelta(0)
    finally:
        os.umask(umask)
    assert file.with_name("other").stat().st_mode & 0o777 == 0o600


def test_an_advance_moves_the_monotonic_time_too(clock: SharedClock) -> None:
    """Hence periodic jobs run after an advance."""
    before = clock.monotonic()
    clock.advance(HOUR)
    assert HOUR.total_seconds() <= clock.monotonic() - before < 2 * HOUR.total_seconds()


def test_setting_a_clock_does_not_change_its_monotonic_time() -> None:
    """Setting the system clock must not change measured intervals."""
    clock = FixedClock(datetime.now(UTC))
    clock.step(-HOUR)
    clock.step(2 * HOUR)
    assert clock.monotonic() == 0
    clock.advance(HOUR)
    assert clock.monotonic() == HOUR.total_seconds()
    first = SystemClock().monotonic()
    assert first <= SystemClock().monotonic()


async def test_waiting_on_a_shared_clock_polls(clock: SharedClock) -> None:
    """It may have been advanced meanwhile; a clock that cannot be advanced needs no polling."""
    await ChangeSignal(0.001).wait_newer(0, 3600)
    assert 0 < clock.tick_seconds < 1
    assert SystemClock().tick_seconds == FixedClock(clock.now()).tick_seconds == inf
