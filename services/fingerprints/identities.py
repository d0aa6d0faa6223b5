"""The test identities of the service: fingers of nobody, each found by an image, or not found."""

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Final

from services.fingerprints import rules
from services.fingerprints.minutiae import Template
from services.fingerprints.models import Finger, Placement, PrintCategory, PrintKind, RecordDescription
from services.fingerprints.prints import Print
from services.fingerprints.synthetic import Enrolled
from services.fingerprints.synthetic_templates import HEIGHT, WIDTH, draw_template
from services.sandbox_identities import Identities, Identity, Outcome, barred_by, entered, owners_of
from services.synthetic_records import seeding_officer
from shared.bureaus import BureauCode
from shared.people import Sex, StatusOfPerson

# The seed of the finger in each image.
SEEDS: Final[Mapping[Outcome, int]] = {
    Outcome.EXACT: 24701,
    Outcome.TWIN: 24702,
    Outcome.EXPIRED: 24703,
    Outcome.RESTRICTED: 24704,
    Outcome.TWO_OWNERS: 24705,
    Outcome.CONFIRMED: 24706,
    Outcome.DENIED: 24707,
    Outcome.UNANSWERED: 24708,
    Outcome.MANY: 24709,
    Outcome.WITHDRAWN: 24710,
    Outcome.SLOW: 24711,
    Outcome.NOT_AUDITED: 24712,
}
IDENTITIES: Final = tuple(Identity(outcome, {}, f"{outcome}.png") for outcome in SEEDS)
ENROLLED, SEARCHED = 1, 2
"""The impressions of a finger: that of the record, and that in the image."""

_FINGER: Final = Finger.RIGHT_INDEX
_TEMPLATES: Final = Path(__file__).with_name("identities.json")
"""The minutiae of each finger that is on record, as `Template.to_bytes` writes them, in base64: finding them takes a
second a finger."""


def templates() -> Mapping[str, Template]:
    """Return the minutiae of the impression on record, by outcome; a twin has others."""
    stored: dict[str, str] = json.loads(_TEMPLATES.read_text())
    return {outcome: Template.from_bytes(b64decode(each)) for outcome, each in stored.items()}


def draw(random: Random, at: datetime) -> Sequence[Enrolled]:
    """Return the records of all identities, as of a time."""
    known = templates()
    return [
        _record(random, at, each.outcome, owner, number, known.get(each.outcome) or draw_template(SEEDS[each.outcome]))
        for each in IDENTITIES
        for number, owner in enumerate(owners_of(each.outcome), start=1)
    ]


def files() -> Mapping[str, bytes]:
    """Return an image of the finger of each identity, another impression than that of the record."""
    # Here, as drawing needs numpy and pillow.
    from services.fingerprints import synthetic_prints

    return {f"{outcome}.png": synthetic_prints.Finger(seed).png(SEARCHED) for outcome, seed in SEEDS.items()}


def _record(
    random: Random, at: datetime, outcome: Outcome, owner: BureauCode, number: int, template: Template
) -> Enrolled:
    officer = seeding_officer(owner)
    revision = entered(random, at, outcome, rules.KEPT_FOR[PrintCategory.CRIMINAL])
    description = RecordDescription(
        category=PrintCategory.CRIMINAL,
        reference=f"TEST-{owner}-{outcome}-{number}",
        sex=Sex.UNKNOWN,
        person_status=StatusOfPerson.SUSPECT,
        restricted=barred_by(outcome),
    )
    taken = Print(WIDTH, HEIGHT, template)
    placement = Placement(position=_FINGER, kind=PrintKind.PLAIN)
    record = rules.enter(description, by=officer, revision=revision)
    return rules.enrol(record, taken, placement, by=officer, revision=revision), {_FINGER.value: taken}


OF_SERVICE: Final = Identities(
    "/api/fingerprints/identification", IDENTITIES, draw, lambda drawn: [record for record, _ in drawn], files
)
