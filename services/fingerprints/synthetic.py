"""Makes up fingerprint records: fingers of nobody, as minutiae without an image."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final

from services.fingerprints import rules
from services.fingerprints.models import (
    Finger,
    FingerprintRecord,
    Placement,
    PrintCategory,
    PrintKind,
    RecordDescription,
)
from services.fingerprints.prints import Print
from services.fingerprints.store import FingerprintStore
from services.fingerprints.synthetic_templates import HEIGHT, WIDTH, draw_template
from services.synthetic_records import case_reference, revision_at, seeding_officer
from shared.bureaus import BureauCode
from shared.people import Sex, StatusOfPerson
from shared.records import service_kit as kit

FINGERS: Final = (Finger.RIGHT_INDEX, Finger.LEFT_INDEX)

_CATEGORIES: Final = (PrintCategory.CRIMINAL,) * 7 + (PrintCategory.NON_CRIMINAL, PrintCategory.MISSING_PERSON)
_OFFENDERS: Final = (StatusOfPerson.CONVICTED,) * 5 + (StatusOfPerson.CHARGED,) * 2 + (StatusOfPerson.SUSPECT,) * 3
_SEXES: Final = (Sex.MALE, Sex.MALE, Sex.FEMALE, Sex.UNKNOWN)

Enrolled = tuple[FingerprintRecord, dict[int, Print]]


def draw(random: Random, count: int, owners: Sequence[BureauCode], at: datetime) -> Sequence[Enrolled]:
    """Return synthetic records of two fingers each, entered within the two years before."""
    return [synthetic_record(random, random.choice(owners), at) for _ in range(count)]


async def add(session: kit.Session, drawn: Sequence[Enrolled], at: datetime) -> None:
    """Add synthetic records with their prints."""
    await FingerprintStore(session, seeding_officer(drawn[0][0].owner), at).enrol_many(drawn)


def synthetic_record(random: Random, owner: BureauCode, at: datetime) -> Enrolled:
    """Return the record of a person who does not exist, and the prints of both index fingers."""
    entered = at - timedelta(seconds=random.randrange(2 * 365 * 24 * 3600))
    officer, revision = seeding_officer(owner), revision_at(random, entered)
    category = random.choice(_CATEGORIES)
    description = RecordDescription(
        category=category,
        # No bureau gives a reference twice.
        reference=f"{case_reference(random, owner, entered)}/{revision.id[-6:]}",
        sex=random.choice(_SEXES),
        person_status=random.choice(_OFFENDERS) if category is PrintCategory.CRIMINAL else None,
    )
    record = rules.enter(description, by=officer, revision=revision)
    prints = {finger.value: Print(WIDTH, HEIGHT, draw_template(random.getrandbits(63))) for finger in FINGERS}
    for finger, drawn in prints.items():
        placement = Placement(position=Finger(finger), kind=PrintKind.PLAIN)
        record = rules.enrol(record, drawn, placement, by=officer, revision=revision)
    return record, prints
