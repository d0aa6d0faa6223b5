"""A bureau and its post, with the service on each database."""

from pathlib import Path

import pytest

from services.stolen_vehicles import SERVICE
from shared.clock import FixedClock
from shared.service import Context, Service
from shared.storage import Database
from tests.post.border import OTHER_VIN, PLATE, Border, network
from tests.services.stolen_vehicles.copies import COPIES
from tests.services.stolen_vehicles.entries import PATH, enter
from tests.support import ServiceClient

pytestmark = pytest.mark.both_databases


@pytest.fixture
def store_tables() -> Service:
    """Return the tables of the service."""
    return SERVICE


@pytest.mark.thorough
async def test_a_post_is_kept_up_to_date_and_hands_in(database: Database, clock: FixedClock, tmp_path: Path) -> None:
    """From the first copy to the receipt that its owner sees."""
    book = network()
    app = SERVICE.create_app(Context(database, clock, directory=book))
    border = Border(ServiceClient(SERVICE, app), book, clock, tmp_path)
    gone, barred = await enter(border.service), await enter(border.service, restricted=["DE"], vin=OTHER_VIN)
    kept = await enter(border.service, bureau="PL")
    border.install(await border.make())
    assert {*await border.found()} == {gone["id"], kept["id"]}
    await border.service.officer("IT").post(f"{PATH}/{gone['id']}/withdrawal")
    border.install(await border.make("next.pack", is_differential=True))
    assert await border.found(**PLATE) == [kept["id"]]
    done = await border.hand_in()
    assert (done.applied, done.searches, done.new) == (2, 2, 2)
    assert (await border.hand_in()).new == 0
    shown = (await border.service.officer("IT").get(f"{PATH}/{gone['id']}/disclosures")).json()["recipients"]
    assert [(each["bureau"], each["field_copy"]["outstanding"]) for each in shown] == [("DE", 0)]
    proven = await border.service.officer("IT").get(f"{COPIES}/DE/1/records/{gone['id']}")
    assert (proven.status_code, proven.json()["count"]) == (200, 1)
    hidden = await border.service.officer("IT").get(f"{COPIES}/DE/1/records/{barred['id']}")
    assert hidden.status_code == 404
