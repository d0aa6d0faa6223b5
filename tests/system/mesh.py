"""A whole mesh as a user starts it: `i247 up` as a process, with its own state directory and ports."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from deploy.commands.officers import OfficerCommands
from deploy.provisioning.roles import Role
from deploy.provisioning.tokens import demo_token
from deploy.state.settings import Settings

if TYPE_CHECKING:
    import psutil

PROJECT = Path(__file__).parent.parent.parent
START_SECONDS = 60
STOP_SECONDS = 20


class RunningMesh:
    """A mesh that runs, until it is stopped."""

    def __init__(self, process: subprocess.Popen[str], environment: Mapping[str, str], port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.environment = environment
        self._process = process

    def i247(self, *arguments: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run another command of the same mesh, and return its result."""
        return run_i247(*arguments, environment=self.environment, seconds=seconds)

    def token(self, bureau: str, role: Role = "officer") -> str:
        """Return a token of a bureau's demo officer, as `i247 token` does, but without starting a process."""
        return demo_token(Settings(home=Path(self.environment["I247_HOME"])), bureau, role)

    def login(self, bureau: str, role: Role = "officer") -> tuple[str, str]:
        """Return name and password of a bureau's demo officer, as `i247 officer` prints them."""
        [line] = OfficerCommands(Settings(home=Path(self.environment["I247_HOME"]))).show_login(bureau, role)
        assert line.data is not None
        return line.data["username"], line.data["password"]

    def client(self, bureau: str, role: Role = "officer") -> httpx.Client:
        """Return an HTTP client that calls as the demo officer of a bureau."""
        headers = {"Authorization": f"Bearer {self.token(bureau, role)}"}
        return httpx.Client(base_url=self.base, headers=headers, timeout=30)

    def family(self) -> "list[psutil.Process]":
        """Return its process and all descendants."""
        import psutil

        first = psutil.Process(self._process.pid)
        return [first, *first.children(recursive=True)]

    def process(self, *words: str) -> "psutil.Process":
        """Return the single process of the mesh whose command line contains all these words."""
        [found] = [one for one in self.family()[1:] if set(words) <= set(" ".join(one.cmdline()).split())]
        return found

    @contextmanager
    def unattended(self) -> Iterator[None]:
        """Suspend the supervisor during the block, so that no process is restarted."""
        import psutil

        supervisor = psutil.Process(self._process.pid)
        supervisor.suspend()
        try:
            yield
        finally:
            supervisor.resume()

    def stop(self) -> int:
        """Send SIGTERM, as a service manager does, and return the exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_SECONDS)


def left_of(family: "Iterable[psutil.Process]", *, seconds: float = 1) -> "list[psutil.Process]":
    """Return the processes that do not end in time; the fork server ends just after the first process."""
    deadline = time.monotonic() + seconds
    left = list(family)
    while left and time.monotonic() < deadline:
        left = [one for one in left if is_running(one)]
    return left


def is_running(process: "psutil.Process") -> bool:
    """Return whether a process still runs; a zombie does not."""
    import psutil

    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        # Between the two questions.
        return False


def run_i247(*arguments: str, environment: Mapping[str, str], seconds: float = 120) -> subprocess.CompletedProcess[str]:
    """Run a command of `i247` to its end."""
    command = [sys.executable, "-m", "deploy", *arguments]
    return subprocess.run(
        command, env=environment, cwd=environment["PYTHONPATH"], text=True, capture_output=True, timeout=seconds
    )


@contextmanager
def running_mesh(
    home: Path,
    *options: str,
    project: Path = PROJECT,
    folder: Path | None = None,
    open_files: int | None = None,
    **settings: str,
) -> Iterator[RunningMesh]:
    """Start a mesh, wait until it reports that it is ready, and stop it when the block ends.

    It runs in `folder`, or else in that of the project. `open_files` limits the open files of each process. `settings`
    are those in its environment, such as `I247_WORKERS`.
    """
    port = free_port()
    environment = {**os.environ, "I247_HOME": str(home), "I247_PORT": str(port), "I247_NATS_PORT": str(free_port())}
    environment |= {"PYTHONPATH": str(project), **settings}
    command = [sys.executable, "-u", "-m", "deploy", "up", *options]
    if open_files is not None:
        command = ["/bin/sh", "-c", f'ulimit -n {open_files}; exec "$@"', "sh", *command]
    with (home.parent / f"{home.name}.out").open("w+") as out:
        process = subprocess.Popen(command, env=environment, cwd=folder or project, text=True, stdout=out, stderr=out)
        mesh = RunningMesh(process, environment, port)
        try:
            _wait_until_ready(process, Path(out.name))
            yield mesh
        finally:
            if process.poll() is None:
                mesh.stop()


def _wait_until_ready(process: subprocess.Popen[str], out: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "] ready" not in out.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the mesh did not start: {out.read_text()}")
        time.sleep(0.05)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
