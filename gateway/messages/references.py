"""The messages that a draft answers or passes on, found in the boxes of its bureau."""

from typing import Any, NamedTuple

from sqlalchemy.engine import Row

from shared.mailbox import rules
from shared.mailbox.models import MessageDraft
from shared.mailbox.store import MailStore


class References(NamedTuple):
    """The rows of the messages that a draft answers and passes on."""

    answered: Row[Any] | None
    forwarded: Row[Any] | None


async def references_of(store: MailStore, draft: MessageDraft) -> References:
    """Return the messages that a draft names. Raises UnknownThread, Ambiguous."""
    is_one = draft.in_reply_to is None or draft.forwards is None
    return References(
        await _named(store, draft.in_reply_to, draft.sender, "/in_reply_to", is_one=is_one),
        await _named(store, draft.forwards, draft.sender, "/forwards", is_one=is_one),
    )


async def find_one(
    store: MailStore, message_id: str, sender: str | None, *, choose: str, at: str | None = None
) -> Row[Any] | None:
    """Return the message with an id, of a sender if one is named. Raises Ambiguous, which says how to `choose` one."""
    rows = [row for row in await store.find(message_id) if sender in (None, row.sender)]
    if len(rows) > 1:
        senders = " or ".join(sorted(row.sender for row in rows))
        raise rules.Ambiguous(f"more than one bureau sent a message with this id: {choose} {senders}", at=at)
    return rows[0] if rows else None


async def _named(
    store: MailStore, message_id: str | None, sender: str | None, at: str, *, is_one: bool
) -> Row[Any] | None:
    """Return a named message. Of two the sender is that of one; the other, if it has another, must be the only one."""
    if message_id is None:
        return None
    row = await find_one(store, message_id, sender, choose="name its `sender`,", at=at)
    if row is None and not is_one:
        row = await find_one(store, message_id, None, choose="name its `sender`,", at=at)
    if row is None:
        of = "" if sender is None else f" of {sender}"
        raise rules.UnknownThread(f"there is no such message{of} in your boxes", at=at)
    return row
