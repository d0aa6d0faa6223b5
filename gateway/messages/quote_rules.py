"""To which bureaus a message that quotes records may go. No input or output."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from shared.errors import Invalid, Refusal
from shared.mailbox.stores.quotes import Released
from shared.protocol.quotes import MAX_QUOTES, QuotedRecord

SHOWN: Final = 10
_ID: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])")


class NotQuotable(Refusal, status=422, code="not-quotable", title="A quoted record cannot be read"):
    """No service has the record for this officer: it does not exist, they may not see it, or they lack the scope."""


class NotConfirmed(Refusal, status=503, code="quote-not-confirmed", title="A quoted record cannot be read now"):
    """The service that has a record does not answer: nothing was sent, try again later."""


class OnwardSharing(Refusal, status=403, code="onward-sharing", title="The owner has not released a record"):
    """The message quotes a record with the condition `H2`, and its owner has not released it to a recipient."""


class Carried(NamedTuple):
    """A record that a message quotes, and the bureaus that have the quote already, besides its owner."""

    quote: QuotedRecord
    holders: frozenset[str] = frozenset()


def ids_in(*texts: str) -> set[str]:
    """Return the ids that stand in texts, in lower case."""
    return {found for text in texts for found in _ID.findall(text.lower())}


def merged(read: Sequence[QuotedRecord], inherited: Sequence[Carried], pasted: Iterable[QuotedRecord]) -> list[Carried]:
    """Return what a message carries, each once. Raises Invalid if that is too much.

    `read` is what its officer quotes, as the services state it now; `inherited` comes from the messages that it answers
    or passes on, and keeps its marks, as their content was another version perhaps. A `pasted` id tells of no version:
    it adds nothing to a record that is quoted now, or inherited as bound.
    """
    carried: dict[QuotedRecord, frozenset[str]] = dict.fromkeys(read, frozenset())
    for quote, holders in inherited:
        carried[quote] = carried.get(quote, frozenset()) | holders
    quoted = {(each.service, each.record) for each in read}
    bound = {(each.service, each.record, each.owner) for each in carried if each.is_bound}
    for each in pasted:
        if (each.service, each.record) not in quoted and (each.service, each.record, each.owner) not in bound:
            carried.setdefault(each, frozenset())
    if len(carried) > MAX_QUOTES:
        raise Invalid(f"more than {MAX_QUOTES} records, with those of the messages that it answers", at="/quotes")
    return [Carried(*each) for each in carried.items()]


def withheld(
    carried: Iterable[Carried], by: str, to: Sequence[str], released: Collection[Released]
) -> Mapping[QuotedRecord, Sequence[str]]:
    """Return the quotes that may not go to all recipients, each with those to which it may not.

    The owner sends its own records freely. To return a quote to its sender is not to pass it on.
    """
    found = {
        quote: [
            each
            for each in to
            if each != quote.owner
            and each not in holders
            and (quote.owner, quote.service, quote.record, each) not in released
        ]
        for quote, holders in carried
        if quote.is_bound and quote.owner != by
    }
    return {quote: missing for quote, missing in found.items() if missing}


def require_released(carried: Iterable[Carried], by: str, to: Sequence[str], released: Collection[Released]) -> None:
    """Require that every recipient may have every quote. Raises OnwardSharing."""
    for quote, missing in withheld(carried, by, to, released).items():
        named = ", ".join(missing[:SHOWN]) + (f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else "")
        raise OnwardSharing(
            f"the {quote.kind} {quote.record} of {quote.owner} has the condition H2: {quote.owner} has not released it "
            f"to {named}; leave them out, or ask {quote.owner} to release it",
            at="/to",
        )
