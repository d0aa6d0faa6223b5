"""A bureau whose keys are revoked receives nothing, and that is no failure of its gateway."""

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest

from shared.mailbox.mailbox import Mailboxes
from shared.mailbox.receiving import Receiver
from shared.transport import Disconnected, Transport
from shared.transport.subjects import Lane
from tests.gateway.mesh import Mesh


class Excluding:
    """A broker that has closed the connection."""

    def __init__(self) -> None:
        self.asked = 0

    async def collect(self, *_: Any, **__: Any) -> list[Any]:
        """Count the attempt, and fail."""
        self.asked += 1
        raise Disconnected("not admitted")


async def attempts(mesh: Mesh) -> int:
    """Return how often the receiver of Germany asks the broker while others run for a moment."""
    broker = Excluding()
    bureau = replace(mesh.bureaus["DE"], transport=cast("Transport", broker))
    receiving = asyncio.create_task(Receiver(cast("Mailboxes", None), bureau, None).run(Lane.ROUTINE))
    for _ in range(20):
        await asyncio.sleep(0)
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)
    return broker.asked


async def test_a_bureau_without_a_valid_key_does_not_ask_the_broker(
    mesh: Mesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt would fail, and `/health` would report a job that fails as long as the measure holds."""
    monkeypatch.setattr("shared.mailbox.receiving.WITHOUT_KEY_SECONDS", 0.0)
    assert await attempts(mesh)
    mesh.change_entries("DE", revoked_at=mesh.clock.now().timestamp(), standing="suspended")
    assert not await attempts(mesh)
