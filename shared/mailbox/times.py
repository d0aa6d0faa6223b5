"""Times in a mailbox: milliseconds since 1970, whole numbers, so that the same time is the same wherever it was."""

from datetime import datetime

from shared.clock import time_at


def milliseconds(seconds: float) -> int:
    """Return the milliseconds for a time, or a span of it, that is stated in seconds."""
    return round(seconds * 1000)


def milliseconds_at(at: datetime) -> int:
    """Return the milliseconds since 1970."""
    return milliseconds(at.timestamp())


def moment(at: int) -> datetime:
    """Return the time behind milliseconds since 1970."""
    return time_at(at / 1000)
