"""Which page is wanted of what a mailbox holds: messages, hits, requests. Each is numbered as it comes in."""

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field

# Beyond it not every reader of JSON keeps a number as it is.
MAX_NUMBER: Final = 2**53


T = TypeVar("T")


class PageQuery(BaseModel):
    """Which page of a list, newest first; a list adds its filters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: int | None = Field(None, ge=1, le=MAX_NUMBER, description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=200, description="How many at the most.", examples=[50])


def count_within_reply(sizes: Iterable[int]) -> int:
    """Return how many of those that have these sizes in bytes are told at once: the first in any case."""
    count = told = 0
    for size in sizes:
        told += size
        if count and told > MAX_REPLY_BYTES:
            break
        count += 1
    return count


def within_reply_size(found: Sequence[tuple[T, str]]) -> list[T]:
    """Return as many of what was found, each given with the content of its record, as are told at once."""
    return [each for each, _ in found[: count_within_reply(len(content.encode()) for _, content in found)]]


# What is told at once fits into an answer, escaped and all.
MAX_REPLY_BYTES: Final = 3 * 1024 * 1024
