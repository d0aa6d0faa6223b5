"""Messages under a clock that is advanced: deadlines follow this clock, not that of the machine."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from shared.bureaus import BureauCode
from shared.clock import FixedClock, SharedClock
from shared.mailbox.mailbox import Mailboxes
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import PATIENCE, Officer


@pytest.mark.thorough
async def test_a_message_expires_when_the_clock_is_advanced(tmp_path: Path) -> None:
    """No gateway of the recipient is running, so it was not delivered in time."""
    clock = SharedClock.make(tmp_path / "clock")
    mesh = Mesh(cast("FixedClock", clock), tmp_path)
    async with mesh.handling_mail("FR") as gateway:
        sent = await Officer(gateway, mesh, "FR").send()
        clock.advance(timedelta(days=31))
        # The officer's earlier token has expired.
        await Officer(gateway, mesh, "FR").sees(sent, "expired")


@pytest.mark.thorough
async def test_a_wait_in_a_mailbox_rechecks_the_clock_soon(tmp_path: Path) -> None:
    """However long the wait was meant to be: the clock may have been advanced meanwhile."""
    clock = SharedClock.make(tmp_path / "clock")
    mesh = Mesh(cast("FixedClock", clock))
    mailboxes = Mailboxes(lambda name: f"sqlite:///{tmp_path / name}.db", clock, mesh.log)
    mailbox = await mailboxes.of(BureauCode("FR"))
    async with asyncio.timeout(PATIENCE):
        await mailbox.changes.wait_newer(mailbox.changes.version, 10 * PATIENCE)
    await mailboxes.close()
