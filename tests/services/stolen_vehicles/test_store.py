"""The store of stolen vehicles: what it keeps and what it finds, on both databases."""

from datetime import timedelta
from random import Random

import pytest

from services import stolen_vehicles
from services.stolen_vehicles import rules
from services.stolen_vehicles.models import Vehicle, VehicleFilter, VehicleQuery, VehicleStatus
from services.stolen_vehicles.store import VehicleStore
from services.stolen_vehicles.synthetic import synthetic_vehicle
from shared.bureaus import BureauCode
from shared.identity import Caller
from shared.records.results import Hits, NumberHits
from shared.records.search.number_search import SHOWN_HITS
from shared.records.search.number_statements import MAX_ROWS
from shared.storage import Database
from tests.services.stolen_vehicles.samples import ITALY, NOON, described, entered, revision_at
from tests.stores import Tables
from tests.support import caller

pytestmark = pytest.mark.both_databases

POLAND = caller("PL")


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
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


async def test_a_vehicle_is_read_as_it_was_entered(store: Database) -> None:
    """Whatever the script of its plate."""
    vehicle = entered(plate="А123ВС 77", country="RU", engine_number="ВАЗ-2106 O17", colour="größer 🚗")
    await remember(store, vehicle)
    assert await VehicleStore(store.reading, POLAND, NOON).get(vehicle.id) == vehicle


async def test_each_key_finds_the_vehicle(store: Database) -> None:
    """By VIN, by plate and country, or by engine number alone; each in another spelling than entered."""
    vehicle = entered(engine_number="AR 67203 1O34")
    await remember(store, vehicle, entered(vin="WVWZZZ1JZ1W000001", plate="AA 000 AA"))
    for keys in (
        {"vin": "zar-937ooo-05123456"},
        {"plate": "fz512kl", "country": "IT"},
        {"engine_number": "ar672O31034"},
    ):
        found = await find(store, **keys)
        assert ids_of(found) == [vehicle.id]
        assert found.hits[0].score > 0.9


async def test_a_hit_scores_higher_the_more_keys_match(store: Database) -> None:
    """A car with other plates is still found by its VIN, after one that matches by both."""
    both, vin_alone, plate_alone = entered(1), entered(2, plate="AA 000 AA"), entered(3, vin=None)
    await remember(store, plate_alone, vin_alone, both)
    found = await find(store, vin=both.vin, plate=both.plate, country="IT")
    assert ids_of(found)[0] == both.id
    assert [(hit.score, hit.match) for hit in found.hits] == [(1, "vin and plate"), (0.5, "vin"), (0.5, "plate")]


async def test_the_total_includes_hits_that_are_not_shown(store: Database) -> None:
    """The number of hits shown is limited, as a key may be common."""
    await remember(store, *(entered(number) for number in range(SHOWN_HITS + 3)))
    found = await find(store, plate="FZ512KL", country="IT")
    assert (len(found.hits), found.total) == (SHOWN_HITS, SHOWN_HITS + 3)


async def test_many_vehicles_of_one_bureau_do_not_hide_the_vehicle_of_another(store: Database) -> None:
    """If a key has too many rows, owners take turns; a better hit stays first."""
    flood = [entered(number, vin=None) for number in range(MAX_ROWS + 20)]
    german = entered(900, vin=None).model_copy(update={"owner": BureauCode("DE")})
    both = entered(950)
    await remember(store, *flood, german, both)
    found = await find(store, plate="FZ512KL", country="IT", vin=both.vin)
    assert ids_of(found)[:4] == [both.id, flood[0].id, german.id, flood[1].id]
    assert (len(found.hits), found.total) == (SHOWN_HITS, MAX_ROWS + 22)


@pytest.mark.thorough
async def test_the_total_does_not_reveal_restricted_vehicles_however_many(store: Database) -> None:
    """Also where there are so many that the total is counted separately."""
    hidden = [entered(number, vin=None, restricted=["PL"]) for number in range(MAX_ROWS + 1)]
    shown = [entered(number + 500, vin=None) for number in range(MAX_ROWS + 1)]
    await remember(store, *hidden, *shown)
    assert (await find(store, plate="FZ512KL", country="IT")).total == MAX_ROWS + 1
    assert (await find(store, caller("DE"), plate="FZ512KL", country="IT")).total == 2 * MAX_ROWS + 2


async def test_owners_take_turns_among_equal_hits(store: Database) -> None:
    """Also if all hits are shown."""
    first, second, third = entered(1), entered(2), entered(3)
    german = entered(4).model_copy(update={"owner": BureauCode("DE")})
    await remember(store, german, third, second, first)
    found = await find(store, plate="FZ512KL", country="IT")
    assert ids_of(found) == [first.id, german.id, second.id, third.id]


async def test_only_a_vehicle_that_is_still_stolen_is_a_hit(store: Database) -> None:
    """A recovered and a withdrawn one are listed for their owner alone; neither is a hit, even for its owner."""
    recovered, withdrawn = entered(1), entered(2)
    await remember(store, recovered, withdrawn)
    await replace(store, rules.recover(recovered, by=ITALY, revision=revision_at()))
    await replace(store, rules.withdraw(withdrawn, by=ITALY, revision=revision_at()))
    for who in (ITALY, POLAND):
        assert (await find(store, who, vin="ZAR93700005123456")).total == 0
    assert (await VehicleStore(store.reading, POLAND, NOON).list(VehicleFilter())).items == []
    assert len((await VehicleStore(store.reading, ITALY, NOON).list(VehicleFilter())).items) == 2


async def test_a_barred_bureau_gets_no_hit_and_a_total_of_zero(store: Database) -> None:
    """The answer is that of an empty store, whichever key is searched."""
    await remember(store, entered(restricted=["PL"]))
    assert await find(store, POLAND, vin="ZAR93700005123456", plate="FZ512KL", country="IT") == NumberHits[Vehicle](
        hits=[], total=0
    )
    assert (await find(store, caller("DE"), vin="ZAR93700005123456")).total == 1


async def test_an_expired_vehicle_is_no_hit(store: Database) -> None:
    """From the moment at which its retention ends."""
    vehicle = entered()
    await remember(store, vehicle)
    query = VehicleQuery(vin=vehicle.vin)
    before = VehicleStore(store.reading, POLAND, vehicle.expires - timedelta(seconds=1))
    assert (await before.find(query)).total == 1
    assert (await VehicleStore(store.reading, POLAND, vehicle.expires).find(query)).total == 0


async def test_a_correction_replaces_the_search_keys_of_a_vehicle(store: Database) -> None:
    """The former keys find nothing, even if the correction has none in their place."""
    vehicle = entered(engine_number="AR 1")
    await remember(store, vehicle)
    corrected = described(vin="WVWZZZ1JZ1W000001", plate=None, country=None)
    await replace(store, rules.correct(vehicle, corrected, by=ITALY, revision=revision_at()))
    for keys in ({"vin": "ZAR93700005123456"}, {"plate": "FZ512KL", "country": "IT"}, {"engine_number": "AR1"}):
        assert (await find(store, **keys)).total == 0
    assert ids_of(await find(store, vin="WVWZZZ1JZ1W000001")) == [vehicle.id]


async def test_a_list_is_filtered_by_owner_and_status(store: Database) -> None:
    """A record must pass all filters."""
    stolen, recovered = entered(1), entered(2)
    german = entered(3).model_copy(update={"owner": BureauCode("DE")})
    await remember(store, stolen, recovered, german)
    await replace(store, rules.recover(recovered, by=ITALY, revision=revision_at()))
    held = VehicleStore(store.reading, ITALY, NOON)
    wanted = VehicleFilter(owner=BureauCode("IT"), status=VehicleStatus.STOLEN)
    assert [vehicle.id for vehicle in (await held.list(wanted)).items] == [stolen.id]
    assert len((await held.list(VehicleFilter(owner=BureauCode("IT")))).items) == 2


async def test_characters_that_become_several_in_upper_case_are_stored_and_found(store: Database) -> None:
    """One character may become eighteen letters: the key is cut, the text is not."""
    vehicle = entered(plate="\ufdfa" * 20, vin="ŉ" * 29 + "1", as_on_vehicle=True)
    await remember(store, vehicle)
    assert ids_of(await find(store, vin=vehicle.vin)) == [vehicle.id]
    assert ids_of(await find(store, plate=vehicle.plate, country="IT")) == [vehicle.id]


def seeded() -> Random:
    return Random(7)  # noqa: S311 - nothing secret is drawn


async def test_synthetic_vehicles_are_the_same_for_the_same_seed(store: Database) -> None:
    """So that measurements and demonstrations can be repeated."""
    owners = [BureauCode("FR"), BureauCode("JP")]
    async with store.writing() as session:
        await stolen_vehicles.SERVICE.seed(session, seeded(), 20, owners, NOON)
    made = await VehicleStore(store.reading, POLAND, NOON).list(VehicleFilter(limit=200))
    random = seeded()
    again = [synthetic_vehicle(random, random.choice(owners), NOON) for _ in range(20)]
    assert made.items == sorted(again, key=lambda vehicle: vehicle.id, reverse=True)


async def test_synthetic_vehicles_can_be_found_and_have_valid_vins(store: Database) -> None:
    """Each is a hit for its VIN, which causes no warning."""
    async with store.writing() as session:
        await stolen_vehicles.SERVICE.seed(session, seeded(), 5, [BureauCode("FR")], NOON)
    for vehicle in (await VehicleStore(store.reading, POLAND, NOON).list(VehicleFilter())).items:
        assert vehicle.vin is not None
        assert ids_of(await find(store, vin=vehicle.vin)) == [vehicle.id]
        assert vehicle.vin_verdict is not None
        assert vehicle.vin_verdict.warning is None


async def test_many_searches_are_looked_up_at_once_and_find_what_each_alone_does(store: Database) -> None:
    """By each key; what the caller may not see is as if it were not there."""
    shown = entered(engine_number="AR 67203 1O34")
    hidden = entered(vin="WVWZZZ1JZ1W000001", plate="AA 000 AA", engine_number="E 77777", restricted=["PL"])
    await remember(store, shown, hidden, entered(vin="WVWZZZ1JZ1W000002", plate="AA 000 BB"))
    asked = [
        *({"vin": "A1"}, {"vin": "zar-937ooo-05123456"}, {"vin": "WVWZZZ1JZ1W000001"}, {"vin": "Z" * 17}),
        *(
            {"plate": "AA000AA", "country": "IT"},
            {"plate": "fz512kl", "country": "IT"},
            {"plate": "1", "country": "AT"},
        ),
        *({"engine_number": "E77777"}, {"engine_number": "ar672O31034"}, {"vin": "WVWZZZ1JZ1W000002"}),
    ]
    queries = [VehicleQuery.model_validate(keys) for keys in asked]
    places = await VehicleStore(store.reading, POLAND, NOON).which_may_find(queries)
    assert sorted(places) == [1, 5, 8, 9]
    assert [place for place, keys in enumerate(asked) if (await find(store, **keys)).total] == [1, 5, 8, 9]
    assert {2, 4, 7} < {*await VehicleStore(store.reading, ITALY, NOON).which_may_find(queries)}


async def test_many_searches_of_an_empty_store_find_nothing(store: Database) -> None:
    """Where no row follows, none is read in its place."""
    queries = [VehicleQuery(vin="A1"), VehicleQuery(plate="B1", country="IT")]
    assert {*await VehicleStore(store.reading, POLAND, NOON).which_may_find(queries)} == set()
