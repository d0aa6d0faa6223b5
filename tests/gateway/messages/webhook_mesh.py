"""A mesh whose webhooks may go to loopback, and what tests of webhooks do to it."""

from datetime import timedelta
from pathlib import Path

from gateway.messages.mailbox import Mailbox, Mailboxes
from gateway.messages.mailroom import Mailroom
from gateway.messages.webhook_targets import Resolve, Targets
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from tests.gateway.mesh import Mesh


class HookedMesh(Mesh):
    """Bureaus whose webhooks may go to loopback."""

    def __init__(self, clock: FixedClock, folder: Path) -> None:
        super().__init__(clock, folder)
        self._folder = folder
        self.open_mailroom()

    def open_mailroom(self) -> None:
        """Begin anew on the same mailboxes, as the next process would."""
        mailboxes = Mailboxes(lambda name: f"sqlite:///{self._folder / name}.db", self.clock, self.log)
        self.mailroom = Mailroom(mailboxes, private_targets=True)

    def resolve_with(self, resolve: Resolve, *, private: bool) -> None:
        """Let names have other addresses."""
        self.mailroom.webhook_sender.targets = Targets(private=private, resolve=resolve)

    async def mailbox(self, bureau: str) -> Mailbox:
        """Return the mailbox of a bureau."""
        return (await self.mailroom.of(BureauCode(bureau))).mailbox

    async def pass_time(self, bureau: str, seconds: float) -> None:
        """Let time pass for a bureau's webhooks."""
        self.clock.advance(timedelta(seconds=seconds))
        (await self.mailbox(bureau)).changes.notify()
