"""Gives synthetic records drawn pictures, as some of real ones have photographs: of no person who exists."""

from collections.abc import Callable, Sequence
from functools import cache
from random import Random
from typing import Any, Final, TypeVar

from services.notices.photograph_store import StoredPhotograph
from services.notices.photographed_store import PhotographedStore
from services.notices.photographs import photograph_of
from services.synthetic_pictures import drawn_picture
from shared.images.picture import Picture
from shared.records import service_kit as kit

_PICTURED_IN: Final = 3
_PICTURES: Final = 247

R = TypeVar("R", bound=kit.Record)


async def add_with_pictures(
    store: PhotographedStore[Any, Any], random: Random, records: Sequence[R], may_have: Callable[[R], bool]
) -> None:
    """Store new records, one in three of those that may have a picture with one."""
    pictured = [record for record in records if may_have(record) and not random.randrange(_PICTURED_IN)]
    ids = await store.give_photograph_ids(len(pictured), random.randbytes) if pictured else ()
    rows = [_pictured(record, each, random.choice(_pictures())) for record, each in zip(pictured, ids, strict=True)]
    by_id = {record.id: record for record, _ in rows}
    await store.add_many([by_id.get(record.id, record) for record in records])
    if rows:
        await store.add_photographs_many([row for _, row in rows])


def _pictured(record: R, photograph_id: str, picture: Picture) -> tuple[R, StoredPhotograph]:
    photograph = photograph_of(photograph_id, picture)
    stated = record.model_copy(update={"photographs": (photograph,)})
    return stated, StoredPhotograph(record.id, record.owner, photograph, picture)


@cache
def _pictures() -> Sequence[Picture]:
    """Return the pictures that synthetic people share: to draw one takes longer than all else of a record."""
    random = Random(_PICTURES)  # noqa: S311 - nothing secret is drawn
    return [drawn_picture(random) for _ in range(_PICTURES)]
