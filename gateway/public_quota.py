"""How often anyone may ask a public API: each question adds a leaf or two to the audit log of a service.

Counts are in this process, for each public API alone, and decay evenly: after half an hour half of the questions are
free again. A network that one subscriber may hold has a part of them: the others are left to others.
"""

from math import ceil
from typing import Final, NamedTuple

from gateway.rates import IPV4_PREFIXES, IPV6_PREFIXES, DecayingCounter, is_loopback, networks_of
from shared.clock import Clock

HOUR_SECONDS: Final = 3600
SHARES: Final = (10, 5, 2)
"""One in so many of all questions is answered to a larger network: IPv6 /56, /48 and /32, IPv4 /28, /24 and /16."""

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


class _Bound:
    """How many questions of each key are answered within an hour, and which key that is, in words."""

    def __init__(self, most: int, key: str, clock: Clock) -> None:
        self.most = most
        self.key = key
        self.counter = DecayingCounter(most, HOUR_SECONDS / most, clock)


class QuestionCounter:
    """Counts the questions to one public API: of each source, of each network around it, and of all together."""

    def __init__(self, quota: PublicQuota, clock: Clock) -> None:
        networks = zip(SHARES, IPV4_PREFIXES[1:], IPV6_PREFIXES[1:], strict=True)
        self._of_networks = [
            _Bound(quota.of_an_address, "one address", clock),
            *(
                _Bound(max(1, quota.in_all // share), f"one network (IPv4 /{four}, IPv6 /{six})", clock)
                for share, four, six in networks
            ),
        ]
        self._of_all = _Bound(quota.in_all, "all together", clock)

    def take(self, host: str) -> TooOften | None:
        """Count one question from an address, or return why it has to wait. One that waits is not counted.

        Addresses of this machine count in all alone, as connections do.
        """
        keys = () if is_loopback(host) else networks_of(host)
        bounds = [*zip(self._of_networks, keys, strict=False), (self._of_all, _ALL)]
        for bound, key in bounds:
            if (seconds := bound.counter.wait_seconds(key)) > 0:
                return _too_often(seconds, bound)
        for bound, key in bounds:
            bound.counter.add(key)
        return None


def _too_often(seconds: float, bound: _Bound) -> TooOften:
    wait, each = max(1, ceil(seconds)), HOUR_SECONDS / bound.most
    pace = f"{each:.0f}" if each >= 1 else f"{each:.1g}"
    return TooOften(
        wait,
        f"{bound.most} questions an hour are answered to {bound.key}: wait {wait} s, and then ask one every {pace} s "
        "at most",
    )
