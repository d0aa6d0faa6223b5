"""How stolen vehicles are remembered and found, on both databases."""

from datetime import timedelta
from random import Random

import pytest

from services import stolen_vehicles
from services.stolen_vehicles import rules
from services.stolen_vehicles.models import Vehicle, VehicleFilter, VehicleQuery, VehicleStatus
from services.stolen_vehicles.store import MAX_ROWS_OF_KEY, SHOWN_HITS, VehicleStore
from services.stolen_vehicles.synthetic import synthetic_vehicle
from shared.bureaus import BureauCode
from shared.identity import Caller
from shared.records.results import Hits
from shared.storage import Database
from tests.services.stolen_vehicles.samples import ITALY, NOON, described, entered, revision_at
from tests.stores import Tables
from tests.support import caller

pytestmark = pytest.mark.both_databases

POLAND = caller("PL")


@pytest.fixture
def store_tables() -> Tables:
    """Return those of the service."""
    return stolen_vehicles.SERVICE


@pytest.fixture
def store(database: Database) -> Database:
    return database


async def remember(store: Database, *vehicles: Vehicle) -> None:
    async with store.writing() as session:
        await VehicleStore(session, ITALY, NOON).add_many(vehicles)


async def replace(store: Database, vehicle: Vehicle) -> None:
    async with store.writing() as session:
        await VehicleStore(session, ITALY, NOON).replace(vehicle)


async def find(store: Database, who: Caller = POLAND, **keys: str) -> Hits[Vehicle]:
    return await VehicleStore(store.reading, who, NOON).find(VehicleQuery.model_validate(keys))


def ids_of(hits: Hits[Vehicle]) -> list[str]:
    return [hit.record.id for hit in hits.hits]


async def test_a_vehicle_is_given_back_as_it_was_entered(store: Database) -> None:
    """Whatever the script of its plate, nothing is lost on the way."""
    vehicle = entered(plate="А123ВС 77", country="RU", engine_number="ВАЗ-2106 O17", colour="größer 🚗")
    await remember(store, vehicle)
    assert await VehicleStore(store.reading, POLAND, NOON).get(vehicle.id) == vehicle


async def test_each_key_finds_the_vehicle(store: Database) -> None:
    """By VIN, by plate and country, or by engine number alone; each in another writing than entered."""
    vehicle = entered(engine_number="AR 67203 1O34")
    await remember(store, vehicle, entered(vin="WVWZZZ1JZ1W000001", plate="AA 000 AA"))
    for keys in (
        {"vin": "zar-937ooo-05123456"},
        {"plate": "fz512kl", "country": "IT"},
        {"engine_number": "ar672O31034"},
    ):
        found = await find(store, **keys)
        assert ids_of(found) == [vehicle.id]
        assert found.hits[0].score == 1


async def test_the_more_keys_fit_the_better_the_hit(store: Database) -> None:
    """A car with another plate is still found by its VIN, after one that fits in both."""
    both, vin_alone, plate_alone = entered(1), entered(2, plate="AA 000 AA"), entered(3, vin=None)
    await remember(store, plate_alone, vin_alone, both)
    found = await find(store, vin=both.vin, plate=both.plate, country="IT")
    assert ids_of(found)[0] == both.id
    assert [(hit.score, hit.match) for hit in found.hits] == [(1, "vin and plate"), (0.5, "vin"), (0.5, "plate")]


async def test_the_total_counts_also_hits_that_are_not_shown(store: Database) -> None:
    """A common key is no reason for an endless answer, but the number of hits is told."""
    await remember(store, *(entered(number) for number in range(SHOWN_HITS + 3)))
    found = await find(store, plate="FZ512KL", country="IT")
    assert (len(found.hits), found.total) == (SHOWN_HITS, SHOWN_HITS + 3)


async def test_no_bureau_hides_the_vehicle_of_another_behind_many_of_its_own(store: Database) -> None:
    """Beyond what is taken of a key as it comes, each owner's are taken in turn; a better hit stays the first."""
    flood = [entered(number, vin=None) for number in range(MAX_ROWS_OF_KEY + 20)]
    german = entered(900, vin=None).model_copy(update={"owner": BureauCode("DE")})
    both = entered(950)
    await remember(store, *flood, german, both)
    found = await find(store, plate="FZ512KL", country="IT", vin=both.vin)
    assert ids_of(found)[:4] == [both.id, flood[0].id, german.id, flood[1].id]
    assert (len(found.hits), found.total) == (SHOWN_HITS, MAX_ROWS_OF_KEY + 22)


async def test_a_flood_that_is_barred_from_a_bureau_is_not_told_by_the_total(store: Database) -> None:
    """Also where it is counted by itself."""
    hidden = [entered(number, vin=None, restricted=["PL"]) for number in range(MAX_ROWS_OF_KEY + 1)]
    shown = [entered(number + 500, vin=None) for number in range(MAX_ROWS_OF_KEY + 1)]
    await remember(store, *hidden, *shown)
    assert (await find(store, plate="FZ512KL", country="IT")).total == MAX_ROWS_OF_KEY + 1
    assert (await find(store, caller("DE"), plate="FZ512KL", country="IT")).total == 2 * MAX_ROWS_OF_KEY + 2


async def test_owners_take_turns_among_equal_hits(store: Database) -> None:
    """Also where all are shown."""
    first, second, third = entered(1), entered(2), entered(3)
    german = entered(4).model_copy(update={"owner": BureauCode("DE")})
    await remember(store, german, third, second, first)
    found = await find(store, plate="FZ512KL", country="IT")
    assert ids_of(found) == [first.id, german.id, second.id, third.id]


async def test_only_a_vehicle_still_stolen_is_a_hit(store: Database) -> None:
    """A recovered one can be read and listed, a withdrawn one is its owner's alone; neither is a hit, even for him."""
    recovered, withdrawn = entered(1), entered(2)
    await remember(store, recovered, withdrawn)
    await replace(store, rules.recover(recovered, by=ITALY, revision=revision_at()))
    await replace(store, rules.withdraw(withdrawn, by=ITALY, revision=revision_at()))
    for who in (ITALY, POLAND):
        assert (await find(store, who, vin="ZAR93700005123456")).total == 0
    listed = await VehicleStore(store.reading, POLAND, NOON).list(VehicleFilter())
    assert [vehicle.id for vehicle in listed.items] == [recovered.id]


async def test_a_barred_bureau_finds_nothing_and_counts_nothing(store: Database) -> None:
    """The answer is that of an empty store, whichever key it looks for."""
    await remember(store, entered(restricted=["PL"]))
    assert await find(store, POLAND, vin="ZAR93700005123456", plate="FZ512KL", country="IT") == Hits(hits=[], total=0)
    assert (await find(store, caller("DE"), vin="ZAR93700005123456")).total == 1


async def test_an_expired_vehicle_is_no_hit(store: Database) -> None:
    """From the day that its retention ends, nobody finds it."""
    vehicle = entered()
    await remember(store, vehicle)
    query = VehicleQuery(vin=vehicle.vin)
    before = VehicleStore(store.reading, POLAND, vehicle.expires - timedelta(seconds=1))
    assert (await before.find(query)).total == 1
    assert (await VehicleStore(store.reading, POLAND, vehicle.expires).find(query)).total == 0


async def test_a_correction_changes_what_a_vehicle_is_found_by(store: Database) -> None:
    """The former keys find nothing any more, also where the correction has none in their place."""
    vehicle = entered(engine_number="AR 1")
    await remember(store, vehicle)
    corrected = described(vin="WVWZZZ1JZ1W000001", plate=None, country=None)
    await replace(store, rules.correct(vehicle, corrected, by=ITALY, revision=revision_at()))
    for keys in ({"vin": "ZAR93700005123456"}, {"plate": "FZ512KL", "country": "IT"}, {"engine_number": "AR1"}):
        assert (await find(store, **keys)).total == 0
    assert ids_of(await find(store, vin="WVWZZZ1JZ1W000001")) == [vehicle.id]


async def test_a_list_is_filtered_by_owner_and_status(store: Database) -> None:
    """Filters are joined by and."""
    stolen, recovered = entered(1), entered(2)
    german = entered(3).model_copy(update={"owner": BureauCode("DE")})
    await remember(store, stolen, recovered, german)
    await replace(store, rules.recover(recovered, by=ITALY, revision=revision_at()))
    held = VehicleStore(store.reading, POLAND, NOON)
    wanted = VehicleFilter(owner=BureauCode("IT"), status=VehicleStatus.STOLEN)
    assert [vehicle.id for vehicle in (await held.list(wanted)).items] == [stolen.id]
    assert len((await held.list(VehicleFilter(owner=BureauCode("IT")))).items) == 2


async def test_characters_that_grow_in_capitals_are_kept(store: Database) -> None:
    """One sign may stand for eighteen letters: the key is cut, the text is not."""
    vehicle = entered(plate="\ufdfa" * 20, vin="ŉ" * 29 + "1")
    await remember(store, vehicle)
    assert ids_of(await find(store, vin=vehicle.vin)) == [vehicle.id]
    assert ids_of(await find(store, plate=vehicle.plate, country="IT")) == [vehicle.id]


def seeded() -> Random:
    return Random(7)  # noqa: S311 - nothing secret is drawn


async def test_synthetic_vehicles_are_the_same_for_the_same_seed(store: Database) -> None:
    """Measurements and demonstrations can be repeated."""
    owners = [BureauCode("FR"), BureauCode("JP")]
    async with store.writing() as session:
        await stolen_vehicles.SERVICE.seed(session, seeded(), 20, owners, NOON)
    made = await VehicleStore(store.reading, POLAND, NOON).list(VehicleFilter(limit=200))
    random = seeded()
    again = [synthetic_vehicle(random, random.choice(owners), NOON) for _ in range(20)]
    assert made.items == sorted(again, key=lambda vehicle: vehicle.id, reverse=True)


async def test_synthetic_vehicles_can_be_found_and_have_valid_numbers(store: Database) -> None:
    """Each is a hit for its VIN, and none has one that the service would warn of."""
    async with store.writing() as session:
        await stolen_vehicles.SERVICE.seed(session, seeded(), 5, [BureauCode("FR")], NOON)
    for vehicle in (await VehicleStore(store.reading, POLAND, NOON).list(VehicleFilter())).items:
        assert vehicle.vin is not None
        assert ids_of(await find(store, vin=vehicle.vin)) == [vehicle.id]
        assert vehicle.vin_verdict is not None
        assert vehicle.vin_verdict.warning is None
