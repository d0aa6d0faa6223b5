"""The subject of a notice: a person, an organisation, or a thing."""

from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType

from shared.codes import Country, CountryOfBirth, Issuer, Language, Nationality
from shared.dates import PartialDate
from shared.people import (
    Centimetres,
    EyeColour,
    HairColour,
    Kilograms,
    LongText,
    Sex,
    StatusOfPerson,
    Text,
)
from shared.records import service_kit as kit

Aliases = Annotated[
    tuple[Text, ...],
    Field(max_length=30, description="Other names that are used, each in full.", examples=[["Jean Dupuis"]]),
]


class Evidence(StrEnum):
    """What an identification can rest on."""

    PHOTOGRAPH = "photograph"
    FINGERPRINTS = "fingerprints"
    DNA = "dna"


class Part(BaseModel):
    """A part of a notice."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class IdentityDocument(Part):
    """A document by which a person can be recognised."""

    kind: Text = Field(description="What document it is.", examples=["passport"])
    number: Text = Field(description="As printed.", examples=["19AK00417"])
    country: Issuer = Field(description="Of issue.", examples=["FR"])


class Identity(Part):
    """Another identity that a person uses, with its own particulars."""

    name: Text | None = Field(None, description="Family name.", examples=["Dupuis"])
    forename: Text | None = Field(None, description="All forenames.", examples=["Jean"])
    single_name: Text | None = Field(None, description="The only name, in place of both.", examples=[None])
    date_of_birth: PartialDate | None = None
    place_of_birth: Text | None = Field(None, description="Town or village.", examples=["Liège"])
    nationalities: tuple[Nationality, ...] = Field((), max_length=8, description="As claimed.", examples=[["BE"]])
    documents: tuple[IdentityDocument, ...] = Field((), max_length=20, description="In this identity.", examples=[[]])


class Person(Part):
    """A person, as far as known: what a colour requires is checked when the notice is submitted."""

    kind: Literal["person"] = Field(description="A person.", examples=["person"])
    name: Text | None = Field(None, description="Family name.", examples=["Dupont"])
    forename: Text | None = Field(None, description="All forenames.", examples=["Jean Marie"])
    single_name: Text | None = Field(
        None, description="Of a person with one name alone: that name, and neither of the two others.", examples=[None]
    )
    birth_name: Text | None = Field(None, description="Family name at birth, if another.", examples=["Martin"])
    names_in_other_scripts: tuple[Text, ...] = Field(
        (), max_length=10, description="The full name as other scripts write it.", examples=[["Жан Дюпон"]]
    )
    aliases: Aliases = ()
    identities: tuple[Identity, ...] = Field(
        (),
        max_length=20,
        description="Other identities that the person uses, where more than the name differs.",
        examples=[[{"name": "Dupuis", "forename": "Jean", "date_of_birth": "1985", "nationalities": ["BE"]}]],
    )
    father_forename: Text | None = Field(None, description="Forenames of the father.", examples=["Marcel"])
    mother_name: Text | None = Field(None, description="Family name of the mother.", examples=["Morel"])
    mother_forename: Text | None = Field(None, description="Forenames of the mother.", examples=["Alice"])
    person_status: StatusOfPerson | None = Field(
        None,
        description=f"{kit.STATUS_DESCRIPTION} Without it, the only one or the usual one that fits the colour, if "
        "there is one; a draft may lack it.",
        examples=[None],
    )
    sex: Sex = Field(Sex.UNKNOWN, description="`U` if it is not known.", examples=["M"])
    date_of_birth: PartialDate | None = None
    place_of_birth: Text | None = Field(None, description="Town or village.", examples=["Marville"])
    country_of_birth: CountryOfBirth | None = None
    nationalities: tuple[Nationality, ...] = Field((), max_length=8, description="Empty if unknown.", examples=[["FR"]])
    height: Centimetres | None = None
    weight: Kilograms | None = None
    eyes: tuple[EyeColour, ...] = Field((), max_length=4, description="One code or several.", examples=[["BRO"]])
    hair: tuple[HairColour, ...] = Field((), max_length=4, description="One code or several.", examples=[["BRO"]])
    distinguishing_marks: LongText | None = Field(
        None, description="Scars, tattoos and the like.", examples=["scar on the left forearm"]
    )
    languages: tuple[Language, ...] = Field((), max_length=20, description="Spoken.", examples=[["FRE", "ENG"]])
    documents: tuple[IdentityDocument, ...] = Field(
        (),
        max_length=20,
        description="Identity documents known.",
        examples=[[{"kind": "passport", "number": "19AK00417", "country": "FR"}]],
    )
    evidence: tuple[Evidence, ...] = Field(
        (),
        max_length=3,
        description="What the issuing bureau holds and hands over on request.",
        examples=[["fingerprints"]],
    )


class Organisation(Part):
    """A group, company or other entity."""

    kind: Literal["entity"] = Field(description="A group, company or other entity.", examples=["entity"])
    name: Text | None = Field(None, description="What it calls itself.", examples=["Blue Harbour Trading"])
    aliases: Aliases = ()
    country: Country | None = Field(None, description="Of its seat.", examples=["PA"])
    address: Text | None = Field(None, description="Of its seat.", examples=["12 Quay Street, Port Marle"])
    description: LongText | None = Field(
        None, description="What it is and does.", examples=["Front company for the sale of stolen engines."]
    )


class Thing(Part):
    """An object, an event or a way of acting."""

    kind: Literal["object"] = Field(description="An object, an event or a way of acting.", examples=["object"])
    name: Text | None = Field(None, description="What it is called.", examples=["Fire extinguisher with a false floor"])
    aliases: Aliases = ()
    number: Text | None = Field(None, description="Serial or other number on it.", examples=["SN 48-1177-20"])
    description: LongText | None = Field(
        None, description="How it looks and works.", examples=["The lower third holds up to two kilograms of powder."]
    )


AnySubject = Person | Organisation | Thing
NoticeSubject = TypeAliasType("NoticeSubject", Annotated[Person | Organisation | Thing, Field(discriminator="kind")])


_NOT_PUBLIC: Final = {"documents", "evidence", "address", "number", "description"}


def public_subject(subject: AnySubject) -> AnySubject:
    """Return what the public is shown of a subject: who or what it is, by all its names, and how a person looks."""
    hidden: dict[str, Any] = dict.fromkeys(_NOT_PUBLIC, True)
    if isinstance(subject, Person):
        hidden["identities"] = {"__all__": {"documents"}}
    shown: Person | Organisation | Thing = type(subject).model_validate(subject.model_dump(exclude=hidden))
    return shown


def names_of(subject: Person | Organisation | Thing) -> list[str]:
    """Return all names of a subject, each in full, the main one first."""
    if not isinstance(subject, Person):
        return [name for name in (subject.name, *subject.aliases) if name]
    at_birth = " ".join(filter(None, (subject.forename, subject.birth_name))) if subject.birth_name else ""
    others = (full_name(identity) for identity in subject.identities)
    names = (full_name(subject), at_birth, *subject.names_in_other_scripts, *subject.aliases, *others)
    return list(dict.fromkeys(name for name in names if name))


def full_name(person: Person | Identity) -> str:
    """Return the name of a person in full, forenames first; empty if it is not known."""
    return person.single_name or " ".join(filter(None, (person.forename, person.name)))
