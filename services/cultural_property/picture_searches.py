"""Searches by a picture as they are saved: the points of the picture, without the picture itself.

They are looked up by the keys by which the search looked for candidates, so that what it could find is found later as
well, and decided as it decides: which of the points one view of a plane explains (ADR 120).
"""

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

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
SENDER = "saved searches"


def _are_points(stored: bytes) -> bytes:
    points_of(stored)
    return stored


class WorkSearch(WorkQuery):
    """A search as it is kept for a while: in words, or the points of a picture, without the picture."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    points: Annotated[bytes, Field(max_length=MAX_BYTES), AfterValidator(_are_points)] | None = Field(
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


async def match(
    work: Work, photographs: Sequence[StoredPoints], sought: bytes, reader: LikenessReader
) -> kit.Hit[Work] | None:
    """Return the hit of a search in a work with photographs, None if none of them agrees. Raises Busy."""
    compared = [
        Compared(work.id, each.photograph_id, Candidate(each.points, is_mirrored))
        for each in photographs
        for is_mirrored in (False, True)
    ]
    scores = await reader.compare(points_of(sought), [each.candidate for each in compared], SENDER)
    best = best_of([Likeness(*pair) for pair in zip(compared, scores, strict=True)])
    return hit_of(best[0], work) if best else None
