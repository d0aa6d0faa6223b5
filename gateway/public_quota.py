"""How often anyone may ask a public API: each question adds a leaf or two to the audit log of a service.

Counts are in this process, for each public API alone, and decay evenly: after half an hour half of the questions are
free again.
"""

from math import ceil
from typing import Final, NamedTuple

from gateway.rates import DecayingCounter, is_loopback, source_of
from shared.clock import Clock

HOUR_SECONDS: Final = 3600
_ALL: Final = "all"


class PublicQuota(NamedTuple):
    """How many questions are answered within an hour."""

    in_all: int = 72_000
    of_an_address: int = 3_600


DEFAULT_QUOTA: Final = PublicQuota()


class TooOften(NamedTuple):
    """Why a question is not answered now."""

    wait_seconds: int
    words: str


class QuestionCounter:
    """Counts the questions to one public API: of each source, and of all together."""

    def __init__(self, quota: PublicQuota, clock: Clock) -> None:
        self._quota = quota
        self._in_all = DecayingCounter(quota.in_all, HOUR_SECONDS / quota.in_all, clock)
        self._by_source = DecayingCounter(quota.of_an_address, HOUR_SECONDS / quota.of_an_address, clock)

    def take(self, host: str) -> TooOften | None:
        """Count one question from an address, or return why it has to wait. One that waits is not counted.

        Addresses of this machine count in all alone, as connections do.
        """
        source = None if is_loopback(host) else source_of(host)
        if source is not None and (seconds := self._by_source.wait_seconds(source)) > 0:
            return _too_often(seconds, self._quota.of_an_address, "one address")
        if (seconds := self._in_all.wait_seconds(_ALL)) > 0:
            return _too_often(seconds, self._quota.in_all, "all together")
        self._in_all.add(_ALL)
        if source is not None:
            self._by_source.add(source)
        return None


def _too_often(seconds: float, most: int, whom: str) -> TooOften:
    wait, each = max(1, ceil(seconds)), HOUR_SECONDS / most
    pace = f"{each:.0f}" if each >= 1 else f"{each:.1g}"
    return TooOften(
        wait, f"{most} questions an hour are answered to {whom}: wait {wait} s, and then ask one every {pace} s at most"
    )
