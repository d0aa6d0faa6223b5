"""Stores the photographs of the records of a service, of whatever kind, and gives them their ids.

Does NOT check who may see a record: read the record first.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from shared.bureaus import MAX_CODE, BureauCode
from shared.images.picture import Picture
from shared.records.photographs.rules import Photograph, draw_id, size_of
from shared.storage import Session, insert, is_one_of

# Of a multiple insertion.
BATCH_SIZE: Final = 500

_record: Final[sa.BindParameter[str]] = sa.bindparam("of_record", type_=sa.String)
_id: Final[sa.BindParameter[str]] = sa.bindparam("of_id", type_=sa.String)


class StoredPhotograph(NamedTuple):
    """A photograph of a record, with its bytes."""

    record_id: str
    owner: BureauCode
    photograph: Photograph
    picture: Picture


class PhotographTables:
    """The tables of photographs, and their statements."""

    def __init__(self, metadata: sa.MetaData) -> None:
        """Declare the tables in the metadata of a service."""
        self.photographs = sa.Table(
            "photographs",
            metadata,
            sa.Column("id", sa.String(8), primary_key=True),
            sa.Column("record_id", sa.String(36), nullable=False, index=True),
            sa.Column("owner", sa.String(MAX_CODE), nullable=False),
            sa.Column("size", sa.Integer, nullable=False),
            sa.Column("thumbnail", sa.LargeBinary, nullable=False),
            # The last, so that a thumbnail is read without the image before it.
            sa.Column("jpeg", sa.LargeBinary, nullable=False),
            sa.Index("photographs_owner", "owner", "size"),
        )
        # All that were ever given, as none is given again when its photograph is deleted.
        self.ids = sa.Table(
            "photograph_ids",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        )
        columns = self.photographs.c
        one = sa.and_(columns.record_id == _record, columns.id == _id)
        self._give = insert(self.ids).on_conflict_do_nothing()
        self._given = sa.select(self.ids.c.id).where(is_one_of(self.ids.c.id, "drawn"))
        self._add = sa.insert(self.photographs)
        self._delete = sa.delete(self.photographs).where(one)
        self._delete_all = sa.delete(self.photographs).where(columns.record_id == _record)
        self._jpeg = sa.select(columns.jpeg.label("content")).where(one)
        self._thumbnail = sa.select(columns.thumbnail.label("content")).where(one)
        used = sa.func.coalesce(sa.func.sum(columns.size), 0).label("used")
        self._used = sa.select(used).where(columns.owner == sa.bindparam("of_owner", type_=sa.String))

    async def give_id(self, session: Session, randbytes: Callable[[int], bytes]) -> str:
        """Draw an id that no photograph ever had, and reserve it once the transaction is committed."""
        while True:
            number = draw_id(randbytes)
            if await session.execute(self._give, {"id": number}):
                return str(number)

    async def give_ids(self, session: Session, count: int, randbytes: Callable[[int], bytes]) -> Sequence[str]:
        """Draw many ids at once, for synthetic photographs: only those of this transaction may be given meanwhile."""
        drawn = dict.fromkeys(draw_id(randbytes) for _ in range(count))
        given = {row.id for row in await session.fetch(self._given, {"drawn": list(drawn)})}
        free = [number for number in drawn if number not in given]
        await session.insert(self.ids, ["id"], [[number] for number in free])
        more = await self.give_ids(session, count - len(free), randbytes) if len(free) < count else ()
        return [*map(str, free), *more]

    async def add(self, session: Session, added: Sequence[StoredPhotograph]) -> None:
        """Store photographs."""
        for first in range(0, len(added), BATCH_SIZE):
            await session.execute(self._add, [_row(each) for each in added[first : first + BATCH_SIZE]], in_thread=True)

    async def forget(self, session: Session, record_id: str, photograph_id: str) -> None:
        """Delete the bytes of one photograph."""
        await session.execute(self._delete, {"of_record": record_id, "of_id": photograph_id})

    async def forget_all(self, session: Session, record_id: str) -> None:
        """Delete the bytes of all photographs of a record."""
        await session.execute(self._delete_all, {"of_record": record_id})

    async def used_by(self, session: Session, owner: BureauCode) -> int:
        """Return how many bytes the photographs of a bureau take."""
        used: int = (await session.fetch(self._used, {"of_owner": owner}, in_thread=True))[0].used
        return int(used)

    async def read(
        self, session: Session, record_id: str, photograph_id: str, *, thumbnail: bool = False
    ) -> bytes | None:
        """Return the JPEG of a photograph or of its thumbnail; None if the record has no such photograph."""
        statement = self._thumbnail if thumbnail else self._jpeg
        found = await session.fetch(statement, {"of_record": record_id, "of_id": photograph_id}, in_thread=True)
        return found[0].content if found else None


def _row(stored: StoredPhotograph) -> dict[str, Any]:
    return {
        "id": stored.photograph.id,
        "record_id": stored.record_id,
        "owner": stored.owner,
        "size": size_of(stored.picture),
        "thumbnail": stored.picture.thumbnail,
        "jpeg": stored.picture.jpeg,
    }
