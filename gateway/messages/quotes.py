"""What a message quotes: the records that its officer names, those that it inherits, and those whose id it has."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

from sqlalchemy.engine import Row

from gateway.messages import quote_rules
from gateway.messages.pasted_ids import ids_in
from gateway.messages.quote_rules import Basis, Carried, NotQuotable, NotThere
from gateway.messages.record_reader import RecordReader
from gateway.messages.references import References
from shared.identity import Caller
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import Box, MessageDraft
from shared.mailbox.stores.quotes import Stated
from shared.protocol import payloads
from shared.protocol.messages import Content, read_content
from shared.protocol.payloads import HitsNotice
from shared.protocol.quotes import QuotedRecord, quote_of

_HITS: Final = "hits"
# Of the records whose ids a text has, at a time.
READINGS: Final = 20


class Quoted(NamedTuple):
    """What a message quotes, and what of it services have stated now."""

    quotes: tuple[QuotedRecord, ...]
    stated: Sequence[Stated]


class MessageQuotes:
    """The quotes in the messages of one bureau."""

    def __init__(self, mailbox: Mailbox, records: RecordReader) -> None:
        self._mailbox = mailbox
        self._records = records

    async def of(self, draft: MessageDraft, references: References, caller: Caller, to: Sequence[str]) -> Quoted:
        """Return what a message quotes, if it may go to its recipients.

        Raises NotQuotable, NotConfirmed, OnwardSharing, Invalid.
        """
        read = await self._read(draft, caller)
        pasted = await self._pasted(draft, caller)
        carried = quote_rules.merged(read, _inherited(references), pasted)
        await self._require_released(carried, to)
        shown = [each.quote for each in pasted if each.basis is Basis.SHOWN]
        return Quoted(quote_rules.quotes_of(carried), [Stated(each, each.service) for each in (*read, *shown)])

    async def _require_released(self, carried: Iterable[Carried], to: Sequence[str]) -> None:
        bound = [each.quote.record for each in carried if each.quote.is_bound]
        store, now = self._mailbox.reading.quotes, self._mailbox.now()
        released = await store.released(bound, now) if bound else set()
        quote_rules.require_released(carried, self._mailbox.bureau, to, released)

    async def _read(self, draft: MessageDraft, caller: Caller) -> Sequence[QuotedRecord]:
        named = enumerate(draft.quotes)
        reading = (self._records.read(each, caller, f"/quotes/{number}/record") for number, each in named)
        return await asyncio.gather(*reading)

    async def _pasted(self, draft: MessageDraft, caller: Caller) -> Sequence[Carried]:
        """Return what binds the records whose ids a text has, besides those that the draft names."""
        ids = ids_in(draft.subject, draft.body) - {each.record for each in draft.quotes}
        records = quote_rules.by_record(await self._mailbox.reading.quotes.bound(ids)) if ids else ()
        found: list[Carried] = []
        for start in range(0, len(records), READINGS):
            reading = (self._read_pasted(stated, caller) for stated in records[start : start + READINGS])
            found += chain.from_iterable(await asyncio.gather(*reading))
        return found

    async def _read_pasted(self, stated: Sequence[Stated], caller: Caller) -> Sequence[Carried]:
        """Return what its service states of a record now, or else what was stated. Raises NotConfirmed."""
        may_exist = False
        for place in quote_rules.places(stated):
            try:
                return [Carried(await self._records.read(place, caller, "/body"), basis=Basis.SHOWN)]
            except NotQuotable as refused:
                may_exist = may_exist or not isinstance(refused, NotThere)
        return quote_rules.not_shown(stated, may_exist=may_exist)


def _inherited(references: References) -> Iterator[Carried]:
    """Yield the quotes of the messages that a draft answers and passes on."""
    for row in references:
        if row is not None:
            yield from (Carried(quote, _holders(row)) for quote in quotes_in(read_content(row.content)))


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
