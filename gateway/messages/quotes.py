"""What a message quotes: the records that its officer names, those that it inherits, and those whose id it has."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy.engine import Row

from gateway.messages import quote_rules
from gateway.messages.quote_rules import Carried
from gateway.messages.record_reader import RecordReader
from shared.identity import Caller
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import Box, MessageDraft
from shared.mailbox.rules import UnknownThread
from shared.protocol import payloads
from shared.protocol.messages import Content, read_content
from shared.protocol.payloads import HitsNotice
from shared.protocol.quotes import QuotedRecord, quote_of

_HITS: Final = "hits"


class MessageQuotes:
    """The quotes in the messages of one bureau."""

    def __init__(self, mailbox: Mailbox, records: RecordReader) -> None:
        self._mailbox = mailbox
        self._records = records

    async def of(self, draft: MessageDraft, caller: Caller, to: Sequence[str]) -> tuple[QuotedRecord, ...]:
        """Return what a message quotes, if it may go to its recipients.

        Raises NotQuotable, NotConfirmed, UnknownThread, OnwardSharing, Invalid.
        """
        inherited = await self._inherited(draft)
        pasted = await self._pasted(draft)
        carried = quote_rules.merged(await self._read(draft, caller), inherited, pasted)
        bound = [quote.record for quote, _ in carried if quote.is_bound]
        store, now = self._mailbox.reading.quotes, self._mailbox.now()
        released = await store.released(bound, now) if bound else set()
        quote_rules.require_released(carried, self._mailbox.bureau, to, released)
        return tuple(quote for quote, _ in carried)

    async def _read(self, draft: MessageDraft, caller: Caller) -> Sequence[QuotedRecord]:
        named = enumerate(draft.quotes)
        reading = (self._records.read(each, caller, f"/quotes/{number}/record") for number, each in named)
        return await asyncio.gather(*reading)

    async def _inherited(self, draft: MessageDraft) -> list[Carried]:
        """Return the quotes of the messages that a draft answers and passes on. Raises UnknownThread."""
        rows: list[Row[Any]] = []
        if draft.in_reply_to is not None:
            rows += await self._mailbox.reading.find(draft.in_reply_to)
        if draft.forwards is not None:
            forwarded = await self._mailbox.reading.find(draft.forwards)
            if not forwarded:
                raise UnknownThread("there is no such message in your boxes", at="/forwards")
            rows += forwarded
        return [Carried(quote, _holders(row)) for row in rows for quote in quotes_in(read_content(row.content))]

    async def _pasted(self, draft: MessageDraft) -> Sequence[QuotedRecord]:
        ids = quote_rules.ids_in(draft.subject, draft.body)
        return await self._mailbox.reading.quotes.bound(ids) if ids else ()


def quotes_in(content: Content) -> Iterator[QuotedRecord]:
    """Yield what a message quotes; one of the form `hits` quotes the records that were found."""
    yield from content.quotes
    if content.form == _HITS:
        notice = payloads.read(content.form, content.body)
        if isinstance(notice, HitsNotice):
            found = (quote_of(notice.service, hit) for hit in notice.hits)
            yield from (quote for quote in found if quote is not None)


def _holders(row: Row[Any]) -> frozenset[str]:
    return frozenset({row.sender}) if row.box == Box.INBOX else frozenset()
