"""Which bureaus are the witnesses of a log at a time, by the directory, so that nobody can choose them. Pure.

They are the first three in an order that the names of service and bureau make, of all bureaus that held a valid key.
Two of them convince: so one may be away, or lose its key. The Secretariat is none, as it keeps the logs.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Final

import msgspec

from shared.bureaus import SECRETARIAT
from shared.protocol.directory_entry import Entry

WITNESSES: Final = 3


class Trust(msgspec.Struct, frozen=True):
    """Whose cosignatures count for somebody."""

    of: Callable[[str, float], frozenset[str]] | None
    """Returns the witnesses of the log of a service at a time; None if those of all bureaus count."""

    is_known: bool = True
    """Whether it is known; if not, nothing is convincing."""

    def counts(self, service: str, bureau: str, at: float) -> bool:
        """Tell whether a bureau is a witness of the log of a service."""
        return self.of is None or bureau in self.of(service, at)


ANY_BUREAU: Final = Trust(None)
UNKNOWN_TRUST: Final = Trust(None, is_known=False)


def trust_in(bureaus: Iterable[str]) -> Trust:
    """Trust some bureaus, for every log and all times."""
    named = frozenset(bureaus)
    return Trust(lambda _service, _at: named)


def trust_by(entries: Iterable[Entry]) -> Trust:
    """Trust those who are the witnesses by a directory."""
    known = tuple(entries)
    return Trust(lambda service, at: assigned(service, known, at))


def assigned(service: str, entries: Iterable[Entry], at: float) -> frozenset[str]:
    """Return the bureaus that are the witnesses of the log of a service at a time, in seconds since 1970."""
    able = {entry.participant for entry in entries if entry.kind == "bureau" and _was_good(entry, at)} - {SECRETARIAT}
    return frozenset(sorted(able, key=lambda bureau: _rank(service, bureau))[:WITNESSES])


def _was_good(entry: Entry, at: float) -> bool:
    # At a time of the past, of which all say the same: no clock is behind it.
    return entry.not_before <= at <= entry.not_after and not entry.revoked_by(at)


@lru_cache(maxsize=4_096)
def _rank(service: str, bureau: str) -> bytes:
    return sha256(f"{service} {bureau}".encode()).digest()
