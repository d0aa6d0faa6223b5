"""Notifications of services to bureaus, and the receipts for them.

A service puts a notification into its own store, in the transaction of what it is about; its outbox relay hands it to
a notifier until that has taken it. The same id is the same message, however often it is handed over.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from shared.bureaus import BureauCode
from shared.protocol.payloads import Form

ProvenState = Literal["delivered", "read", "refused", "applied"]


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """What a service tells bureaus."""

    id: str
    """Of the message, a UUIDv7."""

    recipients: tuple[BureauCode, ...]
    disclosed: bool
    """Whether each recipient learns who the others are."""

    urgent: bool
    purpose: str
    subject: str
    """A line for people; it names no person."""

    form: Form
    written: datetime


class NotificationReceipt(msgspec.Struct, frozen=True):
    """What a recipient signed about a notification."""

    bureau: BureauCode
    state: ProvenState
    at: datetime
    signature: str
    """The signature header of the receipt."""


class Notifier(Protocol):
    """Takes notifications and keeps them until their recipients have signed."""

    async def send(self, notification: Notification) -> None:
        """Take a notification, once for its id: from then on it is delivered whatever fails. Raises NotStored.

        Recipients that the directory does not know are left out; a notification to none of them is dropped.
        """
        ...

    async def proven(self, ids: Iterable[str]) -> Mapping[str, list[NotificationReceipt]]:
        """Return what was signed about notifications, by their ids."""
        ...
