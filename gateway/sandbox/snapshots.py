"""The routes for snapshots of a whole mesh. The supervisor takes and restores them, as it owns all processes."""

import asyncio
from typing import Annotated, Final, Literal

from fastapi import APIRouter, BackgroundTasks, Path, Response, status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType

from gateway.sandbox.dependencies import TheSandbox
from gateway.sandbox.same_site import REFUSED_TO_OTHERS, SAME_SITE
from gateway.sandbox.sandbox import Sandbox
from shared.clock import time_at
from shared.compat.strict_routes import StrictRoute
from shared.errors import Busy, Invalid, Malformed, NotFound, OutcomeUnknown, Refusal, TooLarge, UnsupportedMediaType
from shared.ids import id_field
from shared.sandbox.operations import Kind, Operation
from shared.sandbox.snapshots import MAX_BYTES, MAX_SNAPSHOTS, NAME_PATTERN, START, Snapshot, snapshots_in
from shared.web.problems import refusals

GIBIBYTE: Final = 1024**3

OperationId = Annotated[str, id_field("the operation")]
SnapshotName = Annotated[str, Field(pattern=NAME_PATTERN, description="The name of a snapshot.", examples=["seeded"])]
NameInPath = Annotated[str, Path(pattern=NAME_PATTERN, description="The name of a snapshot.", examples=["seeded"])]


class SnapshotTaken(Refusal, status=409, code="snapshot-taken", title="A snapshot has this name"):
    """Delete that one first, or choose another name."""


class SnapshotsFull(Refusal, status=507, code="snapshots-full", title="There is no room for another snapshot"):
    """Delete one that is not needed any more."""


class OperationFailed(Refusal, status=503, code="operation-failed", title="The sandbox could not do it"):
    """The detail says why, such as a command that writes to the stores."""


class SnapshotDraft(BaseModel):
    """How a snapshot is to be called."""

    model_config = ConfigDict(extra="forbid")

    name: SnapshotName


class SnapshotInfo(BaseModel):
    """One snapshot."""

    name: SnapshotName
    taken: AwareDatetime = Field(description="When, by the clock of the mesh.", examples=["2031-01-01T00:00:00Z"])
    bytes: int = Field(description="The size of its files.", examples=[10_485_760])


class SnapshotList(BaseModel):
    """All snapshots, the oldest first. `start` is what the sandbox was before its first start."""

    items: list[SnapshotInfo]


OperationKind = TypeAliasType("OperationKind", Literal["restore", "reset"])
OperationProgress = TypeAliasType("OperationProgress", Literal["under-way", "done", "failed"])


class OperationState(BaseModel):
    """A replacement of the state of the mesh."""

    id: OperationId
    kind: OperationKind = Field(examples=["restore"])
    snapshot: SnapshotName
    state: OperationProgress = Field(examples=["done"])
    seconds: float | None = Field(
        description="How long it took, until everything worked; null if it is not done.", examples=[1.9]
    )
    error: str | None = Field(description="Why it failed; null if it did not.", examples=[None])


router = APIRouter(prefix="/sandbox", tags=["sandbox"], route_class=StrictRoute, dependencies=[SAME_SITE])


@router.post(
    "/snapshots",
    status_code=status.HTTP_201_CREATED,
    responses=REFUSED_TO_OTHERS
    | refusals(Malformed, TooLarge, UnsupportedMediaType, Invalid, SnapshotTaken, SnapshotsFull, Busy, OperationFailed),
)
async def create_snapshot(sandbox: TheSandbox, draft: SnapshotDraft) -> SnapshotInfo:
    """Create a snapshot of the whole mesh.

    It is of one moment: records, messages, audit logs, keys, officers, clock, faults and scripts. All processes pause
    meanwhile. What is under way between bureaus arrives in the restored mesh as well.
    """
    known = await _snapshots_of(sandbox)
    if any(each.name == draft.name for each in known):
        raise SnapshotTaken(f"there is a snapshot {draft.name}: delete it first, or choose another name")
    if len(known) > MAX_SNAPSHOTS or sum(each.bytes for each in known) > MAX_BYTES:
        raise SnapshotsFull(
            f"at most {MAX_SNAPSHOTS} snapshots are kept, and no other once they have {MAX_BYTES // GIBIBYTE} GiB: "
            "delete one"
        )
    await _carried_out(sandbox, "snapshot", draft.name)
    return _info(await _snapshot(sandbox, draft.name))


@router.get("/snapshots", responses=REFUSED_TO_OTHERS)
async def list_snapshots(sandbox: TheSandbox) -> SnapshotList:
    """List the snapshots of the mesh."""
    return SnapshotList(items=[_info(each) for each in await _snapshots_of(sandbox)])


@router.delete(
    "/snapshots/{name}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=REFUSED_TO_OTHERS | refusals(Invalid, NotFound, Busy, OperationFailed),
)
async def delete_snapshot(sandbox: TheSandbox, name: NameInPath) -> None:
    """Delete a snapshot; `start` is always there."""
    if name == START:
        raise Invalid(f"the snapshot {START} is kept, as a reset needs it", at="/name", place="path")
    await _snapshot(sandbox, name)
    await _carried_out(sandbox, "delete", name)


@router.post(
    "/snapshots/{name}/restore",
    status_code=status.HTTP_202_ACCEPTED,
    responses=REFUSED_TO_OTHERS | refusals(Invalid, NotFound, Busy, OperationFailed, OutcomeUnknown),
)
async def restore_snapshot(
    sandbox: TheSandbox, name: NameInPath, response: Response, afterwards: BackgroundTasks
) -> OperationState:
    """Restore the whole mesh to what it was when a snapshot was taken.

    When the answer comes, nothing of the former state can be seen any more, and later requests wait until all works.
    The operation at `Location` is answered then, too. Tokens stay valid, unless the clock goes back to before them.
    """
    await _snapshot(sandbox, name)
    return await _replaced(sandbox, "restore", name, response, afterwards)


@router.post(
    "/reset",
    status_code=status.HTTP_202_ACCEPTED,
    responses=REFUSED_TO_OTHERS | refusals(Busy, OperationFailed, OutcomeUnknown),
)
async def reset_sandbox(sandbox: TheSandbox, response: Response, afterwards: BackgroundTasks) -> OperationState:
    """Reset the whole mesh to what it was when it was first started.

    Records, messages, hits and audit logs are gone, and so are faults and decisions about bureaus; keys, officers and
    passwords are those of the first start, tokens stay valid, and the clock shows the time of the machine.
    """
    return await _replaced(sandbox, "reset", START, response, afterwards)


@router.get("/operations/{operation_id}", responses=REFUSED_TO_OTHERS | refusals(Invalid, NotFound))
async def get_operation(sandbox: TheSandbox, operation_id: OperationId) -> OperationState:
    """Get what became of a restore or a reset, as soon as it is over."""
    operation = await sandbox.operations.finished(operation_id)
    if operation is None or not operation.replaces_state:
        raise NotFound(f"there is no operation {operation_id}, or it was long ago")
    return _operation_state(operation)


async def _snapshots_of(sandbox: Sandbox) -> list[Snapshot]:
    return await asyncio.to_thread(snapshots_in, sandbox.folder)


async def _snapshot(sandbox: Sandbox, name: str) -> Snapshot:
    for each in await _snapshots_of(sandbox):
        if each.name == name:
            return each
    raise NotFound(f"there is no snapshot {name}: GET /sandbox/snapshots, or `i247 sandbox snapshots`, lists them")


def _asked(sandbox: Sandbox, kind: Kind, name: str) -> Operation:
    try:
        operation = sandbox.operations.ask(kind, name)
    except OSError as error:
        raise OperationFailed(f"{error.strerror}: it cannot be asked for") from error
    if operation is None:
        raise Busy("another snapshot is being taken, restored or deleted: try again later")
    return operation


async def _carried_out(sandbox: Sandbox, kind: Kind, name: str) -> None:
    """Return once the supervisor has done it. Raises Busy, OperationFailed."""
    _require_done(await sandbox.operations.finished(_asked(sandbox, kind, name).id))


async def _replaced(
    sandbox: Sandbox, kind: Kind, name: str, response: Response, afterwards: BackgroundTasks
) -> OperationState:
    """Return once this process, the last that knows the former state, answers no other request any more."""
    operation = _asked(sandbox, kind, name)
    failed = asyncio.create_task(sandbox.operations.finished(operation.id))
    closed = asyncio.create_task(sandbox.closed.wait())
    await asyncio.wait((failed, closed), return_when=asyncio.FIRST_COMPLETED)
    failed.cancel()
    closed.cancel()
    if failed.done() and not failed.cancelled():
        _require_done(failed.result())
    if not sandbox.operations.is_replacing_state:
        raise OutcomeUnknown("the mesh is being stopped")
    await sandbox.under_way.ended()
    response.headers["Location"] = f"/sandbox/operations/{operation.id}"
    afterwards.add_task(sandbox.operations.move, operation.id, "answered")
    return _operation_state(operation)


def _require_done(operation: Operation | None) -> None:
    if operation is None or operation.state == "failed":
        raise OperationFailed("unknown" if operation is None else str(operation.error))


def _operation_state(operation: Operation) -> OperationState:
    return OperationState(
        id=operation.id,
        kind="reset" if operation.kind == "reset" else "restore",
        snapshot=operation.name,
        state="done" if operation.state == "done" else "failed" if operation.state == "failed" else "under-way",
        seconds=operation.seconds,
        error=operation.error,
    )


def _info(snapshot: Snapshot) -> SnapshotInfo:
    return SnapshotInfo(name=snapshot.name, taken=time_at(snapshot.taken), bytes=snapshot.bytes)
