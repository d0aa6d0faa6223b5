"""Stores by which keys the photographs of works are found, and the points that are compared.

What is stored of a photograph takes at most 4.1 KB, and some 220 rows of keys: they follow from the points, so that no
index leads from a photograph to its keys. Does NOT decode or compare pictures.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from services.cultural_property.likeness.keys import keys_of
from services.cultural_property.likeness.messages import MAX_CANDIDATES, Candidate
from services.cultural_property.likeness.points import points_of
from services.cultural_property.tables import photograph_keys, photograph_points, works
from shared.records import service_kit as kit

LIKELIEST: Final = 50_000
"""So many photographs that share most keys are looked at, before those that the caller may not see are left out: as
many as 5,000 works of ten photographs."""

OF_AN_OWNER: Final = 20
"""Of one owner so many are compared before further ones of that owner: a bureau that enters one picture many times does
not push out those of others."""

points: Final = photograph_points
keys: Final = photograph_keys

_key: Final[sa.BindParameter[int]] = sa.bindparam("of_key")
_photograph: Final[sa.BindParameter[int]] = sa.bindparam("of_photograph")
_record: Final[sa.BindParameter[str]] = sa.bindparam("of_record")
_ADD_POINTS: Final = sa.insert(points)
_OF_RECORD: Final = sa.select(points.c.id, points.c.points).where(points.c.record_id == _record)
_FORGET_KEY: Final = sa.delete(keys).where(keys.c.key == _key, keys.c.photograph == _photograph)
_FORGET_POINTS: Final = sa.delete(points).where(points.c.id == _photograph)

_shared: Final = sa.func.count().label("shared")
_likeliest: Final = (
    sa.select(keys.c.photograph, _shared)
    .where(kit.is_one_of(keys.c.key, "sought"))
    .group_by(keys.c.photograph)
    .order_by(_shared.desc(), keys.c.photograph)
    .limit(LIKELIEST)
    .subquery("likeliest")
)
_is_shown: Final = (kit.visible(works), works.c.is_sought == sa.true())
_turn: Final = sa.func.row_number().over(
    partition_by=works.c.owner, order_by=(_likeliest.c.shared.desc(), _likeliest.c.photograph)
)
_shown: Final = (
    sa.select(*_likeliest.c["photograph", "shared"], _turn.label("turn"))
    .join(points, points.c.id == _likeliest.c.photograph)
    .join(works, works.c.id == points.c.record_id)
    .where(*_is_shown)
    .subquery("shown")
)
_further: Final = sa.case((_shown.c.turn > OF_AN_OWNER, 1), else_=0).label("further")
_CANDIDATES: Final = (
    sa.select(*_shown.c["photograph", "shared"], _further)
    .order_by(_further, _shown.c.shared.desc(), _shown.c.photograph)
    .limit(MAX_CANDIDATES)
)
_POINTS: Final = (
    sa.select(points.c.id, points.c.record_id, points.c.points)
    .join(works, works.c.id == points.c.record_id)
    .where(kit.is_one_of(points.c.id, "ids"), *_is_shown)
)


class SoughtKeys(NamedTuple):
    """The keys of a picture that is sought, and of its mirror image."""

    straight: Collection[int]
    mirrored: Collection[int]


class Likely(NamedTuple):
    """A photograph that shares keys with a picture that is sought, or with its mirror image; the best is the least."""

    further: int
    """Whether its owner has others before it."""

    unshared: int
    """The keys that it shares, as a negative number."""

    photograph: int
    is_mirrored: bool


class StoredPoints(NamedTuple):
    """What is stored of a photograph of a work."""

    photograph_id: str
    points: bytes


class Compared(NamedTuple):
    """A photograph of a work, and the points that are compared."""

    record_id: str
    photograph_id: str
    candidate: Candidate


async def add(session: kit.Session, stored: Iterable[kit.StoredPhotograph]) -> None:
    """Store the points and keys of photographs whose pictures were described; others are not found by pictures."""
    described = [each for each in stored if each.picture.description]
    for each in described:
        row = {"id": _number(each), "record_id": each.record_id, "points": each.picture.description}
        await session.execute(_ADD_POINTS, row)
    rows = sorted((key, _number(each)) for each in described for key in keys_of(points_of(each.picture.description)))
    if rows:
        await session.insert(keys, ["key", "photograph"], rows)


def _number(stored: kit.StoredPhotograph) -> int:
    return int(stored.photograph.id)


async def forget(session: kit.Session, record_id: str, photograph_ids: Collection[str] | None) -> None:
    """Delete the points and keys of photographs of a record, or of all of them."""
    rows = await session.fetch(_OF_RECORD, {"of_record": record_id}, in_thread=True)
    for row in rows:
        if photograph_ids is None or str(row.id) in photograph_ids:
            gone = [{"of_key": key, "of_photograph": row.id} for key in sorted(keys_of(points_of(row.points)))]
            await session.execute(_FORGET_KEY, gone, in_thread=True)
            await session.execute(_FORGET_POINTS, {"of_photograph": row.id})


async def points_of_record(session: kit.Session, record_id: str) -> Sequence[StoredPoints]:
    """Return what is stored of the photographs of a record. Does NOT check who may see it."""
    rows = await session.fetch(_OF_RECORD, {"of_record": record_id}, in_thread=True)
    return [StoredPoints(str(row.id), row.points) for row in rows]


async def candidates(session: kit.Session, sought: SoughtKeys, visibility: Mapping[str, Any]) -> Sequence[Compared]:
    """Return the photographs that the caller may see and that share most keys with a picture, at most 200."""
    likely = [
        Likely(row.further, -row.shared, row.photograph, is_mirrored)
        for is_mirrored, asked in ((False, sought.straight), (True, sought.mirrored))
        for row in await session.fetch(_CANDIDATES, {"sought": sorted(asked), **visibility}, in_thread=True)
    ]
    best = sorted(likely)[:MAX_CANDIDATES]
    ids = {"ids": sorted({each.photograph for each in best}), **visibility}
    stored = {row.id: row for row in await session.fetch(_POINTS, ids, in_thread=True)}
    return [
        Compared(row.record_id, str(each.photograph), Candidate(row.points, each.is_mirrored))
        for each in best
        if (row := stored.get(each.photograph)) is not None
    ]
