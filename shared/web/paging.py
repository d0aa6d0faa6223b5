"""Pages of the lists of a mailbox: messages, hits, requests. Each item has a number in order of arrival."""

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field

# Larger integers lose digits in some parsers of JSON.
MAX_NUMBER: Final = 2**53
# A reply of this size fits into a parcel, escaped.
MAX_REPLY_BYTES: Final = 3 * 1024 * 1024

T = TypeVar("T")


class PageQuery(BaseModel):
    """The query of a list, newest first; a list adds its filters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: int | None = Field(None, ge=1, le=MAX_NUMBER, description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=200, description="How many at most.", examples=[50])


def count_within_reply(sizes: Iterable[int]) -> int:
    """Return how many items of these sizes in bytes fit into a reply, but at least one."""
    count = total = 0
    for size in sizes:
        total += size
        if count and total > MAX_REPLY_BYTES:
            break
        count += 1
    return count


def within_reply_size(found: Sequence[tuple[T, str]]) -> list[T]:
    """Return the first items that fit into a reply, each given with the content of its record."""
    return [each for each, _ in found[: count_within_reply(len(content.encode()) for _, content in found)]]
