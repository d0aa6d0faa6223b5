"""The number of the list of users in the configuration of a NATS server, which is one of the tags of the server.

With TLS the server sends a relay its tags with each question, so that a relay with an older list admits nobody.
"""

import time
from collections.abc import Iterable
from typing import Final

_PREFIX: Final = "users-"


def list_tag(number: int) -> str:
    """Return the tag that states the number of a list."""
    return f"{_PREFIX}{number}"


def list_number(tags: Iterable[str]) -> int:
    """Return the number in the tags of a server; 0 if there is none."""
    stated = (tag.removeprefix(_PREFIX) for tag in tags if tag.startswith(_PREFIX))
    return max((int(number) for number in stated if number.isdecimal()), default=0)


def number_after(number: int) -> int:
    """Return the number of the next list: milliseconds since 1970, but larger than the number before."""
    return max(number + 1, time.time_ns() // 1_000_000)
