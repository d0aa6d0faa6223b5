"""Cursors of jobs that follow a growing list, shared by all processes of a service."""

from typing import Final

import sqlalchemy as sa

from shared.records.tables import progress
from shared.storage import Session, first_or_none, having, hot, insert

_read: Final = hot(sa.select(progress.c.number).where(having(progress, name="of")))
_begin: Final = insert(progress).values(name=sa.bindparam("of"), number=0).on_conflict_do_nothing()
_present: Final = having(progress, name="of", number="from_number")
_move: Final = sa.update(progress).where(_present).values(number=sa.bindparam("to_number"))


async def position(session: Session, name: str) -> int:
    """Return the number up to which all is done; 0 at the beginning."""
    row = first_or_none(await session.fetch(_read, {"of": name}))
    return 0 if row is None else int(row.number)


async def advance(session: Session, name: str, *, before: int, after: int) -> bool:
    """Advance a cursor in the transaction of the work; return False if another process has done that work."""
    if before == 0:
        await session.execute(_begin, {"of": name})
    return bool(await session.execute(_move, {"of": name, "from_number": before, "to_number": after}))
