"""What the synthetic records of all services have in common: who enters them, their ids and times, their references."""

from datetime import datetime
from random import Random

from shared.bureaus import BureauCode
from shared.identity import Caller, Purpose
from shared.ids import uuid7
from shared.records import service_kit as kit


def seeding_officer(bureau: BureauCode, purpose: Purpose = Purpose.CRIME_ANALYSIS, *scopes: str) -> Caller:
    """Return the caller who enters the synthetic records of a bureau."""
    return Caller(bureau, "seed", frozenset(scopes), purpose, "seed")


def revision_at(random: Random, at: datetime) -> kit.Revision:
    """Return a revision of this time, with a random id."""
    return kit.Revision(uuid7(at, random.randbytes), at)


def case_reference(random: Random, bureau: BureauCode, at: datetime) -> str:
    """Return the reference of a case, such as `FR-2026-004417`."""
    return f"{bureau}-{at.year}-{random.randrange(10**6):06d}"
