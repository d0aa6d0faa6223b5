"""A record that was found, as the page shows it: with what an officer needs of it, and where it comes in the order."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from gateway.checks.registers import REGISTERS
from gateway.console.api import target_of
from gateway.console.kinds import Kind, page_of
from gateway.console.pictures import picture_url
from gateway.console.records.descriptions import description_of
from gateway.console.search.comparing import FieldFit, WrittenName, mappings, person_of
from gateway.console.search.country_codes import issuer_of
from shared.bureaus import is_participant
from shared.numbers import signs_of

HIT: Final = "hit"
POSSIBLE: Final = "possible-hit"
FOUND: Final = "found"
SETTLED: Final = frozenset({"confirmed", "not-confirmed"})
"""The states of a hit whose owner has answered."""

_LEAST_WEIGHT: Final = 30
_WEIGHTS: Final = {(each.service, each.below): each.weight for each in REGISTERS}
_ORDER: Final = (HIT, FOUND, POSSIBLE)
_NAMED: Final = ("name", "family_name", "single_name")
_SAME_PERSON: Final = (*_NAMED, "forename", "date_of_birth")
_NUMBERS: Final = (
    ("plate", "plate"),
    ("vin", "vin"),
    ("hull_number", "hull_number"),
    ("imei", "serial"),
    ("serial_number", "serial"),
    ("number", "document_number"),
)
_NARROWED_BY: Final = {"plate": "country", "serial": "make", "document_number": "issuer"}


class KnownHit(NamedTuple):
    """What became of a hit on the same record that the bureau had before."""

    id: str
    state: str
    requested: str
    officer: str | None
    asked: str
    """The bureau that was asked: the owner, or who answers for it."""

    answered: str | None

    @property
    def is_settled(self) -> bool:
        """Whether the owner has answered."""
        return self.state in SETTLED


@dataclass(frozen=True, slots=True)
class FoundHit:
    """A record that was found."""

    kind: Kind
    record: Mapping[str, Any]
    title: str
    verdict: str
    """`hit`, `possible-hit`, or `found` where a record was looked up."""

    score: float | None
    is_near: bool
    fits: Sequence[FieldFit]
    request: str | None
    """The request that found it, by which the hit that arises is known; None if none arises."""

    names: Sequence[WrittenName] = ()
    known: KnownHit | None = None
    """What the owner was asked about the record before; None if nothing, or if the officer may not know."""

    @property
    def key(self) -> str:
        """What it is called in the page."""
        return f"{self.kind.name}-{self.id or hashlib.sha256(repr(self.record).encode()).hexdigest()[:12]}"

    @property
    def weight(self) -> int:
        """How much it asks for at once: arrest first."""
        weigh = _WEIGHTS.get((self.kind.service, self.kind.below))
        return _LEAST_WEIGHT if weigh is None else weigh(self.record)

    @property
    def what(self) -> str | None:
        """The code of what it is, where its kind does not say it: a notice of a colour, or a diffusion."""
        colour = self.record.get("colour")
        return f"notice-{colour}" if self.kind.name == "notices" and isinstance(colour, str) else None

    @property
    def asks_for(self) -> str | None:
        """What a notice asks of who finds its subject, in English."""
        return description_of(self.kind, self.record).about if self.kind.name == "notices" else None

    @property
    def lacks_country(self) -> bool:
        """Whether it is only to be compared because no country was asked for with a plate that is the same."""
        return self.verdict == POSSIBLE and any(each.lacks_country for each in self.fits)

    @property
    def issuers(self) -> set[str]:
        """The issuers of its documents that have the number by which it was found."""
        numbers = {
            signs_of(str(why.asked[0].text)) for why in self.fits if why.field == "document_number" and why.asked
        }
        person = person_of(self.record)
        identities = [person, *mappings(person.get("identities"))]
        documents = [each for one in identities for each in mappings(one.get("documents"))]
        met = (each for each in documents if signs_of(str(each.get("number", ""))) in numbers)
        return {issuer for each in met if (issuer := issuer_of(str(each.get("country"))))}

    @property
    def person(self) -> object:
        """By what a person is the same in several records of an owner: names and births; the record itself if none."""
        person = person_of(self.record)
        known = {name: person.get(name) for name in _SAME_PERSON}
        is_person = self.kind.is_of_person and any(known[name] for name in _NAMED)
        return (self.owner, repr(known)) if is_person else self.key

    @property
    def id(self) -> str | None:
        """The id of the record; None of what has none, such as a request for a notice."""
        return self.record.get("id")

    @property
    def page(self) -> str | None:
        """The address of the record in the console."""
        return None if self.id is None else page_of(self.kind, self.id)

    @property
    def owner(self) -> str:
        """The bureau to ask for confirmation."""
        return str(self.record["owner"])

    @property
    def facts(self) -> list[tuple[str, Any]]:
        """What a line says of the record besides its title."""
        return [(name, self.record[name]) for name in self.kind.line if self.record.get(name)]

    @property
    def restricted(self) -> Sequence[str]:
        """The bureaus from which its owner keeps it, where the API shows them."""
        return [each for each in _texts(self.record.get("restricted")) if is_participant(each)]

    @property
    def addressed(self) -> Sequence[str]:
        """The bureaus that it is addressed to alone."""
        return [each for each in _texts(self.record.get("addressed")) if is_participant(each)]

    @property
    def conditions(self) -> Sequence[str]:
        """How it may be used."""
        return _texts(self.record.get("conditions"))

    @property
    def again(self) -> str | None:
        """The address that searches a record by its own number, which is a hit where this one is only near."""
        for name, asked in _NUMBERS:
            if number := self.record.get(name):
                other = _NARROWED_BY.get(asked, "")
                narrowed = {other: str(self.record[other])} if self.record.get(other) else {}
                return target_of("/", {asked: str(number), **narrowed})
        return None

    @property
    def photograph(self) -> str | None:
        """The address of its first photograph, small."""
        pictures = self.record.get("photographs") or ()
        return None if not pictures or self.id is None else picture_url(self.kind, self.id, str(pictures[0]["id"]))


def _texts(value: Any) -> Sequence[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else ()


def place_of(hit: FoundHit) -> tuple[int, int, float]:
    """Return where a hit comes in the order of weight: the worst news first."""
    return (_ORDER.index(hit.verdict) + hit.is_near, -hit.weight, -(hit.score or 0))
