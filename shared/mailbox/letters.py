"""How a service writes to bureaus: what it hands over, and what it learns of its receipts.

A service puts what it has to say into its own store, in the transaction of what it is about; a postman hands it over as
often as it takes. What is handed over again under the same id is the same message.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from shared.bureaus import BureauCode
from shared.protocol.payloads import Form

ProvenState = Literal["delivered", "read", "refused", "applied"]


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a service has to say to bureaus."""

    id: str
    """Of the message, a UUIDv7."""

    recipients: tuple[BureauCode, ...]
    disclosed: bool
    """Whether the recipients are told of each other."""

    urgent: bool
    purpose: str
    subject: str
    """A line for people; it names no person."""

    form: Form
    written: datetime


class NotificationReceipt(msgspec.Struct, frozen=True):
    """What a recipient signed about a letter."""

    bureau: BureauCode
    state: ProvenState
    at: datetime
    signature: str
    """The signature header of the receipt."""


class Notifier(Protocol):
    """Takes letters and keeps them until their recipients have signed."""

    async def send(self, letter: Notification) -> None:
        """Take a letter over, once for its id: from then on it is delivered whatever fails. Raises NotStored.

        Recipients whom the Secretariat does not know are left out; a letter to none of them is dropped.
        """
        ...

    async def proven(self, letters: Iterable[str]) -> Mapping[str, list[NotificationReceipt]]:
        """Return what was signed about letters, by their ids."""
        ...
