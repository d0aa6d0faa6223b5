"""The test identities of vessels: boats and an engine that do not exist, each found by a number, or not found."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from random import Random
from typing import Any, Final

from services.sandbox_identities import Identity, Outcome, barred_by, entered, owners_of
from services.stolen_vehicles.vessels import rules
from services.stolen_vehicles.vessels.models import Engine, Vessel, VesselDescription, VesselKind
from services.synthetic_records import seeding_officer
from shared.bureaus import BureauCode
from shared.records import service_kit as kit

_identity: Final = partial(Identity, search="/api/stolen-vehicles/vessels/search")
# No country has assigned a maker the code TS and a figure.
VESSELS: Final = (
    _identity(Outcome.EXACT, {"hull_number": "DE-TS100101C313"}),
    _identity(Outcome.EXACT, {"engine_number": "TST 0000102"}),
    _identity(Outcome.TWIN, {"hull_number": "DE-TS100103C313"}),
    _identity(Outcome.EXPIRED, {"hull_number": "DE-TS100104C313"}),
    _identity(Outcome.RESTRICTED, {"hull_number": "DE-TS100105C313"}),
    _identity(Outcome.TWO_OWNERS, {"hull_number": "DE-TS100106C313"}),
    _identity(Outcome.CONFIRMED, {"hull_number": "DE-TS100107C313"}),
    _identity(Outcome.DENIED, {"hull_number": "DE-TS100108C313"}),
)
# The number of a twin differs in three figures, more than a misreading explains.
_SEARCHED, _OF_TWIN = "103", "748"


def identities_of_vessels(random: Random, at: datetime) -> Sequence[Vessel]:
    """Return the records of all identities, as of a time."""
    return [_vessel(random, at, each, owner) for each in VESSELS for owner in owners_of(each.outcome)]


def _vessel(random: Random, at: datetime, identity: Identity, owner: BureauCode) -> Vessel:
    revision = entered(random, at, identity.outcome, kit.DEFAULT_RETENTION)
    description = VesselDescription(
        **_stated(identity),
        colour="white",
        theft_date=revision.at.date().isoformat(),
        theft_country=owner,
        restricted=barred_by(identity.outcome),
    )
    return rules.enter(description, by=seeding_officer(owner), revision=revision)


def _stated(identity: Identity) -> dict[str, Any]:
    if number := identity.query.get("engine_number"):
        return {"kind": VesselKind.OUTBOARD_ENGINE, "engines": (Engine(number=number, make="Yamaha", model="F100"),)}
    number = identity.query["hull_number"]
    number = number.replace(_SEARCHED, _OF_TWIN) if identity.outcome is Outcome.TWIN else number
    return {"hull_number": number, "make": "Quicksilver", "model": "Activ 605", "length_m": 6.05}
