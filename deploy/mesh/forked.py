"""Commands of `i247` in processes that are forked from one that has imported what they share (ADR 26).

That one is the fork server of the standard library. It has no thread, no connection and no key. A process that it
forked has a title that says what it runs.
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

from deploy.mesh.processes import Command, Process, die_with_parent

_CONTEXT: Final = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["deploy.mesh.preloaded"])


def begin_to_import() -> None:
    """Start the fork server, so that it has imported everything by the time that a process is asked for."""
    # Ctrl-C is not for it either, from its first moment on.
    heeded = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        forkserver.ensure_running()
    finally:
        signal.signal(signal.SIGINT, heeded)


@dataclass(frozen=True)
class Forked(Command):
    """A command of `i247`, with the settings that its environment holds; a gateway gets the socket to listen on."""

    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    listening: socket.socket | None = None

    async def spawn(self) -> Process:
        """Fork a process. Raises OSError."""
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        process = _CONTEXT.Process(
            target=_run, args=(self.arguments, self.environment, self.log, self.listening), daemon=True
        )
        # It waits for the fork server, which may still be importing.
        await asyncio.to_thread(process.start)
        return _ForkedProcess(process)


class _ForkedProcess:
    def __init__(self, process: BaseProcess) -> None:
        assert process.pid is not None  # noqa: S101 - it was started
        self.pid = process.pid
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._status: asyncio.Future[int] = self._loop.create_future()
        self._loop.add_reader(process.sentinel, self._note_end)

    async def wait(self) -> int:
        return await asyncio.shield(self._status)

    def terminate(self) -> None:
        if not self._status.done():
            self._process.terminate()

    def kill(self) -> None:
        if not self._status.done():
            self._process.kill()

    def _note_end(self) -> None:
        self._loop.remove_reader(self._process.sentinel)
        status = self._process.exitcode
        self._process.close()
        self._status.set_result(1 if status is None else status)


def _run(arguments: Sequence[str], environment: Mapping[str, str], log: Path, listening: socket.socket | None) -> None:
    # Ctrl-C is for the supervisor alone, so that things end in order.
    os.setsid()
    die_with_parent()
    # As long as anyone holds this, the fork server does not hear that its parent has died.
    os.close(forkserver._forkserver._forkserver_alive_fd)  # type: ignore[attr-defined]  # noqa: SLF001 - it has no public name
    # Before the environment changes, which lies where the title is written.
    setproctitle(" ".join(("i247", *arguments)))
    os.environ.update(environment)
    with log.open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    if listening is not None:
        arguments = (*arguments, "--listen-fd", str(listening.detach()))
    from deploy.cli import main

    try:
        sys.exit(main(arguments))
    finally:
        # A forked process does not call them when it ends.
        atexit._run_exitfuncs()  # noqa: SLF001 - the only way
