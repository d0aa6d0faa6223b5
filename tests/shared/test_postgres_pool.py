"""The PostgreSQL connections of a process: few, shared, and with bounded waiting times."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator

import pytest
import sqlalchemy as sa

from services import stolen_vehicles
from shared.clock import FixedClock
from shared.errors import Busy, OutcomeUnknown, StoreUnavailable
from shared.service import Context
from shared.storage import Database, Session, StorageRefused, Stores
from shared.storage.group_commit import GroupCommit
from shared.storage.migrations import upgrade
from tests.postgres import PostgresServer, running_postgres
from tests.stores import Work, in_turn
from tests.support import ServiceClient

CONNECTIONS = 3
notes = sa.Table("notes", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
ADD, READ = sa.insert(notes), sa.select(notes.c.id).order_by(notes.c.id)
SLEEP = sa.text("SELECT pg_sleep(60)")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """Run a server for this module only, because its tests kill it."""
    with running_postgres(synchronous_commit="on") as running:
        yield running


@pytest.fixture
def url(server: PostgresServer) -> Iterator[str]:
    with server.database() as empty:
        yield empty


@pytest.fixture
async def stores(url: str) -> AsyncIterator[list[Database]]:
    """Open five stores that share one database and its connections."""
    opening = Stores(CONNECTIONS)
    opened = [opening.open(f"{url}&schema=mailbox_{number}") for number in range(5)]
    for store in opened:
        await store.run_sync(notes.metadata.create_all)
    yield opened
    for store in opened:
        await store.close()


async def add(store: Database, number: int) -> None:
    async with store.writing(exclusive=True) as session:
        await session.execute(ADD, {"id": number})


async def ids(session: Session) -> list[int]:
    return [row.id for row in await session.fetch(READ)]


def connected(server: PostgresServer) -> int:
    [number] = server.ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'i247'")
    return int(number)


@pytest.mark.thorough
async def test_stores_in_one_database_share_a_few_connections(stores: list[Database], server: PostgresServer) -> None:
    """Each store reads its own rows, however many stores and requests there are."""
    most = 0
    for start in range(0, 40, 8):
        numbers = range(start, start + 8)
        await asyncio.gather(*(add(store, number) for number in numbers for store in stores[:4]))
        await asyncio.gather(*(ids(store.reading) for _ in numbers for store in stores))
        most = max(most, connected(server))
    assert [await ids(store.reading) for store in stores] == [list(range(40))] * 4 + [[]]
    assert most == CONNECTIONS


@pytest.mark.thorough
async def test_readers_without_a_free_connection_are_refused_as_busy(
    stores: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a bounded wait; the others are answered."""
    monkeypatch.setattr(stores[0]._pool._engine.pool, "_timeout", 0.2)  # type: ignore[attr-defined]
    slow = sa.text("SELECT pg_sleep(1) IS NULL AS nothing")
    began = time.monotonic()
    outcomes = await asyncio.gather(
        *(stores[0].reading.fetch(slow, in_thread=True) for _ in range(9)), return_exceptions=True
    )
    refused = [each for each in outcomes if isinstance(each, Busy)]
    assert (len(refused), refused[0].status, refused[0].code) == (9 - CONNECTIONS, 503, "busy")
    assert time.monotonic() - began < 5
    assert await ids(stores[0].reading) == []


@pytest.mark.thorough
async def test_a_service_without_a_free_connection_answers_503_busy(url: str, clock: FixedClock) -> None:
    """Reads and writes alike, with `Retry-After`; later requests are answered."""
    service, car = stolen_vehicles.SERVICE, {"vin": "ZAR93200001234567", "make": "Alfa", "theft_date": "2026-03-14"}
    database = Stores(2).open(url)
    await upgrade(database, service.tables)
    officer = ServiceClient(service, service.create_app(Context(database, clock))).officer("FR")
    held = [
        asyncio.create_task(database.reading.fetch(sa.text("SELECT pg_sleep(4)::text"), in_thread=True))
        for _ in range(2)
    ]
    await asyncio.sleep(0.1)
    asked = officer.get("/api/stolen-vehicles"), officer.post("/api/stolen-vehicles", json=car)
    for refused in await asyncio.gather(*asked):
        assert (refused.status_code, refused.json()["type"]) == (503, "urn:i247:problem:busy")
        assert (refused.headers["Retry-After"], refused.headers["Content-Type"]) == ("1", "application/problem+json")
    await asyncio.gather(*held)
    assert (await officer.post("/api/stolen-vehicles", json=car)).status_code == 201
    await database.close()


@pytest.mark.thorough
async def test_concurrent_transactions_that_read_outside_themselves_do_not_deadlock(stores: list[Database]) -> None:
    """A connection is reserved for reads."""

    async def read_while_writing(store: Database, number: int) -> list[int]:
        async with store.writing() as session:
            await session.execute(ADD, {"id": number})
            await asyncio.sleep(0.05)
            return await ids(store.reading)

    async with asyncio.timeout(20):
        assert await asyncio.gather(*(read_while_writing(store, 1) for store in stores)) == [[]] * 5


@pytest.mark.thorough
async def test_a_writer_waiting_for_exclusive_access_holds_no_connection(
    stores: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other stores can be read and written meanwhile; the waiting writers are refused as busy in the end."""
    monkeypatch.setattr("shared.storage.postgres.SHORT_SECONDS", 1.0)
    async with stores[0].writing(exclusive=True) as session:
        await session.execute(ADD, {"id": 1})
        waiting = [asyncio.create_task(add(stores[0], number)) for number in range(2, 9)]
        await add(stores[1], 1)
        assert await ids(stores[1].reading) == [1]
        assert [type(each) for each in await asyncio.gather(*waiting, return_exceptions=True)] == [Busy] * 7
    assert await ids(stores[0].reading) == [1]


@pytest.mark.thorough
async def test_committed_rows_survive_a_killed_server(stores: list[Database], server: PostgresServer) -> None:
    """Reads and writes are refused while it is down, and work again without reopening the stores."""
    await asyncio.gather(*(add(store, 1) for store in stores))
    server.kill()
    for _ in range(CONNECTIONS + 1):
        with pytest.raises(StoreUnavailable):
            await ids(stores[0].reading)
        with pytest.raises(StoreUnavailable):
            await add(stores[0], 2)
    server.start()
    await add(stores[0], 3)
    assert [await ids(store.reading) for store in stores] == [[1, 3], [1], [1], [1], [1]]


@pytest.mark.thorough
async def test_a_restart_of_the_server_between_requests_causes_no_error(
    stores: list[Database], server: PostgresServer
) -> None:
    """For the first read and the first write alike."""
    await asyncio.gather(*(add(store, 1) for store in stores))
    server.kill()
    server.start()
    await asyncio.gather(*(add(store, 2) for store in stores))
    assert [await ids(store.reading) for store in stores] == [[1, 2]] * 5


@pytest.mark.thorough
async def test_a_hanging_server_raises_store_unavailable_in_time(
    stores: list[Database], server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a read and a write, with a new connection as well."""
    monkeypatch.setattr("shared.storage.postgres.SHORT_SECONDS", 0.3)
    monkeypatch.setattr("shared.storage.postgres_pool.SHORT_SECONDS", 0.3)
    await asyncio.gather(*(add(store, 1) for store in stores))
    stopped = server.processes()
    for process in stopped:
        process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    try:
        async with asyncio.timeout(30):
            with pytest.raises(StoreUnavailable):
                await ids(stores[0].reading)
            with pytest.raises(StoreUnavailable):
                await add(stores[0], 2)
    finally:
        for process in stopped:
            process.send_signal(signal.SIGCONT)
    assert time.monotonic() - began < 30
    await add(stores[0], 3)
    assert await ids(stores[0].reading) == [1, 3]


@pytest.mark.thorough
async def test_a_statement_over_the_time_limit_is_cancelled(
    stores: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its transaction is rolled back."""
    monkeypatch.setattr("shared.storage.postgres.LONG_SECONDS", 0.3)
    with pytest.raises(StoreUnavailable):
        await stores[0].reading.fetch(SLEEP, in_thread=True)

    async def change_for_long() -> None:
        async with stores[0].writing() as session:
            await session.execute(ADD, {"id": 1})
            await session.execute(SLEEP, in_thread=True)

    with pytest.raises(StoreUnavailable):
        await change_for_long()
    assert await ids(stores[0].reading) == []


@pytest.mark.thorough
async def test_a_connection_lost_during_commit_raises_outcome_unknown(
    stores: list[Database], server: PostgresServer
) -> None:
    """For all writes of the group, since they may be committed; none is executed again."""
    done: list[int] = []

    def adding(number: int) -> Work:
        async def work(session: Session) -> None:
            done.append(number)
            await session.execute(ADD, {"id": number})
            if number == 3:
                server.kill()

        return work

    commits: GroupCommit[Work, None] = GroupCommit(stores[0], in_turn)
    first = asyncio.create_task(commits.write(adding(1)))
    await asyncio.sleep(0)
    others = [asyncio.create_task(commits.write(adding(number))) for number in (2, 3)]
    outcomes = await asyncio.gather(first, *others, return_exceptions=True)
    server.start()
    assert [type(each) for each in outcomes] in (
        [type(None), OutcomeUnknown, OutcomeUnknown],
        [OutcomeUnknown, OutcomeUnknown, OutcomeUnknown],
    )
    assert done == [1, 2, 3]


@pytest.mark.thorough
async def test_a_fault_of_the_program_is_not_reported_as_store_unavailable(stores: list[Database]) -> None:
    """A value out of range, a syntax error and a duplicate key keep their own errors."""
    too_large = sa.select(notes.c.id).where(notes.c.id == sa.bindparam("number"))
    await add(stores[0], 1)
    for statement, values in ((too_large, {"number": 2**70}), (sa.text("SELEC 1"), {})):
        with pytest.raises(sa.exc.DBAPIError):
            await stores[0].reading.fetch(statement, values)
    with pytest.raises(sa.exc.IntegrityError):
        await add(stores[0], 1)
    assert await ids(stores[0].reading) == [1]


@pytest.mark.parametrize("schema", ["Fr", "pg fr", "x;y", '"', "1x", "x" * 64])
def test_a_schema_name_that_is_not_a_plain_identifier_is_refused(schema: str) -> None:
    """It is inserted into statements as it is."""
    with pytest.raises(StorageRefused, match="schema"):
        Stores().open(f"postgresql://i247@/none?schema={schema}")
