"""Makes synthetic missing persons and unidentified bodies: plausible, and none of them real."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final, NamedTuple

from services.missing_persons import rules
from services.missing_persons.appearance import (
    AnteMortemChart,
    DentalChart,
    Garment,
    Jewel,
    Mark,
    MarkKind,
    ToothFinding,
    ToothState,
    surfaces_of,
)
from services.missing_persons.models import (
    Body,
    BodyCondition,
    BodyReport,
    IdentificationEvidence,
    MissingPerson,
    PersonReport,
)
from services.missing_persons.store import BodyStore, PersonStore
from services.synthetic_people import SyntheticPerson, synthetic_person
from services.synthetic_records import case_reference, revision_at, seeding_officer
from shared.bureaus import BureauCode
from shared.identity import Caller, Purpose
from shared.people import EyeColour, HairColour, Sex, StatusOfPerson
from shared.records import service_kit as kit

# As of the valid notices at the end of 2023: 16,394 yellow ones to 2,237 black ones.
PERSONS_TO_A_BODY: Final = 7
# Found, but unable to say who they are; the others are missing.
UNABLE_SHARE: Final = 0.03
# Younger than the retention, so that every record is still answered.
OLDEST: Final = timedelta(days=4 * 365)

_PLACES: Final = ("railway station", "bus terminal", "harbour", "city park", "university", "market square")
_BODY_PLACES: Final = ("river bank", "beach", "forest", "railway line", "building site", "mountain path")
_CIRCUMSTANCES: Final = (
    "Left home for work and did not arrive.",
    "Did not come back from a walk.",
    "Last telephone call on the day stated; unreachable since.",
    "Left the hospital without notice.",
    "Missing after a boat trip.",
)
_GARMENTS: Final = ("jacket", "coat", "pullover", "jeans", "dress", "trainers", "boots", "scarf")
_COLOURS: Final = ("black", "grey", "dark blue", "red", "green", "beige", "white")
_JEWELS: Final = (("ring", "yellow gold"), ("necklace", "silver"), ("watch", "steel"), ("earring", "silver"))
_TEETH: Final = tuple(f"{quadrant}{position}" for quadrant in range(1, 5) for position in range(1, 9))
_TREATED: Final = (ToothState.FILLED, ToothState.FILLED, ToothState.CROWNED, ToothState.MISSING, ToothState.ROOT_FILLED)
_CONDITIONS: Final = tuple(condition for condition in BodyCondition if condition is not BodyCondition.INTACT)


class Drawn(NamedTuple):
    """Synthetic records of both kinds."""

    persons: Sequence[MissingPerson]
    bodies: Sequence[Body]


def draw(random: Random, count: int, owners: Sequence[BureauCode], at: datetime) -> Drawn:
    """Return synthetic persons and bodies reported within the four years before, seven persons to a body."""
    body_count = count // (PERSONS_TO_A_BODY + 1)
    persons = [synthetic_missing_person(random, random.choice(owners), at) for _ in range(count - body_count)]
    return Drawn(persons, [synthetic_body(random, random.choice(owners), at) for _ in range(body_count)])


async def add(session: kit.Session, drawn: Drawn, at: datetime) -> None:
    """Add synthetic persons and bodies."""
    if drawn.persons:
        await PersonStore(session, _officer(drawn.persons[0].owner), at).add_many(drawn.persons)
    if drawn.bodies:
        await BodyStore(session, _officer(drawn.bodies[0].owner), at).add_many(drawn.bodies)


def synthetic_missing_person(random: Random, owner: BureauCode, at: datetime) -> MissingPerson:
    """Return the record of a missing person who does not exist."""
    revision = _revision(random, at)
    return rules.report_person(_person_report(random, owner, revision.at), by=_officer(owner), revision=revision)


def synthetic_body(random: Random, owner: BureauCode, at: datetime) -> Body:
    """Return the record of an unidentified body that does not exist."""
    revision = _revision(random, at)
    return rules.report_body(_body_report(random, owner, revision.at), by=_officer(owner), revision=revision)


def _person_report(random: Random, owner: BureauCode, entered: datetime) -> PersonReport:
    person = synthetic_person(random, owner)
    born = person.date_of_birth.isoformat()
    reported = entered.date() - timedelta(days=random.randrange(3))
    last_seen = reported - timedelta(days=random.randrange(10))
    return PersonReport(
        family_name=person.name,
        forename=person.forename,
        other_names=(person.written_in_script,) if person.written_in_script else (),
        person_status=_status(random),
        sex=Sex(person.sex),
        date_of_birth=random.choices(
            (born, born[:7], born[:4], f"{int(born[:4]) - 2}/{born[:4]}", None), weights=(83, 5, 7, 2, 3)
        )[0],
        place_of_birth=person.place_of_birth,
        nationalities=(person.nationality,),
        height=person.height_cm,
        weight=person.weight_kg,
        hair=(HairColour(person.hair),),
        eyes=(EyeColour(person.eyes),),
        marks=_marks(person),
        clothing=_clothing(random),
        jewellery=_jewellery(random),
        dental=_chart_in_life(random),
        last_seen_date=random.choices(
            (last_seen.isoformat(), f"{last_seen - timedelta(days=3)}/{last_seen}", last_seen.isoformat()[:7]),
            weights=(85, 12, 3),
        )[0],
        last_seen_place=f"{synthetic_person(random, owner).place_of_birth}, {random.choice(_PLACES)}",
        last_seen_country=owner,
        circumstances=random.choice(_CIRCUMSTANCES),
        report_reference=case_reference(random, owner, entered),
        report_date=reported,
        evidence=_evidence(random),
    )


def _body_report(random: Random, owner: BureauCode, entered: datetime) -> BodyReport:
    person = synthetic_person(random, owner)
    age = max(0, (entered.date() - person.date_of_birth).days // 365)
    error, tallness_error = random.randint(3, 12), random.randint(2, 6)
    found = entered.date() - timedelta(days=random.randrange(20))
    died = found - timedelta(days=random.randrange(1, 60))
    return BodyReport(
        found_date=found.isoformat(),
        died=random.choice((died.isoformat()[:7], f"{died.isoformat()[:7]}/{found.isoformat()[:7]}", None)),
        found_place=f"{person.place_of_birth}, {random.choice(_BODY_PLACES)}",
        found_country=owner,
        report_reference=case_reference(random, owner, entered),
        condition=_condition(random),
        sex=Sex(person.sex) if random.random() < 0.85 else Sex.UNKNOWN,
        age_min=max(0, age - error),
        age_max=age + error,
        height_min=person.height_cm - tallness_error,
        height_max=person.height_cm + tallness_error,
        hair=(HairColour(person.hair),),
        marks=_marks(person),
        clothing=_clothing(random),
        jewellery=_jewellery(random),
        dental=_teeth(random),
        evidence=_evidence(random),
    )


def _status(random: Random) -> StatusOfPerson:
    return StatusOfPerson.UNABLE_TO_IDENTIFY if random.random() < UNABLE_SHARE else StatusOfPerson.MISSING


def _marks(person: SyntheticPerson) -> tuple[Mark, ...]:
    described = person.distinguishing_marks
    if described is None:
        return ()
    kind = next((kind for kind in MarkKind if described.startswith(kind)), MarkKind.OTHER)
    return (Mark(kind=kind, body_part=described.partition(" the ")[2] or described, description=described),)


def _clothing(random: Random) -> tuple[Garment, ...]:
    kinds = random.sample(_GARMENTS, random.randint(1, 3))
    return tuple(Garment(kind=kind, colour=random.choice(_COLOURS)) for kind in kinds)


def _jewellery(random: Random) -> tuple[Jewel, ...]:
    worn = random.sample(_JEWELS, random.choice((0, 0, 1, 2)))
    return tuple(Jewel(kind=kind, material=material) for kind, material in worn)


def _condition(random: Random) -> tuple[BodyCondition, ...]:
    found = random.sample(_CONDITIONS, random.choice((0, 1, 1, 2)))
    return tuple(found) or (BodyCondition.INTACT,)


def _chart_in_life(random: Random) -> AnteMortemChart | None:
    chart = _teeth(random)
    return None if chart is None else AnteMortemChart.model_validate(chart.model_dump())


def _teeth(random: Random) -> DentalChart | None:
    if random.random() < 0.6:
        return None
    numbers = sorted(random.sample(_TEETH, random.randint(2, 10)))
    return DentalChart(teeth=tuple(_finding(random, number) for number in numbers))


def _finding(random: Random, tooth: str) -> ToothFinding:
    state = random.choice(_TREATED)
    treated = random.sample(sorted(surfaces_of(tooth)), random.randint(1, 3)) if state is ToothState.FILLED else ()
    return ToothFinding(tooth=tooth, state=state, surfaces=tuple(treated))


def _evidence(random: Random) -> tuple[IdentificationEvidence, ...]:
    return tuple(sorted(random.sample(tuple(IdentificationEvidence), random.randint(1, 3))))


def _revision(random: Random, at: datetime) -> kit.Revision:
    return revision_at(random, at - timedelta(seconds=random.randrange(int(OLDEST.total_seconds()))))


def _officer(owner: BureauCode) -> Caller:
    return seeding_officer(owner, Purpose.LOCATE)
