"""To which bureaus a message that quotes records may go. No input or output."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum
from itertools import groupby
from typing import Final, NamedTuple

from shared.errors import Invalid, Refusal
from shared.mailbox.quote_models import RecordReference
from shared.mailbox.stores.quotes import Released, Stated
from shared.protocol.quotes import MAX_QUOTES, QuotedRecord

SHOWN: Final = 10


class NotQuotable(Refusal, status=422, code="not-quotable", title="A quoted record cannot be read"):
    """No service has the record for this officer: it does not exist, they may not see it, or they lack the scope."""


class NotThere(NotQuotable):
    """There is no such kind of record, or none with this id that the officer's bureau may see."""


class NotConfirmed(Refusal, status=503, code="quote-not-confirmed", title="A quoted record cannot be read now"):
    """The service that has a record does not answer: nothing was sent, try again later."""


class OnwardSharing(Refusal, status=403, code="onward-sharing", title="The owner has not released a record"):
    """The message quotes a record with the condition `H2`, and its owner has not released it to a recipient."""


class Basis(Enum):
    """Why a message carries a quote."""

    QUOTED = "its officer names the record, or a message quotes it that this one answers or passes on"
    SHOWN = "the text has its id, and its service shows it now"
    STATED = "the text has its id, and its service stated it before"
    CLAIMED = "the text has its id, and a bureau says that the record is its own"


class Carried(NamedTuple):
    """A record that a message quotes, and the bureaus that have the quote already, besides its owner."""

    quote: QuotedRecord
    holders: frozenset[str] = frozenset()
    basis: Basis = Basis.QUOTED


def counted(stated: Sequence[Stated]) -> Sequence[Stated]:
    """Return what counts of all that is stated of one record: what services state, or the claims if none does."""
    return [each for each in stated if not each.is_claim] or stated


def places(stated: Sequence[Stated]) -> Sequence[RecordReference]:
    """Return where a record may be read, by what is stated of it; each once."""
    named = [(each.quote.service, each.quote.kind, each.quote.record) for each in stated]
    return [
        RecordReference(service=service, kind=kind, record=record) for service, kind, record in dict.fromkeys(named)
    ]


def by_record(stated: Iterable[Stated]) -> Sequence[Sequence[Stated]]:
    """Return what counts of each record of a text, from rows in the order of the ids. Raises Invalid if too many."""
    found = [counted(list(rows)) for _, rows in groupby(stated, lambda each: each.quote.record)]
    if len(found) > MAX_QUOTES:
        raise Invalid(f"ids of more than {MAX_QUOTES} records with the condition H2", at="/body")
    return found


def not_shown(stated: Sequence[Stated], *, may_exist: bool) -> Sequence[Carried]:
    """Return what a text with the id of a record carries, where its service does not show it to the officer.

    What a bureau claims of a record counts as long as it may exist.
    """
    return [
        Carried(each.quote, basis=Basis.CLAIMED if each.is_claim else Basis.STATED)
        for each in stated
        if may_exist or not each.is_claim
    ]


def merged(read: Sequence[QuotedRecord], inherited: Iterable[Carried], pasted: Iterable[Carried]) -> list[Carried]:
    """Return what a message is bound by, each once.

    `read` is what its officer quotes, as the services state it now; `inherited` comes from the messages that it answers
    or passes on, and keeps its marks, as their content was another version perhaps. A `pasted` id tells of no version:
    it adds nothing to a record that is quoted now, or inherited as bound.
    """
    carried = {each: Carried(each) for each in read}
    for each in inherited:
        # Nobody is taken for a holder of what is read now: a quote may be made up to look like it.
        if each.quote not in read:
            before = carried.get(each.quote, each)
            carried[each.quote] = Carried(each.quote, before.holders | each.holders)
    quoted = {each.record for each in read}
    bound = {_which(quote) for quote in carried if quote.is_bound}
    for each in pasted:
        if each.quote.record not in quoted and _which(each.quote) not in bound:
            carried.setdefault(each.quote, each)
    return list(carried.values())


def quotes_of(carried: Iterable[Carried]) -> tuple[QuotedRecord, ...]:
    """Return the quotes in the content of a message: of a pasted id one. Raises Invalid if there are too many."""
    known = [each for each in carried if each.basis is Basis.QUOTED]
    pasted = {each.quote.record: each for each in reversed(list(carried)) if each.basis is not Basis.QUOTED}
    if len(known) > MAX_QUOTES:
        raise Invalid(f"more than {MAX_QUOTES} records, with those of the messages that it answers", at="/quotes")
    if len(known) + len(pasted) > MAX_QUOTES:
        raise Invalid(f"more than {MAX_QUOTES} records, with those whose ids the text has", at="/body")
    return tuple(each.quote for each in carried if each.basis is Basis.QUOTED or pasted[each.quote.record] is each)


def withheld(
    carried: Iterable[Carried], by: str, to: Sequence[str], released: Collection[Released]
) -> Mapping[Carried, Sequence[str]]:
    """Return the quotes that may not go to all recipients, each with those to which it may not.

    The owner sends its own records freely. To return a quote to its sender is not to pass it on.
    """
    found = {
        each: [bureau for bureau in to if not _may_have(bureau, each, released)]
        for each in carried
        if each.quote.is_bound and each.quote.owner != by
    }
    return {each: missing for each, missing in found.items() if missing}


def require_released(carried: Iterable[Carried], by: str, to: Sequence[str], released: Collection[Released]) -> None:
    """Require that every recipient may have every quote. Raises OnwardSharing."""
    for (quote, _, basis), missing in withheld(carried, by, to, released).items():
        named = ", ".join(missing[:SHOWN]) + (f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else "")
        way_out = (
            f"the text has its id, and only {quote.owner} says so: let an officer send it who may read the record, or "
            "name it in `quotes`"
            if basis is Basis.CLAIMED
            else f"leave them out, or ask {quote.owner} to release it"
        )
        raise OnwardSharing(
            f"the {quote.kind} {quote.record} of {quote.owner} has the condition H2: {quote.owner} has not released it "
            f"to {named}; {way_out}",
            at="/to",
        )


def _may_have(bureau: str, carried: Carried, released: Collection[Released]) -> bool:
    quote = carried.quote
    holds = bureau == quote.owner or bureau in carried.holders
    return holds or (quote.owner, quote.service, quote.record, bureau) in released


def _which(quote: QuotedRecord) -> tuple[str, str, str]:
    return quote.service, quote.record, quote.owner
