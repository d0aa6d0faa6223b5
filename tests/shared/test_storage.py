"""What every store relies on, the same on SQLite and on PostgreSQL."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.compat.sqlite_dialect import SameDialect
from shared.errors import Busy
from shared.storage import Database, Session, StorageRefused, inline_literal, open_database
from tests.stores import Tables

pytestmark = pytest.mark.both_databases

metadata = sa.MetaData()
notes = sa.Table(
    "notes", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("count", sa.Integer, nullable=False)
)

INSERT = sa.insert(notes)
COUNT_UP = sa.update(notes).values(count=notes.c.count + 1)
READ = sa.select(notes.c.id, notes.c.count).order_by(notes.c.id)
LONG_SCAN = sa.text(
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 200000) "
    "SELECT count(*) AS numbers FROM numbers"
)


@pytest.fixture
def store_tables() -> Tables:
    """Return those above."""
    return metadata


@pytest.fixture
def store(database: Database) -> Database:
    return database


async def rows_of(session: Session) -> list[tuple[int, int]]:
    return [tuple(row) for row in await session.fetch(READ)]


async def test_what_a_transaction_writes_is_there_when_it_has_ended(store: Database) -> None:
    """A block that ends well is committed: a store opened anew finds what it wrote."""
    async with store.writing() as session:
        await session.execute(INSERT, [{"id": 1, "count": 0}, {"id": 2, "count": 0}])
        assert await session.execute(COUNT_UP) == 2
    assert await rows_of(store.reading) == [(1, 1), (2, 1)]


async def test_an_error_undoes_the_whole_transaction(store: Database) -> None:
    """A block that raises leaves nothing behind, and the next one can write."""

    async def fails_midway() -> None:
        async with store.writing() as session:
            await session.execute(INSERT, {"id": 1, "count": 0})
            raise LookupError

    with pytest.raises(LookupError):
        await fails_midway()
    async with store.writing() as session:
        await session.execute(INSERT, {"id": 2, "count": 0})
    assert await rows_of(store.reading) == [(2, 0)]


async def test_a_cancelled_transaction_is_undone(store: Database) -> None:
    """A request that is given up in mid-write leaves nothing behind, and the next one can write."""
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


async def test_who_is_cancelled_in_a_long_statement_ends_it(store: Database) -> None:
    """No thread is at work any more with the connection that is given up, which would end the process."""

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


async def test_a_write_is_seen_by_others_only_after_its_commit(store: Database) -> None:
    """The writer sees its own rows at once, a look-up and a scan beside it do not."""
    async with store.writing() as session:
        await session.execute(INSERT, {"id": 1, "count": 0})
        assert await rows_of(session) == [(1, 0)]
        assert len(await session.fetch(READ, in_thread=True)) == 1
        assert await rows_of(store.reading) == []
        assert list(await store.reading.fetch(READ, in_thread=True)) == []
    assert await rows_of(store.reading) == [(1, 0)]


async def test_writers_take_turns_and_none_is_lost(store: Database) -> None:
    """Writers that change the same row at the same time all take effect."""
    async with store.writing() as session:
        await session.execute(INSERT, {"id": 1, "count": 0})

    async def count_up() -> None:
        async with store.writing() as session:
            await session.execute(COUNT_UP)

    await asyncio.gather(*(count_up() for _ in range(8)))
    assert await rows_of(store.reading) == [(1, 8)]


async def test_writers_of_two_processes_take_turns(store: Database, database_url: str) -> None:
    """A second program on the same store waits until the first has committed, and then counts on."""
    other = open_database(database_url)
    waiting: asyncio.Task[int]

    async def count_up_too() -> int:
        async with other.writing() as session:
            return await session.execute(COUNT_UP)

    async with store.writing() as session:
        await session.execute(INSERT, {"id": 1, "count": 0})
    async with store.writing() as session:
        await session.execute(COUNT_UP)
        waiting = asyncio.create_task(count_up_too())
        assert await rows_of(store.reading) == [(1, 0)]
    assert await waiting == 1
    await other.close()
    assert await rows_of(store.reading) == [(1, 2)]


async def test_whoever_gives_up_waiting_for_another_process_holds_up_nobody(store: Database, database_url: str) -> None:
    """One that is cancelled while another process writes takes no turn afterwards; the next one does."""
    other = open_database(database_url)

    async def write(number: int) -> None:
        async with store.writing(exclusive=True) as session:
            await session.execute(INSERT, {"id": number, "count": 0})

    async with other.writing(exclusive=True) as session:
        await session.execute(INSERT, {"id": 1, "count": 0})
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(write(2), 0.05)
        waits = asyncio.create_task(write(3))
        await asyncio.sleep(0)
    await waits
    assert await rows_of(store.reading) == [(1, 0), (3, 0)]
    await other.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_lock_that_another_process_never_releases_is_waited_for_no_longer_than_stated(
    store: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who wants to write is told that the store is busy, and may try again; who reads is answered meanwhile."""
    monkeypatch.setattr("shared.storage.sqlite.LOCK_WAIT_SECONDS", 0.05)

    async def write() -> None:
        async with store.writing() as session:
            await session.execute(INSERT, {"id": 1, "count": 0})

    with holding_the_lock(database_url):
        with pytest.raises(Busy, match="another process"):
            await asyncio.wait_for(write(), 5)
        assert await rows_of(store.reading) == []
    await write()
    assert await rows_of(store.reading) == [(1, 0)]


def test_a_file_that_another_process_never_releases_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start ends after the time stated, instead of never."""
    monkeypatch.setattr("shared.storage.sqlite.LOCK_WAIT_SECONDS", 0.05)
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with holding_the_lock(url), pytest.raises(sa.exc.OperationalError, match="locked"):
        open_database(url)


@contextmanager
def holding_the_lock(url: str) -> Iterator[None]:
    """Have another process hold the lock of a file for writing as long as the block lasts."""
    program = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('BEGIN EXCLUSIVE'); print(); input()"
    command = [sys.executable, "-c", program, str(sa.make_url(url).database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as rival:
        assert rival.stdout is not None
        rival.stdout.readline()
        yield
        rival.communicate(b"\n")


async def test_a_slow_disk_holds_up_no_event_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where commits take long they are handed to a thread, and what is being committed is, whoever stops waiting."""
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


async def test_the_reading_session_refuses_to_write(store: Database) -> None:
    """A change outside a transaction is a fault of the program, and nothing is written."""
    with pytest.raises(StorageRefused, match="only reads"):
        await store.reading.execute(INSERT, {"id": 1, "count": 0})
    assert await rows_of(store.reading) == []


async def test_many_plain_rows_are_inserted_at_once(store: Database) -> None:
    """They are part of the transaction like all else, and a row that does not fit is refused as always."""
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


async def test_a_scan_does_not_hold_up_the_event_loop(store: Database) -> None:
    """Other requests go on while a statement reads many rows."""
    scan = asyncio.create_task(store.reading.fetch(LONG_SCAN, in_thread=True))
    turns = 0
    while not scan.done():
        turns += 1
        await asyncio.sleep(0)
    assert scan.result()[0][0] == 200_000
    assert turns > 20


async def test_a_change_of_many_rows_does_not_hold_up_the_event_loop(store: Database) -> None:
    """Nor does one that has to read many to find out which."""
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


async def test_a_broken_constraint_leaves_the_store_usable(store: Database) -> None:
    """A second row with the same key is refused with an error that stores can catch, and the reader goes on."""
    with pytest.raises(sa.exc.IntegrityError):
        async with store.writing() as session:
            await session.execute(INSERT, [{"id": 1, "count": 0}, {"id": 1, "count": 0}])
    assert await rows_of(store.reading) == []


@pytest.mark.parametrize("url", ["mysql://localhost/i247", "sqlite://", "sqlite:///:memory:", "no url", ""])
def test_an_unsupported_store_is_refused_by_a_sentence(url: str) -> None:
    """A store that would forget or cannot be used stops the start, and the message says what can be."""
    with pytest.raises(StorageRefused, match="store"):
        open_database(url)


def test_a_password_is_not_repeated_in_a_refusal() -> None:
    """The URL of a store may hold a password, which must not reach a log."""
    with pytest.raises(StorageRefused) as refused:
        open_database("mysql://i247:s3cret@localhost/i247")
    assert "s3cret" not in str(refused.value)


async def test_a_file_store_makes_its_folder(tmp_path: Path) -> None:
    """Nobody has to prepare anything for an embedded store."""
    database = open_database(f"sqlite:///{tmp_path / 'new' / 'folder' / 'store.db'}")
    assert [tuple(row) for row in await database.reading.fetch(sa.text("SELECT 1"))] == [(1,)]
    await database.close()


async def test_what_was_compiled_for_one_file_is_not_compiled_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway has a mailbox for each of its bureaus, each read and written, and the same statements for all."""
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
async def test_a_constant_that_is_spelled_out_is_what_it_was(database: Database, constant: str | int) -> None:
    """Whatever it is made of, and no parameter is left of it."""
    statement = sa.select(inline_literal(constant).label("constant"))
    assert [row.constant for row in await database.reading.fetch(statement)] == [constant]
    assert statement.compile().params == {}


async def test_several_open_a_new_file_at_once(tmp_path: Path) -> None:
    """As processes of one service do at their first start: none is refused because another one prepares the file."""

    async def start(url: str) -> None:
        database = await asyncio.to_thread(open_database, url)
        await database.run_sync(metadata.create_all)
        await database.close()

    for number in range(20):
        await asyncio.gather(*(start(f"sqlite:///{tmp_path}/{number}.db") for _ in range(6)))
