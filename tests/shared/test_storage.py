"""Transactions and statements of every store, the same on SQLite and PostgreSQL."""

import asyncio
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.compat.sqlite_dialect import SameDialect
from shared.storage import Database, StorageRefused, inline_literal, open_database
from tests.shared.notes_table import COUNT_UP, INSERT, READ, metadata, notes, rows_of
from tests.stores import Tables

pytestmark = pytest.mark.both_databases
LONG_SCAN = sa.text(
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 200000) "
    "SELECT count(*) AS numbers FROM numbers"
)


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of this module."""
    return metadata


@pytest.fixture
def store(database: Database) -> Database:
    return database


async def test_a_transaction_is_committed_when_its_block_ends(store: Database) -> None:
    async with store.writing() as session:
        await session.execute(INSERT, [{"id": 1, "count": 0}, {"id": 2, "count": 0}])
        assert await session.execute(COUNT_UP) == 2
    assert await rows_of(store.reading) == [(1, 1), (2, 1)]


async def test_an_exception_rolls_the_whole_transaction_back(store: Database) -> None:
    """The next transaction can write."""

    async def fails_midway() -> None:
        async with store.writing() as session:
            await session.execute(INSERT, {"id": 1, "count": 0})
            raise LookupError

    with pytest.raises(LookupError):
        await fails_midway()
    async with store.writing() as session:
        await session.execute(INSERT, {"id": 2, "count": 0})
    assert await rows_of(store.reading) == [(2, 0)]


async def test_a_cancelled_transaction_is_rolled_back(store: Database) -> None:
    """The next transaction can write."""
    begun = asyncio.Event()

    async def never_ends() -> None:
        async with store.writing() as session:
            await session.execute(INSERT, {"id": 1, "count": 0})
            begun.set()
            await asyncio.Event().wait()

    writer = asyncio.create_task(never_ends())
    await begun.wait()
    writer.cancel()
    await asyncio.wait([writer])
    async with store.writing() as session:
        await session.execute(INSERT, {"id": 2, "count": 0})
    assert await rows_of(store.reading) == [(2, 0)]


async def test_cancelling_a_long_statement_ends_its_thread(store: Database) -> None:
    """A thread that still used the released connection would crash the process."""

    async def scan_for_long() -> None:
        async with store.writing() as session:
            await session.execute(INSERT, {"id": 1, "count": 0})
            await session.fetch(LONG_SCAN, in_thread=True)

    for _ in range(20):
        writer = asyncio.create_task(scan_for_long())
        await asyncio.sleep(0.002)
        writer.cancel()
        await asyncio.wait([writer])
    assert await rows_of(store.reading) == []


async def test_a_write_is_visible_to_others_only_after_its_commit(store: Database) -> None:
    """The writer sees its own rows at once."""
    async with store.writing() as session:
        await session.execute(INSERT, {"id": 1, "count": 0})
        assert await rows_of(session) == [(1, 0)]
        assert len(await session.fetch(READ, in_thread=True)) == 1
        assert await rows_of(store.reading) == []
        assert list(await store.reading.fetch(READ, in_thread=True)) == []
    assert await rows_of(store.reading) == [(1, 0)]


async def test_slow_commits_are_moved_to_a_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow disk must not block the event loop."""
    monkeypatch.setattr("shared.storage.sqlite.QUICK_COMMIT_SECONDS", 0.0)
    store = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    await store.run_sync(metadata.create_all)
    in_loop: list[bool] = []

    def note(_: sa.Connection) -> None:
        in_loop.append(threading.current_thread() is threading.main_thread())

    sa.event.listen(sa.Engine, "commit", note)
    for number in range(5):
        async with store.writing() as session:
            await session.execute(INSERT, {"id": number, "count": 0})
    sa.event.remove(sa.Engine, "commit", note)
    assert in_loop == [True, True, True, False, False]
    assert len(await rows_of(store.reading)) == 5
    await store.close()


async def test_a_commit_in_a_thread_ends_however_often_it_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that still used the released connection would crash the process."""
    monkeypatch.setattr("shared.storage.sqlite.QUICK_COMMIT_SECONDS", 0.0)
    store = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    await store.run_sync(metadata.create_all)
    begun, goes_on = threading.Event(), threading.Event()

    def wait(_: sa.Connection) -> None:
        if threading.current_thread() is not threading.main_thread():
            begun.set()
            goes_on.wait()

    async def write(number: int) -> None:
        async with store.writing() as session:
            await session.execute(INSERT, {"id": number, "count": 0})

    sa.event.listen(sa.Engine, "commit", wait)
    for number in range(3):
        await write(number)
    writer = asyncio.create_task(write(3))
    await asyncio.to_thread(begun.wait)
    for _ in range(3):
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0.01)
    assert not writer.done()
    goes_on.set()
    await asyncio.wait([writer])
    sa.event.remove(sa.Engine, "commit", wait)
    assert writer.cancelled()
    assert len(await rows_of(store.reading)) == 4
    await store.close()


async def test_a_transaction_with_a_cancelled_statement_is_not_committed(tmp_path: Path) -> None:
    """SQLite rolls back all of it when a change is interrupted, so that only what follows would be committed."""
    store = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    await store.run_sync(metadata.create_all)
    endless = "WITH RECURSIVE n(x) AS (SELECT 10 UNION ALL SELECT x + 1 FROM n) SELECT x, 0 FROM n"
    many = f"INSERT INTO notes (id, count) {endless}"

    async def write() -> None:
        async with store.writing() as session:
            await session.execute(INSERT, {"id": 1, "count": 0})
            with suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    await session.execute(sa.text(many), in_thread=True)
            with suppress(StorageRefused):
                await session.execute(INSERT, {"id": 2, "count": 0})

    with pytest.raises(StorageRefused, match="was cancelled"):
        await write()
    assert await rows_of(store.reading) == []
    async with store.writing() as session:
        await session.execute(INSERT, {"id": 3, "count": 0})
    assert await rows_of(store.reading) == [(3, 0)]
    await store.close()


async def test_the_reading_session_refuses_to_write(store: Database) -> None:
    """A change outside a transaction is a fault of the program."""
    with pytest.raises(StorageRefused, match="only reads"):
        await store.reading.execute(INSERT, {"id": 1, "count": 0})
    assert await rows_of(store.reading) == []


async def test_many_rows_are_inserted_in_bulk(store: Database) -> None:
    """Within the transaction; a duplicate key is refused as usual."""
    async with store.writing() as session:
        await session.insert(notes, ("id", "count"), [(1, 5), (2, 7)])
    assert await rows_of(store.reading) == [(1, 5), (2, 7)]

    async def insert_again() -> None:
        async with store.writing() as session:
            await session.insert(notes, ("id", "count"), [(3, 0), (1, 0)])

    with pytest.raises(sa.exc.SQLAlchemyError):
        await insert_again()
    with pytest.raises(StorageRefused):
        await store.reading.insert(notes, ("id", "count"), [(4, 0)])
    assert await rows_of(store.reading) == [(1, 5), (2, 7)]


async def test_a_scan_does_not_block_the_event_loop(store: Database) -> None:
    scan = asyncio.create_task(store.reading.fetch(LONG_SCAN, in_thread=True))
    turns = 0
    while not scan.done():
        turns += 1
        await asyncio.sleep(0)
    assert scan.result()[0][0] == 200_000
    assert turns > 20


async def test_a_long_update_does_not_block_the_event_loop(store: Database) -> None:
    async with store.writing() as session:
        await session.execute(INSERT, {"id": 1, "count": 0})
        change = asyncio.create_task(
            session.execute(
                sa.update(notes).values(count=LONG_SCAN.columns(sa.column("numbers", sa.Integer)).scalar_subquery()),
                in_thread=True,
            )
        )
        turns = 0
        while not change.done():
            turns += 1
            await asyncio.sleep(0)
    assert change.result() == 1
    assert await rows_of(store.reading) == [(1, 200_000)]
    assert turns > 20


async def test_a_constraint_violation_leaves_the_store_usable(store: Database) -> None:
    """It raises IntegrityError."""
    with pytest.raises(sa.exc.IntegrityError):
        async with store.writing() as session:
            await session.execute(INSERT, [{"id": 1, "count": 0}, {"id": 1, "count": 0}])
    assert await rows_of(store.reading) == []


@pytest.mark.parametrize("url", ["mysql://localhost/i247", "sqlite://", "sqlite:///:memory:", "no url", ""])
def test_an_unsupported_store_url_is_refused_with_a_message(url: str) -> None:
    """Including stores in memory, which would lose their data."""
    with pytest.raises(StorageRefused, match="store"):
        open_database(url)


def test_a_refusal_does_not_repeat_the_password_of_a_store_url() -> None:
    """It could reach a log."""
    with pytest.raises(StorageRefused) as refused:
        open_database("mysql://i247:s3cret@localhost/i247")
    assert "s3cret" not in str(refused.value)


async def test_a_file_store_creates_its_folder(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'new' / 'folder' / 'store.db'}")
    assert [tuple(row) for row in await database.reading.fetch(sa.text("SELECT 1"))] == [(1,)]
    await database.close()


async def test_a_statement_is_compiled_once_for_all_sqlite_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway has a mailbox for each of its bureaus, with the same statements."""
    first, second = (open_database(f"sqlite:///{tmp_path / name}") for name in ("first.db", "second.db"))
    for store in (first, second):
        await store.run_sync(metadata.create_all)
    assert await rows_of(first.reading) == []
    monkeypatch.setattr(SameDialect, "statement_compiler", None)
    assert await rows_of(second.reading) == []
    async with second.writing() as session:
        assert await rows_of(session) == []
    for store in (first, second):
        await store.close()


@pytest.mark.parametrize("constant", ["stolen", "", "one's own", "100 %", 201, 0, -1])
async def test_an_inline_literal_keeps_its_value(database: Database, constant: str | int) -> None:
    """Whatever its characters are; it leaves no parameter."""
    statement = sa.select(inline_literal(constant).label("constant"))
    assert [row.constant for row in await database.reading.fetch(statement)] == [constant]
    assert statement.compile().params == {}
