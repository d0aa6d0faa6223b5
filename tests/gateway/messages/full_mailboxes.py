"""Messages that wait because a mailbox or the post is full."""

from datetime import timedelta
from typing import Any, Final

from shared.mailbox.mailbox import Mailbox
from shared.mailbox.rules import DEFERRED_SECONDS
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import Officer

LATER: Final = timedelta(seconds=1.2 * DEFERRED_SECONDS)


async def mailbox_of(mesh: Mesh, bureau: str) -> Mailbox:
    return await mesh.mailbox_host._mailboxes.of(bureau)


async def waits(officer: Officer, message_id: str, reason: str, state: str = "queued") -> Any:
    """Wait until the one recipient of a message is in a state for a reason, and return the message."""

    def fits(message: Any) -> bool:
        [recipient] = message["recipients"]
        return (recipient["state"], recipient["reason"]) == (state, reason)

    return await officer.until(f"/{message_id}", fits)


async def later(mesh: Mesh, by: timedelta = LATER) -> None:
    """Advance the clock, and wake all delivery workers."""
    mesh.clock.advance(by)
    for bureau in mesh.bureaus:
        (await mailbox_of(mesh, bureau)).changes.notify()
