"""Makes synthetic stolen vehicles: real makers' codes, valid check digits, random serial numbers."""

import string
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final, NamedTuple

from services.stolen_vehicles import rules, vin
from services.stolen_vehicles.models import Vehicle, VehicleDescription, VehicleKind
from services.stolen_vehicles.store import VehicleStore
from services.stolen_vehicles.vessels.models import Vessel
from services.stolen_vehicles.vessels.store import VesselStore
from services.stolen_vehicles.vessels.synthetic import draw_vessels
from services.stolen_vehicles.vin_decoding import year_code
from services.synthetic_records import revision_at, seeding_officer
from shared.bureaus import BureauCode
from shared.records import service_kit as kit

# World manufacturer identifiers (ISO 3780) with their make and models, and of what is no car its kind.
_CARS: Final = (
    ("ZAR", "Alfa Romeo", ("147", "156", "Giulia", "Stelvio")),
    ("ZFA", "Fiat", ("500", "Panda", "Tipo")),
    ("WVW", "Volkswagen", ("Golf", "Passat", "Polo")),
    ("WBA", "BMW", ("320d", "530i", "X3")),
    ("WDB", "Mercedes-Benz", ("C 220", "E 300", "Sprinter")),
    ("VF1", "Renault", ("Clio", "Megane", "Trafic")),
    ("VF3", "Peugeot", ("208", "308", "3008")),
    ("VSS", "Seat", ("Ibiza", "Leon")),
    ("TMB", "Skoda", ("Fabia", "Octavia", "Superb")),
    ("YV1", "Volvo", ("V60", "XC60", "XC90")),
    ("SAL", "Land Rover", ("Defender", "Discovery")),
    ("JTD", "Toyota", ("Corolla", "Yaris")),
    ("1HG", "Honda", ("Accord", "Civic")),
    ("1FT", "Ford", ("F-150", "Ranger")),
    ("KMH", "Hyundai", ("i30", "Tucson")),
    ("3VW", "Volkswagen", ("Jetta", "Tiguan")),
)
_OTHERS: Final = (
    ("WV1", "Volkswagen", ("Transporter", "Crafter"), VehicleKind.VAN),
    ("JYA", "Yamaha", ("MT-07", "TMAX"), VehicleKind.MOTORCYCLE),
    ("VBK", "KTM", ("390 Duke", "690 Duke"), VehicleKind.MOTORCYCLE),
    ("ZAP", "Vespa", ("GTS 300", "Primavera"), VehicleKind.MOPED),
    ("XLR", "DAF", ("CF", "XF"), VehicleKind.LORRY),
    ("WSM", "Schmitz Cargobull", ("S.CS", "S.KO"), VehicleKind.TRAILER),
    ("SLP", "JCB", ("3CX", "8018"), VehicleKind.MACHINE),
)
_MAKERS: Final = (*((*car, VehicleKind.CAR) for car in _CARS), *_OTHERS)
_COLOURS: Final = ("white", "black", "grey", "silver", "blue", "red", "green", "brown", "yellow")
_LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
_VIN_CHARACTERS: Final = _LETTERS + string.digits
VEHICLES_TO_A_VESSEL: Final = 8
_PLACES: Final = ("railway station", "hotel car park", "motorway services", "city centre", "airport", "harbour")


class Drawn(NamedTuple):
    """Synthetic records of both kinds."""

    vehicles: Sequence[Vehicle]
    vessels: Sequence[Vessel]


def draw(random: Random, count: int, owners: Sequence[BureauCode], at: datetime) -> Drawn:
    """Return synthetic vehicles, entered within the two years before `at`, and some vessels."""
    vehicles = [synthetic_vehicle(random, random.choice(owners), at) for _ in range(count)]
    return Drawn(vehicles, draw_vessels(random, count // VEHICLES_TO_A_VESSEL, owners, at))


async def add(session: kit.Session, drawn: Drawn, at: datetime) -> None:
    """Add synthetic records."""
    if drawn.vehicles:
        await VehicleStore(session, seeding_officer(drawn.vehicles[0].owner), at).add_many(drawn.vehicles)
    if drawn.vessels:
        await VesselStore(session, seeding_officer(drawn.vessels[0].owner), at).add_many(drawn.vessels)


def synthetic_vehicle(random: Random, owner: BureauCode, at: datetime) -> Vehicle:
    """Return the record of a vehicle that does not exist."""
    entered = at - timedelta(seconds=random.randrange(2 * 365 * 24 * 3600))
    description = _description(random, owner, entered)
    return rules.enter(description, by=seeding_officer(owner), revision=revision_at(random, entered))


def _description(random: Random, owner: BureauCode, entered: datetime) -> VehicleDescription:
    maker, make, models, kind = random.choice(_MAKERS)
    year = random.randint(2001, entered.year)
    missed = (entered - timedelta(days=random.randrange(30))).date()
    return VehicleDescription(
        vin=_vin(random, maker, year),
        plate=_plate(random),
        country=owner,
        engine_number=f"{maker[:2]}{random.randrange(10**7):07d}",
        make=make,
        model=random.choice(models),
        kind=kind,
        colour=random.choice(_COLOURS),
        year=year,
        theft_date=random.choice((f"{missed}", f"{missed}", f"{missed - timedelta(days=3)}/{missed}")),
        theft_place=random.choice(_PLACES),
        theft_country=owner,
    )


def _vin(random: Random, maker: str, year: int) -> str:
    """Return a number that states the model year as makers of North America do."""
    described = "".join(random.choices(_VIN_CHARACTERS, k=3))
    period = random.choice(_LETTERS if year >= 2010 else string.digits)
    plant = "".join(random.choices(_VIN_CHARACTERS, k=2))
    draft = f"{maker}{described}{period}{plant[0]}0{year_code(year)}{plant[1]}{random.randrange(10**6):06d}"
    return draft[: vin.CHECK_POSITION] + vin.expected_check_digit(draft) + draft[vin.CHECK_POSITION + 1 :]


def _plate(random: Random) -> str:
    letters = "".join(random.choices(string.ascii_uppercase, k=4))
    return f"{letters[:2]} {random.randrange(1000):03d} {letters[2:]}"
