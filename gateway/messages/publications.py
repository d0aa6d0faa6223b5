"""Removes what services sent of records, when these are withdrawn or corrected, and refuses what arrives after that.

A withdrawal is urgent, so it overtakes a publication to a bureau that was not connected: the copy that was removed
would come back.
"""

from shared.mailbox.host import MailboxHost
from shared.mailbox.rules import RECORD_WITHDRAWN
from shared.mailbox.store import MailStore
from shared.protocol.messages import OpenedMessage
from shared.protocol.payloads import Publication, Withdrawal
from shared.rpc.participant import Participant


def register_publications(host: MailboxHost) -> None:
    """Register what is done about publications of records and their withdrawals."""
    host.handlers.require("publication", withdrawn_since)
    host.handlers.on("withdrawal", on_withdrawal)


async def withdrawn_since(store: MailStore, message: OpenedMessage, form: Publication) -> str | None:
    """Return the reason to refuse a publication of a version that its service withdrew, or None if it did not."""
    is_withdrawn = form.service == message.head.sender and await store.publications.is_withdrawn(form)
    return RECORD_WITHDRAWN if is_withdrawn else None


async def on_withdrawal(
    store: MailStore, message: OpenedMessage, form: Withdrawal, _number: int, _bureau: Participant
) -> None:
    """Remove the content of the versions that a service withdraws from the messages with which it sent them."""
    if form.service == message.head.sender:
        await store.publications.erase_received(form)
