"""Many synthetic records fill a store at once that nobody has open, and go into one in use batch by batch."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.provisioning import seeding
from deploy.provisioning.seeding import _seed_store
from services import fingerprints, notices, stolen_vehicles
from shared.service import Service
from shared.storage import Database, open_database
from tests.stores import Tables
from tests.system.test_seeding import DRAWING

Contents = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of a service."""
    return stolen_vehicles.SERVICE


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fill a store already with the records of a test, in several batches."""
    monkeypatch.setattr(seeding, "BATCH_SIZE", 20)
    monkeypatch.setattr(seeding, "FILLED_FROM", DRAWING.records)


async def seed(url: str, service: Service = stolen_vehicles.SERVICE, advance: Callable[[int], None] = abs) -> None:
    settings: Any = SimpleNamespace(store_of=lambda _: url)
    await _seed_store(settings, service, DRAWING, advance)


async def contents(url: str, service: Service = stolen_vehicles.SERVICE) -> Contents:
    database = open_database(url)
    try:
        return {
            name: sorted((tuple(row) for row in await database.reading.fetch(table.select())), key=str)
            for name, table in service.metadata.tables.items()
        }
    finally:
        await database.close()


async def batch_by_batch(url: str, monkeypatch: pytest.MonkeyPatch, service: Service) -> Contents:
    with monkeypatch.context() as patch:
        patch.setattr(seeding, "FILLED_FROM", DRAWING.records + 1)
        await seed(url, service)
    return await contents(url, service)


@pytest.mark.thorough
@pytest.mark.both_databases
async def test_a_store_in_use_is_not_kept_from_its_service(
    database_url: str, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """The records are entered between its own transactions."""
    assert not await database.reading.fetch(stolen_vehicles.SERVICE.metadata.tables["vehicles"].select())
    waits = list[int]()

    def advance(count: int) -> None:
        waits.append(count)

    await seed(database_url, advance=advance)
    assert waits == [20, 20, 20]
    assert capsys.readouterr().err.startswith("stolen-vehicles runs: records are entered in small transactions")
    assert len((await contents(database_url))["vehicles"]) == DRAWING.records


@pytest.mark.thorough
@pytest.mark.both_databases
async def test_a_second_run_adds_nothing(database_url: str) -> None:
    await seed(database_url)
    before = await contents(database_url)
    await seed(database_url)
    assert await contents(database_url) == before
    assert len(before["vehicles"]) == DRAWING.records


@pytest.mark.thorough
@pytest.mark.both_databases
async def test_what_is_there_already_is_kept_and_the_rest_added(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeding, "batches_of", lambda *given: list(seeding_batches(*given))[:1])
    await seed(database_url)
    assert len((await contents(database_url))["vehicles"]) == 20
    monkeypatch.setattr(seeding, "batches_of", seeding_batches)
    await seed(database_url)
    assert len((await contents(database_url))["vehicles"]) == DRAWING.records


seeding_batches = seeding.batches_of


@pytest.mark.thorough
@pytest.mark.parametrize("service", [stolen_vehicles.SERVICE, notices.SERVICE, fingerprints.SERVICE], ids=str)
async def test_a_filled_store_is_the_same_as_one_that_was_entered_batch_by_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: Service
) -> None:
    one, two = f"sqlite:///{tmp_path / 'one.db'}", f"sqlite:///{tmp_path / 'two.db'}"
    await seed(one, service)
    assert await contents(one, service) == await batch_by_batch(two, monkeypatch, service)


@pytest.mark.thorough
async def test_an_interrupted_run_leaves_no_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same command begins again."""
    url = f"sqlite:///{tmp_path / 'store.db'}"

    def interrupt(_: int) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await seed(url, advance=interrupt)
    assert capsys.readouterr().err == "none are entered, the store is as it was: the same command begins again\n"
    assert (await contents(url))["vehicles"] == []
    await seed(url)
    assert len((await contents(url))["vehicles"]) == DRAWING.records
