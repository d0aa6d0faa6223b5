"""What a gateway can prove of its messages while a receipt is held up on its way."""

from typing import Any

import pytest

from gateway.escalation.evidence import OwnEvidence


def hide_receipt(patch: pytest.MonkeyPatch, message: str, without: str) -> None:
    """Let all gateways prove a message as before its receipt came, until the patch ends."""
    sent, received = OwnEvidence.sent, OwnEvidence.received

    async def sent_before(self: OwnEvidence, message_id: str) -> str:
        return without if message_id == message else await sent(self, message_id)

    async def received_before(self: OwnEvidence, message_id: str, recipient: str) -> Any:
        return None if message_id == message else await received(self, message_id, recipient)

    patch.setattr(OwnEvidence, "sent", sent_before)
    patch.setattr(OwnEvidence, "received", received_before)
