"""Snapshots as files: what they hold, and what a crash leaves."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from deploy.state.sandbox import prepare_sandbox
from deploy.state.settings import load_settings
from deploy.state.snapshots import Snapshots
from deploy.state.state_dir import StateDir
from shared.clock import SharedClock
from shared.sandbox.snapshots import snapshots_in

FILES = {
    "directory.json": "the directory",
    "secrets/officers.json": "the officers",
    "secrets/signing/FR.pem": "a key",
    "stores/notices.db": "records",
    "stores/notices.db-wal": "new records",
    "sandbox/faults.json": "faults",
    "sandbox/counterparts/DE.json": "a script",
}
KEPT = {
    "secrets/sessions.json": "logins",
    "secrets/token.pem": "a key of tokens",
    "secrets/local-webhooks.json": "a secret of listen",
    "sandbox/operations.json": '{"operations": []}',
    "sandbox/identities/exact.png": "an image",
    "log/gateway.log": "a line",
}


@pytest.fixture
def home(tmp_path: Path) -> StateDir:
    """Return the state directory of a sandbox with some files."""
    home = StateDir(tmp_path / "var")
    home.open()
    prepare_sandbox(home, load_settings(sandbox=True, home=home.path))
    SharedClock.make(home.clock)
    _write(home, "before")
    return home


def _write(home: StateDir, when: str) -> None:
    for name, text in (FILES | KEPT).items():
        file = home.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text} {when}")


def _texts(home: StateDir, names: dict[str, str]) -> set[str]:
    return {(home.path / name).read_text().rpartition(" ")[2] for name in names}


def _change(home: StateDir) -> None:
    """Change all files, add some, and advance the clock."""
    _write(home, "after")
    for name in ("stores/fingerprints.db", "stores/notices.db-shm", "broker/jetstream/parcel", "sandbox/scripts.json"):
        file = home.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("new")


def test_a_restored_state_has_the_files_of_then_and_no_others(home: StateDir) -> None:
    """Logins, logs and what is known of operations stay as they are."""
    snapshots = Snapshots(home)
    taken = snapshots.take("one", 1.0)
    assert snapshots_in(home.sandbox) == [taken]
    _change(home)
    snapshots.prepare("one")
    snapshots.install("one")
    assert _texts(home, FILES) == {"before"}
    assert _texts(home, KEPT) == {"after"}
    assert sorted(file.name for file in home.stores.iterdir()) == ["notices.db", "notices.db-wal"]
    assert not (home.broker / "jetstream").exists()
    assert not (home.sandbox / "scripts.json").exists()


def test_a_clock_goes_back_for_those_who_have_it_open(home: StateDir) -> None:
    """The supervisor goes on, and logs the time."""
    open_before, snapshots = SharedClock(home.clock), Snapshots(home)
    snapshots.take("one", 1.0)
    open_before.advance_to(open_before.now().replace(year=open_before.now().year + 1))
    snapshots.prepare("one")
    snapshots.install("one")
    assert open_before.offset.total_seconds() == 0


class Crash(BaseException):
    """The end of the program, at any moment."""


def _crash_at(moment: int, patch: pytest.MonkeyPatch) -> None:
    """Let the change of a file after so many others be the end."""
    changes = count()

    def crashing(change: Callable[..., Any]) -> Callable[..., Any]:
        def change_or_crash(*arguments: object, **options: object) -> object:
            if next(changes) >= moment:
                raise Crash
            return change(*arguments, **options)

        return change_or_crash

    patch.setattr(Path, "unlink", crashing(Path.unlink))
    patch.setattr(Path, "rename", crashing(Path.rename))
    patch.setattr(Path, "replace", crashing(Path.replace))


@pytest.mark.parametrize("moment", range(10))
def test_what_a_crash_left_half_restored_is_restored_at_the_next_start(
    home: StateDir, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    """At whichever file it happened."""
    snapshots = Snapshots(home)
    snapshots.take("one", 1.0)
    _change(home)
    snapshots.prepare("one")
    with monkeypatch.context() as patch:
        _crash_at(moment, patch)
        with pytest.raises(Crash):
            snapshots.install("one")
    # A command that reads the directory or a key at this moment finds it.
    assert all((home.path / file).exists() for file in FILES)
    prepare_sandbox(home, load_settings(sandbox=True, home=home.path))
    assert _texts(home, FILES) == {"before"}
    assert not (home.sandbox / "restoring").exists()


def test_what_a_crash_left_of_a_snapshot_is_none(home: StateDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """And another of the same name can be taken."""
    snapshots = Snapshots(home)
    with monkeypatch.context() as patch:
        _crash_at(0, patch)
        with pytest.raises(Crash):
            snapshots.take("one", 1.0)
    assert snapshots_in(home.sandbox) == []
    snapshots.take("one", 2.0)
    snapshots.delete("one")
    assert snapshots_in(home.sandbox) == []


def test_what_a_sandbox_is_first_has_the_records_that_it_begins_with(home: StateDir) -> None:
    """A reset restores it, and it is taken once."""
    snapshots = Snapshots(home)
    snapshots.require_start(1.0)
    _change(home)
    snapshots.require_start(2.0)
    snapshots.prepare("start")
    snapshots.install("start")
    assert sorted(file.name for file in home.stores.iterdir()) == ["notices.db", "notices.db-wal"]
    assert (home.path / "directory.json").read_text() == "the directory before"
