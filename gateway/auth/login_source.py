"""Where a login comes from, as its failures are counted."""

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

# RFC 6177: a subscriber has at least one /64, and may take any address in it.
IPV6_PREFIX: Final = 64
UNKNOWN: Final = "unknown"


def source_of(host: str) -> str:
    """Return the source that an address belongs to: an IPv4 address itself, of an IPv6 address its /64."""
    try:
        address = ip_address(host)
    except ValueError:
        return UNKNOWN
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), IPV6_PREFIX), strict=False))
