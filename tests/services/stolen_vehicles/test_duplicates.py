"""A bureau enters a VIN once while the vehicle is stolen; what another bureau entered is no obstacle."""

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from services import stolen_vehicles
from services.stolen_vehicles import rules
from services.stolen_vehicles.models import Vehicle
from services.stolen_vehicles.store import VehicleStore
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.identity import HANDLING_CONFIDENTIAL
from shared.ids import uuid7
from shared.records.identifiers import MAX_OF_KEY, AlreadyEntered
from shared.records.policy import Revision
from shared.records.references import ReferenceTaken
from shared.storage import Database
from tests.services.stolen_vehicles.entries import PATH, enter
from tests.services.stolen_vehicles.samples import ALFA, ITALY, NOON, described, entered
from tests.stores import Tables
from tests.support import ServiceClient, caller

SCOPES = stolen_vehicles.SERVICE.scopes
OTHER_VIN = "ZAR93700005123499"


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return stolen_vehicles.SERVICE


async def refused(service: ServiceClient, bureau: str = "IT", **changes: Any) -> dict[str, Any]:
    response = await service.officer(bureau).post(PATH, json={**ALFA, **changes})
    assert response.status_code == 409, response.text
    problem: dict[str, Any] = response.json()
    return problem


async def test_a_vin_that_the_bureau_entered_is_refused_with_the_record_that_has_it(service: ServiceClient) -> None:
    """In any writing, with the path to the record."""
    record = await enter(service)
    problem = await refused(service, vin="zar-937OOO 05123456", plate="XX 111 YY")
    assert problem["type"].endswith(":already-entered")
    assert (problem["record"], problem["path"]) == (record["id"], f"{PATH}/{record['id']}")
    assert [error["pointer"] for error in problem["errors"]] == ["/vin"]
    assert (await service.officer("IT").get(problem["path"])).json()["id"] == record["id"]


async def test_what_is_not_that_vin_is_accepted(service: ServiceClient) -> None:
    """Another bureau's, one that only looks alike, and a vehicle without a VIN that has the same plate."""
    await enter(service)
    await enter(service, "FR")
    await enter(service, vin="ZAR937000O512345G")
    await enter(service, vin=None)
    await enter(service, vin=None)


@pytest.mark.parametrize("ending", ["recovery", "withdrawal"])
async def test_a_vin_may_be_entered_again_once_its_vehicle_is_no_longer_sought(
    service: ServiceClient, ending: str
) -> None:
    """As it may be stolen again."""
    record = await enter(service)
    await service.officer("IT").post(f"{PATH}/{record['id']}/{ending}")
    again = await enter(service)
    assert (await refused(service))["record"] == again["id"]


async def test_a_vin_may_be_entered_again_after_its_record_expired(service: ServiceClient, clock: FixedClock) -> None:
    """Whether or not the expired record is deleted already."""
    await enter(service)
    clock.advance(timedelta(days=5 * 365))
    await enter(service)


async def test_a_correction_does_not_take_the_vin_of_another_record(service: ServiceClient) -> None:
    """A record may keep its own; the refused correction changes nothing."""
    first, second = await enter(service), await enter(service, vin=OTHER_VIN, plate="XX 111 YY")
    italy, path = service.officer("IT"), f"{PATH}/{second['id']}"
    response = await italy.put(path, json={**ALFA, "plate": "XX 111 YY"})
    assert (response.status_code, response.json()["record"]) == (409, first["id"])
    assert (await italy.get(path)).json()["version"] == 1
    kept = await italy.put(path, json={**ALFA, "vin": OTHER_VIN, "plate": "XX 222 YY"})
    assert (kept.status_code, kept.json()["version"]) == (200, 2)


async def test_an_entry_with_the_reference_of_the_record_is_that_record(service: ServiceClient) -> None:
    """Sent again it is present; with the same VIN and another content the reference is what is taken."""
    record = await enter(service, reference="2026/1")
    assert (await enter(service, reference="2026/1"))["id"] == record["id"]
    assert (await refused(service, reference="2026/1", colour="red"))["type"].endswith(":reference-taken")
    assert (await refused(service, reference="2026/2"))["type"].endswith(":already-entered")


async def test_a_hidden_record_does_not_change_the_answer_to_an_entry(service: ServiceClient) -> None:
    """Of another bureau that bars this one: the entry is made, and its answer differs in nothing but its own id."""
    before = await enter(service, "PL", vin=OTHER_VIN)
    await enter(service, restricted=["PL"])
    after = await enter(service, "PL")
    own = ("id", "vin", "created", "updated", "expires", "vin_verdict", "vin_decoded")
    assert {**before, **{key: after[key] for key in own}} == after


async def test_a_confidential_record_is_named_to_those_who_may_read_it(service: ServiceClient) -> None:
    """An officer without the scope is told what is missing, as by its reference."""
    cleared = service.calling(lambda: caller("IT", *SCOPES, HANDLING_CONFIDENTIAL))
    others = service.calling(lambda: caller("IT", *SCOPES))
    assert (await cleared.post(PATH, json={**ALFA, "handling": "CONFIDENTIAL"})).status_code == 201
    response = await others.post(PATH, json=ALFA)
    assert (response.status_code, response.json()["type"]) == (403, "urn:i247:problem:handling-confidential")
    assert (await cleared.post(PATH, json=ALFA)).status_code == 409


async def entered_at_once(database: Database, **changes: Any) -> Counter[str]:
    """Enter the same vehicle in several transactions at once; return how often each outcome was."""

    async def enter_one() -> str:
        officer = caller("IT", *SCOPES)
        vehicle: Vehicle = rules.enter(described(**changes), by=officer, revision=Revision(uuid7(NOON), NOON))
        try:
            async with database.writing() as session:
                return (await VehicleStore(session, officer, NOON).enter(vehicle)).id
        except (AlreadyEntered, ReferenceTaken) as refusal:
            return refusal.code

    return Counter(await asyncio.gather(*(enter_one() for _ in range(4))))


@pytest.mark.both_databases
async def test_of_entries_of_one_vin_at_once_one_is_made(database: Database) -> None:
    """And each other is refused, also where none sees what the others have not committed."""
    outcomes = await entered_at_once(database)
    assert (len(outcomes), outcomes["already-entered"]) == (2, 3)


@pytest.mark.both_databases
async def test_of_entries_with_one_reference_at_once_all_are_that_record(database: Database) -> None:
    """The number does not stand in the way of sending an entry again."""
    assert [*(await entered_at_once(database, reference="2026/7")).values()] == [4]


@pytest.mark.both_databases
async def test_look_alikes_of_one_owner_hide_no_record_of_another(database: Database) -> None:
    """However many it enters, and whether or not others may see them."""
    look_alikes = ["".join(signs) for signs in product("5S", "5S", "5S", "8B", "8B", "8B", "2Z")][1:]
    hiding = [entered(each, vin=f"ZAR937{signs}0001", restricted=["DE"]) for each, signs in enumerate(look_alikes)]
    french = [vehicle.model_copy(update={"owner": BureauCode("FR")}) for vehicle in hiding]
    german = entered(900, vin="ZAR93755588820001").model_copy(update={"owner": BureauCode("DE")})
    italian = entered(901, vin="ZAR93755588820001")
    async with database.writing() as session:
        await VehicleStore(session, caller("FR"), NOON).add_many([*french, german, italian])
    assert len(french) > MAX_OF_KEY
    store = VehicleStore(database.reading, ITALY, NOON)
    assert [other.id for other in await store.duplicates_of(italian)] == [german.id]
    assert [other.id for other in await store.duplicates_of(german)] == [italian.id]
