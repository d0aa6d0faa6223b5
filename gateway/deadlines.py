"""The clocks of what one bureau asks of another: how much time it has, by urgency, and when that is over.

Part of the protocol: both bureaus compute from signed times. Times are milliseconds since 1970. No input or output.
"""

from collections.abc import Mapping
from typing import Final

from shared.protocol.payloads import Urgency

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
# Tolerance in milliseconds between a time that is computed here and one that is signed in fractions of seconds.
ROUNDING: Final = 1000
# Of the year 9999.
LAST_SECOND: Final = 253_402_300_799

Deadlines = Mapping[Urgency, int]
"""How much time there is for an answer."""


def is_time(seconds: float) -> bool:
    """Return whether seconds since 1970 are a time of the calendar."""
    return 0 <= seconds <= LAST_SECOND


def is_over(due: int, signed: int) -> bool:
    """Return whether a deadline had passed when something was signed."""
    return signed >= due - ROUNDING


def is_as_agreed(deadlines: Deadlines, urgency: Urgency, requested: int, due: int) -> bool:
    """Return whether a request leaves the bureau that is asked the agreed time."""
    return abs(due - requested - deadlines[urgency]) <= ROUNDING
