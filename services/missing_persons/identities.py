"""The test identities of the service: missing persons who do not exist, each found by name, or not found."""

from datetime import datetime
from random import Random
from typing import Any, Final

from services.missing_persons import rules
from services.missing_persons.models import MissingPerson, PersonReport
from services.missing_persons.synthetic import Drawn
from services.sandbox_identities import Identities, Identity, Outcome, barred_by, entered, owners_of
from services.synthetic_records import seeding_officer
from shared.bureaus import BureauCode
from shared.identity import Purpose
from shared.people import Sex
from shared.records import service_kit as kit

_BORN: Final = "1984-05-17"
IDENTITIES: Final = (
    Identity(Outcome.EXACT, {"name": "Ambrose Quillfeather", "date_of_birth": _BORN}),
    Identity(Outcome.TRANSLITERATED, {"name": "Arkadi Khvoshchetski", "date_of_birth": _BORN}),
    Identity(Outcome.TWIN, {"name": "Leopold Wrenhalter", "date_of_birth": _BORN}),
    Identity(Outcome.EXPIRED, {"name": "Ottilie Farnsdorf", "date_of_birth": _BORN}),
    Identity(Outcome.RESTRICTED, {"name": "Balthasar Ingelmoor", "date_of_birth": _BORN}),
    Identity(Outcome.TWO_OWNERS, {"name": "Philippa Oskarwald", "date_of_birth": _BORN}),
    Identity(Outcome.MANY, {"name": "Nepomuk Tausendfach", "date_of_birth": _BORN}),
    Identity(Outcome.CONFIRMED, {"name": "Sibylla Pennycross", "date_of_birth": _BORN}),
    Identity(Outcome.DENIED, {"name": "Gotthard Muffelwitz", "date_of_birth": _BORN}),
    Identity(Outcome.UNANSWERED, {"name": "Ludmilla Grasshopf", "date_of_birth": _BORN}),
    Identity(Outcome.WITHDRAWN, {"name": "Valentin Dornblatt", "date_of_birth": _BORN}),
    Identity(Outcome.SLOW, {"name": "Eusebius Langmut", "date_of_birth": _BORN}),
    Identity(Outcome.NOT_AUDITED, {"name": "Mechthild Ohnespur", "date_of_birth": _BORN}),
)
# The name as it is in the record, and there alone.
_IN_SCRIPT: Final = ("Аркадий", "Хвощецкий")
_BORN_TWIN: Final = "1961-11-02"


def draw(random: Random, at: datetime) -> Drawn:
    """Return the records of all identities, as of a time."""
    persons = [_person(random, at, each, owner) for each in IDENTITIES for owner in owners_of(each.outcome)]
    return Drawn(persons, [])


def _person(random: Random, at: datetime, identity: Identity, owner: BureauCode) -> MissingPerson:
    revision = entered(random, at, identity.outcome, kit.DEFAULT_RETENTION)
    day = revision.at.date()
    report = PersonReport(
        **_particulars(identity),
        sex=Sex.UNKNOWN,
        last_seen_date=day.isoformat(),
        last_seen_place="Made-up town, market square",
        last_seen_country=owner,
        circumstances="A test identity: nobody is missing.",
        report_reference=f"TEST-{random.randrange(10**6):06d}",
        report_date=day,
        restricted=barred_by(identity.outcome),
    )
    return rules.report_person(report, by=seeding_officer(owner, Purpose.LOCATE), revision=revision)


def _particulars(identity: Identity) -> dict[str, Any]:
    is_twin = identity.outcome is Outcome.TWIN
    is_in_script = identity.outcome is Outcome.TRANSLITERATED
    forename, name = _IN_SCRIPT if is_in_script else identity.query["name"].split()
    return {"family_name": name, "forename": forename, "date_of_birth": _BORN_TWIN if is_twin else _BORN}


OF_SERVICE: Final = Identities("/api/missing-persons/search", IDENTITIES, draw, lambda drawn: drawn.persons)
