"""The signed receipts of messages, where an officer says by another step that a message was read."""

from typing import Final

from gateway.console.api import part, target_of
from gateway.console.in_process import ApiRefused
from gateway.console.page import Page

MESSAGES: Final = "/api/messages"


def step_path(message_id: str, step: str, sender: str | None) -> str:
    """Return the path of a receipt for a message: that it was read, or what became of it."""
    return target_of(f"{MESSAGES}/{part(message_id)}/{step}", {"from": sender})


async def sign_read(page: Page, message_id: str, sender: str | None) -> None:
    """Sign that a message was read, whose officer has answered it. What the API refuses is left as it is."""
    if not page.may("messages:write"):
        return
    try:
        await page.api.post(step_path(message_id, "read", sender))
    except ApiRefused:
        # The answer is sent already, and says so as well.
        return
