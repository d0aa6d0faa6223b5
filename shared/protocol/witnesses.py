"""The assignment of bureaus as witnesses of a log at a time by the directory: no service can choose them. Pure.

They are the first three bureaus with a valid key, in the order of a hash of service and bureau. Two cosignatures
suffice, as one witness may be offline. The Secretariat is excluded. It can still choose them by fictitious bureaus.
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
    """Whose cosignatures are accepted."""

    of: Callable[[str, float], frozenset[str]] | None
    """Returns the witnesses of the log of a service at a time; None for all bureaus."""

    is_known: bool = True
    """Whether the witnesses are known; otherwise no cosignature suffices."""

    def counts(self, service: str, bureau: str, at: float) -> bool:
        """Return whether a bureau is a witness of the log of a service."""
        return self.of is None or bureau in self.of(service, at)


ANY_BUREAU: Final = Trust(None)
UNKNOWN_TRUST: Final = Trust(None, is_known=False)


def trust_in(bureaus: Iterable[str]) -> Trust:
    """Accept some bureaus, for every log and all times."""
    named = frozenset(bureaus)
    return Trust(lambda _service, _at: named)


def trust_by(entries: Iterable[Entry]) -> Trust:
    """Accept the assigned witnesses of a directory."""
    known = tuple(entries)
    return Trust(lambda service, at: assigned(service, known, at))


def assigned(service: str, entries: Iterable[Entry], at: float) -> frozenset[str]:
    """Return the witnesses of the log of a service at a time, in seconds since 1970."""
    # Without SKEW_SECONDS, as all must agree on a time in the past.
    able = {
        entry.participant
        for entry in entries
        if entry.kind == "bureau" and entry.not_before <= at <= entry.not_after and not entry.revoked_by(at)
    } - {SECRETARIAT}
    return frozenset(sorted(able, key=lambda bureau: _rank(service, bureau))[:WITNESSES])


@lru_cache(maxsize=4_096)
def _rank(service: str, bureau: str) -> bytes:
    return sha256(f"{service} {bureau}".encode()).digest()
