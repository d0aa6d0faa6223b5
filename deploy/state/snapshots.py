"""Copies the state of a sandbox into a snapshot, and back.

A snapshot holds keys, directory, officers, stores, the clock and what the processes of the sandbox share. It has not
what the broker stores: outboxes send again what has no receipt. Logins stay as they are, so that tokens stay valid, and
the secrets of `i247 listen`, which programs know.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from deploy.state.state_dir import StateDir
from shared.sandbox import operations, restores
from shared.sandbox.document import CHANGES_SUFFIX, SUFFIX
from shared.sandbox.snapshots import (
    DESCRIPTION,
    FOLDER,
    IDENTITY_FILES,
    START,
    Snapshot,
    read_snapshot,
    snapshot_folder,
)

_CLOCK_BYTES: Final = 8
# An index of a log of SQLite, made anew when the store is opened.
_SHARED_MEMORY: Final = "-shm"
_LOCKS: Final = ".lock"
INCOMING: Final = "incoming"
RESTORING: Final = "restoring"
# What is disposable, and what a sandbox needs to take and restore snapshots.
_APART: Final = frozenset(
    {
        ("broker", "jetstream"),
        *(
            ("sandbox", name)
            for name in (FOLDER, INCOMING, RESTORING, IDENTITY_FILES, restores.NAME, f"{operations.NAME}{SUFFIX}")
        ),
    }
)


class Snapshots:
    """The snapshots of one state directory."""

    def __init__(self, state_dir: StateDir) -> None:
        self._state_dir = state_dir
        self._root = state_dir.path
        self._incoming = state_dir.sandbox / INCOMING
        self._restoring = state_dir.sandbox / RESTORING

    def take(self, name: str, at: float) -> Snapshot:
        """Copy the state, which must not change meanwhile. Raises OSError; there is no snapshot then."""
        folder = snapshot_folder(self._state_dir.sandbox, name)
        draft = folder.with_name(f".{name}")
        _remove(draft)
        try:
            size = sum(_copy(self._root / file, draft / file) for file in list(self._files(self._root)))
            snapshot = Snapshot(name, at, size)
            (draft / DESCRIPTION).write_bytes(msgspec.json.encode(snapshot))
            draft.rename(folder)
        except BaseException:
            _remove(draft)
            raise
        return snapshot

    def require_start(self, at: float) -> None:
        """Take what the sandbox is when it is first started, unless there is that already. Raises OSError."""
        if read_snapshot(snapshot_folder(self._state_dir.sandbox, START)) is None:
            _remove(snapshot_folder(self._state_dir.sandbox, START))
            self.take(START, at)

    def delete(self, name: str) -> None:
        """Delete a snapshot. Raises OSError."""
        # First its description, without which it is none.
        folder = snapshot_folder(self._state_dir.sandbox, name)
        (folder / DESCRIPTION).unlink()
        shutil.rmtree(folder)

    def prepare(self, name: str) -> None:
        """Copy a snapshot to where `install` takes it from; the mesh may run meanwhile. Raises OSError."""
        _remove(self._incoming)
        folder = snapshot_folder(self._state_dir.sandbox, name)
        for file in self._files(folder):
            _copy(folder / file, self._incoming / file)

    def install(self, name: str) -> None:
        """Replace the state by the snapshot that was prepared. No process may run. Raises OSError."""
        self._restoring.write_text(name)
        # One too many, after a crash, does no harm.
        restores.count_restore(self._state_dir.sandbox)
        prepared = list(self._files(self._incoming))
        # What is in both is replaced in one step: a command that reads a key or the directory now finds it.
        for file in {*self._files(self._root)} - {*prepared, self._clock}:
            (self._root / file).unlink()
        for index in self._state_dir.stores.glob(f"*{_SHARED_MEMORY}"):
            index.unlink()
        _remove(self._state_dir.broker / "jetstream")
        for file in prepared:
            if file == self._clock:
                self._set_clock()
            else:
                (self._root / file).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                (self._incoming / file).replace(self._root / file)
        _remove(self._incoming)
        self._restoring.unlink()

    def finish(self) -> None:
        """Install again what was being installed when this program was last ended. Raises OSError."""
        with suppress(FileNotFoundError):
            name = self._restoring.read_text()
            if read_snapshot(snapshot_folder(self._state_dir.sandbox, name)) is not None:
                self.prepare(name)
                self.install(name)

    @property
    def _clock(self) -> Path:
        return self._state_dir.clock.relative_to(self._root)

    def _set_clock(self) -> None:
        """Write the offset into the file that the supervisor has in memory, too."""
        with self._state_dir.clock.open("r+b") as clock:
            clock.write((self._incoming / self._clock).read_bytes()[:_CLOCK_BYTES])

    def _files(self, root: Path) -> Iterator[Path]:
        """Yield what belongs into a snapshot, relative to the root."""
        for name in ("directory.json", "directory.draft", "root.pub", "bureaus", "clock"):
            if (root / name).exists():
                yield Path(name)
        for folder in ("secrets", "broker", "stores", "sandbox"):
            for file in sorted((root / folder).rglob("*")):
                if file.is_file() and self._belongs(file.relative_to(root)):
                    yield file.relative_to(root)

    def _belongs(self, file: Path) -> bool:
        home = self._state_dir
        kept = {home.sessions.name, home.token_key.name, home.local_webhooks.name}
        if file.name in kept or file.name.endswith((_SHARED_MEMORY, _LOCKS, CHANGES_SUFFIX)):
            return False
        return file.parts[:2] not in _APART


def _copy(source: Path, target: Path) -> int:
    """Copy a file, and return its size."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with source.open("rb") as reading, os.fdopen(_create(target), "wb") as writing:
        shutil.copyfileobj(reading, writing, 1024 * 1024)
        return writing.tell()


def _create(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
