"""Processes of a mesh, forked from one that has imported the modules that they share (ADR 26).

That one is the fork server of the standard library. It has no thread, no connection and no key. The title of a forked
process says what it runs.
"""

import asyncio
import atexit
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from setproctitle import setproctitle

from deploy.mesh.processes import Command, Process
from deploy.state.errors import exit_status
from deploy.state.settings import load_settings
from shared.process import die_with_parent

_CONTEXT: Final = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["deploy.mesh.preloaded"])


def start_fork_server() -> None:
    """Start the fork server, which imports the shared modules while the mesh is provisioned."""
    # Ctrl-C must not end it, not even while it starts.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        forkserver.ensure_running()
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass(frozen=True)
class ForkedCommand(Command):
    """A process with the options of `i247 up` and its settings as environment; a gateway gets its listening socket."""

    options: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    listening: socket.socket | None = None

    async def spawn(self) -> Process:
        """Fork a process. Raises OSError."""
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        process = _CONTEXT.Process(
            target=_run, args=(self.options, self.environment, self.log, self.listening), daemon=True
        )
        # This waits for the fork server, which may still be importing.
        await asyncio.to_thread(process.start)
        return _ForkedProcess(process)


class _ForkedProcess:
    def __init__(self, process: BaseProcess) -> None:
        assert process.pid is not None  # noqa: S101 - it was started
        self.pid = process.pid
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._status: asyncio.Future[int] = self._loop.create_future()
        self._loop.add_reader(process.sentinel, self._on_end)

    async def wait(self) -> int:
        return await asyncio.shield(self._status)

    def terminate(self) -> None:
        if not self._status.done():
            self._process.terminate()

    def kill(self) -> None:
        if not self._status.done():
            self._process.kill()

    def _on_end(self) -> None:
        self._loop.remove_reader(self._process.sentinel)
        status = self._process.exitcode
        self._process.close()
        self._status.set_result(1 if status is None else status)


def _run(options: Sequence[str], environment: Mapping[str, str], log: Path, listening: socket.socket | None) -> None:
    # Only the supervisor handles Ctrl-C, so that processes end in order.
    os.setsid()
    die_with_parent()
    # While any process holds this descriptor, the fork server does not notice that its parent has died.
    os.close(forkserver._forkserver._forkserver_alive_fd)  # type: ignore[attr-defined]  # noqa: SLF001 - it has no public name
    # Before the environment changes: the title is written into its memory.
    setproctitle(" ".join(("i247", "up", *options)))
    os.environ.update(environment)
    with log.open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    try:
        sys.exit(exit_status(lambda: _serve(options, listening)))
    finally:
        # A forked process does not call them at exit.
        atexit._run_exitfuncs()  # noqa: SLF001 - the only way


def _serve(options: Sequence[str], listening: socket.socket | None) -> int:
    from deploy.mesh.one_process import run_process

    run_process(options, load_settings(), listening)
    return 0
