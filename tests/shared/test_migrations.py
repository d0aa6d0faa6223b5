"""Stores are created and upgraded: from nothing, again, by two processes at once; an unknown version is refused."""

import asyncio
import re
import sqlite3
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from gateway.tables import GATEWAY_TABLES
from services import SERVICES
from shared.mailbox.tables import TABLES as MESSAGES
from shared.storage import Database, StorageRefused, open_database
from shared.storage.migrations import TableSet, run_versions, upgrade

pytestmark = pytest.mark.both_databases

PROJECT = Path(__file__).parents[2]
SETS = (*(service.tables for service in SERVICES), *GATEWAY_TABLES)
EVERY_SET = pytest.mark.parametrize("tables", SETS, ids=lambda tables: tables.name)
ONE_SET = pytest.mark.parametrize("tables", SETS[:1], ids=lambda tables: tables.name)

VERSIONS = {
    "0001": """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001_{name}", None

def upgrade():
    op.create_table("{name}", sa.Column("id", sa.Integer, primary_key=True))
""",
    "0002": """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002_{name}", "0001_{name}"

def upgrade():
    op.add_column("{name}", sa.Column("note", sa.String(10)))
""",
}

UPGRADE = """
import asyncio, sys
from pathlib import Path
import sqlalchemy as sa
from services import SERVICES
from shared.storage.migrations import TableSet, upgrade
from shared.storage import open_database

async def main(url, folder=None):
    database = open_database(url)
    await upgrade(database, TableSet(sa.MetaData(), Path(folder)) if folder else SERVICES[0].tables)
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""


def differences(tables: TableSet, connection: sa.Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), tables.metadata))


def lamps(folder: Path, *versions: str, name: str = "lamps") -> TableSet:
    """Return a set of one table with these versions; its metadata always has the column of the second version."""
    migrations = folder / f"{name}-{'-'.join(versions)}"
    migrations.mkdir(exist_ok=True)
    for version in versions:
        (migrations / f"{version}_{name}.py").write_text(VERSIONS[version].format(name=name))
    metadata = sa.MetaData()
    sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("note", sa.String(10)))
    return TableSet(metadata, migrations)


async def make_older(database: Database, tables: TableSet) -> None:
    """Bring a store to the first version of a set, as an older program did, and insert a row."""
    await database.run_sync(partial(run_versions_of, tables))
    async with database.writing() as session:
        await session.execute(sa.text("INSERT INTO lamps (id) VALUES (7)"))


def run_versions_of(tables: TableSet, connection: sa.Connection) -> None:
    run_versions(connection, tables)


async def rows(database: Database, statement: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await database.reading.fetch(sa.text(statement))]


async def revisions(database: Database) -> set[object]:
    return {row[0] for row in await rows(database, "SELECT version_num FROM alembic_version")}


@EVERY_SET
async def test_a_new_store_has_the_tables_of_the_code(tables: TableSet, database: Database) -> None:
    """Every start upgrades, so upgrading an up-to-date store must change nothing."""
    for _ in range(2):
        await upgrade(database, tables)
        assert await database.run_sync(partial(differences, tables)) == []
        assert await revisions(database) == {tables.revisions[-1]}


@EVERY_SET
async def test_the_migrations_create_the_tables_of_the_code(tables: TableSet, database: Database) -> None:
    """A table that is changed without a migration fails here, once the first migration is written out."""
    await database.run_sync(partial(run_versions_of, tables))
    assert await database.run_sync(partial(differences, tables)) == []


@EVERY_SET
async def test_the_migrations_create_the_same_schema_as_a_new_store(tables: TableSet, tmp_path: Path) -> None:
    """Including index conditions, defaults and options, which Alembic does not compare; in any order."""
    dumps = []
    for name in ("created", "migrated"):
        database = open_database(f"sqlite:///{tmp_path / name}.db")
        await (upgrade(database, tables) if name == "created" else database.run_sync(partial(run_versions_of, tables)))
        await database.close()
        with closing(sqlite3.connect(tmp_path / f"{name}.db")) as made:
            dumps.append(sorted(sorted(re.findall(r"[\w']+", line)) for line in made.iterdump()))
    assert dumps[0] == dumps[1]


def test_the_first_migration_is_written_out_once_there_is_a_release() -> None:
    """A migration that calls `create_all` would create other tables in a later release."""
    released = [line for line in (PROJECT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")][1:]
    first = [tables.migrations / f"{tables.revisions[0]}.py" for tables in SETS]
    assert released == [] or [file.name for file in first if "create_all" in file.read_text()] == []


async def test_the_mailbox_of_a_service_holds_no_tables_of_a_gateway(database: Database) -> None:
    """It has messages and receipts, but no hits, subject requests or witness."""
    await upgrade(database, MESSAGES)
    held = await database.run_sync(lambda connection: set(sa.inspect(connection).get_table_names()))
    assert held == {"alembic_version", *MESSAGES.metadata.tables}


async def test_a_mailbox_of_a_gateway_holds_all_table_sets(database: Database) -> None:
    """Each with its own revision."""
    await upgrade(database, *GATEWAY_TABLES)
    held = await database.run_sync(lambda connection: set(sa.inspect(connection).get_table_names()))
    assert held == {"alembic_version"}.union(*(tables.metadata.tables for tables in GATEWAY_TABLES))
    assert await revisions(database) == {tables.revisions[-1] for tables in GATEWAY_TABLES}


async def test_an_older_store_is_upgraded_and_keeps_its_rows(database: Database, tmp_path: Path) -> None:
    """Only newer migrations run; a table set that is missing is created."""
    await make_older(database, lamps(tmp_path, "0001"))
    sets = lamps(tmp_path, "0001", "0002"), lamps(tmp_path, "0001", "0002", name="shades")
    await upgrade(database, *sets)
    assert await rows(database, "SELECT id, note FROM lamps") == [(7, None)]
    assert await rows(database, "SELECT id, note FROM shades") == []
    assert await revisions(database) == {"0002_lamps", "0002_shades"}


async def test_no_migration_runs_on_a_new_store(database: Database, tmp_path: Path) -> None:
    """It is created from the metadata, which takes a fiftieth of the time."""
    tables = lamps(tmp_path, "0001", "0002")
    for file in tables.migrations.iterdir():
        file.write_text("raise AssertionError")
    await upgrade(database, tables)
    assert await rows(database, "SELECT id, note FROM lamps") == []


@ONE_SET
@pytest.mark.parametrize("unknown", ["9999_future", "0000_past"])
async def test_a_store_of_an_unknown_version_is_refused(tables: TableSet, unknown: str, database: Database) -> None:
    """A program must not write to tables that it does not know; the message states the version."""
    await upgrade(database, tables)
    async with database.writing() as session:
        await session.execute(sa.text(f"UPDATE alembic_version SET version_num = '{unknown}'"))  # noqa: S608
    with pytest.raises(StorageRefused, match=f"the store is at version {unknown}, which this program does not know"):
        await upgrade(database, tables)


async def test_a_store_with_tables_of_another_set_is_refused(database: Database) -> None:
    """For example the mailbox of a bureau, opened as that of a service."""
    await upgrade(database, *GATEWAY_TABLES)
    with pytest.raises(
        StorageRefused,
        match=r"0001_hits_\d, 0001_standing_\d, 0001_subject_requests_\d, 0001_traces_\d, 0001_witness_\d",
    ):
        await upgrade(database, MESSAGES)


@pytest.mark.thorough
@pytest.mark.parametrize("is_new", [True, False], ids=["new", "older"])
async def test_two_processes_can_start_on_one_store_at_once(is_new: bool, database_url: str, tmp_path: Path) -> None:
    """One creates or upgrades; the other waits and finds it done."""
    database = open_database(database_url)
    tables = SERVICES[0].tables if is_new else lamps(tmp_path, "0001", "0002")
    if not is_new:
        await make_older(database, lamps(tmp_path, "0001"))
    arguments = (sys.executable, "-c", UPGRADE, database_url, *([] if is_new else [str(tables.migrations)]))
    started = [await asyncio.create_subprocess_exec(*arguments, stderr=asyncio.subprocess.PIPE) for _ in range(2)]
    errors = [(await process.communicate())[1].decode() for process in started]
    assert errors == ["", ""]
    assert await revisions(database) == {tables.revisions[-1]}
    assert [each for each in await database.run_sync(partial(differences, tables)) if is_new] == []
    await database.close()


async def test_stores_of_one_process_can_be_upgraded_concurrently(tmp_path: Path) -> None:
    """A gateway opens its mailboxes concurrently."""
    older, tables = lamps(tmp_path, "0001"), lamps(tmp_path, "0001", "0002")
    stores = [open_database(f"sqlite:///{tmp_path / f'{number}.db'}") for number in range(8)]
    for database in stores:
        await make_older(database, older)
    await asyncio.gather(*(upgrade(database, tables) for database in stores))
    for database in stores:
        assert await rows(database, "SELECT id, note FROM lamps") == [(7, None)]
        await database.close()
