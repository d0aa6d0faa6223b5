"""What a refused request may have changed all the same, and whether it may be sent again: in words, for every refusal.

Knows no refusal: each class states its outcome (`shared.errors`), and who renders it knows whether the request changes
something.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """What became of the change that a refused request asked for."""

    NOTHING_CHANGED = "no"
    """It was not made."""

    UNKNOWN = "perhaps"
    """It may have been made: what failed came after it, or on the way back."""

    MADE_BEFORE = "yes, by the same request before"
    """It was made when the same request arrived the first time."""


# RFC 9110 section 9.2.1.
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
READ: Final = ":read"
# What is refused for the moment alone.
LATER: Final = frozenset({408, 429, 503, 507})
LOST: Final = frozenset({503, 504})

NOTHING_CHANGED: Final = "nothing was changed"
MAY_BE_MADE: Final = (
    "the change may have been made: read the record, or the list if it is new, before you send it again; "
    "an entry with a `reference`, or a message with an `Idempotency-Key`, can be sent again as it is, and is made once"
)


def changes_something(method: str, scopes: Collection[str]) -> bool:
    """Return whether an operation changes something: neither one of a safe method, nor one that needs `read` alone."""
    reads = bool(scopes) and all(scope.endswith(READ) for scope in scopes)
    return method not in SAFE_METHODS and not reads


def outcome_in_words(outcome: Outcome, status: int, *, changes: bool) -> str:
    """Return what the detail of a refusal adds; nothing where the client has to correct the request anyway.

    `changes` says whether the request may have got as far as to change something.
    """
    if status < 500:
        return ""
    if outcome is Outcome.UNKNOWN and changes:
        return MAY_BE_MADE
    again = outcome is Outcome.UNKNOWN and status in LOST
    return f"{NOTHING_CHANGED}: send it again" if again else NOTHING_CHANGED


def repetition_in_words(outcome: Outcome, status: int) -> str:
    """Return whether a request that was refused may be sent again as it is."""
    if outcome is Outcome.UNKNOWN:
        return "a read at once, a change after a look"
    if outcome is Outcome.MADE_BEFORE:
        return "no need"
    if status == 401:
        return "with another token"
    if status == 500:
        return "no: an operator has to mend it"
    return "yes, later" if status in LATER else "not as it is"
