"""Stores brought up to date: from nothing, again, by two at once, and never backwards."""

import asyncio
import shutil
import sqlite3
import sys
from contextlib import closing
from functools import partial
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import gateway.hits.tables
import gateway.subject_requests.tables
import gateway.witness.tables  # noqa: F401 - all are kept in the mailboxes, too
from gateway import messages
from services import SERVICES
from shared.audit.format.leaf import record_digest
from shared.audit.tables import audit_leaves, disclosures
from shared.bureaus import BureauCode
from shared.disclosure import Disclosure
from shared.service import Service
from shared.storage import Database, StorageRefused, open_database
from shared.storage.migrations import SCHEMA, newest_version, schema_of, upgrade

# The mailboxes have tables as the services have.
STORES = (*SERVICES, messages.SERVICE)
EVERY_STORE = pytest.mark.parametrize("service", STORES, ids=lambda service: service.name)
ANY_SERVICE = SERVICES[0]
BY_NAME = {service.name: service for service in SERVICES}

UPGRADE = """
import asyncio, sys
from pathlib import Path
from shared.audit.format.leaf import record_digest
from shared.bureaus import BureauCode
from shared.storage.migrations import upgrade
from shared.storage import open_database

async def main(url, folder):
    database = open_database(url)
    await upgrade(database, Path(folder))
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""


def differences(service: Service, connection: sa.Connection) -> list[object]:
    # SQLite knows no length of a text, so that a column that was made wider there is as it was.
    options = {"compare_type": connection.dialect.name != "sqlite"}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), service.metadata))


def versions_before(folder: Path, version: str, copy: Path) -> Path:
    """Return a folder with the migrations that were there before one."""
    for file in folder.glob("[0-9]*.py"):
        if file.stem < version:
            shutil.copy(file, copy)
    return copy


async def upgraded(file: Path, folder: Path) -> None:
    database = open_database(f"sqlite:///{file}")
    await upgrade(database, folder)
    await database.close()


@EVERY_STORE
async def test_the_migrated_tables_are_those_of_the_program(service: Service, database: Database) -> None:
    """Whoever changes a table without a migration is told here."""
    await upgrade(database, service.migrations)
    assert await database.run_sync(partial(differences, service)) == []


@EVERY_STORE
async def test_upgrading_twice_changes_nothing(service: Service, database: Database) -> None:
    """Every start upgrades, so an upgrade of what is up to date must be harmless."""
    for _ in range(2):
        await upgrade(database, service.migrations)
    versions = await database.reading.fetch(sa.text("SELECT version_num FROM alembic_version"))
    assert [row[0] for row in versions] == [newest_version(service.migrations)]


@EVERY_STORE
async def test_an_empty_file_gets_by_the_schema_what_the_versions_make(service: Service, tmp_path: Path) -> None:
    """Tables, indexes and first rows are the same, to the letter."""
    file = tmp_path / "store.db"
    await upgraded(file, service.migrations)
    with closing(sqlite3.connect(file)) as made:
        _begin, *statements, _commit = made.iterdump()
    assert "\n".join(statements) + "\n" == schema_of(service.migrations)


@EVERY_STORE
async def test_versions_newer_than_the_schema_follow_it(service: Service, tmp_path: Path) -> None:
    """Whoever forgets to derive the schema again gets the newest tables all the same, and only takes longer."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    versions_before(service.migrations, newest_version(service.migrations), folder)
    (folder / SCHEMA).write_text(schema_of(folder))
    before = newest_version(folder)
    for file in service.migrations.glob("[0-9]*.py"):
        shutil.copy(file, folder)
    assert before in (folder / SCHEMA).read_text()
    assert newest_version(folder) != before
    await upgraded(tmp_path / "store.db", folder)
    with closing(sqlite3.connect(tmp_path / "store.db")) as made:
        assert made.execute("SELECT version_num FROM alembic_version").fetchall() == [(newest_version(folder),)]
    database = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    assert await database.run_sync(partial(differences, service)) == []
    await database.close()


@pytest.mark.parametrize(("service", "kind"), [("notices", "notice"), ("missing-persons", "person")])
async def test_names_of_which_no_record_is_left_are_removed_from_an_older_store(
    service: str, kind: str, database: Database, tmp_path: Path
) -> None:
    """Deleted records left theirs behind."""
    folder = BY_NAME[service].migrations
    await upgrade(database, versions_before(folder, "0005_names", tmp_path))
    async with database.writing() as session:
        await session.execute(sa.text(f"INSERT INTO {kind}_name_variants VALUES ('obody', 'nobody')"))  # noqa: S608
    await upgrade(database, folder)
    assert await database.reading.fetch(sa.text(f"SELECT * FROM {kind}_name_variants")) == []  # noqa: S608


async def test_an_older_store_tells_nobody_again_of_what_he_was_told(database: Database, tmp_path: Path) -> None:
    """What he was shown later is told; of a bureau that was shown nothing, there is nothing to be known."""
    folder = ANY_SERVICE.migrations
    await upgrade(database, versions_before(folder, "0006_under_way", tmp_path))
    rest = "'r', 'thing', 'one', 1, 'FR', '{}', '', '', 'members', '', 1, '', '', NULL"
    shown = "INSERT INTO disclosures SELECT {}, 0, {}, " + rest
    told = "INSERT INTO withdrawals VALUES ('{}', '{}', 'thing', 'one', 2, 'withdrawn', 15)"
    async with database.writing() as session:
        for row in ((1, 10, "DE"), (2, 20, "DE"), (3, 10, "PL")):
            await session.execute(sa.text(shown.format(*row)))
        for row in (("a", "DE"), ("b", "PL"), ("c", "KE")):
            await session.execute(sa.text(told.format(*row)))
    await upgrade(database, folder)
    rows = await database.reading.fetch(sa.text("SELECT bureau, seen FROM withdrawals ORDER BY letter"))
    assert [tuple(row) for row in rows] == [("DE", 1), ("PL", 3), ("KE", 0)]


async def test_a_store_newer_than_the_program_is_refused(database: Database) -> None:
    """An old program must not write to tables that it does not know; the message names both versions."""
    await upgrade(database, ANY_SERVICE.migrations)
    async with database.writing() as session:
        await session.execute(sa.text("UPDATE alembic_version SET version_num = '9999_future'"))
    with pytest.raises(StorageRefused, match=r"version 9999_future, newer than this program, which knows 0\d{3}_"):
        await upgrade(database, ANY_SERVICE.migrations)


async def test_two_processes_may_upgrade_at_once(database_url: str) -> None:
    """Replicas start together: one upgrades, the other waits and finds it done."""
    arguments = (sys.executable, "-c", UPGRADE, database_url, str(ANY_SERVICE.migrations))
    started = [await asyncio.create_subprocess_exec(*arguments, stderr=asyncio.subprocess.PIPE) for _ in range(2)]
    errors = [(await process.communicate())[1].decode() for process in started]
    assert errors == ["", ""]
    database = open_database(database_url)
    assert await database.run_sync(partial(differences, ANY_SERVICE)) == []
    await database.close()


async def test_what_was_shown_before_salts_were_kept_can_be_proven_after(database: Database, tmp_path: Path) -> None:
    """The salt that was made of that of the leaf is written down, but not of what was forgotten already."""
    await upgrade(database, versions_before(ANY_SERVICE.migrations, "0003_record_salts", tmp_path))
    shown = Disclosure(
        "notice", "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192", 3, BureauCode("FR"), "search", 0.9, "name: Nobody"
    )
    spelled = msgspec.json.encode(("notice", shown.record, 3, "FR", "members", "search", 0.9, "name: Nobody"))
    own = sha256(b"of the leaf" + spelled).digest()[:16]
    asked = {"at": 1.0, "bureau": "DE", "officer": "de.officer", "purpose": "warning", "request": "r"}
    of_leaf = {"number": 0, "operation": "search", "salt": b"of the leaf", "leaf": b"{}"}
    of_record = {"kind": "notice", "record_id": shown.record, "version": 3, "owner": "FR", "rule": "members"}
    of_record |= {"leaf": 0, "how": "search", "score": 0.9, "digest": record_digest(own, shown, "members")}
    async with database.writing() as session:
        await session.execute(sa.insert(audit_leaves), asked | of_leaf)
        for match in (shown.match, ""):
            row = asked | of_record | {"match": match}
            await session.execute(sa.insert(sa.table("disclosures", *map(sa.column, row))), row)
    await upgrade(database, ANY_SERVICE.migrations)
    rows = await database.reading.fetch(sa.select(disclosures.c.salt).order_by(disclosures.c.number))
    assert [row.salt for row in rows] == [own, None]


async def test_stores_of_one_process_may_be_upgraded_at_once(tmp_path: Path) -> None:
    """A mesh in one process starts its services together, each with a store of its own."""
    stores = [
        (service, open_database(f"sqlite:///{tmp_path / f'{service.name}-{number}.db'}"))
        for number in range(3)
        for service in SERVICES
    ]
    await asyncio.gather(*(upgrade(database, service.migrations) for service, database in stores))
    for service, database in stores:
        assert await database.run_sync(partial(differences, service)) == []
        await database.close()
