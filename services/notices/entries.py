"""What a bureau enters: one schema for each colour of notice, told apart by `colour`. A draft may be incomplete."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import Field
from typing_extensions import TypeAliasType

from services.notices.colours import CONVICTED, PURPOSES, STATUSES, Colour
from services.notices.offences import Offence
from services.notices.subjects.models import NoticeSubject, Organisation, Part, Person, Thing
from services.notices.warrants import Stage, Warrant
from shared.codes import Country
from shared.dates import PartialDate
from shared.identity import Purpose
from shared.patterns import in_words
from shared.people import LongText, StatusOfPerson, Text, require_visible
from shared.records import service_kit as kit
from shared.validation import wrong

_COLOUR: Final = "Which kind of notice it is."
_TIME = in_words("^([01][0-9]|2[0-3]):[0-5][0-9]$", "must be a time of day, such as 22:40")


class WorkingLanguage(StrEnum):
    """The languages in which notices are published."""

    ENGLISH = "en"
    FRENCH = "fr"
    SPANISH = "es"
    ARABIC = "ar"


class Translation(Part):
    """The texts of a notice in another of the four languages, those that the notice has itself."""

    language: WorkingLanguage = Field(description="Of these texts.", examples=["fr"])
    facts: LongText | None = Field(
        None, description="The facts.", examples=["A attaqué une bijouterie avec deux complices."]
    )
    circumstances: LongText | None = Field(None, description="Of a missing person.", examples=[None])
    charges: tuple[LongText, ...] = Field(
        (),
        max_length=40,
        description="Of a red notice, each: a warrant's main charge, its further ones, those of the next warrant.",
        examples=[["Vol avec arme"]],
    )
    distinguishing_marks: LongText | None = Field(None, description="Of the person.", examples=[None])
    description: LongText | None = Field(None, description="Of the entity or the object.", examples=[None])


class Event(Part):
    """When and where it happened, or where a body was found."""

    date: PartialDate | None = Field(
        None,
        description="Day, month, year, or a range of two such as `2026-02-11/2026-02-14`; not in the future.",
        examples=["2026-02-11", "2026-02-11/2026-02-14"],
    )
    time: str | None = Field(None, pattern=_TIME, description="Local.", examples=["22:40"])
    place: Text | None = Field(None, description="As exactly as is known.", examples=["Marville, railway station"])
    country: Country | None = None


class UnListing(Part):
    """The listing of the subject by the Security Council of the United Nations."""

    reference: Text = Field(description="Permanent reference number in the list.", examples=["QDi.999"])
    resolution: Text = Field(description="Number of the resolution.", examples=["1267"])


class CommonEntry(kit.RecordInput):
    """What notices of all colours have."""

    colour: Colour = Field(description=_COLOUR, examples=["red"])
    subject: NoticeSubject = Field(description="The person, organisation or thing that the notice is about.")
    facts: LongText | None = Field(
        None, description="What happened, or what the threat is.", examples=["Held up a jeweller's with two others."]
    )
    language: WorkingLanguage = Field(WorkingLanguage.ENGLISH, description="Of its texts.", examples=["en"])
    translations: tuple[Translation, ...] = Field(
        (), max_length=3, description="Its texts in the other languages.", examples=[[]]
    )
    event: Event | None = Field(None, description="Time and place of the facts.")
    public: bool = Field(
        False, description="Whether everybody may see an extract of it while it is published: who is sought, and why."
    )

    def require_sound(self) -> None:
        """Require visible names, one text for each language, and one name or two. Raises PydanticCustomError."""
        super().require_sound()
        require_visible(names_by_pointer(self.subject))
        languages = [self.language, *(each.language for each in self.translations)]
        if len({*languages}) < len(languages):
            raise wrong("/translations", "must have each language once, and not that of the notice")
        if isinstance(self.subject, Person):
            require_one_kind_of_name(self.subject)

    @property
    def is_public(self) -> bool:
        """Whether its issuer wants everybody to see an extract of it."""
        return self.public

    def public_fault(self) -> str | None:
        """Return why no extract of it may be public, or None; extracts of silver notices never are."""
        if self.colour is Colour.SILVER:
            return "an extract of a silver notice is never public"
        return super().public_fault()

    def fitting_purposes(self) -> Sequence[Purpose]:
        """Return the purposes that fit the colour; of a person unable to identify themselves, identification first."""
        purposes = PURPOSES[self.colour]
        if isinstance(self.subject, Person) and self.subject.person_status is StatusOfPerson.UNABLE_TO_IDENTIFY:
            return sorted(purposes, key=lambda each: each is not Purpose.IDENTIFICATION)
        return purposes

    def fitting_statuses(self) -> kit.FittingStatuses:
        """Return the statuses of a person that fit the colour."""
        return STATUSES[self.colour]

    def resolved(self) -> Self:
        """Return the notice with its purpose and the status of its person, which a draft may lack.

        Raises StatusDoesNotFit, PurposeDoesNotFit.
        """
        if not isinstance(self.subject, Person):
            return super().resolved()
        status = kit.status_of(self.subject.person_status, self.fitting_statuses(), "/subject/person_status")
        subject = self.subject.model_copy(update={"person_status": status})
        return super(CommonEntry, self.model_copy(update={"subject": subject})).resolved()


def names_by_pointer(subject: NoticeSubject) -> dict[str, str | None]:
    """Return all names of a subject, each by its pointer."""
    singles = ("name", "forename", "single_name", "birth_name")
    texts = {f"/subject/{name}": getattr(subject, name, None) for name in singles}
    for several in ("aliases", "names_in_other_scripts"):
        given = getattr(subject, several, ())
        texts |= {f"/subject/{several}/{place}": name for place, name in enumerate(given)}
    for place, identity in enumerate(getattr(subject, "identities", ())):
        texts |= {f"/subject/identities/{place}/{name}": getattr(identity, name, None) for name in singles}
    return texts


def require_one_kind_of_name(person: Person) -> None:
    """Require a single name, or a family name and forenames, in each identity. Raises PydanticCustomError."""
    named = {"/subject": person} | {f"/subject/identities/{at}": each for at, each in enumerate(person.identities)}
    for pointer, each in named.items():
        if each.single_name and (each.name or each.forename):
            raise wrong(f"{pointer}/single_name", "stands in place of name and forename: give it or them")


_OF_A_PERSON = Field(description="The person.")
_OFFENCE = Field(None, description="What kind of offence it is about.", examples=[{"category": "fraud"}])


class RedEntry(CommonEntry):
    """Red: locate and arrest a person, with a view to extradition (RPD articles 82 to 87)."""

    colour: Literal[Colour.RED] = Field(description=_COLOUR, examples=["red"])
    subject: Person = _OF_A_PERSON
    warrants: tuple[Warrant, ...] = Field(
        (),
        max_length=20,
        description="Warrants of arrest, or judgments to be served: one at the least.",
        examples=[
            [
                {
                    "issuing_country": "FR",
                    "reference": "TJ-2026-1187",
                    "charge": "Vol avec arme",
                    "law": "Code pénal 311-8",
                    "offence": {"category": "robbery"},
                    "maximum_penalty_months": 240,
                }
            ]
        ],
    )
    extradition_sought: bool | None = Field(
        None,
        description="That extradition, surrender or similar will be sought if the person is found: must be true.",
        examples=[True],
    )

    def fitting_statuses(self) -> kit.FittingStatuses:
        """Return the statuses of a person that fit: with a sentence to serve, convicted alone."""
        is_to_serve = any(warrant.stage is Stage.SENTENCE for warrant in self.warrants)
        return CONVICTED if is_to_serve else super().fitting_statuses()


class BlueEntry(CommonEntry):
    """Blue: locate or identify a person, or obtain information (RPD article 88)."""

    colour: Literal[Colour.BLUE] = Field(description=_COLOUR, examples=["blue"])
    subject: Person = _OF_A_PERSON
    offence: Offence | None = _OFFENCE


class GreenEntry(CommonEntry):
    """Green: warn of a person who is a danger (RPD article 89)."""

    colour: Literal[Colour.GREEN] = Field(description=_COLOUR, examples=["green"])
    subject: Person = _OF_A_PERSON
    offence: Offence | None = _OFFENCE


class YellowEntry(CommonEntry):
    """Yellow: find a missing person, or learn who a person is that cannot say so (RPD article 90)."""

    colour: Literal[Colour.YELLOW] = Field(description=_COLOUR, examples=["yellow"])
    subject: Person = _OF_A_PERSON
    police_report: Text | None = Field(None, description="Its reference.", examples=["MRV-2026-004417"])
    last_known_place: Text | None = Field(None, description="Of a missing person.", examples=["Marville, rue du Pont"])
    circumstances: LongText | None = Field(
        None, description="How the person went missing.", examples=["Left for work and did not arrive."]
    )


class BlackEntry(CommonEntry):
    """Black: learn who a dead person was (RPD article 91)."""

    colour: Literal[Colour.BLACK] = Field(description=_COLOUR, examples=["black"])
    subject: Person = Field(description="The body: what is known of the person.")


class OrangeEntry(CommonEntry):
    """Orange: warn of a person, object or event that is an imminent threat (RPD article 93)."""

    colour: Literal[Colour.ORANGE] = Field(description=_COLOUR, examples=["orange"])
    offence: Offence | None = _OFFENCE


class PurpleEntry(CommonEntry):
    """Purple: warn of a way of acting, an object, a device or a hiding place (RPD article 92)."""

    colour: Literal[Colour.PURPLE] = Field(description=_COLOUR, examples=["purple"])
    subject: Thing = Field(description="The object or the way of acting.")


class SilverEntry(CommonEntry):
    """Silver: find and learn of assets that come from crime (pilot since 2025)."""

    colour: Literal[Colour.SILVER] = Field(description=_COLOUR, examples=["silver"])
    offence: Offence | None = _OFFENCE


ListedSubject = TypeAliasType("ListedSubject", Annotated[Person | Organisation, Field(discriminator="kind")])


class UnSpecialEntry(CommonEntry):
    """INTERPOL-United Nations Security Council special: a person or entity under sanctions (RPD article 95)."""

    colour: Literal[Colour.UN_SPECIAL] = Field(description=_COLOUR, examples=["un-special"])
    subject: ListedSubject = Field(description="The person or entity listed.")
    un_listing: UnListing | None = Field(None, description="Its listing.", examples=[None])


NoticeEntry = TypeAliasType(
    "NoticeEntry",
    Annotated[
        RedEntry
        | BlueEntry
        | GreenEntry
        | YellowEntry
        | BlackEntry
        | OrangeEntry
        | PurpleEntry
        | SilverEntry
        | UnSpecialEntry,
        Field(discriminator="colour"),
    ],
)
