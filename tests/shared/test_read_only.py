"""A store that is there is opened to read it: nothing in it is changed, and what is no such store is refused."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from services import SERVICES
from shared.storage import StorageRefused, open_database
from shared.storage.migrations import VERSIONS, upgraded
from shared.storage.read_only import read_only

TABLES, OTHER = SERVICES[0].tables, SERVICES[1].tables
NEEDED = TABLES.revisions[-1]


async def tables_at(url: str) -> list[str]:
    """Return the tables of a store."""
    database = open_database(url)
    try:
        return await database.run_sync(lambda connection: sorted(sa.inspect(connection).get_table_names()))
    finally:
        await database.close()


@pytest.mark.both_databases
async def test_a_store_is_read_that_has_the_tables_of_this_program(database_url: str) -> None:
    """Another session cannot be had of it; a scan reads it as well."""
    async with upgraded(open_database(database_url), TABLES):
        pass
    async with read_only(database_url, TABLES) as session:
        for in_thread in (False, True):
            [row] = await session.fetch(sa.select(VERSIONS), in_thread=in_thread)
            assert row.version_num == NEEDED
        with pytest.raises(StorageRefused):
            await session.execute(sa.delete(VERSIONS))


@pytest.mark.both_databases
async def test_a_store_of_other_tables_or_another_version_is_refused(database_url: str) -> None:
    """And gets none of the tables that it does not have."""
    with pytest.raises(StorageRefused, match=r"cannot be read|no store of a service"):
        async with read_only(database_url, TABLES):
            pass
    async with upgraded(open_database(database_url), OTHER):
        pass
    before = await tables_at(database_url)
    with pytest.raises(StorageRefused, match=f"it has the tables {OTHER.revisions[-1]}, and {NEEDED} is needed"):
        async with read_only(database_url, TABLES):
            pass
    assert await tables_at(database_url) == before
    async with upgraded(open_database(database_url), OTHER) as older, older.writing() as session:
        await session.execute(sa.update(VERSIONS).values(version_num="0000_older"))
    with pytest.raises(StorageRefused, match="upgrades at its start"):
        async with read_only(database_url, TABLES):
            pass


async def test_no_byte_of_a_file_is_changed(tmp_path: Path) -> None:
    """Neither of a store without a log of changes, such as a copy, nor of a file that is no store; none is created."""
    copy, foreign, text = tmp_path / "copy.db", tmp_path / "foreign.db", tmp_path / "text.db"
    async with upgraded(open_database(f"sqlite:///{tmp_path / 'store.db'}"), TABLES):
        pass
    with closing(sqlite3.connect(tmp_path / "store.db")) as store:
        store.execute("VACUUM INTO ?", [str(copy)])
    with closing(sqlite3.connect(foreign)) as other:
        other.execute("CREATE TABLE notes (text)")
    text.write_text("no database")
    before = {file: file.read_bytes() for file in (copy, foreign, text)}
    async with read_only(f"sqlite:///{copy}", TABLES) as session:
        assert len(await session.fetch(sa.select(VERSIONS))) == 1
    for file in (foreign, text, tmp_path / "folder" / "none.db"):
        with pytest.raises(StorageRefused):
            async with read_only(f"sqlite:///{file}", TABLES):
                pass
    assert {file: file.read_bytes() for file in before} == before
    assert not (tmp_path / "folder").exists()
