"""Makes synthetic valuables: real makers, random serial numbers, and IMEIs whose code of the type is a test code."""

import string
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from services.cultural_property.valuables import rules
from services.cultural_property.valuables.identifiers import luhn_digit
from services.cultural_property.valuables.models import Valuable, ValuableDescription, ValuableKind
from services.synthetic_records import revision_at, seeding_officer
from shared.bureaus import BureauCode

# The type allocation codes 00 1 to 00 4 are for test devices (GSMA TS.06): no telephone that is sold has one.
TEST_TYPE: Final = "001"
_THINGS: Final = (
    (ValuableKind.WATCH, (("Omega", "Seamaster"), ("Rolex", "Datejust"), ("Breitling", "Navitimer")), ("steel",)),
    (ValuableKind.TELEPHONE, (("Apple", "iPhone 15"), ("Samsung", "Galaxy S24"), ("Nokia", "G42")), ()),
    (ValuableKind.CAMERA, (("Leica", "M6"), ("Nikon", "Z6"), ("Canon", "R6")), ()),
    (ValuableKind.COMPUTER, (("Lenovo", "T14"), ("Dell", "XPS 13"), ("HP", "EliteBook")), ()),
    (ValuableKind.MUSICAL_INSTRUMENT, (("Selmer", "Mark VI"), ("Fender", "Stratocaster"), ("Yamaha", "YTR")), ()),
    (ValuableKind.MACHINE, (("Honda", "EU 22i"), ("Husqvarna", "K 770")), ()),
    (ValuableKind.TOOL, (("Hilti", "TE 30"), ("Bosch", "GBH 2"), ("Makita", "DHR 242")), ()),
    (ValuableKind.INSTRUMENT, (("Leica Geosystems", "TS16"), ("Trimble", "R12"), ("Zeiss", "Primotech")), ()),
)
_ENGRAVED: Final = ("Ad astra", "Semper idem", "In memoriam", "Per mare", "Carpe diem", "Nil sine labore", "Ars longa")
_JEWELS: Final = (("ring", "gold"), ("necklace", "pearl"), ("bracelet", "silver"), ("earrings", "emerald"))
_PLACES: Final = ("railway station", "hotel", "shop window", "building site", "airport", "private house", "festival")
_WITH_ENGRAVING: Final = 0.25
_JEWEL: Final = 0.12


def draw_valuables(random: Random, count: int, owners: Sequence[BureauCode], at: datetime) -> Sequence[Valuable]:
    """Return synthetic valuables, entered within the two years before `at`."""
    return [_valuable(random, random.choice(owners), at) for _ in range(count)]


def _valuable(random: Random, owner: BureauCode, at: datetime) -> Valuable:
    entered = at - timedelta(seconds=random.randrange(2 * 365 * 24 * 3600))
    stated = _jewel(random) if random.random() < _JEWEL else _thing(random)
    missed = (entered - timedelta(days=random.randrange(30))).date()
    where = {"event_date": f"{missed}", "event_place": random.choice(_PLACES), "event_country": owner}
    description = ValuableDescription(**stated, **where)
    return rules.enter(description, by=seeding_officer(owner), revision=revision_at(random, entered))


def _thing(random: Random) -> dict[str, Any]:
    kind, makes, materials = random.choice(_THINGS)
    make, model = random.choice(makes)
    signs = "".join(random.choices(string.ascii_uppercase, k=2))
    return {
        "kind": kind,
        "make": make,
        "model": model,
        "materials": materials,
        "serial_number": f"{signs} {random.randrange(10**7):07}",
        "imei": synthetic_imei(random) if kind is ValuableKind.TELEPHONE else None,
        "engraving": _engraving(random) if random.random() < _WITH_ENGRAVING else None,
    }


def _jewel(random: Random) -> dict[str, Any]:
    what, material = random.choice(_JEWELS)
    return {
        "kind": ValuableKind.JEWEL,
        "materials": (material,),
        "description": what,
        "engraving": _engraving(random),
        "measurements": ({"dimension": "weight", "value": random.randint(2, 90), "unit": "g"},),
    }


def _engraving(random: Random) -> str:
    return f"{random.choice(_ENGRAVED)} {random.randint(1900, 2024)}"


def synthetic_imei(random: Random) -> str:
    """Return an IMEI that no telephone has."""
    number = f"{TEST_TYPE}{random.randrange(10**11):011}"
    return number + str(luhn_digit(number))
