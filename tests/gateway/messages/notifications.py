"""Notifications of a service, and the receipts for them."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from shared.bureaus import BureauCode
from shared.ids import uuid7
from shared.mailbox.notifications import Notification
from shared.mailbox.service_outbox import ServiceOutbox
from shared.protocol.messages import Receipt
from tests.gateway.mesh import Mesh
from tests.gateway.messages.form_samples import HITS
from tests.gateway.messages.officers import PATIENCE

FR, DE, KE = map(BureauCode, ("FR", "DE", "KE"))
Signed = list[tuple[str, str]]


def notification(mesh: Mesh, *to: BureauCode, **changed: Any) -> Notification:
    """Return a notification of the service to bureaus."""
    plain: dict[str, Any] = {
        "id": uuid7(mesh.clock.now()),
        "recipients": to,
        "disclosed": True,
        "urgent": True,
        "purpose": "security-check",
        "subject": "vehicles: DE found 1 of the records of FR",
        "form": HITS,
        "written": mesh.clock.now(),
    }
    return Notification(**(plain | changed))


def bureaus_and_states(proven: Mapping[str, list[Receipt]], notification: Notification) -> Signed:
    """Return bureau and state of the receipts of a notification, in the order of signing."""
    return [(each.head.sender, each.head.state) for each in proven[notification.id]]


async def until_signed(post: ServiceOutbox, notification: Notification, fits: Callable[[Signed], bool]) -> Signed:
    """Wait until the receipts of a notification satisfy a condition, and return them."""
    async with asyncio.timeout(PATIENCE):
        while True:
            signed = bureaus_and_states(await post.proven([notification.id]), notification)
            if fits(signed):
                return signed
            await asyncio.sleep(0.005)
