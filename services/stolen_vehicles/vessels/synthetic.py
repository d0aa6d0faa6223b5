"""Makes synthetic stolen vessels and outboard engines: forms of real numbers, random serial numbers."""

import string
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from services.stolen_vehicles.vessels import rules
from services.stolen_vehicles.vessels.identifiers import expected_imo_digit
from services.stolen_vehicles.vessels.models import Engine, EngineKind, Vessel, VesselDescription, VesselKind
from services.synthetic_records import revision_at, seeding_officer
from shared.bureaus import BureauCode

# The codes of makers do not exist: no country has assigned XX and a figure.
_BOATS: Final = (
    ("XX1", "Quicksilver", ("Activ 605", "Activ 755"), VesselKind.MOTOR_BOAT, 6.0),
    ("XX2", "Bavaria", ("Cruiser 34", "C38"), VesselKind.SAILING_BOAT, 10.3),
    ("XX3", "Zodiac", ("Medline 580", "Pro 500"), VesselKind.RIGID_INFLATABLE, 5.6),
    ("XX4", "Jeanneau", ("Cap Camarat 6.5", "Merry Fisher 695"), VesselKind.MOTOR_BOAT, 6.9),
    ("XX5", "Sea-Doo", ("GTI 130", "Spark"), VesselKind.PERSONAL_WATERCRAFT, 3.2),
)
_ENGINES: Final = (
    ("Yamaha", ("F40", "F100", "F150"), 73.6),
    ("Mercury", ("F60", "F115"), 84.6),
    ("Suzuki", ("DF60", "DF140"), 103.0),
    ("Tohatsu", ("MFS 20", "MFS 50"), 36.8),
)
_NAMES: Final = (
    *(
        "Blue Heron",
        "Morning Star",
        "Sea Breeze",
        "La Paloma",
        "Étoile du Sud",
        "Nordlicht",
        "Stella Maris",
        "Albatros",
    ),
    *("Vent d'Ouest", "Luna Llena", "Windspiel", "Мираж", "Seven Winds", "Petrel", "Casiopea", "Wellenreiter"),
)
_COLOURS: Final = ("white", "blue", "grey", "red", "black", "beige")
_PLACES: Final = ("marina", "slipway", "boatyard", "mooring buoy", "trailer park at the harbour")
_SERIAL_SIGNS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ" + string.digits
_MONTHS: Final = "ABCDEFGHIJKL"
# Some are ships, which have further numbers, and some are engines alone.
_SHIPS: Final = 0.15
_ENGINES_ALONE: Final = 0.3


def draw_vessels(random: Random, count: int, owners: Sequence[BureauCode], at: datetime) -> Sequence[Vessel]:
    """Return synthetic vessels and engines, entered within the two years before `at`."""
    return [_vessel(random, random.choice(owners), at) for _ in range(count)]


def _vessel(random: Random, owner: BureauCode, at: datetime) -> Vessel:
    entered = at - timedelta(seconds=random.randrange(2 * 365 * 24 * 3600))
    kind = random.random()
    if kind < _ENGINES_ALONE:
        stated = {"kind": VesselKind.OUTBOARD_ENGINE, "engines": (_engine(random),)}
    elif kind < _ENGINES_ALONE + _SHIPS:
        stated = _ship(random, owner)
    else:
        stated = _boat(random, owner, entered.year)
    missed = (entered - timedelta(days=random.randrange(30))).date()
    where = {"theft_date": f"{missed}", "theft_place": random.choice(_PLACES), "theft_country": owner}
    description = VesselDescription(**stated, **where)
    return rules.enter(description, by=seeding_officer(owner), revision=revision_at(random, entered))


def _boat(random: Random, owner: BureauCode, last_year: int) -> dict[str, Any]:
    maker, make, models, kind, length = random.choice(_BOATS)
    year = random.randint(1999, last_year)
    return {
        "name": random.choice(_NAMES),
        "hull_number": hull_number(random, owner, maker, year),
        "registration": f"{random.choice(string.ascii_uppercase)}{random.randrange(10**5):05}",
        "flag": owner,
        "kind": kind,
        "make": make,
        "model": random.choice(models),
        "colour": random.choice(_COLOURS),
        "length_m": length,
        "year": year,
        "engines": tuple(_engine(random) for _ in range(random.choice((0, 1, 1, 2)))),
    }


def _ship(random: Random, owner: BureauCode) -> dict[str, Any]:
    serial = f"{random.randrange(10**6):06}"
    return {
        "name": random.choice(_NAMES),
        "imo_number": f"{serial}{expected_imo_digit(serial)}",
        "mmsi": f"{random.randint(2, 7)}{random.randrange(10**8):08}",
        "call_sign": "".join(random.choices(string.ascii_uppercase, k=4)) + f"{random.randrange(10)}",
        "kind": random.choice((VesselKind.FISHING_VESSEL, VesselKind.WORKBOAT, VesselKind.SHIP)),
        "colour": random.choice(_COLOURS),
        "length_m": float(random.randint(18, 90)),
        "flag": owner,
        "registration": f"{random.choice(string.ascii_uppercase)} {random.randrange(10**4):04}",
    }


def hull_number(random: Random, country: str, maker: str, year: int) -> str:
    """Return a hull number of EN ISO 10087 that does not exist."""
    serial = "".join(random.choices(_SERIAL_SIGNS, k=5))
    return f"{country}-{maker}{serial}{random.choice(_MONTHS)}{year % 10}{year % 100:02}"


def _engine(random: Random) -> Engine:
    make, models, power = random.choice(_ENGINES)
    number = (
        f"{random.randrange(10)}{''.join(random.choices(string.ascii_uppercase, k=2))} {random.randrange(10**7):07}"
    )
    return Engine(number=number, make=make, model=random.choice(models), kind=EngineKind.OUTBOARD, power_kw=power)
