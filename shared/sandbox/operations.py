"""What a gateway asks of the supervisor of a sandbox: snapshots, and to restore one. One at a time."""

import asyncio
import os
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from shared.clock import Clock
from shared.ids import uuid7
from shared.sandbox.document import SharedDocument

Kind = Literal["snapshot", "restore", "reset", "delete"]
State = Literal["asked", "under-way", "stopping", "answered", "done", "failed"]

NAME: Final = "operations"
FINISHED: Final = frozenset({"done", "failed"})
KEPT: Final = 50
# While one waits: a change is seen without a system call.
POLL_SECONDS: Final = 0.01


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation, and how far it is."""

    id: str
    kind: Kind
    name: str
    """Of the snapshot."""

    state: State = "asked"
    asked_by: int
    """The id of the process that waits for it: it ends last of all gateways, as it has to answer."""

    seconds: float | None = None
    """How long it took."""

    error: str | None = None

    @property
    def is_finished(self) -> bool:
        """Whether it is done, or has failed."""
        return self.state in FINISHED

    @property
    def replaces_state(self) -> bool:
        """Whether no request may be answered meanwhile."""
        return self.kind in {"restore", "reset"}


class OperationList(msgspec.Struct, frozen=True):
    """The last operations, the oldest first."""

    operations: tuple[Operation, ...] = ()


class Operations:
    """The operations of a sandbox."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._document = SharedDocument(folder, NAME, OperationList())
        self._clock = clock

    @property
    def pending(self) -> Operation | None:
        """The operation that is not finished, if any."""
        return _pending(self._document.read())

    @property
    def is_replacing_state(self) -> bool:
        """Whether the state of the mesh is being replaced."""
        pending = self.pending
        return pending is not None and pending.replaces_state and pending.state in {"stopping", "answered"}

    def get(self, operation_id: str) -> Operation | None:
        """Return an operation, as long as it is kept."""
        return next((each for each in self._document.read().operations if each.id == operation_id), None)

    def ask(self, kind: Kind, name: str) -> Operation | None:
        """Ask for an operation; None if another is pending."""
        asked = Operation(id=uuid7(self._clock.now()), kind=kind, name=name, asked_by=os.getpid())

        def add(before: OperationList) -> tuple[OperationList, Operation | None]:
            if _pending(before) is not None:
                return before, None
            return OperationList((*before.operations, asked)[-KEPT:]), asked

        return self._document.change(add)

    def move(self, operation_id: str, state: State, **members: Any) -> None:
        """Record how far an operation is."""

        def moved(each: Operation) -> Operation:
            return msgspec.structs.replace(each, state=state, **members) if each.id == operation_id else each

        self._document.change(lambda before: (OperationList(tuple(map(moved, before.operations))), None))

    async def finished(self, operation_id: str) -> Operation | None:
        """Return an operation once it is finished; None if it is not kept any more."""
        while True:
            operation = self.get(operation_id)
            if operation is None or operation.is_finished:
                return operation
            await asyncio.sleep(POLL_SECONDS)

    async def state_replaced(self) -> None:
        """Return once the state of the mesh is not being replaced."""
        while self.is_replacing_state:  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(POLL_SECONDS)


def _pending(operations: OperationList) -> Operation | None:
    return next((each for each in operations.operations if not each.is_finished), None)
