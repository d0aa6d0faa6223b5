"""The bureaus whose mail this gateway handles: who sends and who receives."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from gateway.messages.reading import Reading
from gateway.messages.sending import Sending
from gateway.messages.streams import Streams
from gateway.messages.webhooks.operations import WebhookOperations
from gateway.messages.webhooks.sender import WebhookSender
from gateway.messages.webhooks.targets import Targets
from gateway.messages.webhooks.worker import WebhookWorker
from shared.bureaus import BureauCode
from shared.errors import Unauthenticated
from shared.mailbox.delivery import DeliveryWorker
from shared.mailbox.handlers import Check, Judge, PayloadHandler, PayloadHandlers
from shared.mailbox.mailbox import Mailbox, Mailboxes
from shared.mailbox.pruning import Kept, Pruning
from shared.mailbox.receiving import Receiving
from shared.rpc.irreversible import may_be_taken
from shared.rpc.participant import Participant
from shared.transport import Lane

# After a fault of this program.
AGAIN_SECONDS: Final = 5.0

Work = Callable[[Mailbox, Participant], Awaitable[None]]


class MailboxHost:
    """Handles the mail of bureaus, from when each is hosted until the room is closed."""

    def __init__(self, mailboxes: Mailboxes, *, private_targets: bool = False) -> None:
        self._mailboxes = mailboxes
        self._acts = PayloadHandlers()
        self._more_works: list[Work] = []
        self._more_to_forget: list[Kept] = []
        self.streams = Streams()
        self.webhook_sender = WebhookSender(Targets(private=private_targets))
        self._bureaus: dict[BureauCode, Participant] = {}
        self._work: dict[BureauCode, list[asyncio.Task[None]]] = {}
        self._pruning = asyncio.Lock()
        self.closing = False
        """Set when those who listen are to end."""

    def on(self, form: str, act: PayloadHandler) -> None:
        """Have something done about every message of a form that comes from now on: see `acting`."""
        self._acts.on(form, act)

    def require(self, form: str, check: Check) -> None:
        """Have every message of a form checked before it is kept: see `acting`."""
        self._acts.require(form, check)

    def judge(self, form: str, judge: Judge) -> None:
        """Have every message of a form judged by what is here before it is kept: see `acting`."""
        self._acts.judge(form, judge)

    def add_job(self, work: Work) -> None:
        """Have something more done on the mailbox of every bureau that is hosted from now on, until it is cancelled.

        Where it fails it is begun anew.
        """
        self._more_works.append(work)

    def forget(self, kept: Kept) -> None:
        """Have something more removed in time from the mailbox of every bureau that is hosted from now on."""
        self._more_to_forget.append(kept)

    def host(self, bureau: Participant) -> None:
        """Begin to handle the mail of a bureau."""
        code = BureauCode(bureau.name)
        self._bureaus[code] = bureau
        receiving = Receiving(self._mailboxes, bureau, self._acts)
        works = [receiving.run(Lane.URGENT), receiving.run(Lane.ROUTINE)]
        works += [self._bring(bureau), self._tell(bureau), self._prune(bureau)]
        works += [self._do(work, bureau) for work in self._more_works]
        self._work[code] = [asyncio.create_task(work) for work in works]

    async def of(self, code: BureauCode) -> "MailboxSession":
        """Return what an officer of a bureau works with. Raises Unauthenticated, NotStored."""
        bureau = self._bureaus.get(code)
        if bureau is None:
            raise Unauthenticated(f"this is not the gateway of {code}: use that bureau's own")
        return MailboxSession(self, await self._mailboxes.of(code), bureau)

    async def close(self) -> None:
        """Stop all work and close the mailboxes; what is not done is done after the next start."""
        self.closing = True
        tasks = [task for work in self._work.values() for task in work]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._mailboxes.close()

    async def _bring(self, bureau: Participant) -> None:
        await DeliveryWorker(await self._mailboxes.opened(bureau.name), bureau).run()

    async def _tell(self, bureau: Participant) -> None:
        await WebhookWorker(await self._mailboxes.opened(bureau.name), self.webhook_sender).run()

    async def _prune(self, bureau: Participant) -> None:
        mailbox = await self._mailboxes.opened(bureau.name)
        may_end = partial(may_be_taken, bureau)
        await Pruning(mailbox, bureau.clock, may_end, self._pruning, self._more_to_forget).run()

    async def _do(self, work: Work, bureau: Participant) -> None:
        mailbox = await self._mailboxes.opened(bureau.name)
        while True:
            try:
                return await work(mailbox, bureau)
            except Exception as error:
                bureau.log.failure("work-failed", error, bureau=bureau.name)
                await asyncio.sleep(AGAIN_SECONDS)


class MailboxSession:
    """What an officer of one bureau works with."""

    def __init__(self, room: MailboxHost, mailbox: Mailbox, bureau: Participant) -> None:
        self.room = room
        self.mailbox = mailbox
        self.bureau = bureau
        self.sending = Sending(mailbox, bureau)
        self.reading = Reading(mailbox, bureau)
        self.webhooks = WebhookOperations(mailbox, room.webhook_sender, bureau.clock)
