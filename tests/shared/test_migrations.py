"""Stores that are created and upgraded: from nothing, again, by two processes at once, and never an unknown one."""

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
    """Return a set of one table, with these of its versions: its code always knows the column of the second one."""
    migrations = folder / f"{name}-{'-'.join(versions)}"
    migrations.mkdir(exist_ok=True)
    for version in versions:
        (migrations / f"{version}_{name}.py").write_text(VERSIONS[version].format(name=name))
    metadata = sa.MetaData()
    sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("note", sa.String(10)))
    return TableSet(metadata, migrations)


async def make_older(database: Database, tables: TableSet) -> None:
    """Bring a store to the first version of a set, as a program did that knew no other, and enter a row."""
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
    """Every start upgrades, so an upgrade of what is up to date must be harmless."""
    for _ in range(2):
        await upgrade(database, tables)
        assert await database.run_sync(partial(differences, tables)) == []
        assert await revisions(database) == {tables.revisions[-1]}


@EVERY_SET
async def test_the_versions_create_the_tables_of_the_code(tables: TableSet, database: Database) -> None:
    """A table that is changed without a version is found here, once the first version is written out."""
    await database.run_sync(partial(run_versions_of, tables))
    assert await database.run_sync(partial(differences, tables)) == []


@EVERY_SET
async def test_the_versions_create_all_that_a_new_store_has(tables: TableSet, tmp_path: Path) -> None:
    """With the conditions of indexes, defaults and options, which Alembic does not compare: all words, in any order."""
    dumps = []
    for name in ("created", "migrated"):
        database = open_database(f"sqlite:///{tmp_path / name}.db")
        await (upgrade(database, tables) if name == "created" else database.run_sync(partial(run_versions_of, tables)))
        await database.close()
        with closing(sqlite3.connect(tmp_path / f"{name}.db")) as made:
            dumps.append(sorted(sorted(re.findall(r"[\w']+", line)) for line in made.iterdump()))
    assert dumps[0] == dumps[1]


def test_what_was_released_is_written_out() -> None:
    """A first version that creates what the code declares today would create something else in the next release."""
    released = [line for line in (PROJECT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")][1:]
    first = [tables.migrations / f"{tables.revisions[0]}.py" for tables in SETS]
    assert released == [] or [file.name for file in first if "create_all" in file.read_text()] == []


async def test_the_mailbox_of_a_service_holds_no_tables_of_a_gateway(database: Database) -> None:
    """It has letters and receipts, and neither hits nor subject requests nor a witness."""
    await upgrade(database, MESSAGES)
    held = await database.run_sync(lambda connection: set(sa.inspect(connection).get_table_names()))
    assert held == {"alembic_version", *MESSAGES.metadata.tables}


async def test_a_mailbox_of_a_gateway_holds_all_sets(database: Database) -> None:
    """Each with its own revision."""
    await upgrade(database, *GATEWAY_TABLES)
    held = await database.run_sync(lambda connection: set(sa.inspect(connection).get_table_names()))
    assert held == {"alembic_version"}.union(*(tables.metadata.tables for tables in GATEWAY_TABLES))
    assert await revisions(database) == {tables.revisions[-1] for tables in GATEWAY_TABLES}


async def test_an_older_store_is_upgraded_and_keeps_its_rows(database: Database, tmp_path: Path) -> None:
    """Only the versions run that are newer than it; a set that it does not hold is created."""
    await make_older(database, lamps(tmp_path, "0001"))
    sets = lamps(tmp_path, "0001", "0002"), lamps(tmp_path, "0001", "0002", name="shades")
    await upgrade(database, *sets)
    assert await rows(database, "SELECT id, note FROM lamps") == [(7, None)]
    assert await rows(database, "SELECT id, note FROM shades") == []
    assert await revisions(database) == {"0002_lamps", "0002_shades"}


async def test_no_version_runs_on_a_new_store(database: Database, tmp_path: Path) -> None:
    """It is created as the code declares it, which takes a fiftieth of the time."""
    tables = lamps(tmp_path, "0001", "0002")
    for file in tables.migrations.iterdir():
        file.write_text("raise AssertionError")
    await upgrade(database, tables)
    assert await rows(database, "SELECT id, note FROM lamps") == []


@ONE_SET
@pytest.mark.parametrize("unknown", ["9999_future", "0000_past"])
async def test_a_store_of_an_unknown_version_is_refused(tables: TableSet, unknown: str, database: Database) -> None:
    """A program must not write to tables that it does not know; the message names the version."""
    await upgrade(database, tables)
    async with database.writing() as session:
        await session.execute(sa.text(f"UPDATE alembic_version SET version_num = '{unknown}'"))  # noqa: S608
    with pytest.raises(StorageRefused, match=f"the store is at version {unknown}, which this program does not know"):
        await upgrade(database, tables)


async def test_a_store_that_holds_tables_of_others_is_refused(database: Database) -> None:
    """Such as the mailbox of a bureau, opened as that of a service."""
    await upgrade(database, *GATEWAY_TABLES)
    with pytest.raises(StorageRefused, match="0001_hits, 0001_subject_requests, 0001_witness, which this program"):
        await upgrade(database, MESSAGES)


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "older"])
async def test_two_processes_may_start_at_once(is_new: bool, database_url: str, tmp_path: Path) -> None:
    """Replicas start together: one creates or upgrades, the other waits and finds it done."""
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


async def test_stores_of_one_process_may_be_upgraded_at_once(tmp_path: Path) -> None:
    """A gateway opens its mailboxes together."""
    older, tables = lamps(tmp_path, "0001"), lamps(tmp_path, "0001", "0002")
    stores = [open_database(f"sqlite:///{tmp_path / f'{number}.db'}") for number in range(8)]
    for database in stores:
        await make_older(database, older)
    await asyncio.gather(*(upgrade(database, tables) for database in stores))
    for database in stores:
        assert await rows(database, "SELECT id, note FROM lamps") == [(7, None)]
        await database.close()
