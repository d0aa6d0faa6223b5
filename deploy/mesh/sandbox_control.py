"""Carries out what a gateway asks of the supervisor of a sandbox: snapshots of the whole mesh, and to restore one."""

import asyncio
import time
from contextlib import suppress
from typing import Any, Final, Protocol

from deploy.mesh.processes import Supervisor
from deploy.state.clock import clock_of
from deploy.state.errors import StartRefused, unwritable
from deploy.state.snapshots import Snapshots
from deploy.state.state_dir import StateDir
from shared.logs import Log
from shared.sandbox.operations import Operation, Operations, State
from shared.sandbox.restores import CountLost

POLL_SECONDS: Final = 0.02
# While the disk is full.
RETRY_SECONDS: Final = 1.0
# For the requests that the other gateways work on.
END_SECONDS: Final = 2.0
# For those of the gateway that was asked, and for its answer.
ANSWER_SECONDS: Final = 5.0


class Restart(Protocol):
    """Starts all processes."""

    async def __call__(self, *, anew: bool) -> None:
        """Return once they are ready; `anew` for a mesh as at its first start. Raises StartRefused."""


class SandboxControl:
    """The operations of one sandbox, one after the other."""

    def __init__(self, state_dir: StateDir, supervisor: Supervisor, restart: Restart, log: Log) -> None:
        self._state_dir = state_dir
        self._supervisor = supervisor
        self._restart = restart
        self._log = log
        self._clock = clock_of(state_dir)
        self._operations = Operations(state_dir.sandbox, self._clock)
        self._snapshots = Snapshots(state_dir)

    async def run(self) -> None:
        """Carry out what is asked for until cancelled. Raises StartRefused if the mesh does not start again."""
        if (interrupted := self._operations.pending) is not None:
            await self._end(interrupted, "failed", error="the mesh was stopped meanwhile")
        while True:
            if (asked := self._operations.pending) is not None:
                await self._carry_out(asked)
            await asyncio.sleep(POLL_SECONDS)

    async def _carry_out(self, operation: Operation) -> None:
        began = time.monotonic()
        try:
            self._operations.move(operation.id, "under-way")
            with self._state_dir.stores_alone():
                await self._work(operation)
        except BlockingIOError:
            error = "a command, such as `i247 seed`, writes to the stores: try again when it has ended"
            await self._end(operation, "failed", error=error)
        except OSError as failure:
            self._log.failure("sandbox-operation-failed", failure, kind=operation.kind)
            await self._end(operation, "failed", error=f"{failure.strerror}: see what `i247 up` printed")
        except CountLost as lost:
            await self._end(operation, "failed", error=str(lost))
        except StartRefused as refusal:
            # Nothing runs any more, and this program ends.
            with suppress(OSError):
                self._operations.move(operation.id, "failed", error=str(refusal))
            raise
        else:
            seconds = round(time.monotonic() - began, 3)
            self._log.info("sandbox-operation", kind=operation.kind, seconds=seconds)
            await self._end(operation, "done", seconds=seconds)

    async def _end(self, operation: Operation, state: State, **members: Any) -> None:
        """Record how an operation ended, as soon as that can be written: the mesh runs on, on a full disk as well."""
        while True:
            try:
                self._operations.move(operation.id, state, **members)
            except OSError as failure:
                self._log.failure("sandbox-operation-not-recorded", failure, kind=operation.kind)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def _work(self, operation: Operation) -> None:
        match operation.kind:
            case "snapshot":
                await self._take(operation.name)
            case "delete":
                await asyncio.to_thread(self._snapshots.delete, operation.name)
            case _:
                await self._restore(operation)

    async def _take(self, name: str) -> None:
        """Copy the state while no process runs: each store is then as after a crash, and all are of one moment."""
        at = self._clock.now().timestamp()
        # Waits for a command that changes keys or officers, which is no process of the mesh.
        with self._state_dir.locked(), self._supervisor.frozen():
            await asyncio.to_thread(self._snapshots.take, name, at)

    async def _restore(self, operation: Operation) -> None:
        """Replace the state while no process runs; the gateway that was asked answers first."""
        await asyncio.to_thread(self._snapshots.prepare, operation.name)
        try:
            self._operations.move(operation.id, "stopping")
        except OSError:
            # The mesh runs on: no later start may replace what it does from now on.
            self._snapshots.give_up()
            raise
        await self._supervisor.end_clients(operation.asked_by, END_SECONDS)
        await self._answered(operation)
        await self._supervisor.stop(at_once=True)
        try:
            with self._state_dir.locked():
                await asyncio.to_thread(self._snapshots.install)
        except OSError as error:
            # Nothing runs any more; the next start of the sandbox installs the snapshot again.
            raise unwritable(error) from error
        await self._restart(anew=operation.kind == "reset")

    async def _answered(self, operation: Operation) -> None:
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            now = self._operations.get(operation.id)
            if now is None or now.state == "answered":
                return
            await asyncio.sleep(POLL_SECONDS)
