"""What of a notice its public detail is made of, by the names of the notices service."""

import msgspec


class Identity(msgspec.Struct, frozen=True):
    """Another identity of a person."""

    name: str | None = None
    forename: str | None = None
    single_name: str | None = None


class Subject(msgspec.Struct, frozen=True):
    """The person or the entity that an extract is about."""

    kind: str
    name: str | None = None
    forename: str | None = None
    single_name: str | None = None
    birth_name: str | None = None
    names_in_other_scripts: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    identities: tuple[Identity, ...] = ()
    father_forename: str | None = None
    mother_name: str | None = None
    mother_forename: str | None = None
    sex: str | None = None
    date_of_birth: str | None = None
    place_of_birth: str | None = None
    country_of_birth: str | None = None
    nationalities: tuple[str, ...] = ()
    height: int | None = None
    weight: int | None = None
    eyes: tuple[str, ...] = ()
    hair: tuple[str, ...] = ()
    distinguishing_marks: str | None = None
    languages: tuple[str, ...] = ()


class Charge(msgspec.Struct, frozen=True):
    """A charge in words."""

    charge: str | None = None
    charge_translation: str | None = None


class Warrant(Charge, frozen=True):
    """A warrant with its charges."""

    issuing_country: str | None = None
    further_charges: tuple[Charge, ...] = ()


class Event(msgspec.Struct, frozen=True):
    """When and where a person went missing."""

    date: str | None = None
    place: str | None = None
    country: str | None = None


class Listing(msgspec.Struct, frozen=True):
    """A listing by the Security Council."""

    reference: str
    resolution: str


class Content(msgspec.Struct, frozen=True):
    """A notice, as far as its public detail shows it."""

    colour: str
    subject: Subject
    warrants: tuple[Warrant, ...] = ()
    event: Event | None = None
    un_listing: Listing | None = None
