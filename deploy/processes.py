"""Starts the processes of a mesh, watches over them, and ends them: none is left behind, whatever ends this one."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.home import StartRefused
from shared.logs import Log

REFUSED_EXIT: Final = 3
SENTENCE: Final = "i247: "
SENTENCE_WITHIN_BYTES: Final = 65_536
STOP_SECONDS: Final = 8.0
RESTART_WAIT_SECONDS: Final = (0.1, 0.5, 1.0, 2.0, 5.0)
# One that ran this long did not fail at its start.
SETTLED_SECONDS: Final = 30.0
PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True, slots=True)
class Command:
    """A process to run."""

    name: str
    arguments: Sequence[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    descriptors: tuple[int, ...] = ()
    stop_seconds: float = STOP_SECONDS
    """How long it may take to end before it is killed."""


class Supervisor:
    """Keeps processes running until they are to stop."""

    def __init__(self, log: Log, *, stop_seconds: float = STOP_SECONDS) -> None:
        self._log = log
        self._stop_seconds = stop_seconds
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._commands: dict[str, Command] = {}
        self._watches: list[asyncio.Task[None]] = []
        self.refused: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def start(self, command: Command) -> None:
        """Start a process and restart it whenever it ends. Raises StartRefused if it cannot be started at all."""
        try:
            self._running[command.name] = await _spawn(command)
        except OSError as error:
            raise StartRefused(f"{command.arguments[0]} cannot be started: {error.strerror}") from error
        self._commands[command.name] = command
        self._watches.append(asyncio.create_task(self._watch(command)))

    async def stop(self) -> None:
        """End all processes at once, but the first started, on which the others may depend, after them."""
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        started = list(self._running)
        for at_once in (started[1:], started[:1]):
            await asyncio.gather(*(self._end(name) for name in at_once))

    async def _end(self, name: str) -> None:
        await _end(self._running[name], min(self._stop_seconds, self._commands[name].stop_seconds))

    def process_id(self, name: str) -> int:
        """Return the id of a process as it runs now."""
        return self._running[name].pid

    async def _watch(self, command: Command) -> None:
        failures = 0
        while True:
            loop = asyncio.get_running_loop()
            started = loop.time()
            code = await self._running[command.name].wait()
            if code == REFUSED_EXIT and not self.refused.done():
                self.refused.set_result(_last_line(command.log))
                return
            failures = 0 if loop.time() - started > SETTLED_SECONDS else failures + 1
            self._log.warning("process-ended", process=command.name, code=code, failures=failures)
            failures = await self._restart(command, failures)

    async def _restart(self, command: Command, failures: int) -> int:
        while True:
            await asyncio.sleep(RESTART_WAIT_SECONDS[min(failures, len(RESTART_WAIT_SECONDS)) - 1 if failures else 0])
            try:
                self._running[command.name] = await _spawn(command)
            except OSError as error:
                # Too many processes or open files, say: that may pass.
                failures += 1
                self._log.error("process-not-started", process=command.name, cause=error.strerror, failures=failures)
            else:
                return failures


async def _spawn(command: Command) -> asyncio.subprocess.Process:
    command.log.parent.mkdir(parents=True, exist_ok=True)
    with command.log.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *command.arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **command.environment},
            pass_fds=command.descriptors,
            # Ctrl-C is for the supervisor alone, so that things end in order.
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


async def _end(process: asyncio.subprocess.Process, seconds: float) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _last_line(log: Path) -> str:
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - SENTENCE_WITHIN_BYTES))
        lines = stream.read().decode(errors="replace").strip().splitlines()
    said = [line for line in lines if line.startswith(SENTENCE)] or lines
    return said[-1].removeprefix(SENTENCE) if said else "a process refused to start and did not say why"
