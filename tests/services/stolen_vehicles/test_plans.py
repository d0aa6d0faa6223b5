"""Lists of vehicles and near misses are read by an index, however many vehicles there are."""

from typing import Any

import pytest
from sqlalchemy.sql import Executable

from services import stolen_vehicles
from services.stolen_vehicles.models import VehicleFilter, VehicleQuery
from services.stolen_vehicles.store import VehicleStore
from shared.records.search.near_misses import near_misses
from shared.storage import NO_PARAMETERS, Database, Parameters, Rows, SqliteDatabase
from shared.storage.session import ReadOnly
from tests.query_plans import plans_of
from tests.services.stolen_vehicles.samples import ITALY, NOON
from tests.stores import Tables
from tests.support import caller

pytestmark = pytest.mark.both_databases

LISTS: list[dict[str, Any]] = [
    {},
    {"after": "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"},
    {"status": "stolen"},
    {"status": "recovered"},
    {"status": "withdrawn", "owner": "IT"},
    {"owner": "FR"},
    {"owner": "FR", "expires_by": "2027-01-01"},
    {"expires_by": "2027-01-01"},
    {"owner": "IT", "reference": "2026/1"},
]
QUERIES: list[dict[str, Any]] = [
    {"vin": "ZAR 937000 05123456"},
    {"plate": "FZ 512 KL", "country": "IT", "engine_number": "AR 67203"},
    {"reference": "2026/1"},
]


class Recording(ReadOnly):
    """A session that keeps the statements that it is given."""

    def __init__(self) -> None:
        self.statements: dict[str, Executable] = {}

    async def fetch(
        self, statement: Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> Rows:
        del parameters, in_thread
        self.statements[f"{len(self.statements)}"] = statement
        return ()


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return stolen_vehicles.SERVICE


def is_in_order(plan: str) -> bool:
    """Return whether rows are read by an index, and up to a limit in its order where that is the order of the answer.

    How PostgreSQL sorts depends on how many rows there are.
    """
    is_sorted = "TEMP B-TREE" in plan
    return not is_sorted and all("USING" in line for line in plan.splitlines() if line.startswith("SCAN vehicles"))


def is_of_server(database: Database) -> bool:
    """Return whether the plan depends on how many rows there are, of which there are none here."""
    return not isinstance(database, SqliteDatabase)


@pytest.mark.parametrize("wanted", LISTS, ids=str)
async def test_no_list_reads_or_sorts_all_vehicles(database: Database, wanted: dict[str, Any]) -> None:
    session = Recording()
    await VehicleStore(session, ITALY, NOON).list(VehicleFilter.model_validate(wanted))
    [plan] = (await plans_of(database, session.statements)).values()
    assert "Seq Scan" not in plan
    assert is_in_order(plan) or "reference" in wanted, plan


@pytest.mark.parametrize("query", QUERIES, ids=str)
async def test_near_misses_are_read_by_an_index(database: Database, query: dict[str, Any]) -> None:
    """Those that begin or end as what was asked, and the newest."""
    session = Recording()
    await near_misses(VehicleStore(session, ITALY, NOON), VehicleQuery.model_validate(query))
    plans = await plans_of(database, session.statements)
    numbers = query.keys() - {"country", "reference"}
    assert len(plans) == 2 * len(numbers) + 1
    assert {name: plan for name, plan in plans.items() if "Seq Scan" in plan or not is_in_order(plan)} == {}


async def test_a_partner_lists_what_it_may_see_by_an_index_of_that_alone(database: Database) -> None:
    """Without it all would be read, as nearly all are open to members alone. Its own are read apart."""
    session, partner = Recording(), caller("PARTNER-RENTAL")
    await VehicleStore(session, partner, NOON).list(VehicleFilter())
    admitted, own = (await plans_of(database, session.statements)).values()
    assert is_in_order(admitted)
    assert is_in_order(own)
    assert "vehicles_admitted" in admitted or is_of_server(database)


async def test_what_only_its_owner_is_shown_is_read_by_an_index_of_that_alone(database: Database) -> None:
    """A bureau lists its recovered vehicles among millions that are not."""
    session = Recording()
    await VehicleStore(session, ITALY, NOON).list(VehicleFilter.model_validate({"status": "recovered"}))
    [plan] = (await plans_of(database, session.statements)).values()
    assert "vehicles_unshared" in plan or is_of_server(database)
