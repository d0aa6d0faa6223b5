"""The gateway of one bureau as its operator runs it: separate processes, with only that bureau's keys."""

import asyncio
import json
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psutil

from deploy.state.state_dir import StateDir
from shared.bureaus import SECRETARIAT
from shared.transport.subjects import BROKER_OPERATOR
from tests.system.mesh import PROJECT

START_SECONDS = 120
POLL_SECONDS = 0.05
# Every process has a soft limit for the size of files, beyond which a write fails as on a full disk. With a limit of 0
# every write fails, at any offset. The wrapper sets it before the gateway starts.
WITH_FULL_DISK = (
    "import os, resource, sys; "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1])); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)
HANDED_OUT = ("root.pub", "directory.json", "secrets/officers.json")
TOKEN_MINUTES = 24 * 60


def _bound(port: int) -> socket.socket:
    """Return a socket that shares a port with others of this process."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", port))
    return made


class Gateway:
    """The gateway of one bureau, in one or more processes that share its port and its mailbox."""

    def __init__(self, code: str, secretariat: StateDir, folder: Path, broker_port: int, processes: int = 1) -> None:
        self.code = code
        self.home = StateDir(folder)
        # Kept bound, so that no other program gets the port while no process listens.
        self._reserved = _bound(0)
        self.base = f"http://127.0.0.1:{self._reserved.getsockname()[1]}"
        self._processes = processes
        self._broker = f"nats://127.0.0.1:{broker_port}"
        self._listening: socket.socket | None = None
        self._running: list[subprocess.Popen[bytes]] = []
        _hand_out(code, secretariat, self.home)

    def start(self, *, disk_full: bool = False) -> None:
        """Start all its processes; `until_up` waits until they work."""
        self._listening = _bound(self._reserved.getsockname()[1])
        self._listening.listen(512)
        self._running = [self._spawn(disk_full=disk_full) for _ in range(self._processes)]

    def kill(self) -> None:
        """Kill all its processes at once, as a power cut would."""
        while self._running:
            self._end(self._running.pop())
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    def close(self) -> None:
        """Kill all its processes, and release its port."""
        self.kill()
        self._reserved.close()

    def replace_one(self) -> None:
        """Kill one of its processes, and start another, while the others go on."""
        self._end(self._running.pop(0))
        self._running.append(self._spawn())

    def fill_disk(self) -> None:
        """Make every write to a file fail from now on."""
        for process in self._running:
            fill_disk(process.pid)

    def make_room(self) -> None:
        """Make writes succeed again."""
        for process in self._running:
            make_room(process.pid)

    async def until_up(self, client: httpx.AsyncClient) -> None:
        """Return when it answers officers, or refuses them for its full disk."""
        async with asyncio.timeout(START_SECONDS):
            while True:
                self.require_running()
                try:
                    answer = await client.get("/api/messages/groups", timeout=5)
                except httpx.TransportError:
                    await asyncio.sleep(POLL_SECONDS)
                    continue
                assert answer.status_code in (200, 507), answer.text
                return

    def require_running(self) -> None:
        """Fail if one of its processes has ended."""
        ended = [process.returncode for process in self._running if process.poll() is not None]
        assert not ended, f"the gateway of {self.code} ended with {ended}: {self._log.read_text()[-2000:]}"

    def children(self) -> list[psutil.Process]:
        """Return the processes that its processes started and that still run."""
        return [child for process in self._running for child in psutil.Process(process.pid).children()]

    def count(self, statement: str, *values: Any) -> int:
        """Return the single number that an SQL statement on its mailbox returns."""
        [number] = self.column(statement, *values)
        return int(number)

    def column(self, statement: str, *values: Any) -> list[Any]:
        """Return the first column that an SQL statement on its mailbox returns."""
        file = self.home.path / "stores" / f"mailbox-{self.code.lower()}.db"
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)) as mailbox:
            return [row[0] for row in mailbox.execute(statement, values)]

    def events(self) -> Counter[tuple[str, str]]:
        """Return how often each event is in its log, with its level, and with the fault of an alarm.

        Fails for a traceback.
        """
        found: Counter[tuple[str, str]] = Counter()
        lines = self._log.read_text(errors="replace").splitlines()
        for number, line in enumerate(lines):
            context = "\n".join(lines[max(0, number - 3) : number + 40])
            assert "Traceback" not in line, f"{self.code} wrote something that is no event:\n{context}"
            try:
                event = json.loads(line)
            except ValueError:
                # Truncated when its writer was killed.
                continue
            found[event["level"], " ".join([event["event"], *([event["fault"]] if "fault" in event else [])])] += 1
        return found

    @property
    def _log(self) -> Path:
        return self.home.path / "gateway.log"

    def _spawn(self, *, disk_full: bool = False) -> subprocess.Popen[bytes]:
        assert self._listening is not None
        descriptor = self._listening.fileno()
        command = [sys.executable, "-m", "deploy", "up", "--gateway", "--bureaus", self.code]
        command += ["--listen-fd", str(descriptor)]
        if disk_full:
            command = [sys.executable, "-c", WITH_FULL_DISK, *command]
        environment = {
            **os.environ,
            "PYTHONPATH": str(PROJECT),
            "I247_HOME": str(self.home.path),
            "I247_NATS_URL": self._broker,
            "I247_LOG_LEVEL": "debug",
            "I247_TOKEN_MINUTES": str(TOKEN_MINUTES),
        }
        with self._log.open("ab") as log:
            return subprocess.Popen(command, env=environment, stdout=log, stderr=log, pass_fds=(descriptor,))

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()


def fill_disk(process: int) -> None:
    """Make every write of a process to a file fail from now on."""
    resource.prlimit(process, resource.RLIMIT_FSIZE, (0, resource.prlimit(process, resource.RLIMIT_FSIZE)[1]))


def make_room(process: int) -> None:
    """Make writes of a process succeed again."""
    maximum = resource.prlimit(process, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(process, resource.RLIMIT_FSIZE, (maximum, maximum))


def _hand_out(code: str, secretariat: StateDir, home: StateDir) -> None:
    keys = [secretariat.signing_key(code), secretariat.sealing_key(code), secretariat.nats_seed(code)]
    if code == SECRETARIAT:
        keys.append(secretariat.nats_seed(BROKER_OPERATOR))
    for file in (*(secretariat.path / name for name in HANDED_OUT), *keys):
        target = home.path / file.relative_to(secretariat.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
