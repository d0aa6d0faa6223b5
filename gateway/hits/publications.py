"""Refuses a publication of a record that was withdrawn from this bureau since it was sent.

A withdrawal is urgent, so it overtakes a publication to a bureau that was not connected: the copy that was removed
would come back.
"""

from gateway.hits.rules import is_time
from gateway.hits.store import HitStore
from shared.mailbox.rules import RECORD_WITHDRAWN
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds
from shared.protocol.messages import OpenedMessage
from shared.protocol.payloads import Publication


async def withdrawn_since(store: MailStore, message: OpenedMessage, form: Publication) -> str | None:
    """Return the reason to refuse a publication, or None where its record was not withdrawn at its time or later."""
    if form.service != message.head.sender or not is_time(form.at):
        return None
    withdrawn = await HitStore(store.session).withdrawn(form.service, [form.record])
    return RECORD_WITHDRAWN if milliseconds(form.at) <= withdrawn.get(form.record, -1) else None
