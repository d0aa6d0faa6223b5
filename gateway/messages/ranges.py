"""Which bytes of an attachment a request asks for (RFC 9110 section 14), so that a download can be resumed."""

import re
from typing import Final

from shared.errors import Refusal

# Of a header: more than one range can be, and as much as any tag has.
MAX_RANGE: Final = 1_000

_SINGLE: Final = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})", re.IGNORECASE)


class RangeNotSatisfiable(Refusal, status=416, code="range-not-satisfiable", title="There is nothing in this range"):
    """The range begins beyond the end."""


def requested_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the first and the last byte asked for, or None for all of it. Raises RangeNotSatisfiable.

    More than one range, and what cannot be read, count as no range, as the RFC allows.
    """
    found = _SINGLE.fullmatch(header.strip()) if header else None
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < int(first):
            return None
    if start >= size or end < start:
        raise RangeNotSatisfiable(f"the attachment has {size} bytes: ask for less, or for all of it")
    return start, end
