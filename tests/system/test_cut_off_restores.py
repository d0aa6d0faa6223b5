"""Restores of a sandbox that a full disk or a crash cut off, and the count of restores that is lost."""

import asyncio
import errno
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from deploy.mesh import sandbox_control
from deploy.mesh.sandbox_control import SandboxControl
from deploy.state.clock import clock_of
from deploy.state.errors import StartRefused
from deploy.state.sandbox import prepare_sandbox
from deploy.state.settings import load_settings
from deploy.state.snapshots import Snapshots
from deploy.state.state_dir import StateDir
from shared.clock import SharedClock
from shared.logs import Log
from shared.sandbox.operations import Operation, Operations
from shared.sandbox.restores import events_begin_after, restores_of

PATIENCE = 20.0


@pytest.fixture
def home(tmp_path: Path) -> StateDir:
    """Return the state directory of a sandbox that was started, with a record that was entered since."""
    home = StateDir(tmp_path / "var")
    home.open()
    _start(home)
    SharedClock.make(home.clock)
    _record(home).parent.mkdir(exist_ok=True)
    _record(home).write_text("before")
    Snapshots(home).require_start(1.0)
    _record(home).write_text("after")
    return home


def _start(home: StateDir) -> None:
    prepare_sandbox(home, load_settings(sandbox=True, home=home.path))


def _record(home: StateDir) -> Path:
    return home.stores / "notices.db"


def _disk_full(_descriptor: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_refuses_a_restore_before_anything_is_answered(
    home: StateDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And leaves nothing of it: the next start keeps the state."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", _disk_full)
        with pytest.raises(OSError, match="No space left"):
            Snapshots(home).prepare("start")
    # So that the failure can be written down.
    assert not (home.sandbox / "incoming").exists()
    _start(home)
    assert _record(home).read_text() == "after"


def test_a_restore_that_was_prepared_is_made_at_the_next_start(home: StateDir) -> None:
    """As clients may have been answered by then, unless it was given up."""
    snapshots = Snapshots(home)
    snapshots.prepare("start")
    snapshots.give_up()
    _start(home)
    assert _record(home).read_text() == "after"
    snapshots.prepare("start")
    _start(home)
    assert _record(home).read_text() == "before"


@pytest.mark.parametrize("named", [b"", b"other", b"\xff", b"../snapshots"])
def test_a_restore_of_a_snapshot_that_is_not_known_refuses_the_start(home: StateDir, named: bytes) -> None:
    """The state may be half restored: the refusal says what to write."""
    (home.sandbox / "restoring").write_bytes(named)
    with pytest.raises(StartRefused, match=r"restoring names no snapshot .* the name of one of start into it"):
        _start(home)
    (home.sandbox / "restoring").write_text("start")
    _start(home)
    assert _record(home).read_text() == "before"


@pytest.mark.parametrize("damaged", [None, b"", b"x", b"-1", b"9000001", b"\xff"])
def test_a_count_of_restores_that_is_lost_refuses_the_start(home: StateDir, damaged: bytes | None) -> None:
    """Otherwise numbers of events would be used again."""
    _lose(home, damaged)
    with pytest.raises(StartRefused, match=r"restores is missing or damaged.*: write into it a number"):
        _start(home)
    (home.sandbox / "restores").write_text("1000\n")
    _start(home)
    assert events_begin_after(home.sandbox) == 1_000_000_000_000


async def test_a_count_that_is_lost_fails_a_restore_and_the_mesh_runs_on(home: StateDir) -> None:
    """The operation says what to change, and works then."""
    _lose(home, b"x")
    failed = await _asked(home)
    assert (failed.state, str(failed.error).partition(" and without")[0]) == (
        "failed",
        f"{home.sandbox / 'restores'} is missing or damaged,",
    )
    assert not (home.sandbox / "restoring").exists()


async def test_a_restore_that_cannot_be_announced_is_given_up(home: StateDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mesh runs on, and no later start replaces what it does."""
    move = Operations.move

    def move_or_fail(operations: Operations, operation_id: str, state: Any, **members: Any) -> None:
        if state == "stopping":
            _disk_full(0)
        move(operations, operation_id, state, **members)

    monkeypatch.setattr(Operations, "move", move_or_fail)
    failed = await _asked(home)
    assert (failed.state, failed.error) == ("failed", "No space left on device: see what `i247 up` printed")
    _start(home)
    assert _record(home).read_text() == "after"


async def test_a_failure_is_recorded_as_soon_as_there_is_room(home: StateDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mesh runs on meanwhile."""
    move, tries = Operations.move, iter(range(3))

    def move_or_fail(operations: Operations, operation_id: str, state: Any, **members: Any) -> None:
        if next(tries, None) is not None:
            _disk_full(0)
        move(operations, operation_id, state, **members)

    monkeypatch.setattr(Operations, "move", move_or_fail)
    monkeypatch.setattr(sandbox_control, "RETRY_SECONDS", 0)
    failed = await _asked(home)
    assert (failed.state, failed.error) == ("failed", "No space left on device: see what `i247 up` printed")
    assert next(tries, None) is None


def test_a_restore_is_counted_before_it_is_made(home: StateDir) -> None:
    """And the count begins at none."""
    assert restores_of(home.sandbox) == 0
    Snapshots(home).prepare("start")
    assert restores_of(home.sandbox) == 1


def _lose(home: StateDir, damaged: bytes | None) -> None:
    file = home.sandbox / "restores"
    file.unlink()
    if damaged is not None:
        file.write_bytes(damaged)


async def _asked(home: StateDir) -> Operation:
    """Ask for a restore of the start, and return it once it is over."""
    operations = Operations(home.sandbox, clock_of(home))
    control: Any = SandboxControl
    running = asyncio.create_task(control(home, None, None, Log("supervisor", stream=BytesIO())).run())
    try:
        # First of all it gives up what was asked for before it.
        await asyncio.sleep(0)
        asked = operations.ask("restore", "start")
        assert asked is not None
        async with asyncio.timeout(PATIENCE):
            finished = await operations.finished(asked.id)
    finally:
        running.cancel()
    assert finished is not None
    return finished
