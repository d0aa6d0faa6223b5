"""Deletes rows that a service keeps for a time alone, such as a picture that was sought."""

from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa

from shared.clock import Clock
from shared.rpc.irreversible import MayBeTaken
from shared.storage import Database

KEPT_FOR: Final = "kept_for"
"""In the metadata of a service: its tables whose rows expire, each with how long they are kept."""


def keep_rows_for(table: sa.Table, span: timedelta) -> None:
    """Declare that rows of a table are deleted some time after `at`, which is in seconds since 1970."""
    table.metadata.info.setdefault(KEPT_FOR, {})[table] = span


class RowExpiry:
    """The job of one service that deletes its expired rows."""

    def __init__(self, metadata: sa.MetaData, database: Database, clock: Clock, may_be_taken: MayBeTaken) -> None:
        self._spans: dict[sa.Table, timedelta] = metadata.info.get(KEPT_FOR, {})
        self._database = database
        self._clock = clock
        self._may_be_taken = may_be_taken

    async def run_once(self) -> None:
        """Delete what has expired by now."""
        if not self._may_be_taken():
            return
        for table, span in self._spans.items():
            expired: Any = table.c.at <= sa.bindparam("until", type_=sa.BigInteger)
            until = {"until": int((self._clock.now() - span).timestamp())}
            if await self._database.reading.fetch(sa.select(table.c.at).where(expired).limit(1), until):
                async with self._database.writing() as session:
                    await session.execute(sa.delete(table).where(expired), until)
