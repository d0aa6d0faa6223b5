"""Identifiers that sort by the time of their making (UUIDv7, RFC 9562 section 5.7)."""

import os
from collections.abc import Callable
from datetime import datetime
from uuid import UUID


def uuid7(at: datetime, randbytes: Callable[[int], bytes] = os.urandom) -> str:
    """Return a UUIDv7: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = int(at.timestamp() * 1000)
    value = (milliseconds << 80) | int.from_bytes(randbytes(10))
    value &= ~(0xF << 76) & ~(0x3 << 62)
    return str(UUID(int=value | (0x7 << 76) | (0x2 << 62)))
