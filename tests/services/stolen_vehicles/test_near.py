"""What a search finds near: one edit, or a plate of another country, apart from the hits; on both databases."""

from typing import Any

import pytest

from services import stolen_vehicles
from services.stolen_vehicles.models import Vehicle, VehicleQuery
from services.stolen_vehicles.store import VehicleStore
from shared.bureaus import BureauCode
from shared.handling import Handling
from shared.identity import Caller
from shared.records.results import NumberHits
from shared.records.search.number_search import SHOWN_NEAR
from shared.storage import Database
from tests.services.stolen_vehicles.samples import ITALY, NOON, entered
from tests.stores import Tables
from tests.support import caller

pytestmark = pytest.mark.both_databases

POLAND = caller("PL")


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return stolen_vehicles.SERVICE


async def remember(database: Database, *vehicles: Vehicle) -> None:
    async with database.writing() as session:
        await VehicleStore(session, ITALY, NOON).add_many(vehicles)


async def find(database: Database, who: Caller = POLAND, **asked: Any) -> NumberHits[Vehicle]:
    return await VehicleStore(database.reading, who, NOON).search(VehicleQuery.model_validate(asked))


def plated(number: int, plate: str, **changes: Any) -> Vehicle:
    return entered(number, **{"vin": None, "plate": plate, **changes})


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"plate": "FZ512KX", "country": "IT"}, "plate near (the 7th sign: asked X, found L)"),
        ({"plate": "FZ5123KL", "country": "IT"}, "plate near (found one sign less: 3 after FZ512)"),
        ({"plate": "FZ12KL", "country": "IT"}, "plate near (found one sign more: 5 after FZ)"),
        ({"plate": "FZ521KL", "country": "IT"}, "plate near (two neighbours swapped: asked 21, found 12)"),
        ({"plate": "FZ512KL", "country": "FR"}, "plate near (of another country: IT, asked FR)"),
        (
            {"plate": "FZ521KL"},
            "plate near (two neighbours swapped: asked 21, found 12; of IT, no country was asked for)",
        ),
        ({"vin": "ZAR937000O512345G"}, None),
        ({"vin": "ZAR93700005123457"}, "vin near (the 17th sign: asked 7, found 6)"),
        ({"vin": "ZAR937000051234567"}, "vin near (found one sign less: 7 after ZAR93700005123456)"),
        ({"engine_number": "AR67203 123456"}, "engine_number near (found one sign more: 7 after AR67203123456)"),
    ],
)
async def test_one_edit_is_near_if_it_is_asked_for_and_no_hit(
    database: Database, asked: dict[str, str], words: str | None
) -> None:
    """Each says in `why` and `match` what was read otherwise; a look-alike is a hit, and in no other place."""
    vehicle = entered(engine_number="AR 67203 1234567")
    await remember(database, vehicle, plated(1, "AA 000 AA", engine_number="ZZ 1"))
    assert (await find(database, **asked)).near == []
    found = await find(database, **asked, near=True)
    if words is None:
        assert (len(found.hits), found.total, found.near) == (1, 1, [])
        return
    [near] = found.near
    assert (found.hits, found.total) == ([], 0)
    assert (near.record.id, near.match) == (vehicle.id, words)
    assert near.why[0].reading is not None
    assert near.why[0].reading in words
    assert near.score < 0.9


async def test_the_likeliest_readings_come_first_and_no_more_than_twenty_are_shown(database: Database) -> None:
    """What cameras confuse, then neighbours swapped, then another country, then any other sign; owners take turns."""
    many = [plated(number + 10, f"FZ 512 {letter}L") for number, letter in enumerate("ACEFHJLMNPRTUVWXY" * 2)]
    confused, swapped = plated(1, "EZ 512 KL"), plated(2, "ZF 512 KL")
    elsewhere, german = (
        plated(3, "FZ 512 KL", country="FR"),
        plated(99, "FZ 512 HL").model_copy(update={"owner": BureauCode("DE")}),
    )
    await remember(database, *many, elsewhere, german, swapped, confused)
    near = (await find(database, plate="FZ512KL", country="IT", near=True)).near
    assert len(near) == SHOWN_NEAR
    assert [hit.record.id for hit in near[:2]] == [confused.id, many[15].id]
    scores = [hit.score for hit in near]
    assert scores == sorted(scores, reverse=True)
    assert {swapped.id, elsewhere.id, german.id} <= {hit.record.id for hit in near}


async def test_one_slip_in_the_last_eight_signs_of_a_vin_is_near(database: Database) -> None:
    """For a search and for one that is saved, which shares a term with a vehicle that is entered later."""
    vehicle = entered(vin="WVWZZZ1KZ8W862270")
    await remember(database, vehicle, entered(1))
    for asked in ("8W862271", "8W862720"):
        assert (await find(database, vin=asked)).hits == []
        found = await find(database, vin=asked, near=True)
        assert (found.hits, [hit.record.id for hit in found.near]) == ([], [vehicle.id])
        query = VehicleQuery(vin=asked, near=True)
        assert {*VehicleStore.query_terms(query)} & {*VehicleStore.record_terms(vehicle)}
        assert VehicleStore.match(vehicle, query, NOON) == found.near[0]
        assert VehicleStore.match(vehicle, VehicleQuery(vin=asked), NOON) is None


async def test_numbers_with_stamped_stars_and_of_full_width_are_hits(database: Database) -> None:
    """As they are copied from the vehicle, and from a program of East Asia."""
    vehicle = entered(engine_number="AR 67203 1234567")
    await remember(database, vehicle)
    for asked in (
        {"vin": f"*{vehicle.vin}*"},
        {"engine_number": "* AR67203 1234567 *"},
        {"vin": "ＺＡＲ９３７０００05123456"},
        {"engine_number": "ＡＲ６７２０３１２３４５６７"},
    ):
        [hit] = (await find(database, **asked)).hits
        assert (hit.record.id, hit.score) == (vehicle.id, 1.0)


async def test_a_vehicle_that_is_a_hit_by_another_number_is_not_near(database: Database) -> None:
    """It shows in `why` how the other number was read."""
    vehicle = entered()
    await remember(database, vehicle)
    found = await find(database, vin=vehicle.vin, plate="FZ512KX", country="IT", near=True)
    [hit] = found.hits
    assert found.near == []
    assert (hit.match, hit.why[1].reading) == ("vin", "the 7th sign: asked X, found L")


async def test_near_numbers_of_all_countries_are_found_if_none_is_stated(database: Database) -> None:
    """However many countries have the same number, and with an unknown sign as well."""
    countries = ("AT", "FR", "IT", "SE")
    same = [plated(number, "FZ 512 KL", country=country) for number, country in enumerate(countries)]
    others = [plated(10, "FZ 512 KL 3", country="IT"), plated(11, "FZ 512 K", country="IT")]
    await remember(database, *same, same[0].model_copy(update={"id": plated(20, "A 1").id}), *others)
    near = (await find(database, plate="FZ512KX", near=True)).near
    assert [hit.record.country for hit in near if hit.record.plate == "FZ 512 KL"] == ["AT", "FR", "IT", "SE", "AT"]
    assert {hit.record.country for hit in (await find(database, plate="F?512?L")).hits} == {*countries}


async def test_what_the_caller_may_not_see_is_not_near(database: Database) -> None:
    """The answer is that of an empty store; so is that of one that only its officers with the scope may read."""
    await remember(
        database, entered(1, restricted=["PL"]), entered(2, handling=Handling.CONFIDENTIAL, restricted=["PL"])
    )
    for asked in ({"plate": "FZ512KX", "country": "IT"}, {"plate": "FZ512KL", "country": "FR"}, {"plate": "FZ512KX"}):
        assert await find(database, **asked, near=True) == NumberHits[Vehicle](hits=[], total=0)
        assert len((await find(database, caller("DE"), **asked, near=True)).near) == 1


async def test_a_confidential_vehicle_that_is_near_is_withheld_with_a_warning(database: Database) -> None:
    """As a hit is."""
    await remember(database, entered(handling=Handling.CONFIDENTIAL))
    found = await find(database, plate="FZ512KX", country="IT", near=True)
    assert (found.near, [each.code for each in found.warnings]) == ([], ["withheld"])


@pytest.mark.parametrize("asked", [{"plate": "FZ512KL"}, {"plate": "FZ512KX", "near": True}, {"plate": "FZ51*"}])
async def test_make_model_colour_and_year_narrow_hits_and_what_is_near(
    database: Database, asked: dict[str, Any]
) -> None:
    """Whatever their case; what a vehicle does not state fits, and scores less."""
    red = entered(1, model="156", colour="red", year=2003)
    unknown = entered(2)
    other = entered(3, make="Fiat", model="Panda", colour="blue", year=2010)
    await remember(database, red, unknown, other)
    for narrowed in (
        {"make": "ALFA ROMEO", "colour": "Red"},
        {"make": "alfa romeo", "model": "156"},
        {"colour": "red", "year_min": 2003, "year_max": 2003},
        {"year_max": 2005},
    ):
        found = await find(database, **asked, **narrowed)
        assert [hit.record.id for hit in (*found.hits, *found.near)] == [red.id, unknown.id], narrowed
    found = await find(database, **asked, year_min=2009)
    assert {hit.record.id for hit in (*found.hits, *found.near)} == {unknown.id, other.id}


async def test_a_disclosure_of_what_is_near_is_no_hit_unless_the_request_finds_it_as_one_too(
    database: Database,
) -> None:
    """In whichever order: the log says how it was shown, and the owner of a hit is notified."""
    vehicle = entered()
    await remember(database, vehicle)
    near = await find(database, plate="FZ512KX", country="IT", near=True)
    hit = await find(database, vin=vehicle.vin)
    for order in ((near, hit), (hit, near)):
        recorder = caller("PL").recorder
        for answer in order:
            for shown in answer.disclosed("read"):
                recorder.record(shown)
        assert [shown.how for shown in recorder.shown.values()] == ["search"]
    assert [shown.how for shown in near.disclosed("read")] == ["near"]
