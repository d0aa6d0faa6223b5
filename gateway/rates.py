"""Counts by key that decay with time, and the source that an address belongs to. Counts are in this process."""

import re
from collections.abc import Hashable
from heapq import nlargest
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from shared.clock import Clock

REMEMBERED: Final = 10_000
# What one subscriber may hold, from what each has at least to what a small provider has (RFC 6177 for IPv6): a /64 of
# IPv6 is as one address of IPv4, and so on.
IPV4_PREFIXES: Final = (32, 28, 24, 16)
IPV6_PREFIXES: Final = (64, 56, 48, 32)
UNKNOWN: Final = "unknown"

# RFC 6052: the last 32 bits are the IPv4 address of a client behind a translator.
_NAT64: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
# Some proxies forward the port as well, of IPv6 after a bracket.
_host: Final = re.compile(r"\[([^]]*)](?::\d+)?|([^:]+)(?::\d+)?").fullmatch


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
    return networks_of(host)[0]


def networks_of(host: str) -> tuple[str, str, str, str]:
    """Return the networks that one subscriber may hold an address in, the smallest, its source, first.

    Of an IPv6 address that stands for an IPv4 address those of the latter: NAT64, 6to4 and mapped ones.
    """
    address = _address(host)
    if address is None:
        return (UNKNOWN,) * 4
    address = _embedded(address) or address
    if isinstance(address, IPv4Address):
        of_four = (IPv4Network((int(address), prefix), strict=False) for prefix in IPV4_PREFIXES[1:])
        smallest, small, large, largest = str(address), *map(str, of_four)
    else:
        of_six = (IPv6Network((int(address), prefix), strict=False) for prefix in IPV6_PREFIXES)
        smallest, small, large, largest = map(str, of_six)
    return smallest, small, large, largest


def is_loopback(host: str) -> bool:
    """Return whether an address is one of this machine: a program on it, or a proxy that hides who asks."""
    address = _address(host)
    # Not what another IPv6 address stands for: a stranger may state 2002:7f00:1::.
    return address is not None and address.is_loopback


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Return an address that may have a port or a zone; a mapped one as IPv4."""
    with_port = _host(host)
    bare = host if with_port is None else with_port[1] or with_port[2] or ""
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _embedded(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for, if any."""
    if isinstance(address, IPv4Address):
        return None
    if any(address in network for network in _NAT64):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.sixtofour
