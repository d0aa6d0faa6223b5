"""Makes synthetic notices about people who do not exist."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, TypeVar

import msgspec

from services.notices import entries, rules
from services.notices.colours import Colour
from services.notices.entries import Event, NoticeEntry, Resolution
from services.notices.lifecycle import NoticeStatus
from services.notices.models import Notice
from services.notices.offences import Offence, OffenceCategory
from services.notices.store import NoticeStore
from services.notices.subjects import Evidence, Organisation, Person, Thing
from services.notices.warrants import Stage, Warrant
from services.synthetic_people import SyntheticPerson, synthetic_person
from services.synthetic_records import case_reference, revision_at, seeding_officer
from shared.bureaus import SECRETARIAT, BureauCode
from shared.identity import Caller, Purpose
from shared.people import EyeColour, HairColour, Sex, StatusOfPerson
from shared.records import service_kit as kit
from shared.standing import BureauStanding

T = TypeVar("T")

# In the proportion of the notices in force (INTERPOL, end of 2023, rounded).
_COLOURS: Final = {
    Colour.RED: 74,
    Colour.BLUE: 18,
    Colour.YELLOW: 16,
    Colour.GREEN: 6,
    Colour.BLACK: 2,
    Colour.ORANGE: 1,
    Colour.PURPLE: 1,
    Colour.SILVER: 1,
    Colour.UN_SPECIAL: 1,
}
_STATUSES: Final = {
    NoticeStatus.PUBLISHED: 76,
    NoticeStatus.DIFFUSED: 10,
    NoticeStatus.SUBMITTED: 3,
    NoticeStatus.WAITING: 1,
    NoticeStatus.DRAFT: 7,
    NoticeStatus.WITHDRAWN: 3,
}
# Of persons in notices whose colour leaves it open; witnesses and victims are sought with blue ones alone.
_ACCUSED: Final = {
    StatusOfPerson.SUSPECT: 45,
    StatusOfPerson.CHARGED: 25,
    StatusOfPerson.CONVICTED: 20,
    StatusOfPerson.WANTED: 10,
}
_STATUSES_OF: Final = {
    Colour.RED: {StatusOfPerson.WANTED: 70, StatusOfPerson.CHARGED: 30},
    Colour.BLUE: {**_ACCUSED, StatusOfPerson.WITNESS: 15, StatusOfPerson.VICTIM: 5},
    Colour.GREEN: {StatusOfPerson.CONVICTED: 80, StatusOfPerson.CHARGED: 12, StatusOfPerson.SUSPECT: 8},
    Colour.YELLOW: {StatusOfPerson.MISSING: 97, StatusOfPerson.UNABLE_TO_IDENTIFY: 3},
    Colour.ORANGE: _ACCUSED,
    Colour.SILVER: _ACCUSED,
}
# Of red notices, one in so many is to serve a sentence.
_SENTENCE_IN: Final = 5
_CRIMES: Final = (
    ("Armed robbery", 120, "Held up a jeweller's shop with two others and fled by car."),
    ("Trafficking in narcotics", 180, "Organised the transport of 40 kg of cocaine in a container of fruit."),
    ("Fraud", 60, "Sold holiday flats that were never built to more than a hundred buyers."),
    ("Trafficking in human beings", 240, "Recruited workers with false promises and kept their passports."),
    ("Money laundering", 96, "Moved the proceeds of burglaries through a chain of car washes."),
    ("Manslaughter", 180, "Struck a guest in a quarrel at a bar, who died in hospital."),
    ("Theft by burglary", 84, "Broke into warehouses at night and took telephones by the pallet."),
)
_CATEGORIES: Final = {
    "Armed robbery": OffenceCategory.ROBBERY,
    "Trafficking in narcotics": OffenceCategory.DRUGS,
    "Fraud": OffenceCategory.FRAUD,
    "Trafficking in human beings": OffenceCategory.HUMAN_TRAFFICKING,
    "Money laundering": OffenceCategory.MONEY_LAUNDERING,
    "Manslaughter": OffenceCategory.HOMICIDE,
    "Theft by burglary": OffenceCategory.BURGLARY,
}
_PLACES: Final = ("railway station", "harbour", "market square", "motorway services", "airport", "industrial estate")
_HIDING_PLACES: Final = ("Fire extinguisher", "Car battery", "Wooden pallet", "Picture frame", "Water heater")
_KEPT_DAYS: Final = 4 * 365
_REVIEWED_IN: Final = timedelta(days=3)
_SUPERVISED: Final = BureauStanding("supervised")


async def seed(session: kit.Session, random: Random, count: int, owners: Sequence[BureauCode], at: datetime) -> None:
    """Add synthetic notices of all colours, most of them published within the four years before."""
    days = sorted(random.uniform(4, _KEPT_DAYS) for _ in range(count))
    drafted = [at - timedelta(days=before) for before in reversed(days)]
    drafts = [synthetic_draft(random, random.choice(owners), moment) for moment in drafted]
    store = NoticeStore(session, _officer(SECRETARIAT), at)
    fates = [(notice, _drawn(random, _STATUSES)) for notice in drafts]
    await store.add_many([await _brought_to(notice, fate, store, random) for notice, fate in fates])


def synthetic_draft(random: Random, owner: BureauCode, at: datetime) -> Notice:
    """Return a complete draft about somebody or something that does not exist."""
    revision = revision_at(random, at)
    return rules.draft(_content(random, owner, at), by=_officer(owner), revision=revision)


async def _brought_to(notice: Notice, fate: NoticeStatus, store: NoticeStore, random: Random) -> Notice:
    issuer, reviewer = _officer(notice.owner), _officer(SECRETARIAT)
    if fate is NoticeStatus.DRAFT:
        return notice
    drafted = kit.Revision(notice.id, notice.created)
    if fate in (NoticeStatus.DIFFUSED, NoticeStatus.WAITING):
        sender = msgspec.structs.replace(issuer, standing=_SUPERVISED) if fate is NoticeStatus.WAITING else issuer
        return rules.diffuse(notice, by=sender, revision=drafted)
    notice = rules.submit(notice, by=issuer, revision=drafted)
    if fate is NoticeStatus.SUBMITTED:
        return notice
    decided = kit.Revision(notice.id, notice.created + _REVIEWED_IN)
    number = await store.give_number(decided.at.year, random.randbytes)
    notice = rules.publish(
        rules.start_review(notice, by=reviewer, revision=decided), number, by=reviewer, revision=decided
    )
    return notice if fate is NoticeStatus.PUBLISHED else rules.withdraw(notice, by=issuer, revision=decided)


_PLAIN: Final[dict[Colour, Any]] = {
    Colour.BLUE: entries.BlueEntry,
    Colour.GREEN: entries.GreenEntry,
    Colour.ORANGE: entries.OrangeEntry,
    Colour.SILVER: entries.SilverEntry,
}


def _content(random: Random, owner: BureauCode, at: datetime) -> NoticeEntry:
    person = synthetic_person(random, owner)
    charge, penalty_months, facts = random.choice(_CRIMES)
    colour = _drawn(random, _COLOURS)
    offence = Offence(category=_CATEGORIES[charge])
    status = _drawn(random, _STATUSES_OF[colour]) if colour in _STATUSES_OF else None
    subject = _person(random, person).model_copy(update={"person_status": status})
    event = Event(
        date=(at - timedelta(days=random.randrange(1, 700))).date().isoformat(),
        place=f"{person.place_of_birth}, {random.choice(_PLACES)}",
        country=person.nationality,
    )
    reference = case_reference(random, owner, at)
    match colour:
        case Colour.RED:
            warrant = Warrant(
                issuing_country=person.nationality,
                reference=reference,
                charge=charge,
                offence=offence,
                law=f"Criminal code, section {random.randrange(100, 400)}",
                maximum_penalty_months=penalty_months,
            )
            if not random.randrange(_SENTENCE_IN):
                to_serve = {"stage": Stage.SENTENCE, "sentence_imposed_months": penalty_months // 2}
                warrant = warrant.model_copy(update=to_serve)
                subject = subject.model_copy(update={"person_status": StatusOfPerson.CONVICTED})
            return entries.RedEntry(
                colour=colour,
                subject=subject,
                facts=facts,
                event=event,
                warrants=(warrant,),
                extradition_sought=True,
            )
        case Colour.YELLOW:
            return entries.YellowEntry(
                colour=colour,
                subject=subject,
                event=event,
                police_report=reference,
                last_known_place=event.place,
                circumstances="Left home in the morning and did not arrive at work.",
            )
        case Colour.BLACK:
            body = Person(sex=subject.sex, height=subject.height, evidence=(Evidence.FINGERPRINTS,))
            return entries.BlackEntry(colour=colour, subject=body, event=event)
        case Colour.PURPLE:
            thing = Thing(name=random.choice(_HIDING_PLACES), description="Has a second floor that hides a cavity.")
            return entries.PurpleEntry(colour=colour, subject=thing, event=event)
        case Colour.UN_SPECIAL:
            group = Organisation(name=f"{person.name} Trading", country=person.nationality)
            listing = Resolution(reference=f"SYe.{random.randrange(100, 999)}", resolution="1267")
            return entries.UnSpecialEntry(colour=colour, subject=group, un_listing=listing)
        case _:
            entry: NoticeEntry = _PLAIN[colour](
                colour=colour, subject=subject, facts=facts, event=event, offence=offence
            )
            return entry


def _person(random: Random, person: SyntheticPerson) -> Person:
    alias = synthetic_person(random, person.nationality)
    born = person.date_of_birth.isoformat()
    return Person(
        name=person.name,
        forename=person.forename,
        names_in_other_scripts=(person.written_in_script,) if person.written_in_script else (),
        aliases=(f"{alias.forename} {alias.name}",) if random.random() < 0.15 else (),
        sex=Sex(person.sex),
        date_of_birth=born if random.random() < 0.9 else born[:4],
        place_of_birth=person.place_of_birth,
        country_of_birth=person.nationality,
        nationalities=(person.nationality,),
        height=person.height_cm,
        weight=person.weight_kg,
        eyes=(EyeColour(person.eyes),),
        hair=(HairColour(person.hair),),
        distinguishing_marks=person.distinguishing_marks,
        languages=person.languages,
        evidence=(Evidence.FINGERPRINTS,) if random.random() < 0.4 else (),
    )


def _drawn(random: Random, weights: Mapping[T, int]) -> T:
    return random.choices(tuple(weights), weights=tuple(weights.values()))[0]


def _officer(bureau: BureauCode) -> Caller:
    return seeding_officer(bureau, Purpose.WANTED_PERSON, *([rules.REVIEW_SCOPE] if bureau == SECRETARIAT else ()))
