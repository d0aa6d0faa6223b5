"""Makes synthetic criminal files about people who do not exist, some of them on one person by two bureaus."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from services.notices.offences import Offence, OffenceCategory
from services.notices.persons import rules
from services.notices.persons.criminal_history import CaseOutcome, HistoryEntry, Sentence
from services.notices.persons.entries import PersonEntry, PersonFile, PersonFileStatus, PersonOnFile
from services.notices.persons.requirements import FileIncomplete
from services.notices.persons.store import PersonFileStore, same_person
from services.notices.subjects.models import Evidence, Identity, IdentityDocument
from services.notices.synthesis.crimes import synthetic_law
from services.synthetic_people import SyntheticPerson, synthetic_person
from services.synthetic_photographs import add_with_pictures, draw_pictures, shared_pictures
from services.synthetic_records import case_reference, revision_at, seeding_officer
from shared.bureaus import BureauCode
from shared.identity import Purpose
from shared.people import EyeColour, HairColour, Sex, StatusOfPerson
from shared.records import service_kit as kit

NOTICES_TO_A_FILE: Final = 3
_STATUSES: Final = {
    StatusOfPerson.CONVICTED: 55,
    StatusOfPerson.CHARGED: 15,
    StatusOfPerson.SUSPECT: 20,
    StatusOfPerson.WITNESS: 6,
    StatusOfPerson.VICTIM: 4,
}
# Category, the words of a charge, and the imprisonment in months that courts impose for it.
_CASES: Final = (
    (OffenceCategory.ROBBERY, "Armed robbery", (24, 120)),
    (OffenceCategory.DRUGS, "Trafficking in narcotics", (18, 180)),
    (OffenceCategory.FRAUD, "Fraud", (6, 60)),
    (OffenceCategory.HUMAN_TRAFFICKING, "Trafficking in human beings", (36, 200)),
    (OffenceCategory.MONEY_LAUNDERING, "Money laundering", (8, 72)),
    (OffenceCategory.BURGLARY, "Burglary of warehouses", (6, 48)),
    (OffenceCategory.VEHICLE_CRIME, "Theft of vehicles to order", (6, 60)),
    (OffenceCategory.CYBERCRIME, "Extortion by encrypting data", (12, 90)),
)
_DOCUMENTS: Final = ("passport", "identity card", "driving licence")
_OLDEST_DAYS: Final = {StatusOfPerson.CONVICTED: 4 * 365}
_OLDEST_DAYS_OF_OTHERS: Final = 300
_CLEARED_IN: Final = 25
_WITHDRAWN_IN: Final = 40
_SECOND_FILE_IN: Final = 12
_addition: Final = sa.insert(same_person)


class Drawn(NamedTuple):
    """Synthetic files, and links between two on one person."""

    files: Sequence[PersonFile]
    pictures: Mapping[str, int]
    """The picture of some files, by their ids."""

    links: Sequence[dict[str, Any]]


def draw(random: Random, count: int, owners: Sequence[BureauCode], at: datetime) -> Drawn:
    """Return synthetic criminal files; of some persons another bureau has a file too, and the two are linked."""
    files: list[PersonFile] = []
    links: list[dict[str, Any]] = []
    while len(files) < count:
        owner, person = random.choice(owners), synthetic_person(random)
        by = [owner]
        others = [code for code in owners if code != owner]
        if others and len(files) + 1 < count and not random.randrange(_SECOND_FILE_IN):
            by.append(random.choice(others))
        try:
            made = [synthetic_file(random, person, each, at) for each in by]
        except FileIncomplete:
            # A word of the name means something else to the screening.
            continue
        files += made
        if len(made) > 1:
            links.append(_link(random, made[0], made[1], at))
    pictures = draw_pictures(random, [file.id for file in files if file.status is PersonFileStatus.IN_FORCE])
    return Drawn(files, pictures, links)


async def add(session: kit.Session, drawn: Drawn, random: Random, at: datetime) -> None:
    """Add synthetic criminal files with their pictures and links."""
    if drawn.files:
        by = seeding_officer(drawn.files[0].owner, Purpose.CRIMINAL_INVESTIGATION)
        await add_with_pictures(PersonFileStore(session, by, at), random, drawn.files, shared_pictures(drawn.pictures))
    if drawn.links:
        await session.execute(_addition, drawn.links)


def synthetic_file(random: Random, person: SyntheticPerson, owner: BureauCode, at: datetime) -> PersonFile:
    """Return the file of a person who does not exist; a few are cleared or withdrawn since."""
    by = seeding_officer(owner, Purpose.CRIMINAL_INVESTIGATION)
    status = random.choices(tuple(_STATUSES), weights=tuple(_STATUSES.values()))[0]
    days = random.uniform(2, _OLDEST_DAYS.get(status, _OLDEST_DAYS_OF_OTHERS))
    entered = revision_at(random, at - timedelta(days=days))
    entry = _entry(random, person, status, owner, entered.at)
    file = rules.enter(entry, by=by, revision=entered)
    later = kit.Revision(file.id, entered.at + timedelta(days=1))
    if not random.randrange(_WITHDRAWN_IN):
        return rules.withdraw(file, by=by, revision=later)
    if status in (StatusOfPerson.SUSPECT, StatusOfPerson.CHARGED) and not random.randrange(_CLEARED_IN):
        return rules.correct(file, _cleared(entry, later.at.date()), by=by, revision=later)
    return file


def _entry(
    random: Random, person: SyntheticPerson, status: StatusOfPerson, owner: BureauCode, at: datetime
) -> PersonEntry:
    history = [_case(random, person, owner, at)]
    if status is StatusOfPerson.CONVICTED:
        history = [_convicted(random, case, at) for case in (*history, *_more(random, person, owner, at))]
    return PersonEntry(subject=_subject(random, person, status), history=tuple(history))


def _more(random: Random, person: SyntheticPerson, owner: BureauCode, at: datetime) -> list[HistoryEntry]:
    return [_case(random, person, owner, at) for _ in range(random.choice((0, 0, 1, 1, 2, 3)))]


def _case(random: Random, person: SyntheticPerson, owner: BureauCode, at: datetime) -> HistoryEntry:
    """Return a case that has not ended, of an offence committed as an adult."""
    category, charge, _ = random.choice(_CASES)
    adult = person.date_of_birth + timedelta(days=18 * 366)
    latest = at.date() - timedelta(days=1)
    span = max(1, min((latest - adult).days, 12 * 365))
    return HistoryEntry(
        offence=Offence(category=category),
        charge=charge,
        law=synthetic_law(random),
        date=(latest - timedelta(days=random.randrange(span))).isoformat(),
        country=owner,
        reference=case_reference(random, owner, at),
        source=f"Criminal police of {owner}",
    )


def _convicted(random: Random, case: HistoryEntry, at: datetime) -> HistoryEntry:
    least, most = next(months for category, _, months in _CASES if category is case.offence.category)
    decided_on = min(date.fromisoformat(case.date) + timedelta(days=random.randint(30, 500)), at.date())
    court, sentence = f"District court of {case.country}", Sentence(imprisonment_months=random.randint(least, most))
    decided = {
        "decided": decided_on.isoformat(),
        "outcome": CaseOutcome.CONVICTED,
        "sentence": sentence,
        "court": court,
    }
    return case.model_copy(update=decided)


def _cleared(entry: PersonEntry, today: date) -> PersonEntry:
    acquitted: dict[str, Any] = {"outcome": CaseOutcome.ACQUITTED, "decided": today.isoformat()}
    return entry.model_copy(update={"history": tuple(case.model_copy(update=acquitted) for case in entry.history)})


def _subject(random: Random, person: SyntheticPerson, status: StatusOfPerson) -> PersonOnFile:
    return PersonOnFile(
        person_status=status,
        name=person.name,
        forename=person.forename,
        names_in_other_scripts=(person.written_in_script,) if person.written_in_script else (),
        identities=(_identity(random),) if random.random() < 0.1 else (),
        sex=Sex(person.sex),
        date_of_birth=person.date_of_birth.isoformat(),
        place_of_birth=person.place_of_birth,
        country_of_birth=person.nationality,
        nationalities=(person.nationality,),
        height=person.height_cm,
        weight=person.weight_kg,
        eyes=(EyeColour(person.eyes),),
        hair=(HairColour(person.hair),),
        distinguishing_marks=person.distinguishing_marks,
        languages=person.languages,
        documents=(_document(random, person.nationality),) if random.random() < 0.6 else (),
        evidence=(Evidence.FINGERPRINTS,) if random.random() < 0.7 else (),
    )


def _identity(random: Random) -> Identity:
    other = synthetic_person(random)
    return Identity(
        name=other.name,
        forename=other.forename,
        date_of_birth=other.date_of_birth.isoformat(),
        nationalities=(other.nationality,),
        documents=(_document(random, other.nationality),),
    )


def _document(random: Random, country: str) -> IdentityDocument:
    number = f"{country}{random.randrange(10**7):07d}"
    return IdentityDocument(kind=random.choice(_DOCUMENTS), number=number, country=country)


def _link(random: Random, file: PersonFile, other: PersonFile, at: datetime) -> dict[str, Any]:
    """Return a link between two files, that most of the other owners have confirmed."""
    stated = int(at.timestamp()) - random.randrange(3600, 86_400)
    confirmed = stated + 1800 if random.random() < 0.7 else None
    return {"record_id": file.id, "other_id": other.id, "stated": stated, "confirmed": confirmed}
