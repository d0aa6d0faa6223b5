"""The test identities of valuables: things that do not exist, each found by a number, or not found."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from random import Random
from typing import Any, Final

from services.cultural_property.valuables import rules
from services.cultural_property.valuables.models import Valuable, ValuableDescription, ValuableKind
from services.sandbox_identities import Identity, Outcome, barred_by, entered, owners_of
from services.synthetic_records import seeding_officer
from shared.bureaus import BureauCode
from shared.records import service_kit as kit

_identity: Final = partial(Identity, search="/api/cultural-property/valuables/search")
_MAKE: Final = {"make": "Omega"}
VALUABLES: Final = (
    _identity(Outcome.EXACT, {"serial_number": "TST0000101", **_MAKE}),
    # A type code of test devices, which no telephone that is sold has (GSMA TS.06).
    _identity(Outcome.EXACT, {"imei": "001012345678902"}),
    _identity(Outcome.MISREAD, {"serial_number": "TSTOOOOII3", **_MAKE}),
    _identity(Outcome.NEAR, {"serial_number": "TST000022X", "near": "true", **_MAKE}),
    _identity(Outcome.TWIN, {"serial_number": "TST0000102", **_MAKE}),
    _identity(Outcome.EXPIRED, {"serial_number": "TST0000103", **_MAKE}),
    _identity(Outcome.RESTRICTED, {"serial_number": "TST0000104", **_MAKE}),
    _identity(Outcome.TWO_OWNERS, {"serial_number": "TST0000105", **_MAKE}),
    _identity(Outcome.CONFIRMED, {"serial_number": "TST0000107", **_MAKE}),
    _identity(Outcome.DENIED, {"serial_number": "TST0000108", **_MAKE}),
)
_DIFFERENT: Final = {
    Outcome.TWIN: ("102", "748"),
    Outcome.MISREAD: ("OOOOII3", "0000113"),
    Outcome.NEAR: ("22X", "229"),
}
"""What is searched, and what the record has in its place."""


def identities_of_valuables(random: Random, at: datetime) -> Sequence[Valuable]:
    """Return the records of all identities, as of a time."""
    return [_valuable(random, at, each, owner) for each in VALUABLES for owner in owners_of(each.outcome)]


def _valuable(random: Random, at: datetime, identity: Identity, owner: BureauCode) -> Valuable:
    revision = entered(random, at, identity.outcome, kit.DEFAULT_RETENTION)
    description = ValuableDescription(
        **_stated(identity),
        event_date=revision.at.date().isoformat(),
        event_country=owner,
        restricted=barred_by(identity.outcome),
    )
    return rules.enter(description, by=seeding_officer(owner), revision=revision)


def _stated(identity: Identity) -> dict[str, Any]:
    if imei := identity.query.get("imei"):
        return {"kind": ValuableKind.TELEPHONE, "make": "Nokia", "model": "G42", "imei": imei}
    searched, recorded = _DIFFERENT.get(identity.outcome, ("", ""))
    number = identity.query["serial_number"].replace(searched, recorded)
    return {"kind": ValuableKind.WATCH, "model": "Speedmaster", "serial_number": number, **_MAKE}
