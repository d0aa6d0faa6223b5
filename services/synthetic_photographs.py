"""Gives synthetic records drawn pictures, as some of real ones have photographs: of no person who exists."""

from collections.abc import Mapping, Sequence
from functools import cache
from random import Random
from typing import Any, Final, TypeVar

from services.synthetic_pictures import drawn_picture
from services.synthetic_records import was_deleted
from shared.images.picture import Picture
from shared.records import service_kit as kit

PICTURED_IN: Final = 3
_PICTURES: Final = 247

R = TypeVar("R", bound=kit.Record)


def draw_pictures(random: Random, ids: Sequence[str]) -> dict[str, int]:
    """Return which picture each record has, by their ids: one in three has one."""
    return {each: random.randrange(_PICTURES) for each in ids if not random.randrange(PICTURED_IN)}


def shared_pictures(numbers: Mapping[str, int]) -> dict[str, Picture]:
    """Return the pictures with these numbers, by the same ids."""
    return {record: _pictures()[number] for record, number in numbers.items()}


async def add_with_pictures(
    store: kit.PhotographedStore[Any, Any], random: Random, records: Sequence[R], pictures: Mapping[str, Picture]
) -> None:
    """Store new records, some with a picture as a photograph: by their ids."""
    pictured = [record for record in records if record.id in pictures]
    ids = await store.give_photograph_ids(len(pictured), random.randbytes) if pictured else ()
    rows = [_pictured(record, each, pictures[record.id]) for record, each in zip(pictured, ids, strict=True)]
    by_id = {record.id: record for record, _ in rows}
    await store.add_many([by_id.get(record.id, record) for record in records])
    if rows:
        await store.add_photographs_many([row for _, row in rows])


def _pictured(record: R, photograph_id: str, picture: Picture) -> tuple[R, kit.StoredPhotograph]:
    photograph = kit.photograph_of(photograph_id, picture)
    stated = record.model_copy(update={"photographs": (photograph,)})
    return stated, kit.StoredPhotograph(record.id, record.owner, photograph, picture)


async def add_pictured_example(
    store: kit.PhotographedStore[Any, Any], record: Any, pictures: Mapping[str, Picture]
) -> None:
    """Add an example record with pictures as photographs, by their ids, unless it was deleted."""
    if await was_deleted(record, store.session):
        return
    stated = tuple(kit.photograph_of(each, picture) for each, picture in pictures.items())
    await store.add_many([record.model_copy(update={"photographs": stated})])
    rows = zip(stated, pictures.values(), strict=True)
    await store.add_photographs_many([kit.StoredPhotograph(record.id, record.owner, *row) for row in rows])


@cache
def _pictures() -> Sequence[Picture]:
    """Return the pictures that synthetic people share: to draw one takes longer than all else of a record."""
    random = Random(_PICTURES)  # noqa: S311 - nothing secret is drawn
    return [drawn_picture(random) for _ in range(_PICTURES)]
