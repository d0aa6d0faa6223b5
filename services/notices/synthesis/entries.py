"""Makes up what bureaus enter in synthetic notices, whole for its colour."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Final, TypeVar

from services.notices import entries
from services.notices.colours import Colour
from services.notices.entries import Event, NoticeEntry, Translation, UnListing, WorkingLanguage
from services.notices.offences import Offence
from services.notices.subjects.models import Organisation, Person
from services.notices.synthesis.crimes import CRIMES, Crime, synthetic_law
from services.notices.synthesis.subjects import hiding_place, organisation, person_of, threat, unknown_body
from services.notices.warrants import Charge, Stage, Warrant
from services.synthetic_people import SyntheticPerson, synthetic_person
from services.synthetic_records import case_reference
from shared.bureaus import BureauCode
from shared.people import StatusOfPerson

T = TypeVar("T")

# Of the persons sought by a bureau, nationals of its country; the others are of any.
NATIONAL_SHARE: Final = 0.75
RESTRICTED_SHARE: Final = 0.03
# Of red notices, one in so many is to serve a sentence.
SENTENCE_IN: Final = 5
PUBLIC_SHARES: Final = {Colour.RED: 0.1, Colour.YELLOW: 0.4, Colour.UN_SPECIAL: 1.0}

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


_PLACES: Final = ("railway station", "harbour", "market square", "motorway services", "airport", "industrial estate")
_CIRCUMSTANCES: Final = (
    "Left home in the morning and did not arrive at work.",
    "Did not come back from a walk.",
    "Last seen at a bus stop with a small bag.",
    "Was to visit relatives and did not reach them.",
)
_RESOLUTIONS: Final = ("1267", "1518", "1533", "1591", "1718", "1970", "1988", "2140", "2206", "2653")


@dataclass(frozen=True, slots=True)
class _Case:
    """What a notice is made of."""

    random: Random
    owner: BureauCode
    at: datetime
    colour: Colour
    drawn: SyntheticPerson
    crime: Crime
    number: int

    @property
    def offence(self) -> Offence:
        return Offence(category=self.crime.category)

    @property
    def person(self) -> Person:
        statuses = _STATUSES_OF.get(self.colour)
        return person_of(self.random, self.drawn, chosen(self.random, statuses) if statuses else None)

    @property
    def event(self) -> Event:
        happened = (self.at - timedelta(days=self.random.randrange(1, 700))).date()
        return Event(
            date=happened.isoformat(),
            place=f"{self.drawn.place_of_birth}, {self.random.choice(_PLACES)}",
            country=self.drawn.nationality,
        )

    @property
    def facts(self) -> dict[str, object]:
        """The facts in English, of some in French as well."""
        facts = {"facts": self.crime.facts.format(n=self.number)}
        if self.random.random() >= 0.2:
            return {**facts}
        french = Translation(language=WorkingLanguage.FRENCH, facts=self.crime.in_french.format(n=self.number))
        return {**facts, "translations": (french,)}


def chosen(random: Random, weights: Mapping[T, int]) -> T:
    """Return one of some things by their weights."""
    return random.choices(tuple(weights), weights=tuple(weights.values()))[0]


def synthetic_entry(
    random: Random, owner: BureauCode, at: datetime, colour: Colour, others: Sequence[BureauCode] = ()
) -> NoticeEntry:
    """Return a whole entry of a colour; some bar one of the other bureaus, or are public."""
    drawn = synthetic_person(random, owner if random.random() < NATIONAL_SHARE else None)
    case = _Case(random, owner, at, colour, drawn, random.choice(CRIMES), random.randint(2, 60))
    entry = _ENTRIES[colour](case)
    barred = random.choice(others) if others and random.random() < RESTRICTED_SHARE else owner
    is_public = random.random() < PUBLIC_SHARES.get(colour, 0.0)
    if barred == owner and not is_public:
        return entry
    return entry.model_copy(update={"public": is_public, "restricted": () if barred == owner else (barred,)})


def _red(case: _Case) -> NoticeEntry:
    subject, event = case.person, case.event
    warrant = _warrant(case, event)
    if not case.random.randrange(SENTENCE_IN):
        imposed = case.crime.maximum_months // 2
        warrant = warrant.model_copy(
            update={
                "stage": Stage.SENTENCE,
                "sentence_imposed_months": imposed,
                "sentence_remaining_months": imposed - 4,
            }
        )
        subject = subject.model_copy(update={"person_status": StatusOfPerson.CONVICTED})
    return entries.RedEntry(
        colour=Colour.RED, subject=subject, event=event, warrants=(warrant,), extradition_sought=True, **case.facts
    )


def _day_between(random: Random, happened: str, until: datetime) -> date:
    first = date.fromisoformat(happened)
    return first + timedelta(days=random.randrange((until.date() - first).days + 1))


def _warrant(case: _Case, event: Event) -> Warrant:
    random, second = case.random, case.random.choice(CRIMES)
    law = synthetic_law(random)
    further = Charge(
        charge=second.charge,
        law=synthetic_law(random),
        offence=Offence(category=second.category),
        maximum_penalty_months=second.maximum_months,
    )
    return Warrant(
        issuing_country=case.owner,
        reference=case_reference(random, case.owner, case.at),
        issued=_day_between(random, event.date or "", case.at).isoformat(),
        court=f"Court of {case.drawn.place_of_birth}",
        charge=case.crime.charge,
        law=law,
        offence=case.offence,
        maximum_penalty_months=case.crime.maximum_months,
        further_charges=(further,) if random.random() < 0.15 and second is not case.crime else (),
    )


def _blue(case: _Case) -> NoticeEntry:
    return entries.BlueEntry(
        colour=Colour.BLUE, subject=case.person, event=case.event, offence=case.offence, **case.facts
    )


def _green(case: _Case) -> NoticeEntry:
    return entries.GreenEntry(
        colour=Colour.GREEN, subject=case.person, event=case.event, offence=case.offence, **case.facts
    )


def _yellow(case: _Case) -> NoticeEntry:
    event = case.event
    return entries.YellowEntry(
        colour=Colour.YELLOW,
        subject=case.person,
        event=event,
        police_report=case_reference(case.random, case.owner, case.at),
        last_known_place=event.place,
        circumstances=case.random.choice(_CIRCUMSTANCES),
    )


def _black(case: _Case) -> NoticeEntry:
    return entries.BlackEntry(colour=Colour.BLACK, subject=unknown_body(case.random, case.drawn), event=case.event)


def _orange(case: _Case) -> NoticeEntry:
    subject = case.person if case.random.random() < 0.5 else threat(case.random)
    return entries.OrangeEntry(
        colour=Colour.ORANGE, subject=subject, event=case.event, offence=case.offence, **case.facts
    )


def _purple(case: _Case) -> NoticeEntry:
    return entries.PurpleEntry(colour=Colour.PURPLE, subject=hiding_place(case.random), event=case.event)


def _silver(case: _Case) -> NoticeEntry:
    subject = case.person if case.random.random() < 0.7 else organisation(case.random, case.drawn)
    return entries.SilverEntry(colour=Colour.SILVER, subject=subject, offence=case.offence, **case.facts)


def _un_special(case: _Case) -> NoticeEntry:
    subject: Person | Organisation = case.person
    if case.random.random() < 0.3:
        subject = organisation(case.random, case.drawn)
    kind = "i" if isinstance(subject, Person) else "e"
    reference = f"{case.drawn.nationality}{kind}.{case.random.randrange(1, 1000):03d}"
    listing = UnListing(reference=reference, resolution=case.random.choice(_RESOLUTIONS))
    return entries.UnSpecialEntry(colour=Colour.UN_SPECIAL, subject=subject, un_listing=listing)


_ENTRIES: Final[dict[Colour, Callable[[_Case], NoticeEntry]]] = {
    Colour.RED: _red,
    Colour.BLUE: _blue,
    Colour.GREEN: _green,
    Colour.YELLOW: _yellow,
    Colour.BLACK: _black,
    Colour.ORANGE: _orange,
    Colour.PURPLE: _purple,
    Colour.SILVER: _silver,
    Colour.UN_SPECIAL: _un_special,
}
