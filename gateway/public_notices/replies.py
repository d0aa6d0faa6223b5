"""What the notices service answers to the public, as far as the public API shows it."""

from typing import Final

import msgspec


class Line(msgspec.Struct, frozen=True):
    """A notice in a list."""

    kind: str
    number: str
    name: str | None = None
    forename: str | None = None
    date_of_birth: str | None = None
    nationalities: tuple[str, ...] = ()
    photograph: str | None = None


class Lines(msgspec.Struct, frozen=True):
    """One page of a list."""

    items: tuple[Line, ...]
    page: int
    total: int


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
    country: str | None = None


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


class Photograph(msgspec.Struct, frozen=True):
    """A photograph, whose thumbnail has the next number."""

    id: str


class Extract(msgspec.Struct, frozen=True):
    """A notice as the public sees it."""

    id: str
    number: str
    colour: str
    subject: Subject
    warrants: tuple[Warrant, ...] = ()
    event: Event | None = None
    un_listing: Listing | None = None
    photographs: tuple[Photograph, ...] = ()


class Extracts(msgspec.Struct, frozen=True):
    """Those of a number: one or none."""

    items: tuple[Extract, ...]


read_lines: Final = msgspec.json.Decoder(Lines).decode
read_extracts: Final = msgspec.json.Decoder(Extracts).decode
