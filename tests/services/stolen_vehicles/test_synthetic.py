"""Synthetic vehicles are as valid as entered ones, although they are not validated one by one."""

from collections import Counter
from random import Random

import pytest
import sqlalchemy as sa

from services import stolen_vehicles
from services.drawn_texts import filled, pattern
from services.stolen_vehicles import rules
from services.stolen_vehicles.models import Vehicle, VehicleDescription
from services.stolen_vehicles.store import VehicleStore
from services.stolen_vehicles.synthesis.plates import PLATES
from services.stolen_vehicles.synthetic import synthetic_vehicle
from services.synthetic_records import seeding_officer
from shared.bureaus import MEMBERS, BureauCode
from shared.records.policy import Revision
from shared.storage import Database
from tests.services.stolen_vehicles.samples import ITALY, NOON
from tests.stores import Tables

OWNERS = sorted(MEMBERS)
SAMPLE = 3_000


def seeded() -> Random:
    return Random(7)  # noqa: S311 - nothing secret is drawn


@pytest.fixture(scope="module")
def drawn() -> list[Vehicle]:
    """Return a sample of vehicles."""
    random = seeded()
    return [synthetic_vehicle(random, random.choice(OWNERS), NOON) for _ in range(SAMPLE)]


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return stolen_vehicles.SERVICE


@pytest.mark.thorough
def test_each_is_what_its_owner_would_have_entered(drawn: list[Vehicle]) -> None:
    """Its entry is valid, and makes the same record, which is read as it was written."""
    entered_fields = VehicleDescription.model_fields.keys() - {"purpose"}
    for vehicle in drawn:
        description = VehicleDescription.model_validate_json(vehicle.model_dump_json(include=set(entered_fields)))
        revision = Revision(vehicle.id, vehicle.created)
        assert rules.enter(description, by=seeding_officer(vehicle.owner), revision=revision) == vehicle
        assert Vehicle.of_json(vehicle.model_dump_json()) == vehicle


@pytest.mark.both_databases
async def test_their_rows_are_those_of_entered_records(database: Database, drawn: list[Vehicle]) -> None:
    """Each with all columns, although no store made them."""
    table, sample = VehicleStore.table, drawn[:200]
    async with database.writing() as session:
        await stolen_vehicles.SERVICE.seed(session, seeded(), len(sample), OWNERS, NOON)
    seed = await database.reading.fetch(sa.select(table).order_by(table.c.id))
    async with database.writing() as session:
        await session.execute(sa.delete(table))
        await VehicleStore(session, ITALY, NOON).add_many(sample)
    assert seed == await database.reading.fetch(sa.select(table).order_by(table.c.id))


def test_numbers_are_valid_and_makers_kinds_and_countries_are_many(drawn: list[Vehicle]) -> None:
    """Plates of all members, most of the country where the vehicle was stolen."""
    assert {str(vehicle.vin_verdict.check_digit) for vehicle in drawn if vehicle.vin_verdict} == {"valid"}
    assert not [vehicle for vehicle in drawn if vehicle.vin_verdict is None or vehicle.vin_verdict.warning]
    assert len({vehicle.make for vehicle in drawn}) > 30
    assert len({vehicle.kind for vehicle in drawn}) > 2
    assert {vehicle.country for vehicle in drawn} == {str(code) for code in MEMBERS} == set(PLATES)
    abroad = Counter(vehicle.country == vehicle.owner for vehicle in drawn)
    assert 0.6 < abroad[True] / SAMPLE < 0.9
    for number in ("vin", "plate", "engine_number"):
        assert len({getattr(vehicle, number) for vehicle in drawn}) > 0.99 * SAMPLE


def test_a_pattern_draws_each_sign_from_its_alphabet() -> None:
    """A sign after a backslash stands for itself."""
    random = seeded()
    for _ in range(100):
        text = filled(random, pattern("\\A9-99999 LCX"))
        assert text[0] == "A"
        assert text[1].isdecimal()
        assert text[2] == "-"
        assert text[3:8].isdecimal()
        assert text[9].isalpha()
        assert text[10] not in "AEIOU"
        assert (text[8], text[11:]) == (" ", "X")


def test_a_vehicle_that_is_entered_for_another_owner_differs_only_where_it_must() -> None:
    """An owner that has no plates of its own, as a unit of the Secretariat, has those of others."""
    vehicle = synthetic_vehicle(seeded(), BureauCode("IPSG"), NOON)
    assert vehicle.owner == "IPSG"
    assert vehicle.country in PLATES
