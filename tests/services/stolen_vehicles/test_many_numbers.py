"""More records fit a number than one search compares: none that is hidden counts, and no bureau hides another's."""

from collections.abc import Sequence
from typing import Any, Final

import pytest

from services import stolen_vehicles
from services.stolen_vehicles.models import Vehicle, VehicleQuery
from services.stolen_vehicles.store import VehicleStore, vehicles
from shared.bureaus import BureauCode
from shared.records.results import NumberHits
from shared.records.search import number_statements
from shared.records.search.number_statements import NumberStatements
from shared.storage import NO_PARAMETERS, Database, Parameters, Rows
from shared.storage.session import ReadOnly
from tests.services.stolen_vehicles.samples import ITALY, NOON, entered
from tests.stores import Tables
from tests.support import caller

pytestmark = pytest.mark.both_databases

POLAND: Final = caller("PL")
MOST: Final = 20
# What each finds: FZ 512 KL and FZ 5x2 KL as numbers with an unknown sign, or as near ones.
SEARCHES: Final[Sequence[dict[str, Any]]] = (
    {"plate": "FZ5?2KL", "country": "IT"},
    {"plate": "FZ5?2KL"},
    {"plate": "FZ5X2KL", "country": "IT", "near": True},
    {"plate": "FZ5X2KL", "near": True},
)


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return stolen_vehicles.SERVICE


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a search compare few records, so that a test need not enter thousands."""
    for limit in ("MAX_PROBED", "MAX_IN_RANGE"):
        monkeypatch.setattr(number_statements, limit, MOST)
    monkeypatch.setattr(VehicleStore, "_statements", NumberStatements(vehicles, VehicleStore.sought))


async def remember(database: Database, *entries: Vehicle) -> None:
    async with database.writing() as session:
        await VehicleStore(session, ITALY, NOON).add_many(entries)


async def find(database: Database, **asked: Any) -> NumberHits[Vehicle]:
    return await VehicleStore(database.reading, POLAND, NOON).search(VehicleQuery.model_validate(asked))


def plated(number: int, owner: str = "IT", **changes: Any) -> Vehicle:
    vehicle = entered(number, **{"vin": None, "plate": "FZ 512 KL", **changes})
    return vehicle.model_copy(update={"owner": BureauCode(owner)})


def shown_in(found: NumberHits[Vehicle]) -> list[str]:
    return [hit.record.id for hit in (*found.hits, *found.near)]


@pytest.mark.parametrize("asked", SEARCHES, ids=str)
@pytest.mark.parametrize("hidden", ["FZ 502 KL", "FZ 572 KL"])
async def test_a_hidden_record_changes_no_answer_however_many_are_compared(
    database: Database, asked: dict[str, Any], hidden: str
) -> None:
    """Whether its number is looked up before those of as many others as are compared, or after them."""
    fillers = [plated(number) for number in range(MOST - 1)]
    await remember(database, *fillers, plated(100, make="Fiat", model="Panda"))
    queries = [asked, {**asked, "make": "Fiat"}]
    before = [await find(database, **query) for query in queries]
    await remember(database, *(plated(200 + number, "DE", plate=hidden, restricted=["PL"]) for number in range(30)))
    assert [await find(database, **query) for query in queries] == before
    assert [len(found.warnings) for found in before] == [0, 0]
    assert len(shown_in(before[1])) == 1


@pytest.mark.parametrize("asked", SEARCHES, ids=str)
async def test_no_bureau_hides_the_records_of_others_behind_its_own(database: Database, asked: dict[str, Any]) -> None:
    """Owners take turns among those that are compared, and the answer says that these are not all."""
    german = plated(900, "DE", plate="FZ 572 KL")
    await remember(database, *(plated(number) for number in range(MOST + 1)), german)
    found = await find(database, **asked)
    assert german.id in shown_in(found)
    assert len(shown_in(found)) == MOST
    assert [warning.code for warning in found.warnings] == ["number-common"]


@pytest.mark.parametrize("asked", SEARCHES, ids=str)
async def test_an_answer_with_all_that_fit_has_no_warning(database: Database, asked: dict[str, Any]) -> None:
    """As many as are compared are not too many."""
    await remember(database, *(plated(number) for number in range(MOST)))
    found = await find(database, **asked)
    assert (len(shown_in(found)), found.warnings) == (MOST, ())


async def test_of_a_wide_part_of_a_number_some_are_compared_and_the_answer_says_so(database: Database) -> None:
    """Those at the beginning of the range; hidden ones do not count, and the longer known end is looked up."""
    hidden = [plated(number, plate=f"FZ 510{number:02} AB", restricted=["PL"]) for number in range(30)]
    await remember(database, *hidden, *(plated(100 + each, plate=f"FZ 51{each:03} KL") for each in range(MOST)))
    found = await find(database, plate="FZ51*KL", country="IT")
    assert (found.total, found.warnings) == (MOST, ())
    last = plated(900, plate="FZ 519 99 KL")
    await remember(database, *(plated(200 + each, plate=f"FZ 518{each:02} KL") for each in range(10)), last)
    found = await find(database, plate="FZ51*KL", country="IT")
    assert [warning.code for warning in found.warnings] == ["number-common"]
    assert last.id not in shown_in(found)
    assert shown_in(await find(database, plate="FZ51*999KL", country="IT")) == [last.id]


async def test_a_part_that_very_many_records_have_whole_is_looked_up(database: Database) -> None:
    """The range that is compared then has that one key."""
    await remember(
        database, *(plated(each, plate=None, country=None, engine_number="1111") for each in range(MOST + 5))
    )
    found = await find(database, engine_number="1111*")
    assert (found.total, [warning.code for warning in found.warnings]) == (MOST + 5, ["number-common"])


class Watching(ReadOnly):
    """A session that tells which statements would stop the event loop."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.in_loop = 0

    async def fetch(self, statement: Any, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False) -> Rows:
        self.in_loop += not in_thread
        return await self.database.reading.fetch(statement, parameters, in_thread=in_thread)


async def test_a_part_of_a_number_is_compared_in_a_thread(database: Database) -> None:
    """As it may take long to find that nothing fits; a whole number takes so little that a thread would cost more."""
    for asked, in_loop in (({"vin": "WVWZ*"}, 0), ({"vin": "*99999999"}, 0), ({"vin": "ZAR93700005123456"}, 1)):
        session = Watching(database)
        await VehicleStore(session, POLAND, NOON).find(VehicleQuery.model_validate(asked))
        assert session.in_loop == in_loop, asked
