"""How new the list of users in the configuration of a NATS server is, which the server states as one of its tags.

Where TLS is on the server tells a relay its tags with each question, so that one with an older list lets nobody in.
"""

import time
from collections.abc import Iterable
from typing import Final

_PREFIX: Final = "users-"


def list_tag(number: int) -> str:
    """Return the tag that states the number of a list."""
    return f"{_PREFIX}{number}"


def list_number(tags: Iterable[str]) -> int:
    """Return the number that tags state; 0 where none does."""
    stated = (tag.removeprefix(_PREFIX) for tag in tags if tag.startswith(_PREFIX))
    return max((int(number) for number in stated if number.isdecimal()), default=0)


def number_after(number: int) -> int:
    """Return the number of the list that follows: milliseconds since 1970, later than the one before in any case."""
    return max(number + 1, time.time_ns() // 1_000_000)
