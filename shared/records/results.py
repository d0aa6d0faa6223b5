"""How records are answered: one page of a list, the hits of a search."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from shared.identity import How, Shown
from shared.records.policy import Record, RecordId

R = TypeVar("R", bound=Record)
T = TypeVar("T")

# What is told at once fits into an answer, escaped and all.
MAX_TOLD_BYTES: Final = 3 * 1024 * 1024


class PageQuery(BaseModel):
    """Which page of a list; a service adds its filters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: RecordId | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=200, description="How many at the most.", examples=[50])


class Page(BaseModel, Generic[R]):
    """One page of a list, newest first."""

    items: list[R] = Field(description="The records, newest first: no more than an answer takes.")
    next: str | None = Field(
        description="Pass as `after` to get the next page; null on the last one.",
        examples=["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"],
    )


class Hit(BaseModel, Generic[R]):
    """A record that a search found. A hit is not proof: ask the owner to confirm it before acting on it."""

    score: float = Field(ge=0, le=1, description="How well the record fits the search: 1 is exact.", examples=[1.0])
    match: str = Field(
        description="Which part of the search met which part of the record.", examples=["name: Dupond ~ Dupont"]
    )
    record: R


class Hits(BaseModel, Generic[R]):
    """What a search found, best first."""

    hits: list[Hit[R]] = Field(description="The best, each with its score: no more than an answer takes.")
    total: int = Field(ge=0, description="How many records fit, also beyond those shown.", examples=[1])


def fitting(sizes: Iterable[int]) -> int:
    """Return how many of those that have these sizes in bytes are told at once: the first in any case."""
    count = told = 0
    for size in sizes:
        told += size
        if count and told > MAX_TOLD_BYTES:
            break
        count += 1
    return count


def told_at_once(found: Sequence[tuple[T, str]]) -> list[T]:
    """Return as many of what was found, each given with the content of its record, as are told at once."""
    return [each for each, _ in found[: fitting(len(content.encode()) for _, content in found)]]


def shown_in(answer: Any, how: How = "read") -> Iterator[Shown]:
    """Yield every record in what a route answers, however it is wrapped."""
    if isinstance(answer, Record):
        yield shown(answer, how)
    elif isinstance(answer, Hits):
        yield from (shown(hit.record, "search", hit.score, hit.match) for hit in answer.hits)
    else:
        for part in _parts_of(answer):
            yield from shown_in(part, "list" if isinstance(answer, Page) else how)


def _parts_of(answer: Any) -> Iterable[Any]:
    parts = vars(answer) if isinstance(answer, BaseModel) else answer
    if isinstance(parts, Mapping):
        return parts.values()
    return parts if isinstance(parts, list | tuple | set | frozenset) else ()


def shown(record: Record, how: How, score: float = 1.0, match: str = "") -> Shown:
    """Return the note that a version of a record was shown."""
    return Shown(record.record_kind(), record.id, record.version, record.owner, how, score, match)
