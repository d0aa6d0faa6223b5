"""The supervisor keeps processes running, stops them all, and leaves none behind however it ends.

Each process reports its start to the test over a connection, which closes when the process ends.
"""

import asyncio
import io
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from deploy.mesh.processes import Program, Supervisor
from deploy.state.errors import REFUSED_EXIT, StartRefused
from shared.logs import Log

TIMEOUT_SECONDS = 10.0
PROJECT = Path(__file__).parent.parent.parent

REPORT = """
import os, signal, socket, sys
if "deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
report = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
report.sendall(f"{sys.argv[2]} {os.getpid()}\\n".encode())
while True:
    signal.pause()
"""

SUPERVISE = """
import asyncio, sys
from pathlib import Path
from deploy.mesh.processes import Program, Supervisor
from shared.logs import Log

async def supervise():
    supervisor = Supervisor(Log("supervisor"))
    for name in ("first", "second"):
        await supervisor.start(Program(name, Path(sys.argv[2]), arguments=[*sys.argv[3:], sys.argv[1], name]))
    await asyncio.Event().wait()

asyncio.run(supervise())
"""


@dataclass(frozen=True)
class Started:
    """A process that has started."""

    name: str
    pid: int
    connection: asyncio.StreamReader

    async def end(self) -> str:
        """Return its name when it has ended."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            assert await self.connection.read() == b""
        return self.name


class Processes:
    """Makes programs, and observes when their processes start and end."""

    def __init__(self, folder: Path, port: int, started: asyncio.Queue[Started]) -> None:
        self.folder = folder
        self.port = port
        self._started = started

    def command(self, name: str, *options: str) -> Program:
        """Return a program whose process reports its start, and then waits."""
        arguments = [sys.executable, "-I", "-S", "-c", REPORT, str(self.port), name, *options]
        log = self.folder / "log" / f"{name}.log"
        return Program(name, log, is_broker=name.startswith("broker"), arguments=arguments)

    def script(self, name: str, text: str) -> Program:
        """Return a program that runs a Python script."""
        return Program(name, self.folder / "log" / f"{name}.log", arguments=[sys.executable, "-I", "-S", "-c", text])

    async def started(self) -> Started:
        """Return the next process that starts."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await self._started.get()

    def none_more(self) -> bool:
        """Return whether no other process has started."""
        return self._started.empty()


@pytest.fixture
async def processes(tmp_path: Path) -> AsyncIterator[Processes]:
    """Listen for processes that start."""
    started, writers = asyncio.Queue[Started](), list[asyncio.StreamWriter]()

    async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        name, pid = (await reader.readline()).decode().split()
        await started.put(Started(name, int(pid), reader))

    server = await asyncio.start_server(on_connection, "127.0.0.1", 0)
    yield Processes(tmp_path, server.sockets[0].getsockname()[1], started)
    server.close()
    for writer in writers:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


@asynccontextmanager
async def supervising(
    log: io.BytesIO | None = None, stop_seconds: float = TIMEOUT_SECONDS
) -> AsyncIterator[Supervisor]:
    """Run a supervisor, and always stop it."""
    supervisor = Supervisor(Log("supervisor", stream=log or io.BytesIO()), stop_seconds=stop_seconds)
    try:
        yield supervisor
    finally:
        await supervisor.stop()


@pytest.mark.thorough
async def test_a_killed_process_is_restarted(processes: Processes) -> None:
    """After kill -9 another process has the same name, and the log states the exit code."""
    log = io.BytesIO()
    async with supervising(log) as supervisor:
        await supervisor.start(processes.command("service"))
        first = await processes.started()
        assert supervisor.process_id("service") == first.pid
        os.kill(first.pid, signal.SIGKILL)
        second = await processes.started()
        assert second.pid != first.pid
        assert supervisor.process_id("service") == second.pid
    await second.end()
    assert b'"process-ended","process":"service","code":-9' in log.getvalue()
    assert processes.none_more()


@pytest.mark.thorough
async def test_each_start_is_reported_with_the_number_of_restarts(processes: Processes) -> None:
    """With the present process id of each process, as `i247 status` shows it."""
    reported = list[list[tuple[str, int, int]]]()
    supervisor = Supervisor(
        Log("supervisor", stream=io.BytesIO()),
        on_change=lambda all_: reported.append([(each.name, each.pid, each.restarts) for each in all_]),
    )
    try:
        await supervisor.start(processes.command("service"))
        first = await processes.started()
        await supervisor.start(processes.command("gateway"))
        gateway = await processes.started()
        os.kill(first.pid, signal.SIGKILL)
        second = await processes.started()
    finally:
        await supervisor.stop()
    assert reported == [
        [("service", first.pid, 0)],
        [("service", first.pid, 0), ("gateway", gateway.pid, 0)],
        [("service", second.pid, 1), ("gateway", gateway.pid, 0)],
    ]


@pytest.mark.thorough
async def test_a_process_that_terminates_is_restarted(processes: Processes) -> None:
    """Whatever its exit status: it is to run until it is stopped."""
    log = io.BytesIO()
    async with supervising(log) as supervisor:
        await supervisor.start(processes.command("service"))
        os.kill((await processes.started()).pid, signal.SIGTERM)
        await processes.started()


@pytest.mark.thorough
async def test_a_process_that_refuses_to_start_is_not_restarted(processes: Processes) -> None:
    """On exit status 3 the last line that it wrote is reported to the caller."""
    text = (
        f"import sys; print('a line', flush=True); print('i247: the reason', file=sys.stderr); sys.exit({REFUSED_EXIT})"
    )
    async with supervising() as supervisor:
        await supervisor.start(processes.script("service", text))
        async with asyncio.timeout(TIMEOUT_SECONDS):
            assert await supervisor.refused == "the reason"


@pytest.mark.thorough
async def test_a_process_that_refuses_without_a_message_is_reported(processes: Processes) -> None:
    async with supervising() as supervisor:
        await supervisor.start(processes.script("service", f"raise SystemExit({REFUSED_EXIT})"))
        async with asyncio.timeout(TIMEOUT_SECONDS):
            assert await supervisor.refused == "a process refused to start without a message"


async def test_a_missing_program_refuses_the_start(processes: Processes) -> None:
    """The error is immediate and names the process."""
    missing = processes.folder / "missing"
    async with supervising() as supervisor:
        with pytest.raises(StartRefused, match="service cannot be started: No such file"):
            await supervisor.start(Program("service", processes.folder / "log", arguments=[str(missing)]))


@pytest.mark.thorough
async def test_a_failed_restart_is_retried(processes: Processes) -> None:
    """When starting fails for a while, as without memory, the process is restarted afterwards."""
    program, log = processes.folder / "program", io.BytesIO()
    command = processes.command("service")
    program.symlink_to(command.arguments[0])
    command = Program("service", command.log, arguments=[str(program), *command.arguments[1:]])
    async with supervising(log) as supervisor:
        await supervisor.start(command)
        first = await processes.started()
        program.unlink()
        os.kill(first.pid, signal.SIGKILL)
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while b'"process-not-started"' not in log.getvalue():  # noqa: ASYNC110 - the log is no event
                await asyncio.sleep(0)
        program.symlink_to(sys.executable)
        assert (await processes.started()).pid != first.pid


async def stopped(supervisor: Supervisor, running: list[Started]) -> list[str]:
    """Stop all processes, and return their names in the order in which they ended."""
    ended = list[str]()
    watches = [asyncio.ensure_future(process.end()) for process in running]
    for watch in watches:
        watch.add_done_callback(lambda done: ended.append(done.result()))
    await supervisor.stop()
    await asyncio.gather(*watches)
    return ended


@pytest.mark.thorough
async def test_stop_ends_all_servers_of_the_broker_last(processes: Processes) -> None:
    """All others may need them, so they end when these have ended."""
    async with supervising() as supervisor:
        for name in ("broker-1", "broker-2", "second", "third"):
            await supervisor.start(processes.command(name))
        ended = await stopped(supervisor, [await processes.started() for _ in range(4)])
    assert sorted(ended[:2]) == ["second", "third"]
    assert sorted(ended[2:]) == ["broker-1", "broker-2"]
    assert processes.none_more()


@pytest.mark.thorough
async def test_stop_ends_clients_before_the_processes_they_call(processes: Processes) -> None:
    """Their requests under way are still answered."""
    async with supervising() as supervisor:
        for name in ("broker", "second"):
            await supervisor.start(processes.command(name))
        await supervisor.start(replace(processes.command("asks"), is_client=True))
        ended = await stopped(supervisor, [await processes.started() for _ in range(3)])
    assert ended == ["asks", "second", "broker"]


@pytest.mark.thorough
async def test_stop_kills_a_process_that_ignores_sigterm(processes: Processes) -> None:
    """When its time is over; the others end as usual."""
    async with supervising(stop_seconds=0.1) as supervisor:
        await supervisor.start(processes.command("first"))
        await supervisor.start(processes.command("second", "deaf"))
        running = [await processes.started() for _ in range(2)]
        await supervisor.stop()
        assert {await process.end() for process in running} == {"first", "second"}


async def test_stop_cancels_a_pending_restart(processes: Processes) -> None:
    """A process that has just ended is not restarted while the others are being stopped."""
    async with supervising() as supervisor:
        await supervisor.start(processes.command("service"))
        process = await processes.started()
        os.kill(process.pid, signal.SIGKILL)
        await process.end()
        await supervisor.stop()
    assert processes.none_more()


@pytest.mark.thorough
async def test_all_processes_end_when_the_supervisor_is_killed(processes: Processes) -> None:
    """After kill -9 of the supervisor itself."""
    arguments = processes.command("").arguments[:5]
    options = (str(processes.port), str(processes.folder / "log"))
    supervisor = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SUPERVISE, *options, *arguments, cwd=PROJECT
    )
    try:
        running = [await processes.started() for _ in range(2)]
    finally:
        supervisor.kill()
        await supervisor.wait()
    assert {await process.end() for process in running} == {"first", "second"}
