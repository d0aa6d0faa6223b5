"""Messages on a clock that is moved on: what falls due by it does not wait for the machine's."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import cast

from shared.bureaus import BureauCode
from shared.clock import FixedClock, SharedClock
from shared.mailbox.mailbox import Mailboxes
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import PATIENCE, Officer


async def test_a_message_expires_when_the_clock_was_moved_on(tmp_path: Path) -> None:
    """Nobody is there to take it; it is none that was delivered in time."""
    clock = SharedClock.make(tmp_path / "clock")
    mesh = Mesh(cast("FixedClock", clock), tmp_path)
    async with mesh.handling_mail("FR") as gateway:
        sent = await Officer(gateway, mesh, "FR").send()
        clock.advance(timedelta(days=31))
        # His token of before has run out.
        await Officer(gateway, mesh, "FR").sees(sent, "expired")


async def test_who_waits_in_a_mailbox_looks_at_the_clock_again_soon(tmp_path: Path) -> None:
    """However long it was to be when the wait began: the clock may have been moved on meanwhile."""
    clock = SharedClock.make(tmp_path / "clock")
    mesh = Mesh(cast("FixedClock", clock))
    mailboxes = Mailboxes(lambda name: f"sqlite:///{tmp_path / name}.db", clock, mesh.log)
    mailbox = await mailboxes.of(BureauCode("FR"))
    async with asyncio.timeout(PATIENCE):
        await mailbox.changes.wait_newer(mailbox.changes.version, 10 * PATIENCE)
    await mailboxes.close()
