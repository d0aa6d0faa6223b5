"""Fixtures for all layers.

Fakes pass the contract tests of the real component; a broker or a database that cannot start is a failure, never a
skip. Each test has its own store, a copy of one that was migrated once, in memory if there is space; the PostgreSQL and
NATS servers are started once for the whole run.
"""

import asyncio
import ctypes
import gc
import os
import signal
import sqlite3
import sys
import zlib
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import fastapi.dependencies.models
import pytest
import sqlalchemy as sa
from hypothesis import is_hypothesis_test, settings

from shared.audit.routes import audit_routes
from shared.clock import FixedClock
from shared.mailbox.host import MailboxHost
from shared.process import settle_memory
from shared.service import Context, Service
from shared.storage import Database, open_database
from tests.broker import NatsServer, running_nats
from tests.extent import FAST_CASES, FAST_EXAMPLES
from tests.postgres import PostgresServer, folder_in_memory, running_postgres
from tests.scheduling import place, pytest_xdist_make_scheduler
from tests.stores import Tables, make_file
from tests.support import ServiceClient

# No deadline: the time for one example depends on the machine more than on the code. Every run draws the same examples,
# so that a failure comes from the change; `--hypothesis-profile=explore` draws others.
settings.register_profile("fast", deadline=None, derandomize=True, max_examples=FAST_EXAMPLES)
settings.register_profile("thorough", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("fast")

__all__ = ["pytest_xdist_make_scheduler"]

# Hardly anything of what the collection of tests makes is garbage: `settle_memory` enables it afterwards.
gc.disable()

LIBC = ctypes.CDLL(None)
# How many modules end before the garbage of all of them is collected.
MODULES_BETWEEN = 8
ENDED = count(1)
ALL_THOROUGH = "\npytestmark = pytest.mark.thorough\n"
PRUNE = MailboxHost._prune
FREEZE = gc.freeze


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--thorough`, which `make test-all` uses and `make test` does not, and `--rest` of `make test-rest`."""
    parser.addoption("--thorough", action="store_true", help="run all tests, on both databases, with all examples")
    parser.addoption("--rest", action="store_true", help="with --thorough: only what a run without it leaves out")


def pytest_configure(config: pytest.Config) -> None:
    """Treat SIGTERM as Ctrl-C, so that everything that was started is stopped and removed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if config.option.thorough:
        settings.load_profile("thorough")
    if memory := folder_in_memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import modules that only a thorough run needs."""
    is_module = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    return True if is_module and not config.option.thorough and ALL_THOROUGH in collection_path.read_text() else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the layers with whole networks first, and deselect tests that only a thorough run needs."""
    if on_one := [item.nodeid for item in items if _is_on_one_database(item)]:
        raise pytest.UsageError(f"marked both_databases, but a fixture overrides `database`: {', '.join(on_one[:3])}")
    if not config.option.thorough or config.option.rest:
        fast = set(fast_cases([item for item in items if not _is_thorough(item)]))
        chosen = [item for item in items if (_is_rest(item, fast) if config.option.rest else item in fast)]
        config.hook.pytest_deselected(items=[*{*items} - {*chosen}])
        items[:] = chosen
    items.sort(key=lambda item: place(item.nodeid))


def fast_cases(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """Return some of the cases of each test on each database: not the same ones of each, so that all kinds are met."""
    tests: dict[tuple[str, str], list[pytest.Item]] = {}
    for item in items:
        tests.setdefault((item.nodeid.partition("[")[0], _parameters(item).get("database_url", "")), []).append(item)
    for (name, _), cases in tests.items():
        first, number = zlib.crc32(name.encode()), min(FAST_CASES, len(cases))
        yield from (cases[(first + place * len(cases) // number) % len(cases)] for place in range(number))


def _is_rest(item: pytest.Item, fast: Collection[pytest.Item]) -> bool:
    """Tell whether a fast run leaves a test out, or covers less with it."""
    if item not in fast or is_hypothesis_test(getattr(item, "obj", None)):
        return True
    used = vars(item.module).values() if isinstance(item, pytest.Function) else ()
    sources = {getattr(item, "module", None), *(sys.modules.get(getattr(each, "__module__", "")) for each in used)}
    return any(hasattr(source, "by_extent") for source in sources if source is not None)


def _is_thorough(item: pytest.Item) -> bool:
    """Tell whether a test is marked thorough, or repeats on PostgreSQL what SQLite covers with the same SQL."""
    if item.get_closest_marker("thorough") is not None:
        return True
    return _parameters(item).get("database_url") == "postgresql" and not item.get_closest_marker("both_databases")


def _is_on_one_database(item: pytest.Item) -> bool:
    """Tell whether a test is marked for both databases, but its folder or module gives it a store of its own."""
    fixtures = getattr(item, "fixturenames", ())
    is_marked = item.get_closest_marker("both_databases") is not None
    return is_marked and "database" in fixtures and "database_url" not in fixtures


def _parameters(item: pytest.Item) -> Mapping[str, Any]:
    return item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}


def pytest_collection_finish() -> None:
    """Exclude the collected tests from garbage collection, as every process of the mesh does with its modules."""
    settle_memory()


@pytest.fixture(autouse=True, scope="module")
def forgotten() -> Iterator[None]:
    """Clear FastAPI's caches of the routes of some modules' applications, which would keep every mesh alive.

    Then collect the garbage and return its memory; otherwise a run would take 200 MB more. What is left lasts to the
    end, as caches do: it is excluded from later collections, which would take a second each.
    """
    yield
    if next(ENDED) % MODULES_BETWEEN:
        return
    for cached in vars(fastapi.dependencies.models).values():
        if hasattr(cached, "cache_clear"):
            cached.cache_clear()
    gc.collect()
    FREEZE()
    if hasattr(LIBC, "malloc_trim"):
        LIBC.malloc_trim(0)


@pytest.fixture(autouse=True, scope="session")
def shortened() -> Iterator[None]:
    """Disable what would slow down every test although hardly any test is about it."""

    async def prune(*_: Any) -> None:
        return

    with pytest.MonkeyPatch.context() as patch:
        # Audit logs do not wait for further entries: a test that sends requests in sequence would wait at each of them.
        patch.setattr("shared.audit.writer.GATHERED_SECONDS", 0.0)
        # All applications of a service share the routes to its audit log.
        patch.setattr("shared.records.service_kit.audit_routes", cache(audit_routes))
        # Mailboxes are not pruned when they are opened, except in tests that use `pruned`.
        patch.setattr(MailboxHost, "_prune", prune)
        # A gateway or service that starts here does not freeze its objects: they would never be collected in this run.
        patch.setattr(gc, "freeze", lambda: None)
        yield


@pytest.fixture(autouse=True, scope="session")
def reversed_where_unordered() -> Iterator[None]:
    """Make SQLite reverse the rows of a statement without an order, so that no test relies on one."""

    def reverse(connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA reverse_unordered_selects = ON")

    sa.event.listen(sa.Engine, "connect", reverse)
    yield
    sa.event.remove(sa.Engine, "connect", reverse)


@pytest.fixture
def pruned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore the pruning of mailboxes at their opening and every hour. Request it before a mesh is started."""
    monkeypatch.setattr(MailboxHost, "_prune", PRUNE)


NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock that stays at noon of 1 June 2026 until it is advanced."""
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Run a PostgreSQL server for the whole run, once a test needs it."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """Run a NATS server with three bureaus and two services for the whole run, once a test needs it."""
    with running_nats(tmp_path_factory.mktemp("mesh")) as server:
        yield server


@pytest.fixture
def store_tables() -> Tables | None:
    """Return the tables in the database of a test: none, unless a folder or a module overrides it."""
    return None


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, store_tables: Tables | None, tmp_path: Path) -> Iterator[str]:
    """Give a test its own database with these tables, and run it once for each kind of database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'store.db'}"
        if store_tables is not None:
            make_file(store_tables, url)
        yield url
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database(store_tables) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Open the database."""
    opened = open_database(database_url)
    yield opened
    await opened.close()


@asynccontextmanager
async def store_of(service: Service, url: str) -> AsyncIterator[Database]:
    """Open the store of a service: a file that is created if needed, or a database of its `store_tables`."""
    # In a thread: a migration in this event loop may hold the lock that this waits for.
    await asyncio.to_thread(make_file, service, url)
    database = open_database(url)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def client_of(service: Service, folder: Path, clock: FixedClock) -> AsyncIterator[ServiceClient]:
    """Run a service's application on its own store."""
    async with store_of(service, f"sqlite:///{folder / service.name}.db") as database:
        app = service.create_app(Context(database, clock))
        async with app.router.lifespan_context(app):
            yield ServiceClient(service, app)
