"""Makes synthetic stolen vehicles: real makers' codes, valid check digits, plates of all members; and some vessels.

Millions are drawn, so a vehicle is not validated but made from one that was: that takes a fourth of the time. It is the
same as if `rules.enter` had made it, with what a search finds it by, as a test compares.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final, NamedTuple

from services.drawn_texts import filled, pattern
from services.stolen_vehicles import rules, vin
from services.stolen_vehicles.models import Vehicle, VehicleDescription
from services.stolen_vehicles.store import VehicleStore
from services.stolen_vehicles.synthesis.makers import MAKERS, Maker
from services.stolen_vehicles.synthesis.plates import PLATES
from services.stolen_vehicles.vessels.models import Vessel
from services.stolen_vehicles.vessels.store import VesselStore
from services.stolen_vehicles.vessels.synthetic import draw_vessels
from services.stolen_vehicles.vin_decoding import year_code
from services.synthetic_records import revision_at, seeding_officer
from shared.bureaus import BureauCode
from shared.records import service_kit as kit

# A vessel takes as long to draw and to store as ten vehicles, as it is found by its name as well.
VEHICLES_TO_A_VESSEL: Final = 50
_COLOURS: Final = ("white", "black", "grey", "silver", "blue", "red", "green", "brown", "yellow")
_PLACES: Final = ("railway station", "hotel car park", "motorway services", "city centre", "airport", "harbour")
_SECONDS: Final = 2 * 365 * 24 * 3600
_COUNTRIES: Final = tuple(PLATES)
# Most vehicles are registered where they are stolen.
_ABROAD: Final = 0.25
_DAY: Final = timedelta(days=1)
# Plant and serial number.
_SERIAL: Final = pattern("L999999")
_ENGINE: Final = pattern("9999999")


class Drawn(NamedTuple):
    """Synthetic records of both kinds."""

    vehicles: kit.StoredRows
    vessels: Sequence[Vessel]


def draw(random: Random, count: int, owners: Sequence[BureauCode], at: datetime) -> Drawn:
    """Return synthetic vehicles, entered within the two years before `at`, and some vessels."""
    vehicles = [synthetic_vehicle(random, random.choice(owners), at) for _ in range(count)]
    return Drawn(rows_of(vehicles, at), draw_vessels(random, -(-count // VEHICLES_TO_A_VESSEL), owners, at))


def rows_of(vehicles: Sequence[Vehicle], at: datetime) -> kit.StoredRows:
    """Return vehicles, of which there is one at least, in the form in which they are added."""
    return kit.rows_of(VehicleStore(kit.NO_SESSION, seeding_officer(vehicles[0].owner), at), vehicles)


async def add(session: kit.Session, drawn: Drawn, at: datetime) -> None:
    """Add synthetic records."""
    await kit.add_rows(session, VehicleStore.table, drawn.vehicles)
    if drawn.vessels:
        await VesselStore(session, seeding_officer(drawn.vessels[0].owner), at).add_many(drawn.vessels)


def synthetic_vehicle(random: Random, owner: BureauCode, at: datetime) -> Vehicle:
    """Return the record of a vehicle that does not exist."""
    entered = at - timedelta(seconds=int(random.random() * _SECONDS))
    entry = drawn_entry(random, owner, entered)
    return _as_entered(entry, owner, revision_at(random, entered))


def _as_entered(entry: Mapping[str, Any], owner: BureauCode, revision: kit.Revision) -> Vehicle:
    """Return what `rules.enter` would, of an entry that is known to be valid."""
    expires = revision.at + kit.DEFAULT_RETENTION
    times = {"created": revision.at, "updated": revision.at, "expires": expires}
    record = _any_vehicle().model_copy(update={**entry, **times, "id": revision.id, "owner": owner})
    return record.model_copy(update=rules.derived_from(record, revision.at))


@cache
def _any_vehicle() -> Vehicle:
    """Return a vehicle that was validated, whose fields that are not drawn all others have as well."""
    random, entered = Random(0), datetime.fromisoformat("2026-01-01T00:00:00Z")
    description = VehicleDescription(**drawn_entry(random, BureauCode("FR"), entered))
    return rules.enter(description, by=seeding_officer(BureauCode("FR")), revision=revision_at(random, entered))


def drawn_entry(random: Random, owner: BureauCode, entered: datetime) -> dict[str, Any]:
    """Return what the owner of a vehicle enters."""
    maker, chance = random.choice(MAKERS), random.random()
    missed = (entered - int(random.random() * 30) * _DAY).date()
    first_year, last_year = maker.years
    year = min(missed.year, first_year + int((last_year - first_year + 1) * random.random()))
    country = random.choice(_COUNTRIES) if chance < _ABROAD or owner not in PLATES else owner
    return {
        "vin": _vin(random, maker, year),
        "plate": filled(random, random.choice(PLATES[country])),
        "country": country,
        "engine_number": maker.wmi[:2] + filled(random, _ENGINE),
        "make": maker.make,
        "model": random.choice(maker.models),
        "kind": maker.kind,
        "colour": random.choice(_COLOURS),
        "year": year,
        "theft_date": f"{missed - 3 * _DAY}/{missed}" if random.random() < 1 / 3 else f"{missed}",
        "theft_place": random.choice(_PLACES),
        "theft_country": owner,
    }


def _vin(random: Random, maker: Maker, year: int) -> str:
    """Return a number that states the model year as makers of North America do."""
    before = maker.wmi + filled(random, maker.descriptors[year >= 2010])
    after = year_code(year) + filled(random, _SERIAL)
    return before + vin.expected_check_digit(f"{before}0{after}") + after
