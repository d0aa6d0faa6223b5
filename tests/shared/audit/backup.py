"""Backup and restore of the store of a log, as an operator does it."""

import sqlalchemy as sa

from shared.audit import tables as audit_tables
from shared.storage import Database

TABLES = (
    audit_tables.disclosures,
    audit_tables.audit_cosignatures,
    audit_tables.audit_checkpoints,
    audit_tables.audit_blocks,
    audit_tables.audit_leaves,
    audit_tables.audit_logs,
)
Backup = dict[sa.Table, list[dict[str, object]]]


async def back_up(database: Database) -> Backup:
    """Return all rows of the log."""
    reading = database.reading
    return {
        table: [dict(row._mapping) for row in await reading.fetch(sa.select(table), in_thread=True)] for table in TABLES
    }


async def restore(database: Database, backup: Backup) -> None:
    """Replace the rows of the log by those of a backup."""
    async with database.writing() as session:
        for table in TABLES:
            await session.execute(sa.delete(table))
            if rows := backup[table]:
                await session.execute(sa.insert(table), rows)
