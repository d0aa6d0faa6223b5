"""The post of a service: what it says to bureaus lies in a mailbox of its own until they have signed for it.

It is the mailbox of a bureau, brought and filled by the same code; but no message comes to a service, only receipts.
A letter of an id is one message, whichever process of the service hands it over, and however often, as long as it is
kept: a letter that asks for something, for good; another for 30 days, and until every recipient has signed.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any, Final

from sqlalchemy.engine import Row

from shared.bureaus import BureauCode
from shared.clock import time_at
from shared.mailbox.delivery import DeliveryWorker
from shared.mailbox.letters import Notification, NotificationReceipt
from shared.mailbox.mailbox import Mailboxes
from shared.mailbox.models import Box
from shared.mailbox.outbox import OutgoingPayload, enqueue
from shared.mailbox.pruning import Pruner
from shared.mailbox.receiving import Receiver
from shared.mailbox.rules import APPLICABLE, MAX_VALIDITY, RETENTION, NotStored
from shared.mailbox.store import MailStore
from shared.protocol.envelope import ReceiptHead, parse
from shared.protocol.payloads import name_of
from shared.rpc.directory_sync import DirectoryFeed
from shared.rpc.irreversible import may_be_taken
from shared.rpc.participant import Participant
from shared.transport import Lane

# As long as an envelope may be, and not longer by what a sum of two times is rounded up.
VALID_FOR: Final = MAX_VALIDITY - timedelta(seconds=1)
# Letters that are asked about in one statement.
BATCH_SIZE: Final = 500


class ServiceOutbox:
    """Takes the letters of one service, in one of its processes, and brings them as long as it is at work."""

    def __init__(self, service: Participant, mailboxes: Mailboxes) -> None:
        self._service = service
        self._name = service.name
        self._mailboxes = mailboxes
        self._directory = DirectoryFeed(service)

    async def send(self, letter: Notification) -> None:
        """Take a letter over, once for its id: it is in the outbox then.

        One to nobody whom the Secretariat knows is dropped; who cannot be reached at the moment gets it when he can.
        Raises NotStored, Invalid, KeyNotValid, BureauSuspended.
        """
        to = await self._known(letter.recipients)
        if not to:
            self._service.log.warning("letter-to-nobody", id=letter.id, form=name_of(letter.form))
            return
        statement = self._statement(letter, to)

        async def put_once(store: MailStore) -> None:
            if (self._name, letter.id) not in await store.held(Box.OUTBOX, [letter.id]):
                await enqueue(store, self._service, statement)

        mailbox = await self._mailboxes.of(self._name)
        await mailbox.write(put_once)
        mailbox.changes.notify()

    async def proven(self, letters: Iterable[str]) -> Mapping[str, list[NotificationReceipt]]:
        """Return what was signed about letters, by their ids, the first signed first. Raises NotStored."""
        found: dict[str, list[NotificationReceipt]] = {letter: [] for letter in letters}
        store, remaining = (await self._mailboxes.of(self._name)).reading, iter(found)
        while ids := list(islice(remaining, BATCH_SIZE)):
            for row in await store.receipts.signed_about(ids):
                found[row.message_id].append(_proven(row))
        return {letter: sorted(signed, key=lambda each: each.at) for letter, signed in found.items()}

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Bring letters and take in what is signed for them until the block ends; what is not done is done later."""
        receiving = Receiver(self._mailboxes, self._service, None)
        works = [*(receiving.run(lane) for lane in Lane), self._bring(), self._prune()]
        tasks = [asyncio.create_task(work) for work in works]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._mailboxes.close()

    async def _bring(self) -> None:
        await DeliveryWorker(await self._mailboxes.opened(self._name), self._service).run()

    async def _prune(self) -> None:
        may_end = partial(may_be_taken, self._service)
        await Pruner(await self._mailboxes.opened(self._name), self._service.clock, may_end).run()

    async def _known(self, recipients: Iterable[BureauCode]) -> tuple[BureauCode, ...]:
        """Return those whom the directory knows, once each. Raises NotStored where it may be behind."""
        wanted, knows = tuple(dict.fromkeys(recipients)), self._service.directory.knows_bureau
        # Who is left out now is never told.
        if not all(map(knows, wanted)) and not await self._directory.fetch():
            raise NotStored(
                "a recipient is not known here, and the Secretariat does not say who it is: try again later"
            )
        return tuple(filter(knows, wanted))

    def _statement(self, letter: Notification, to: Sequence[BureauCode]) -> OutgoingPayload:
        now = self._service.clock.now()
        return OutgoingPayload(
            id=letter.id,
            form=letter.form,
            to=tuple(to),
            disclosed=letter.disclosed,
            officer=self._service.name,
            purpose=letter.purpose,
            subject=letter.subject,
            urgency="urgent" if letter.urgent else "routine",
            valid_until=now + VALID_FOR,
            # What is signed about what a bureau was asked to do is the proof of it.
            kept_until=None if name_of(letter.form) in APPLICABLE else now + RETENTION,
        )


def _proven(row: Row[Any]) -> NotificationReceipt:
    signed_at = parse(ReceiptHead, row.signature)[1].iat
    return NotificationReceipt(BureauCode(row.bureau), row.state, time_at(signed_at), row.signature)
