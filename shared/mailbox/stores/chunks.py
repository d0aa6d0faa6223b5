"""Stores attachments, chunk by chunk, as they were sealed. Never commits."""

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from shared.mailbox.quotas import Amount
from shared.mailbox.stores.usage import UsageStore
from shared.mailbox.tables import chunks, messages
from shared.storage import Rows, Session, first_or_none, having

_size: Final = sa.func.length(chunks.c.sealed)
_add_chunk: Final = sa.insert(chunks)
_of_message: Final = having(chunks, sender="of", message_id="in_message")
_this: Final = having(chunks, sender="of", message_id="in_message", attachment="in_attachment", number="which")
_is_orphan: Final = ~sa.exists().where(messages.c.sender == chunks.c.sender, messages.c.id == chunks.c.message_id)
_chunk: Final = sa.select(chunks.c.sealed).where(_this)
_drop_chunk: Final = sa.delete(chunks).where(_this).returning(_size)
_orphans: Final = sa.select(chunks.c.sender, chunks.c.message_id).where(_is_orphan).distinct()
_drop_chunks: Final = sa.delete(chunks).where(_of_message, _is_orphan).returning(_size)
_count_chunks: Final = sa.select(sa.func.count()).where(_of_message)


class ChunkStore:
    """The sealed chunks of attachments, in one session."""

    def __init__(self, session: Session, usage: UsageStore) -> None:
        self._session = session
        self._usage = usage

    async def put(self, row: Mapping[str, Any]) -> None:
        """Store a sealed chunk, in place of one that was left by an attempt before."""
        which = {"in_attachment": row["attachment"], "which": row["number"]}
        dropped = await self._session.fetch(
            _drop_chunk, {"of": row["sender"], "in_message": row["message_id"], **which}
        )
        await self._session.execute(_add_chunk, row)
        await self._usage.add(row["sender"], Amount(bytes=len(row["sealed"]) - _bytes_of(dropped)))

    async def get(self, sender: str, message_id: str, attachment: int, number: int) -> bytes | None:
        """Return a sealed chunk."""
        values = {"of": sender, "in_message": message_id, "in_attachment": attachment, "which": number}
        row = first_or_none(await self._session.fetch(_chunk, values, in_thread=True))
        return None if row is None else row.sealed

    async def drop(self, sender: str, message_id: str) -> None:
        """Delete the chunks of a message, unless the message itself was stored."""
        if dropped := await self._session.fetch(_drop_chunks, {"of": sender, "in_message": message_id}):
            await self._usage.add(sender, Amount(bytes=-_bytes_of(dropped)))

    async def count(self, sender: str, message_id: str) -> int:
        """Return how many chunks of a message are here."""
        [[number]] = await self._session.fetch(_count_chunks, {"of": sender, "in_message": message_id})
        return int(number)

    async def orphans(self) -> list[tuple[str, str]]:
        """Return sender and id of messages that are not stored, or not yet, but have chunks."""
        return [(row.sender, row.message_id) for row in await self._session.fetch(_orphans, in_thread=True)]


def _bytes_of(dropped: Rows) -> int:
    return sum(size for (size,) in dropped)
