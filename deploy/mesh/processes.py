"""Starts the processes of a mesh, watches over them, and ends them: none is left behind, whatever ends this one."""

import asyncio
import ctypes
import signal
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from deploy.state.errors import ERROR_PREFIX, REFUSED_EXIT, StartRefused
from shared.logs import Log

SENTENCE_WITHIN_BYTES: Final = 65_536
STOP_SECONDS: Final = 8.0
RESTART_WAIT_SECONDS: Final = (0.1, 0.5, 1.0, 2.0, 5.0)
# One that ran this long did not fail at its start.
SETTLED_SECONDS: Final = 30.0
PR_SET_PDEATHSIG: Final = 1


class Process(Protocol):
    """A process that was started."""

    @property
    def pid(self) -> int:
        """Its id."""
        ...

    async def wait(self) -> int:
        """Return its exit status when it has ended; of one that a signal ended, the signal below 0."""
        ...

    def terminate(self) -> None:
        """Ask it to end. Raises ProcessLookupError if it has ended."""
        ...

    def kill(self) -> None:
        """End it. Raises ProcessLookupError if it has ended."""
        ...


@dataclass(frozen=True)
class Command(ABC):
    """What a process runs; it writes to a log, and may take so many seconds to end before it is killed."""

    name: str
    log: Path
    stop_seconds: float = STOP_SECONDS
    asks_others: bool = False
    """Whether it answers by asking others, and so must end before them."""

    @abstractmethod
    async def spawn(self) -> Process:
        """Start a process. Raises OSError."""


@dataclass(frozen=True)
class Program(Command):
    """A program with its arguments."""

    arguments: Sequence[str] = ()
    environment: Mapping[str, str] | None = None
    """By default that of this process."""

    async def spawn(self) -> Process:
        """Start it. Raises OSError."""
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *self.arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                # Ctrl-C is for the supervisor alone, so that things end in order.
                start_new_session=True,
                preexec_fn=die_with_parent,
            )


class Supervisor:
    """Keeps processes running until they are to stop."""

    def __init__(self, log: Log, *, stop_seconds: float = STOP_SECONDS) -> None:
        self._log = log
        self._stop_seconds = stop_seconds
        self._running: dict[str, Process] = {}
        self._commands: dict[str, Command] = {}
        self._watches: list[asyncio.Task[None]] = []
        self.refused: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def start(self, command: Command) -> None:
        """Start a process and restart it whenever it ends. Raises StartRefused if it cannot be started at all."""
        try:
            self._running[command.name] = await command.spawn()
        except OSError as error:
            raise StartRefused(f"{command.name} cannot be started: {error.strerror}") from error
        self._commands[command.name] = command
        self._watches.append(asyncio.create_task(self._watch(command)))

    async def stop(self) -> None:
        """End those that ask others, then all others at once, and then the first started, on which all may depend."""
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        asking = [name for name in self._running if self._commands[name].asks_others]
        others = [name for name in self._running if name not in asking]
        for at_once in (asking, others[1:], others[:1]):
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
                self._running[command.name] = await command.spawn()
            except OSError as error:
                # Too many processes or open files, say: that may pass.
                failures += 1
                self._log.error("process-not-started", process=command.name, cause=error.strerror, failures=failures)
            else:
                return failures


def die_with_parent() -> None:
    """Have this process end when the one that started it does, where the system can see to that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


async def _end(process: Process, seconds: float) -> None:
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
    said = [line for line in lines if line.startswith(ERROR_PREFIX)] or lines
    return said[-1].removeprefix(ERROR_PREFIX) if said else "a process refused to start and did not say why"
