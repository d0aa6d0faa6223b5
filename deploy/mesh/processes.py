"""Starts, supervises and ends the processes of a mesh. None outlives the supervisor, however it ends."""

import asyncio
import os
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from deploy.state.errors import ERROR_PREFIX, REFUSED_EXIT, StartRefused
from deploy.state.running import RunningProcess
from shared.background import end_all
from shared.logs import Log
from shared.process import die_with_parent

LOG_TAIL_BYTES: Final = 65_536
STOP_SECONDS: Final = 8.0
RESTART_WAIT_SECONDS: Final = (0.1, 0.5, 1.0, 2.0, 5.0)
# A process that ran this long did not fail at its start.
SETTLED_SECONDS: Final = 30.0


class Process(Protocol):
    """A running process."""

    @property
    def pid(self) -> int:
        """The process id."""
        ...

    async def wait(self) -> int:
        """Wait for its end and return the exit status; negative is the signal that ended it."""
        ...

    def terminate(self) -> None:
        """Send SIGTERM. Raises ProcessLookupError if it has ended."""
        ...

    def kill(self) -> None:
        """Send SIGKILL. Raises ProcessLookupError if it has ended."""
        ...


@dataclass(frozen=True)
class Command(ABC):
    """What a process runs, the log that it writes, and the time that it has to end before it is killed."""

    name: str
    log: Path
    stop_seconds: float = STOP_SECONDS
    is_client: bool = False
    """Whether it sends requests to the other processes, and so must end before them."""
    is_broker: bool = False
    """Whether the other processes are connected to it, and so must end before it."""

    is_needed: bool = True
    """Whether the mesh cannot do without it, so that it must stop if this one refuses to start."""

    @abstractmethod
    async def spawn(self) -> Process:
        """Start a process. Raises OSError."""


@dataclass(frozen=True)
class Program(Command):
    """A program with its arguments."""

    arguments: Sequence[str] = ()
    environment: Mapping[str, str] | None = None
    """By default, that of this process."""

    async def spawn(self) -> Process:
        """Start the program. Raises OSError."""
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *self.arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                # Only the supervisor handles Ctrl-C, so that processes end in order.
                start_new_session=True,
                preexec_fn=die_with_parent,
            )


class Supervisor:
    """Restarts processes that end, until they are to stop."""

    def __init__(
        self,
        log: Log,
        *,
        stop_seconds: float = STOP_SECONDS,
        on_change: Callable[[Sequence[RunningProcess]], None] = lambda _: None,
    ) -> None:
        """`on_change` gets all processes whenever one was started."""
        self._log = log
        self._stop_seconds = stop_seconds
        self._on_change = on_change
        self._started: dict[str, RunningProcess] = {}
        self._running: dict[str, Process] = {}
        self._commands: dict[str, Command] = {}
        self._watches: dict[str, asyncio.Task[None]] = {}
        self._may_start = asyncio.Event()
        self._may_start.set()
        self.refused: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def start(self, command: Command) -> None:
        """Start a process, and restart it when it ends. Raises StartRefused if the first start fails."""
        try:
            await self._spawn(command)
        except OSError as error:
            raise StartRefused(f"{command.name} cannot be started: {error.strerror}") from error
        self._commands[command.name] = command
        self._watches[command.name] = asyncio.create_task(self._watch(command))

    async def stop(self, *, at_once: bool = False) -> None:
        """End first the processes that send requests, then the others, and last the broker.

        `at_once` kills all of them. Afterwards others may be started.
        """
        await self.abandon()
        clients = [name for name in self._running if self._commands[name].is_client]
        brokers = [name for name in self._running if self._commands[name].is_broker]
        others = [name for name in self._running if name not in (*clients, *brokers)]
        groups = ([*clients, *others, *brokers],) if at_once else (clients, others, brokers)
        for group in groups:
            await asyncio.gather(*(self._end(name, at_once=at_once) for name in group))
        self._running.clear()
        self._started.clear()

    async def abandon(self) -> None:
        """Do not restart a process that ends from now on."""
        await end_all(self._watches.values())
        self._watches.clear()

    async def end(self, name: str) -> None:
        """End one process, which is not restarted, once it has finished what it has under way."""
        await end_all([self._watches.pop(name)])
        await self._end(name, at_once=False)
        for of_name in (self._running, self._started, self._commands):
            of_name.pop(name)
        self._on_change([*self._started.values()])

    async def _end(self, name: str, *, at_once: bool) -> None:
        seconds = 0.0 if at_once else min(self._stop_seconds, self._commands[name].stop_seconds)
        await _end(self._running[name], seconds)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let no process run, and start none, during the block; the broker goes on."""
        self._may_start.clear()
        held = [process for name, process in self._running.items() if not self._commands[name].is_broker]
        try:
            for process in held:
                _signal(process, signal.SIGSTOP)
            yield
        finally:
            for process in held:
                _signal(process, signal.SIGCONT)
            self._may_start.set()

    async def end_clients(self, last: int, seconds: float) -> None:
        """End the processes that send requests within some seconds, and then ask the one with the id `last` to end."""
        await self.abandon()
        clients = [process for name, process in self._running.items() if self._commands[name].is_client]
        await asyncio.gather(*(_end(process, seconds) for process in clients if process.pid != last))
        for process in clients:
            if process.pid == last:
                process.terminate()

    async def _spawn(self, command: Command) -> None:
        process = self._running[command.name] = await command.spawn()
        before = self._started.get(command.name)
        restarts = 0 if before is None else before.restarts + 1
        self._started[command.name] = RunningProcess(command.name, process.pid, time.time(), restarts)
        self._on_change([*self._started.values()])

    def process_id(self, name: str) -> int:
        """Return the present id of a process."""
        return self._running[name].pid

    async def _watch(self, command: Command) -> None:
        failures = 0
        while True:
            loop = asyncio.get_running_loop()
            started = loop.time()
            code = await self._running[command.name].wait()
            if code == REFUSED_EXIT and command.is_needed and not self.refused.done():
                self.refused.set_result(_last_line(command.log))
                return
            failures = 0 if loop.time() - started > SETTLED_SECONDS else failures + 1
            self._log.warning("process-ended", process=command.name, code=code, failures=failures)
            failures = await self._restart(command, failures)

    async def _restart(self, command: Command, failures: int) -> int:
        while True:
            await asyncio.sleep(_wait_after(failures))
            await self._may_start.wait()
            try:
                await self._spawn(command)
            except OSError as error:
                # Such as too many processes or open files: a retry may succeed.
                failures += 1
                self._log.error("process-not-started", process=command.name, cause=error.strerror, failures=failures)
            else:
                return failures


def _wait_after(failures: int) -> float:
    return RESTART_WAIT_SECONDS[max(0, min(failures, len(RESTART_WAIT_SECONDS)) - 1)]


def _signal(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(process.pid, number)


async def _end(process: Process, seconds: float) -> None:
    if seconds:
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
        stream.seek(max(0, log.stat().st_size - LOG_TAIL_BYTES))
        lines = stream.read().decode(errors="replace").strip().splitlines()
    messages = [line for line in lines if line.startswith(ERROR_PREFIX)] or lines
    return messages[-1].removeprefix(ERROR_PREFIX) if messages else "a process refused to start without a message"
