"""Searches by a picture as they are saved: the points of the picture, without the picture itself.

They are looked up by the keys by which the search looked for candidates, so that what it could find is found later as
well, and decided as it decides: which of the points one view of a plane explains (ADR 120).
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Annotated, Final

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema

from services.cultural_property.likeness.keys import keys_of
from services.cultural_property.likeness.messages import Candidate
from services.cultural_property.likeness.points import MAX_BYTES, points_of
from services.cultural_property.likeness.reader import LikenessReader, SoughtPicture
from services.cultural_property.models import Work
from services.cultural_property.photographs import Compared, StoredPoints
from services.cultural_property.picture_hits import Likeness, best_of, hit_of
from services.cultural_property.queries import WorkQuery
from shared.records import service_kit as kit

# Who waits for what is compared of saved searches: not a bureau.
SENDER: Final = "saved searches"
MAX_REMEMBERED: Final = 50_000
"""Searches, each with photographs that it does not mean: some 5 MB."""


def _are_points(stored: bytes) -> bytes:
    points_of(stored)
    return stored


# Four signs for three bytes.
_AS_TEXT: Final = WithJsonSchema({"type": "string", "contentEncoding": "base64", "maxLength": 4 * (MAX_BYTES // 3 + 1)})


class WorkSearch(WorkQuery):
    """A search as it is kept for a while: in words, or the points of a picture, without the picture."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    points: Annotated[bytes, Field(max_length=MAX_BYTES), AfterValidator(_are_points), _AS_TEXT] | None = Field(
        None, description="Of the picture that is sought, in the form in which this service keeps them."
    )


class PictureSought(WorkSearch):
    """A search that is made now, with the keys of its picture and of the mirror image: they are not stored in it."""

    keys: frozenset[int] = Field(exclude=True)


def sought_now(sought: SoughtPicture) -> PictureSought:
    """Return the search by a picture."""
    return PictureSought(points=sought.points.to_bytes(), keys=sought.keys | sought.mirror_keys)


def query_terms(points: bytes, query: WorkQuery) -> Iterable[str]:
    """Return the terms under which a search is saved; of one that was read again, those of a photograph."""
    return map(_term, query.keys if isinstance(query, PictureSought) else keys_of(points_of(points)))


def record_terms(photographs: Iterable[StoredPoints]) -> Iterable[str]:
    """Return the terms under which the searches are looked up that may mean one of some photographs."""
    return {_term(key) for each in photographs for key in keys_of(points_of(each.points))}


def _term(key: int) -> str:
    return f"picture:{key}"


class PictureMatcher:
    """Compares saved searches by pictures with the photographs of works, in a process of its own.

    It remembers what did not agree: a work that changes and keeps its photographs is not compared again.
    """

    def __init__(self, reader: LikenessReader) -> None:
        self._reader = reader
        self._missed: dict[bytes, None] = {}

    async def close(self) -> None:
        """End the process."""
        await self._reader.close()

    async def match(
        self, work: Work, photographs: Sequence[StoredPoints], sought: Sequence[bytes]
    ) -> Sequence[kit.Hit[Work] | None]:
        """Return the hit of each search in a work with photographs, None if none of them agrees. Raises Busy."""
        pairs = {points: _pair(points, photographs) for points in sought}
        new = [points for points, pair in pairs.items() if pair not in self._missed]
        best = await self._compare(work, photographs, new) if photographs and new else {}
        for points in new:
            if best.get(points) is None:
                self._remember(pairs[points])
        return [hit_of(found, work) if (found := best.get(points)) else None for points in sought]

    async def _compare(
        self, work: Work, photographs: Sequence[StoredPoints], sought: Sequence[bytes]
    ) -> Mapping[bytes, Likeness | None]:
        compared = [
            Compared(work.id, each.photograph_id, Candidate(each.points, is_mirrored))
            for each in photographs
            for is_mirrored in (False, True)
        ]
        candidates = [each.candidate for each in compared]
        scores = await self._reader.compare_each([points_of(each) for each in sought], candidates, SENDER)
        return {
            points: next(iter(best_of([Likeness(*pair) for pair in zip(compared, of_points, strict=True)])), None)
            for points, of_points in zip(sought, scores, strict=True)
        }

    def _remember(self, pair: bytes) -> None:
        if len(self._missed) >= MAX_REMEMBERED:
            del self._missed[next(iter(self._missed))]
        self._missed[pair] = None


def _pair(sought: bytes, photographs: Sequence[StoredPoints]) -> bytes:
    """Return a digest of what is compared."""
    digest = blake2b(sought, digest_size=16)
    for points in sorted({each.points for each in photographs}):
        digest.update(blake2b(points).digest())
    return digest.digest()
