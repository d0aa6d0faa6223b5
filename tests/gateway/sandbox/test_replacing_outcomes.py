"""What is answered to who asks for a restore that does not happen."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from fastapi import BackgroundTasks, Response

from gateway.sandbox.snapshots import OperationFailed, reset_sandbox
from gateway.sandbox.under_way import UnderWay
from shared.clock import SystemClock
from shared.errors import OutcomeUnknown
from shared.sandbox.document import SharedDocument
from shared.sandbox.operations import Operations

PATIENCE = 20.0


class Sandbox:
    """What a gateway knows of a sandbox, and no supervisor."""

    def __init__(self, folder: Path) -> None:
        self.operations = Operations(folder, SystemClock())
        self.under_way = UnderWay()
        self.closed = asyncio.Event()


async def _reset(sandbox: Sandbox) -> Any:
    given: Any = sandbox
    async with asyncio.timeout(PATIENCE):
        return await reset_sandbox(given, Response(), BackgroundTasks())


@pytest.mark.parametrize("is_replaced", [True, False])
async def test_a_mesh_that_is_stopped_is_not_said_to_be_restored(tmp_path: Path, is_replaced: bool) -> None:
    """Only who is to be restored accepts it when the gateway closes."""
    sandbox = Sandbox(tmp_path)
    asking = asyncio.create_task(_reset(sandbox))
    await asyncio.sleep(0)
    asked = sandbox.operations.pending
    assert asked is not None
    if is_replaced:
        sandbox.operations.move(asked.id, "stopping")
    sandbox.closed.set()
    if is_replaced:
        assert (await asking).state == "under-way"
    else:
        with pytest.raises(OutcomeUnknown):
            await asking


async def test_a_full_disk_refuses_what_cannot_be_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a reason, as nothing was done."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SharedDocument, "_save", full)
    with pytest.raises(OperationFailed, match="No space left on device"):
        await _reset(Sandbox(tmp_path))
