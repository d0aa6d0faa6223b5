"""The outbox of a service: a mailbox that holds its notifications until their recipients have signed for them.

A service receives no messages, only receipts. The same id is one message while that is stored: permanently if it asks
for something; otherwise for 30 days, and until every recipient has signed.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import islice
from typing import Final

from shared.bureaus import BureauCode
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailboxes
from shared.mailbox.models import Box
from shared.mailbox.notifications import Notification
from shared.mailbox.outbox import OutgoingPayload, enqueue
from shared.mailbox.rows import receipt_of
from shared.mailbox.rules import APPLICABLE, MAX_VALIDITY, RETENTION, NotStored
from shared.mailbox.store import MailStore
from shared.protocol.messages import Receipt
from shared.protocol.payloads import Publication, Withdrawal, name_of
from shared.rpc.directory_sync import DirectoryFeed
from shared.rpc.participant import Participant

# As long as an envelope may be valid, less what rounding the sum of two times may add.
VALID_FOR: Final = MAX_VALIDITY - timedelta(seconds=1)
BATCH_SIZE: Final = 500


class ServiceOutbox:
    """The outbox of one service in one of its processes: a `Notifier`."""

    def __init__(self, service: Participant, mailboxes: Mailboxes) -> None:
        self._service = service
        self._mailboxes = mailboxes
        self._directory = DirectoryFeed(service)

    async def send(self, notification: Notification) -> None:
        """Store a notification, once for its id; it is dropped if the directory knows none of its recipients.

        A recipient that cannot be reached gets it later. Raises NotStored, Invalid, KeyNotValid, BureauSuspended.
        """
        to = await self._known(notification.recipients)
        if not to:
            self._service.log.warning("notification-to-nobody", id=notification.id, form=name_of(notification.form))
            return
        payload, mailbox = self._payload(notification, to), await self._mailboxes.of(self._service.name)

        async def enqueue_once(store: MailStore) -> None:
            if (self._service.name, payload.id) in await store.held(Box.OUTBOX, [notification.id]):
                return
            await enqueue(store, self._service, payload)
            if isinstance(payload.form, Withdrawal):
                for each in to:
                    await store.publications.erase_sent(payload.form, each, mailbox.now())

        await mailbox.write(enqueue_once)
        mailbox.changes.notify()

    async def proven(self, ids: Iterable[str]) -> Mapping[str, list[Receipt]]:
        """Return the receipts for notifications, by their ids, in the order of signing. Raises NotStored."""
        found: dict[str, list[Receipt]] = {each: [] for each in ids}
        store, remaining = (await self._mailboxes.of(self._service.name)).reading, iter(found)
        while some := list(islice(remaining, BATCH_SIZE)):
            for row in await store.receipts.signed_about(some):
                found[row.message_id].append(receipt_of(row))
        return {which: sorted(signed, key=lambda each: each.head.iat) for which, signed in found.items()}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver notifications and take in receipts until the block ends, and close the mailboxes."""
        host = MailboxHost(self._mailboxes, takes_messages=False)
        host.host(self._service)
        try:
            yield
        finally:
            await host.close()

    async def _known(self, recipients: Iterable[BureauCode]) -> tuple[BureauCode, ...]:
        """Return those that the directory knows, once each. Raises NotStored if it may be outdated."""
        wanted, knows = tuple(dict.fromkeys(recipients)), self._service.directory.knows_correspondent
        # A recipient that is left out now never gets it.
        if not all(map(knows, wanted)) and not await self._directory.fetch():
            raise NotStored("a recipient is unknown, and the directory cannot be updated: try again later")
        return tuple(filter(knows, wanted))

    def _payload(self, notification: Notification, to: Sequence[BureauCode]) -> OutgoingPayload:
        now, form = self._service.clock.now(), notification.form
        return OutgoingPayload(
            id=notification.id,
            form=form,
            to=tuple(to),
            disclosed=notification.disclosed,
            officer=self._service.name,
            purpose=notification.purpose,
            subject=notification.subject,
            urgency="urgent" if notification.urgent else "routine",
            valid_until=now + VALID_FOR,
            # The receipts for what a bureau was asked to do are the proof that it did.
            # All about a record is one conversation.
            thread=form.record if isinstance(form, Publication | Withdrawal) else None,
            quotes=notification.quotes,
            kept_until=None if name_of(form) in APPLICABLE else now + RETENTION,
        )
