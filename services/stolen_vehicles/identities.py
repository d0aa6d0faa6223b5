"""The test identities of the service: cars and boats that do not exist, each found by a number, or not found."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Final

from services.sandbox_identities import OWNER, Identities, Identity, Outcome, barred_by, entered, owners_of
from services.stolen_vehicles import rules
from services.stolen_vehicles.models import Vehicle, VehicleDescription
from services.stolen_vehicles.synthetic import Drawn
from services.stolen_vehicles.vessels.identities import VESSELS, identities_of_vessels
from services.synthetic_records import seeding_officer
from shared.bureaus import BureauCode
from shared.records import service_kit as kit

IDENTITIES: Final = (
    # German plates never have three letters at both ends.
    Identity(Outcome.EXACT, {"plate": "TST 101 AAA", "country": OWNER}),
    Identity(Outcome.EXACT, {"vin": "WVWZZZTSTXW000101"}),
    Identity(Outcome.MISREAD, {"plate": "TST II3 AAA", "country": OWNER}),
    Identity(Outcome.NEAR, {"plate": "TST 114 AAX", "country": OWNER, "near": "true"}),
    Identity(Outcome.TWIN, {"plate": "TST 102 AAA", "country": OWNER}),
    Identity(Outcome.TWIN, {"vin": "WVWZZZTSTXW000102"}),
    Identity(Outcome.EXPIRED, {"plate": "TST 103 AAA", "country": OWNER}),
    Identity(Outcome.RESTRICTED, {"plate": "TST 104 AAA", "country": OWNER}),
    Identity(Outcome.TWO_OWNERS, {"vin": "WVWZZZTSTXW000105"}),
    Identity(Outcome.MANY, {"plate": "TST 106 AAA", "country": OWNER}),
    Identity(Outcome.CONFIRMED, {"plate": "TST 107 AAA", "country": OWNER}),
    Identity(Outcome.DENIED, {"plate": "TST 108 AAA", "country": OWNER}),
    Identity(Outcome.UNANSWERED, {"plate": "TST 109 AAA", "country": OWNER}),
    Identity(Outcome.WITHDRAWN, {"plate": "TST 110 AAA", "country": OWNER}),
    Identity(Outcome.SLOW, {"plate": "TST 111 AAA", "country": OWNER}),
    Identity(Outcome.NOT_AUDITED, {"plate": "TST 112 AAA", "country": OWNER}),
)
# The number of a twin differs in three figures, more than a misreading explains.
_DIFFERENT: Final = {Outcome.TWIN: ("102", "748"), Outcome.MISREAD: ("II3", "113"), Outcome.NEAR: ("AAX", "AAA")}
"""What is searched, and what the record has in its place."""


def draw(random: Random, at: datetime) -> Drawn:
    """Return the records of all identities, as of a time."""
    vehicles = [_vehicle(random, at, each, owner) for each in IDENTITIES for owner in owners_of(each.outcome)]
    return Drawn(vehicles, identities_of_vessels(random, at))


def _records(drawn: Drawn) -> Sequence[kit.Record]:
    return [*drawn.vehicles, *drawn.vessels]


def _vehicle(random: Random, at: datetime, identity: Identity, owner: BureauCode) -> Vehicle:
    revision = entered(random, at, identity.outcome, kit.DEFAULT_RETENTION)
    searched, recorded = _DIFFERENT.get(identity.outcome, ("", ""))
    known = {name: value.replace(searched, recorded) for name, value in identity.query.items() if name != "near"}
    description = VehicleDescription(
        **known,
        make="Volkswagen",
        model="Golf",
        colour="grey",
        theft_date=revision.at.date().isoformat(),
        theft_country=owner,
        restricted=barred_by(identity.outcome),
    )
    return rules.enter(description, by=seeding_officer(owner), revision=revision)


OF_SERVICE: Final = Identities("/api/stolen-vehicles/search", (*IDENTITIES, *VESSELS), draw, _records)
