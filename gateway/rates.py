"""Counts by key that decay with time, and the source that an address belongs to. Counts are in this process."""

from collections.abc import Hashable
from heapq import nlargest
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from shared.clock import Clock

REMEMBERED: Final = 10_000
# RFC 6177: a subscriber has at least one /64, and may use any address in it.
IPV6_PREFIX: Final = 64
UNKNOWN: Final = "unknown"


class DecayingCounter:
    """Counts by key, each up to a limit. A count decays by one in `seconds_each`."""

    def __init__(self, allowed: int, seconds_each: float, clock: Clock) -> None:
        self._seconds = seconds_each
        self._most_seconds = allowed * seconds_each
        self._clock = clock
        # How many seconds each count needed to decay to nothing, and when.
        self._counts: dict[Hashable, tuple[float, float]] = {}

    def wait_seconds(self, key: Hashable) -> float:
        """Return how long the key has to wait before one more may be counted."""
        return max(0.0, self._left(key) + self._seconds - self._most_seconds)

    def add(self, key: Hashable) -> None:
        """Count one. A count does not exceed the limit: many at once do not make the wait longer."""
        if key not in self._counts and len(self._counts) >= REMEMBERED:
            # To have a count forgotten takes as many under thousands of other keys.
            kept = nlargest(REMEMBERED * 9 // 10, list(self._counts), key=self._left)
            self._counts = {each: self._counts[each] for each in kept}
        self._counts[key] = min(self._left(key) + self._seconds, self._most_seconds), self._clock.monotonic()

    def forget(self, key: Hashable) -> None:
        """Forget the count of a key."""
        self._counts.pop(key, None)

    def _left(self, key: Hashable) -> float:
        """Return how many seconds the count of a key still needs to decay."""
        now = self._clock.monotonic()
        left, at = self._counts.get(key, (0.0, now))
        return max(0.0, left - (now - at))


def source_of(host: str) -> str:
    """Return the source that an address belongs to: an IPv4 address itself, of an IPv6 address its /64."""
    address = _address(host)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), IPV6_PREFIX), strict=False))
    return UNKNOWN if address is None else str(address)


def is_loopback(host: str) -> bool:
    """Return whether an address is one of this machine: a program on it, or a proxy that hides who asks."""
    address = _address(host)
    return address is not None and address.is_loopback


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
