"""Of many records the database says about how many: to count them would read an index of them all."""

from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.state import record_counts
from deploy.state.record_counts import RecordCount, count_records
from services import stolen_vehicles
from shared.bureaus import BureauCode
from shared.storage import Database
from tests.conftest import NOW
from tests.stores import Tables


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of a service."""
    return stolen_vehicles.SERVICE


@pytest.mark.thorough
@pytest.mark.both_databases
async def test_few_are_counted_and_of_many_it_is_said_about_how_many(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_on_server = database_url.startswith("postgresql")
    settings: Any = SimpleNamespace(store_of=lambda _: database_url, store_url=database_url if is_on_server else None)
    async with database.writing() as session:
        await stolen_vehicles.SERVICE.seed(session, Random(1), 30, [BureauCode("FR")], NOW)  # noqa: S311 - no secret
    if is_on_server:
        await database.run_sync(lambda connection: connection.exec_driver_sql("ANALYZE"))
    monkeypatch.setattr(record_counts, "COUNTED", 30)
    assert await count_records(settings, "stolen-vehicles") == RecordCount(31)
    monkeypatch.setattr(record_counts, "COUNTED", 29)
    assert await count_records(settings, "stolen-vehicles") == RecordCount(31, is_estimate=True)
