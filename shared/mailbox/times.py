"""Times in a mailbox: whole milliseconds since 1970, so that equal times stay equal in every store."""

from datetime import datetime

from shared.clock import time_at


def milliseconds(seconds: float) -> int:
    """Return seconds as milliseconds."""
    return round(seconds * 1000)


def milliseconds_at(at: datetime) -> int:
    """Return the milliseconds since 1970."""
    return milliseconds(at.timestamp())


def moment(at: int) -> datetime:
    """Return the time of milliseconds since 1970."""
    return time_at(at / 1000)
