"""The test identities of the service: firearms that do not exist, each found by its number and make, or not found."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Final

from services.firearms import rules
from services.firearms.models import Firearm, FirearmDescription, FirearmStatus
from services.firearms.synthetic import Drawn, rows_of
from services.sandbox_identities import Identities, Identity, Outcome, barred_by, entered, owners_of
from services.synthetic_records import seeding_officer
from shared.bureaus import BureauCode
from shared.firearms.words import FirearmKind
from shared.records import service_kit as kit


def _identity(outcome: Outcome, number: str, **more: str) -> Identity:
    return Identity(outcome, {"serial_number": number, "make": "Beretta", **more})


# No maker has a series TST with a letter after the figures.
IDENTITIES: Final = (
    _identity(Outcome.EXACT, "TST 101377 V"),
    _identity(Outcome.EXACT, "TST 131377 V", calibre="9x19", model="92"),
    _identity(Outcome.MISREAD, "T5T 113II7 V"),
    _identity(Outcome.NEAR, "TST 114377 X", near="true"),
    _identity(Outcome.TWIN, "TST 102377 V"),
    _identity(Outcome.EXPIRED, "TST 103377 V"),
    _identity(Outcome.RESTRICTED, "TST 104377 V"),
    _identity(Outcome.TWO_OWNERS, "TST 105377 V"),
    _identity(Outcome.CONFIRMED, "TST 107377 V"),
    _identity(Outcome.DENIED, "TST 108377 V"),
    _identity(Outcome.UNANSWERED, "TST 109377 V"),
    _identity(Outcome.WITHDRAWN, "TST 110377 V"),
    _identity(Outcome.SLOW, "TST 111377 V"),
    _identity(Outcome.NOT_AUDITED, "TST 112377 V"),
)
# The number of a twin differs in three figures, more than a misreading explains.
_DIFFERENT: Final = {
    Outcome.TWIN: ("102377", "748377"),
    Outcome.MISREAD: ("T5T 113II7", "TST 113117"),
    Outcome.NEAR: ("377 X", "377 V"),
}
"""What is searched, and what the record has in its place."""


def draw(random: Random, at: datetime) -> Drawn:
    """Return the records of all identities, as of a time."""
    firearms = [_firearm(random, at, each, owner) for each in IDENTITIES for owner in owners_of(each.outcome)]
    return Drawn(rows_of(firearms, firearms[0].owner, at))


def _firearm(random: Random, at: datetime, identity: Identity, owner: BureauCode) -> Firearm:
    revision = entered(random, at, identity.outcome, kit.DEFAULT_RETENTION)
    searched, recorded = _DIFFERENT.get(identity.outcome, ("", ""))
    description = FirearmDescription(
        serial_number=identity.query["serial_number"].replace(searched, recorded),
        make="Beretta",
        model="92",
        calibre="9 mm Luger",
        kind=FirearmKind.PISTOL,
        status=FirearmStatus.STOLEN,
        event_date=revision.at.date().isoformat(),
        event_country=owner,
        restricted=barred_by(identity.outcome),
    )
    return rules.enter(description, by=seeding_officer(owner), revision=revision)


def _records(drawn: Drawn) -> Sequence[kit.Record]:
    return [Firearm.of_json(content) for content in drawn.rows.values_of("content")]


OF_SERVICE: Final = Identities("/api/firearms/search", IDENTITIES, draw, _records)
