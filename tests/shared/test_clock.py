"""The clock that all processes of a mesh under test share: moved on by one, it is moved on for all, and never back."""

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
    """Return where a clock is to be."""
    return tmp_path / "clock"


@pytest.fixture
def clock(file: Path) -> SharedClock:
    """Return a clock that was never moved on."""
    return SharedClock.make(file)


def test_it_goes_by_the_machine_until_it_is_moved_on(clock: SharedClock) -> None:
    """Its time lies between two looks at the machine's, and then so much later."""
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    moved = clock.advance(HOUR)
    assert moved >= before + HOUR
    assert before + HOUR <= clock.now() <= datetime.now(UTC) + HOUR


def test_others_see_at_once_that_it_was_moved_on(file: Path, clock: SharedClock) -> None:
    """Also who had opened it before, and who opens it later, as after a restart."""
    other = SharedClock(file)
    assert other.offset == timedelta(0)
    clock.advance(HOUR)
    other.advance(timedelta(microseconds=1))
    assert clock.offset == other.offset == SharedClock.make(file).offset == HOUR + timedelta(microseconds=1)


def test_those_who_move_it_on_at_the_same_time_move_it_by_both(file: Path, clock: SharedClock) -> None:
    """In processes of their own: none takes the place of another."""
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


def test_it_is_moved_on_to_a_time(clock: SharedClock) -> None:
    """From then on it goes on from there."""
    at = datetime.now(UTC) + 400 * HOUR
    assert clock.advance_to(at) >= at
    assert clock.now() < at + HOUR


def test_it_is_never_put_back(clock: SharedClock) -> None:
    """Neither by a span nor to a time: what has expired must not come to life again."""
    clock.advance(HOUR)
    with pytest.raises(IllegalStep):
        clock.advance(-timedelta(microseconds=1))
    with pytest.raises(IllegalStep):
        clock.advance_to(datetime.now(UTC))
    assert clock.offset == HOUR


def test_it_is_moved_on_by_so_much_in_all(clock: SharedClock) -> None:
    """The keys of the mesh outlast this; one step too many changes nothing."""
    clock.advance(MAX_OFFSET)
    with pytest.raises(IllegalStep):
        clock.advance(timedelta(microseconds=1))
    assert clock.offset == MAX_OFFSET


@pytest.mark.parametrize("content", [b"", b"\0" * 7, b"\0" * 9, b"\xff" * 8, b"\x7f" * 8])
def test_a_file_that_holds_no_clock_is_refused_by_its_name(file: Path, content: bytes) -> None:
    """Cut short, too long, put back, or further on than it can be moved."""
    file.write_bytes(content)
    with pytest.raises(ClockUnusable, match=str(file)):
        SharedClock(file)


def test_nobody_else_may_move_it(file: Path, clock: SharedClock) -> None:
    """The file is its owner's alone, whatever the umask says."""
    assert file.stat().st_mode & 0o777 == 0o600
    umask = os.umask(0)
    try:
        assert SharedClock.make(file.with_name("other")).offset == timedelta(0)
    finally:
        os.umask(umask)
    assert file.with_name("other").stat().st_mode & 0o777 == 0o600


def test_intervals_pass_by_what_it_was_moved_on_by(clock: SharedClock) -> None:
    """As if that time had passed: what is done every hour is done."""
    before = clock.monotonic()
    clock.advance(HOUR)
    assert HOUR.total_seconds() <= clock.monotonic() - before < 2 * HOUR.total_seconds()


def test_a_clock_that_is_set_lets_no_time_pass() -> None:
    """Nobody who sets the clock of a machine changes what is measured by it."""
    clock = FixedClock(datetime.now(UTC))
    clock.step(-HOUR)
    clock.step(2 * HOUR)
    assert clock.monotonic() == 0
    clock.advance(HOUR)
    assert clock.monotonic() == HOUR.total_seconds()
    first = SystemClock().monotonic()
    assert first <= SystemClock().monotonic()


async def test_who_waits_for_a_time_looks_again_soon(clock: SharedClock) -> None:
    """It may have come meanwhile; where nobody moves the clock on, nobody need look."""
    await ChangeSignal(0.001).wait_newer(0, 3600)
    assert 0 < clock.tick_seconds < 1
    assert SystemClock().tick_seconds == FixedClock(clock.now()).tick_seconds == inf
