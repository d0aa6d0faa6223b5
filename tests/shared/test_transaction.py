"""The transaction of a request: when it begins, and how a lost connection affects reads."""

import asyncio

import pytest
import sqlalchemy as sa

from services import stolen_vehicles
from shared.clock import FixedClock
from shared.errors import StoreUnavailable
from shared.service import Context
from shared.storage import Database
from shared.storage.migrations import upgrade
from tests.support import ServiceClient

pytestmark = pytest.mark.both_databases


@pytest.mark.thorough
async def test_an_invalid_request_is_refused_without_waiting_for_the_write_lock(
    database: Database, clock: FixedClock
) -> None:
    """A valid one waits for the open transaction."""
    service = stolen_vehicles.SERVICE
    await upgrade(database, service.tables)
    client = ServiceClient(service, service.create_app(Context(database, clock))).officer("FR")
    car = {"vin": "ZAR93200001234567", "make": "Alfa Romeo", "theft_date": "2026-03-14"}
    async with database.writing() as session:
        await session.execute(sa.text("UPDATE vehicles SET version = version"))
        refused = await asyncio.wait_for(client.post("/api/stolen-vehicles", json={**car, "vin": 1}), 5)
        entering = asyncio.ensure_future(client.post("/api/stolen-vehicles", json=car))
    assert refused.status_code == 422
    assert (await entering).status_code == 201


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_read_after_a_lost_connection_opens_a_new_one(database: Database) -> None:
    own = sa.select(sa.func.pg_backend_pid())
    before = await database.reading.fetch(own)
    with pytest.raises(StoreUnavailable):
        async with database.writing() as session:
            await session.fetch(
                sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()")
            )
    assert await database.reading.fetch(own) != before
