"""How much text a notice may have, so that it can be read: by its readers, and by the screening."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from services.notices.criteria.subject_checks import Fault
from services.notices.entries import CommonEntry, RedEntry
from services.notices.screening.engine import Text
from services.notices.screening.passages import passages_of
from services.notices.warrants import charges_by_pointer

MAX_CHARACTERS: Final = 30_000
MAX_CHARGES: Final = 40


def is_not_excessive(content: CommonEntry, _today: date) -> Iterator[Fault]:
    """Yield that a notice has more text or more charges than it may."""
    charges = sum(1 for _ in charges_by_pointer(content.warrants)) if isinstance(content, RedEntry) else 0
    if charges > MAX_CHARGES:
        yield Fault("/warrants", f"at most {MAX_CHARGES} charges, not {charges}: leave out the least grave")
    yield from excess_of([text for passage in passages_of(content) for text in passage])


def excess_of(texts: Sequence[Text]) -> Iterator[Fault]:
    """Yield that a record has more text than it may."""
    characters = sum(len(each.text) for each in texts)
    if characters > MAX_CHARACTERS:
        detail = f"at most {MAX_CHARACTERS:,} characters of text in all, not {characters:,}: shorten this, the most"
        yield Fault(_longest(texts), detail)


def _longest(texts: Sequence[Text]) -> str:
    """Return the member of a notice that has most of the text, such as `/warrants`."""
    lengths: dict[str, int] = {}
    for each in texts:
        member = "/" + each.pointer.split("/")[1]
        lengths[member] = lengths.get(member, 0) + len(each.text)
    return max(lengths, key=lambda member: lengths[member])
