"""What runs in a state directory: each process that a command started is announced by a file, which it locks.

The lock ends with its process, however that ends, so that a file without one is what is left of an earlier run.
"""

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir

MESH: Final = "mesh"
MAX_NAMES: Final = 100
MAX_BYTES: Final = 1024 * 1024
# Of a file that its process rewrites at this moment.
READS: Final = 20


class RunningProcess(msgspec.Struct, frozen=True):
    """A process of a mesh. `since` is in seconds since 1970, by the clock of the machine."""

    name: str
    pid: int
    since: float
    restarts: int = 0


class Running(msgspec.Struct, frozen=True):
    """A mesh, or one process that was started alone, with the settings that others need to know."""

    what: str
    """`mesh`, or the name of the one process."""
    pid: int
    since: float
    host: str
    port: int
    broker: str
    bureaus: tuple[str, ...]
    sandbox: bool
    processes: tuple[RunningProcess, ...] = ()
    """Those of a mesh."""


class Announcement:
    """The file that announces what runs."""

    def __init__(self, descriptor: int | None, what: str) -> None:
        self._descriptor = descriptor
        self._what = what
        self._since = time.time()

    def write(self, settings: Settings, processes: Sequence[RunningProcess] = ()) -> None:
        """Replace what is announced. A reader may see a part of it, which is no JSON."""
        if self._descriptor is None:
            return
        running = Running(
            what=self._what,
            pid=os.getpid(),
            since=self._since,
            host=settings.host,
            port=settings.port,
            broker=settings.broker_url,
            bureaus=tuple(map(str, settings.bureaus)),
            sandbox=settings.sandbox,
            processes=tuple(processes),
        )
        content = msgspec.json.encode(running)
        # A full disk must not end a mesh.
        with suppress(OSError):
            os.pwrite(self._descriptor, content, 0)
            os.ftruncate(self._descriptor, len(content))


@contextmanager
def announced(state_dir: StateDir, what: str) -> Iterator[Announcement]:
    """Announce a process until the block ends; do nothing where the state directory cannot be written."""
    try:
        state_dir.running.mkdir(exist_ok=True, mode=0o700)
        # What a killed process left goes.
        running_in(state_dir)
        file, descriptor = _free(state_dir.running / f"{what}-{os.getpid()}")
    except OSError:
        yield Announcement(None, what)
        return
    try:
        yield Announcement(descriptor, what)
    finally:
        file.unlink(missing_ok=True)
        os.close(descriptor)


def _free(name: Path) -> tuple[Path, int]:
    """Return a file of this name, or of the next one that nobody holds, and its descriptor. Raises OSError.

    Replicas in containers share the folder, and may have the same process id.
    """
    for number in range(MAX_NAMES):
        file = name.with_name(f"{name.name}{f'-{number + 1}' if number else ''}.json")
        if (descriptor := _locked(file)) is not None:
            return file, descriptor
    raise OSError(f"{MAX_NAMES} processes are announced as {name.name}")


def _locked(file: Path) -> int | None:
    """Return the descriptor of a file, made if it is missing, that this process locked; None if another holds it."""
    while True:
        # Not inherited by other programs, which would hold the lock.
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        # A reader removes a file that is not locked yet.
        if os.fstat(descriptor).st_nlink:
            os.ftruncate(descriptor, 0)
            return descriptor
        os.close(descriptor)


def running_in(state_dir: StateDir) -> list[Running]:
    """Return what runs in a state directory, the mesh first; remove what earlier runs left."""
    files = sorted(state_dir.running.glob("*.json")) if state_dir.running.is_dir() else []
    found = [one for file in files if (one := _read(file)) is not None]
    return sorted(found, key=lambda one: (one.what != MESH, one.since))


def _read(file: Path) -> Running | None:
    with suppress(OSError), file.open("rb") as stream:
        if _is_locked(stream.fileno()):
            return _decoded(stream.fileno())
        file.unlink(missing_ok=True)
    return None


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _decoded(descriptor: int) -> Running | None:
    for _ in range(READS):
        with suppress(msgspec.DecodeError):
            return msgspec.json.decode(os.pread(descriptor, MAX_BYTES, 0), type=Running)
    return None
