"""Identifiers that sort by time of creation (UUIDv7, RFC 9562 section 5.7)."""

import os
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field

from shared.patterns import in_words

UUID_PATTERN: Final = in_words("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", "must be a UUID in lower case")
"""Any UUID in lower case."""

UUID7_PATTERN: Final = in_words(
    "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", "must be a UUIDv7 in lower case"
)
"""A UUIDv7 in lower case."""


def uuid7(at: datetime, randbytes: Callable[[int], bytes] = os.urandom) -> str:
    """Return a UUIDv7: 48 bits of Unix milliseconds, then 74 random bits."""
    time, chance = f"{int(at.timestamp() * 1000):012x}", randbytes(10).hex()
    # The first digit of the fourth group holds the variant: two bits fixed, two random.
    variant = "89ab"[int(chance[3], 16) & 3]
    return f"{time[:8]}-{time[8:]}-7{chance[:3]}-{variant}{chance[4:7]}-{chance[7:19]}"


def id_field(what: str) -> Any:
    """Return the pydantic field of an id that `uuid7` made."""
    return Field(
        pattern=UUID7_PATTERN,
        description=f"Identifies {what}: a UUIDv7 in lower case.",
        examples=["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"],
    )


RecordId = Annotated[str, id_field("the record in its service")]


def example_id(kind: int, number: int) -> str:
    """Return the id of one of the example records of a kind, which the documents name and `i247 seed` enters."""
    return f"0197a3c2-5b1e-7c3a-9f20-4d5e{kind:04d}{number:04d}"
