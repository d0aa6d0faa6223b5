"""Notifications of services to bureaus, and the receipts for them.

The outbox relay of a service sends them to a notifier. The same id is the same message, however often it is sent.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from shared.bureaus import BureauCode
from shared.protocol.messages import Receipt
from shared.protocol.payloads import Form
from shared.protocol.quotes import QuotedRecord


class NotificationHead(msgspec.Struct, frozen=True, kw_only=True):
    """A notification without its form; its id, a UUIDv7, is that of the message."""

    id: str
    recipients: tuple[BureauCode, ...]
    disclosed: bool
    """Whether each recipient learns who the others are."""

    urgent: bool
    purpose: str
    subject: str
    """A line for people; it names no person."""

    written: datetime
    quotes: tuple[QuotedRecord, ...] = ()
    """The records whose content it has, with what binds their readers."""


class Notification(NotificationHead, frozen=True, kw_only=True):
    """A message from a service to bureaus."""

    form: Form


class Notifier(Protocol):
    """Delivers notifications until their recipients have signed for them."""

    async def send(self, notification: Notification) -> None:
        """Store a notification, once for its id, to be delivered whatever fails. Raises NotStored.

        Recipients that the directory does not know are left out; a notification to none of them is dropped.
        """
        ...

    async def proven(self, ids: Iterable[str]) -> Mapping[str, list[Receipt]]:
        """Return the receipts for notifications, by their ids."""
        ...
