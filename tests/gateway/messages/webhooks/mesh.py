"""A mesh whose webhooks may go to loopback, and helpers of webhook tests."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.messages.webhooks.sender import WebhookSender
from gateway.messages.webhooks.targets import Resolve, Targets
from gateway.messages.webhooks.worker import register_webhooks
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailbox
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import Officer

PATH = "/webhooks"


class HookedMesh(Mesh):
    """Bureaus whose webhooks may go to loopback."""

    def __init__(self, clock: FixedClock, folder: Path) -> None:
        super().__init__(clock, folder)
        self.open_mailboxes()

    def open_mailboxes(self) -> None:
        """Restart on the same mailboxes, as the next process would."""
        self.mailbox_host = MailboxHost(self._mailboxes())
        self.webhook_sender = WebhookSender(Targets(private=True))
        register_webhooks(self.mailbox_host, self.webhook_sender)

    def resolve_with(self, resolve: Resolve, *, private: bool) -> None:
        """Replace the resolver of names."""
        self.webhook_sender.targets = Targets(private=private, resolve=resolve)

    async def mailbox(self, bureau: str) -> Mailbox:
        """Return the mailbox of a bureau."""
        return (await self.mailbox_host.of(BureauCode(bureau))).mailbox

    async def pass_time(self, bureau: str, seconds: float) -> None:
        """Advance the clock, and wake a bureau's webhooks."""
        self.clock.advance(timedelta(seconds=seconds))
        (await self.mailbox(bureau)).changes.notify()


async def registered(officer: Officer, url: str, *events: str) -> Any:
    """Register a webhook, and return it with its secret."""
    draft = {"url": url} | ({"events": events} if events else {})
    answered = await officer.ask("POST", PATH, json=draft)
    assert answered.status_code == 201, answered.text
    return answered.json()


async def deliveries(officer: Officer, webhook: Any, number: int, state: str, **query: Any) -> list[Any]:
    """Wait until a number of deliveries are in a state, and return them, oldest event first."""
    page = await officer.until(
        f"{PATH}/{webhook['id']}/deliveries",
        lambda page: len(page["items"]) == number and all(item["state"] == state for item in page["items"]),
        **query,
    )
    return list(reversed(page["items"]))


async def attempted(officer: Officer, webhook: Any, attempts: int) -> Any:
    """Wait until an attempt at the only delivery has an outcome, and return the delivery."""
    now = officer.mesh.clock.now()

    def is_settled(item: Any) -> bool:
        # While it is under way it still shows the outcome of the previous attempt.
        since = datetime.fromisoformat(item["at"])
        return item["outcome"] is not None and (item["attempts"], since) == (attempts, now)

    page = await officer.until(
        f"{PATH}/{webhook['id']}/deliveries", lambda page: any(is_settled(item) for item in page["items"])
    )
    [item] = page["items"]
    return item
