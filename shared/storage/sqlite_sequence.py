"""The numbers that SQLite gives to the rows of a table with `sqlite_autoincrement`; PostgreSQL keeps them otherwise."""

from typing import Final

import sqlalchemy as sa

from shared.storage.dialects import Number
from shared.storage.session import Session

_sequences: Final = sa.table("sqlite_sequence", sa.column("name", sa.String), sa.column("seq", Number))


async def begin_after(session: Session, table: sa.Table, number: int) -> None:
    """Let the next row of a table have a number above this one. Only on SQLite."""
    of_table = _sequences.c.name == table.name
    raised = sa.update(_sequences).where(of_table, _sequences.c.seq < number).values(seq=number)
    missing = sa.select(sa.literal(table.name), sa.literal(number, Number)).where(
        ~sa.exists(sa.select(_sequences.c.seq).where(of_table))
    )
    await session.execute(raised)
    await session.execute(sa.insert(_sequences).from_select(["name", "seq"], missing))
