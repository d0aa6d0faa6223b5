"""Removes the content of records from messages that published them, once the record is withdrawn or corrected.

The message stays, with its receipts; its content cannot be proven any more. Never commits.
"""

from typing import Any, Final, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.mailbox.models import MessageState
from shared.mailbox.quotas import Amount
from shared.mailbox.stores.deliveries import DeliveryStore
from shared.mailbox.stores.usage import UsageStore
from shared.mailbox.tables import deliveries, messages
from shared.protocol.messages import Content, read_content
from shared.protocol.payloads import FORMS, Publication, Withdrawal, read, write
from shared.storage import Session, having

_encode: Final = msgspec.json.Encoder().encode
# A publication and a withdrawal have the id of the record as their thread.
_about: Final = having(messages, thread="of_thread", sender="of_sender")
_received: Final = sa.select(*messages.c["number", "sender", "content", "sealed", "size"]).where(
    _about, messages.c.box == "inbox"
)
_sent: Final = (
    sa.select(*messages.c["number", "sender", "content", "sealed", "size"], deliveries.c.due)
    .join(deliveries, deliveries.c.message == messages.c.number)
    .where(_about, messages.c.box == "outbox", deliveries.c.recipient == sa.bindparam("to"))
)
_erase: Final = (
    sa.update(messages)
    .where(having(messages, number="of"))
    .values(content=sa.bindparam("left"), sealed=b"", content_key=b"", salt=b"", size=sa.bindparam("new_size"))
)

F = TypeVar("F", Publication, Withdrawal)


class PublicationStore:
    """The messages that publish records, in one session."""

    def __init__(self, session: Session, usage: UsageStore, delivered: DeliveryStore) -> None:
        self._session = session
        self._usage = usage
        self._deliveries = delivered

    async def is_withdrawn(self, form: Publication) -> bool:
        """Return whether this bureau has a message of the service that withdraws or corrects the version."""
        rows = await self._session.fetch(_received, {"of_thread": form.record, "of_sender": form.service})
        withdrawals = (_form_in(read_content(row.content), Withdrawal) for row in rows)
        return any(each and (each.record, each.version > form.version) == (form.record, True) for each in withdrawals)

    async def erase_received(self, form: Withdrawal) -> None:
        """Remove what a service sent to this bureau of the versions that a withdrawal means."""
        rows = await self._session.fetch(_received, {"of_thread": form.record, "of_sender": form.service})
        for row in rows:
            await self._erase(row, form)

    async def erase_sent(self, form: Withdrawal, to: str, now: int) -> None:
        """Remove what this service sent to a bureau of the versions that a withdrawal means, and send it no more."""
        which = {"of_thread": form.record, "of_sender": form.service, "to": to}
        for row in await self._session.fetch(_sent, which):
            if await self._erase(row, form) and row.due is not None:
                over = {
                    "of": row.number,
                    "to": to,
                    "new_state": MessageState.EXPIRED.value,
                    "new_at": now,
                    "new_reason": None,
                }
                await self._deliveries.move([over])

    async def _erase(self, row: Row[Any], form: Withdrawal) -> bool:
        """Remove the content of a message, if it publishes such a version; return whether it does."""
        left = _without_content(row, form)
        if left is None:
            return False
        size = row.size - len(row.content) - len(row.sealed) + len(left)
        await self._session.execute(_erase, {"of": row.number, "left": left, "new_size": size})
        await self._usage.add(row.sender, Amount(bytes=size - row.size))
        return True


def _without_content(row: Row[Any], form: Withdrawal) -> bytes | None:
    """Return the content of a message without that of the record; None unless it publishes a version withdrawn."""
    content = read_content(row.content)
    published = _form_in(content, Publication) if row.sealed else None
    if published is None or published.record != form.record or published.version >= form.version:
        return None
    left = msgspec.structs.replace(published, content=None, omitted="removed")
    return _encode(msgspec.structs.replace(content, body=write(left)))


def _form_in(content: Content, wanted: type[F]) -> F | None:
    """Return the form of a message if it is of a kind, which was checked when the message was stored."""
    if content.form is None or FORMS.get(content.form) is not wanted:
        return None
    form = read(content.form, content.body)
    return form if isinstance(form, wanted) else None
