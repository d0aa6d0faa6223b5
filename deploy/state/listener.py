"""Which process of this machine listens on a port, and of which state directory it is; only Linux says that."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

_PROCESSES: Final = Path("/proc")
_TABLES: Final = ("tcp", "tcp6")
# TCP_LISTEN in the kernel's `net/tcp_states.h`.
_LISTENING: Final = "0A"


class Listener(NamedTuple):
    """A process that listens on a port."""

    pid: int
    name: str
    home: Path | None
    """The state directory of the mesh, or of the single process; None if it is another program."""

    def __str__(self) -> str:
        if self.home is None:
            return f"process {self.pid} ({self.name})"
        return f"the mesh of the state directory {self.home} (process {self.pid})"


def listener_on(port: int) -> Listener | None:
    """Return the process that listens on a port; None if none does, or if it cannot be seen, as that of another user.

    Of several that share a socket it is the one that announced a mesh, or else the oldest.
    """
    sockets = {f"socket:[{inode}]" for table in _TABLES for inode in _listening(table, port)}
    found = [_listener(pid, links) for pid, links in _links() if sockets & links.keys()] if sockets else []
    return min(found, key=lambda one: (one.home is None, one.pid), default=None)


def how_to_free(port: int, setting: str) -> str:
    """Return what to do about a port that is in use and that a setting chooses."""
    listener = listener_on(port)
    if listener is None:
        return f"free it or set {setting}"
    return f"{listener} listens there: stop it, or set {setting} to another port"


def _listening(table: str, port: int) -> Iterator[str]:
    """Yield the inodes of the sockets that listen on a port, by a table of the kernel (proc_net_tcp)."""
    with suppress(OSError):
        for line in (_PROCESSES / "net" / table).read_text().splitlines()[1:]:
            _, local, _, state, *others = line.split()
            if state == _LISTENING and int(local.rpartition(":")[2], 16) == port:
                yield others[5]


def _links() -> Iterator[tuple[int, Mapping[str, Path]]]:
    """Yield each process of this user with what its descriptors lead to."""
    for folder in _PROCESSES.glob("[0-9]*"):
        # It may end meanwhile, or be another user's.
        with suppress(OSError):
            yield int(folder.name), {str(target): target for file in (folder / "fd").iterdir() if (target := _of(file))}


def _of(file: Path) -> Path | None:
    with suppress(OSError):
        return file.readlink()
    return None


def _listener(pid: int, links: Mapping[str, Path]) -> Listener:
    name = "unknown"
    with suppress(OSError):
        name = (_PROCESSES / str(pid) / "comm").read_text().strip()
    announced = (file for file in links.values() if file.parent.name == "running" and file.stem.endswith(f"-{pid}"))
    return Listener(pid, name, next((file.parent.parent for file in announced), None))
