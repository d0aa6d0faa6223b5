"""The outbox of a service: its notifications lie in a mailbox of its own until their recipients have signed for them.

It is a mailbox as a bureau has one, run by the same code; but a service receives no messages, only receipts. The same
id is one message, whichever process of the service hands it over, and however often, while it is kept: permanently if
it asks for something; otherwise for 30 days, and until every recipient has signed.
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
from shared.mailbox.mailbox import Mailboxes
from shared.mailbox.models import Box
from shared.mailbox.notifications import Notification, NotificationReceipt
from shared.mailbox.outbox import OutgoingPayload, enqueue
from shared.mailbox.pruning import Pruner
from shared.mailbox.receiving import Receiver
from shared.mailbox.rules import APPLICABLE, MAX_VALIDITY, RETENTION, NotStored
from shared.mailbox.store import MailStore
from shared.protocol.envelope import ReceiptHead
from shared.protocol.payloads import name_of
from shared.protocol.verifier import parse
from shared.rpc.directory_sync import DirectoryFeed
from shared.rpc.irreversible import may_be_taken
from shared.rpc.participant import Participant
from shared.transport.subjects import Lane

# As long as an envelope may be, and not longer by what a sum of two times is rounded up.
VALID_FOR: Final = MAX_VALIDITY - timedelta(seconds=1)
# Notifications that are asked about in one statement.
BATCH_SIZE: Final = 500


class ServiceOutbox:
    """Takes the notifications of one service, in one of its processes, and delivers them while it runs."""

    def __init__(self, service: Participant, mailboxes: Mailboxes) -> None:
        self._service = service
        self._name = service.name
        self._mailboxes = mailboxes
        self._directory = DirectoryFeed(service)

    async def send(self, notification: Notification) -> None:
        """Take a notification, once for its id: it is in the outbox then.

        One without any recipient that the directory knows is dropped; a recipient that cannot be reached gets it later.
        Raises NotStored, Invalid, KeyNotValid, BureauSuspended.
        """
        to = await self._known(notification.recipients)
        if not to:
            self._service.log.warning("notification-to-nobody", id=notification.id, form=name_of(notification.form))
            return
        statement = self._statement(notification, to)

        async def put_once(store: MailStore) -> None:
            if (self._name, notification.id) not in await store.held(Box.OUTBOX, [notification.id]):
                await enqueue(store, self._service, statement)

        mailbox = await self._mailboxes.of(self._name)
        await mailbox.write(put_once)
        mailbox.changes.notify()

    async def proven(self, ids: Iterable[str]) -> Mapping[str, list[NotificationReceipt]]:
        """Return what was signed about notifications, by their ids, the first signed first. Raises NotStored."""
        found: dict[str, list[NotificationReceipt]] = {each: [] for each in ids}
        store, remaining = (await self._mailboxes.of(self._name)).reading, iter(found)
        while some := list(islice(remaining, BATCH_SIZE)):
            for row in await store.receipts.signed_about(some):
                found[row.message_id].append(_proven(row))
        return {which: sorted(signed, key=lambda each: each.at) for which, signed in found.items()}

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Deliver notifications and take in receipts until the block ends; what is not done is done later."""
        receiving = Receiver(self._mailboxes, self._service, None)
        works = [*(receiving.run(lane) for lane in Lane), self._deliver(), self._prune()]
        tasks = [asyncio.create_task(work) for work in works]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._mailboxes.close()

    async def _deliver(self) -> None:
        await DeliveryWorker(await self._mailboxes.opened(self._name), self._service).run()

    async def _prune(self) -> None:
        may_end = partial(may_be_taken, self._service)
        await Pruner(await self._mailboxes.opened(self._name), self._service.clock, may_end).run()

    async def _known(self, recipients: Iterable[BureauCode]) -> tuple[BureauCode, ...]:
        """Return those that the directory knows, once each. Raises NotStored where it may be behind."""
        wanted, knows = tuple(dict.fromkeys(recipients)), self._service.directory.knows_bureau
        # A recipient that is left out now never gets it.
        if not all(map(knows, wanted)) and not await self._directory.fetch():
            raise NotStored(
                "a recipient is not known here, and the Secretariat does not say who it is: try again later"
            )
        return tuple(filter(knows, wanted))

    def _statement(self, notification: Notification, to: Sequence[BureauCode]) -> OutgoingPayload:
        now = self._service.clock.now()
        return OutgoingPayload(
            id=notification.id,
            form=notification.form,
            to=tuple(to),
            disclosed=notification.disclosed,
            officer=self._service.name,
            purpose=notification.purpose,
            subject=notification.subject,
            urgency="urgent" if notification.urgent else "routine",
            valid_until=now + VALID_FOR,
            # What is signed about what a bureau was asked to do is the proof of it.
            kept_until=None if name_of(notification.form) in APPLICABLE else now + RETENTION,
        )


def _proven(row: Row[Any]) -> NotificationReceipt:
    signed_at = parse(ReceiptHead, row.signature)[1].iat
    return NotificationReceipt(BureauCode(row.bureau), row.state, time_at(signed_at), row.signature)
