"""An exact look-up does as much for a record that is hidden from the caller as for one that does not exist.

Counted in the steps of SQLite's machine: a clock would tell more of the computer that runs the test.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services import SERVICES, stolen_vehicles
from services.stolen_vehicles.models import VehicleQuery
from services.stolen_vehicles.store import VehicleStore, vehicles
from shared.bureaus import BureauCode
from shared.errors import NotFound
from shared.records import RecordStore
from shared.service import Service
from shared.storage import Database
from tests.conftest import NOW, store_of
from tests.support import caller

KINDS = [(service, store) for service in SERVICES for store in service.metadata.info["stores"]]
POLAND = caller("PL")
# It may take one condition more or less to tell that a row is not meant; to read and judge one takes twelve and more.
FEW_STEPS = 6


async def fill(service: Service, database: Database) -> None:
    """Enter records that everybody may see."""
    random = Random(1)  # noqa: S311 - nothing secret is drawn
    async with database.writing() as session:
        await service.seed(session, random, 40, [BureauCode("FR")], NOW)
        for store in service.metadata.info["stores"]:
            await session.change(sa.update(store.table).values(audience=0))


async def restrict(database: Database, table: sa.Table, record_id: str) -> None:
    """Keep a record from Poland."""
    async with database.writing() as session:
        await session.change(sa.update(table).where(table.c.id == record_id).values(restricted=",PL,"))


async def steps_of(database: Database, look_up: Callable[[], Awaitable[Any]]) -> int:
    """Return how many steps a look-up takes that finds nothing, when it is done again."""
    connection: Any = database.reading._connection.connection.dbapi_connection  # type: ignore[attr-defined]
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    for handler in (None, count):
        connection.set_progress_handler(handler, 1)
        with suppress(NotFound):
            assert (await look_up()).total == 0
    connection.set_progress_handler(None, 1)
    return steps


@pytest.mark.parametrize(("service", "store"), KINDS, ids=lambda of: getattr(of, "__name__", ""))
async def test_a_hidden_record_is_looked_up_by_its_id_as_one_that_is_not_there(
    service: Service, store: type[RecordStore[Any]], tmp_path: Path
) -> None:
    """Whatever its kind."""
    async with store_of(service, f"sqlite:///{tmp_path / 'store.db'}") as database:
        await fill(service, database)
        hidden, other, *_ = await database.reading.scan(sa.select(store.table.c.id).order_by(store.table.c.id))
        absent = str(UUID(int=UUID(other.id).int - 1))
        await restrict(database, store.table, hidden.id)
        records = store(database.reading, POLAND, NOW)
        steps = [await steps_of(database, lambda sought=sought: records.get(sought)) for sought in (hidden.id, absent)]
        assert steps[0] == pytest.approx(steps[1], abs=FEW_STEPS)
        assert (await records.get(other.id)).id == other.id


async def test_a_hidden_vehicle_is_looked_up_by_its_number_as_one_that_is_not_there(tmp_path: Path) -> None:
    """That a number is on file is what nobody may learn by asking for it again and again."""
    async with store_of(stolen_vehicles.SERVICE, f"sqlite:///{tmp_path / 'store.db'}") as database:
        await fill(stolen_vehicles.SERVICE, database)
        columns = sa.select(vehicles.c.id, vehicles.c.vin, vehicles.c.engine_number).order_by(vehicles.c.vin)
        hidden, other, *_ = await database.reading.scan(columns)
        await restrict(database, vehicles, hidden.id)
        store = VehicleStore(database.reading, POLAND, NOW)
        for key in ("vin", "engine_number"):
            number = getattr(hidden, key)
            queries = [VehicleQuery.model_validate({key: sought}) for sought in (number, f"{number[:-1]}0X")]
            steps = [await steps_of(database, lambda query=query: store.find(query)) for query in queries]
            assert steps[0] == pytest.approx(steps[1], abs=FEW_STEPS)
        assert (await store.find(VehicleQuery(vin=other.vin))).total == 1
