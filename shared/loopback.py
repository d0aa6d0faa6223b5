"""Which hosts of a URL are this machine: it needs no token there, or nothing is sent over a network."""

from ipaddress import ip_address


def is_localhost(name: str) -> bool:
    """Return whether a name, in lower case, is `localhost` or below it, which needs no name server (RFC 6761, 6.3)."""
    return f".{name}".endswith(".localhost")


def is_loopback(host: str) -> bool:
    """Return whether a host, in lower case, is this machine by its name or its address."""
    try:
        return is_localhost(host) or ip_address(host).is_loopback
    except ValueError:
        return False
