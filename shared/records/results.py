"""Answers with records: one page of a list, the hits of a search."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Annotated, Any, Final, Generic, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from shared.bureaus import Bureau
from shared.dates import ToDay
from shared.disclosure import Disclosing, Disclosure, How
from shared.identity import HANDLING_CONFIDENTIAL
from shared.ids import RecordId
from shared.records.admission import Reference
from shared.records.policy import Record
from shared.validation import wrong

R = TypeVar("R", bound=Record)
T = TypeVar("T")

# How the models of searches are called.
_SEARCHES: Final = re.compile("(Query|Search|Sought)$")
# Of models of which each kind of record has one alone.
_PREFIXES: Final = re.compile("^(Record|Number)")

SCORE_DIGITS: Final = 4
WITHHELD: Final = "withheld"
WITHHELD_MEANING: Final = "Hits are left out, as they are CONFIDENTIAL and the officer lacks the scope to read them."


class PagePosition(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: RecordId | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=200, description="The maximum number.", examples=[50])


class RecordPageQuery(PagePosition):
    """Which page of a list of records; a service adds its filters."""

    reference: Reference | None = Field(
        None, description="Only those of this reference, exactly as the owner wrote it."
    )
    owner: Bureau | None = Field(None, description="Only those of this bureau.")
    linked_to: RecordId | None = Field(
        None,
        description="Only those whose owner links them to this record, of whichever service; needs `owner`.",
    )
    expires_by: ToDay | None = Field(
        None,
        description="Only those that expire on this day or before, unless their owner renews them: whose need is to be "
        "reviewed until then.",
        examples=["2099-12-31", "2099"],
    )

    @model_validator(mode="after")
    def _names_the_owner_of_links(self) -> Self:
        if self.linked_to is not None and self.owner is None:
            raise wrong("/owner", "linked_to needs the owner of that record: its links alone are followed")
        return self


class RecordQuery(BaseModel):
    """What every search of records may ask for; a service adds its criteria."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reference: Reference | None = Field(
        None,
        description="Only the record of your bureau that has this reference, in whatever state.",
        examples=[None, "2026/DCPJ/00417"],
    )


class NamedGeneric(BaseModel):
    """A generic model whose schema begins with its parameter, as in `VehiclePage`, and `VehicleSubscription`."""

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """Return the name of the model for a kind of record, or for the searches of it."""
        [parameter] = params
        return _SEARCHES.sub("", parameter.__name__) + _PREFIXES.sub("", cls.__name__)


class Page(NamedGeneric, Disclosing, Generic[R]):
    """One page of a list, newest first."""

    items: list[R] = Field(description="The records, newest first: as many as fit into one answer.")
    next: str | None = Field(
        description="Pass as `after` to get the next page; null on the last one.",
        examples=["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"],
    )
    withheld: int = Field(
        0,
        ge=0,
        description=f"How many records of this page are left out, as they need the scope `{HANDLING_CONFIDENTIAL}`.",
        examples=[0],
    )

    def disclosed(self, _how: How) -> Iterator[Disclosure]:
        """Yield the disclosures of the records, as shown in a list."""
        return (record.disclosure("list") for record in self.items)


# A dataclass is made and checked in two thirds of the time of a model, and a search makes many.
@dataclass(frozen=True, slots=True)
class FieldMatch:
    """How well one field of a search was met by the record as it is shown."""

    field: Annotated[str, Field(description="What was compared, named as in the search.", examples=["vin"])]
    asked: Annotated[str, Field(description="What the search asked for.", examples=["zar-93700005123456"])]
    found: Annotated[
        str | None,
        Field(
            description="What the shown record has there, as its owner wrote it; null if it has nothing there.",
            examples=["ZAR 937000 05123456"],
        ),
    ]
    score: Annotated[float, Field(ge=0, le=1, description="How well it fits: 1 is exact.", examples=[1.0])]
    reading: Annotated[
        str | None,
        Field(
            description="Of a number, what was read otherwise than it was asked; null if nothing was.",
            examples=[None, "the 3rd sign: asked 8, found B"],
        ),
    ] = None


def score_of_all(why: Sequence[FieldMatch]) -> float:
    """Return the score of a search all of whose fields must be met: the product of their scores."""
    return round(prod(each.score for each in why), SCORE_DIGITS)


def score_of_any(why: Sequence[FieldMatch]) -> float:
    """Return the score of a search of which one field suffices: the mean of the scores of all that were asked."""
    return round(sum(each.score for each in why) / len(why), SCORE_DIGITS)


class Comparison(NamedTuple):
    """How one thing that a search asks for is met by a record, or why it is not."""

    match: FieldMatch
    needed: float
    """The least score that meets it."""

    is_met: bool
    says: str
    likeness: float = 0.0
    """How like it is if it is not met, 0 to 1: to tell near from far."""

    @property
    def closeness(self) -> float:
        """How near it comes to what is asked, 1 where it meets that."""
        return 1.0 if self.is_met else min(max(self.likeness, 0.0), 0.99)


def compared(field: str, asked: object, found: object, *, is_met: bool, likeness: float = 0.0) -> Comparison:
    """Return the comparison of a value that must be met exactly."""
    stated = None if found is None or found == "" else str(found)
    match = FieldMatch(field, str(asked), stated, 1.0 if is_met else 0.0)
    return Comparison(match, 1.0, is_met, f"asked {asked}, found {stated or 'nothing'}", likeness)


class Hit(NamedGeneric, Generic[R]):
    """A record that a search found. A hit is not proof: ask the owner to confirm it before acting on it."""

    score: float = Field(ge=0, le=1, description="How well the record fits the search: 1 is exact.", examples=[1.0])
    match: str = Field(
        description="Which part of the search met which part of the record.", examples=["name: Dupond ~ Dupont"]
    )
    why: tuple[FieldMatch, ...] = Field(
        min_length=1,
        description="Each field of the search. Their scores explain that of the hit: it is the product, or, where "
        "one field is enough, as with vehicles, the mean.",
    )
    record: R


class QueryWarning(BaseModel):
    """What looks wrong in a search that was answered all the same: finding nothing may be due to it."""

    model_config = ConfigDict(frozen=True)

    code: str = Field(pattern="^[a-z][a-z-]{0,39}$", description="For programs.", examples=["vin-length"])
    pointer: str = Field(description="Where in the search, a JSON pointer (RFC 6901).", examples=["/vin"])
    detail: str = Field(description="For people.", examples=["a VIN has 17 characters, this one 5"])


class EntryWarning(BaseModel):
    """What looks wrong in an entry that was accepted all the same: its owner may correct it."""

    model_config = ConfigDict(frozen=True)

    code: str = Field(pattern="^[a-z][a-z-]{0,39}$", description="For programs.", examples=["make-not-listed"])
    pointer: str = Field(description="Where in the entry, a JSON pointer (RFC 6901).", examples=["/make"])
    detail: str = Field(description="For people.", examples=["is not listed: did you mean Opel?"])


class Hits(NamedGeneric, Disclosing, Generic[R]):
    """What a search found, best first."""

    hits: list[Hit[R]] = Field(description="The best, each with its score: as many as fit into one answer.")
    total: int = Field(ge=0, description="How many records fit, also beyond those shown.", examples=[1])
    warnings: Sequence[QueryWarning] = Field((), description="What looks wrong in the search.")

    def disclosed(self, _how: How) -> Iterator[Disclosure]:
        """Yield the disclosures of the hits, with their scores."""
        return (hit.record.disclosure("search", hit.score, hit.match) for hit in self.hits)


class NumberHits(Hits[R]):
    """What a search by numbers found."""

    near: list[Hit[R]] = Field(
        [],
        description="Only if the search states `near`: what takes one edit, a sign wrong, added or dropped or two "
        "neighbours swapped, or another country. Without it, what has a number that repeats, as a serial number of "
        "firearms without their make. At most 20, the likeliest reading first. Most are other things: compare what is "
        "before you, and search again by the number of the record to get a hit.",
    )
    _near_found: int = PrivateAttr(0)

    @property
    def near_found(self) -> int:
        """How many records are near, also beyond those shown."""
        return self._near_found

    def show_near(self, shown: list[Hit[R]], found: int) -> None:
        """Show what is near, of as many as were found."""
        self.near, self._near_found = shown, found

    def disclosed(self, how: How) -> Iterator[Disclosure]:
        """Yield the disclosures of the hits, and of what is near."""
        yield from super().disclosed(how)
        yield from (hit.record.disclosure("near", hit.score, hit.match) for hit in self.near)


def reference_in(query: BaseModel) -> str | None:
    """Return the reference that a search asks for, or None."""
    return query.reference if isinstance(query, RecordQuery) else None


def withheld_warning(count: int) -> QueryWarning:
    """Return the warning of a search whose confidential hits are left out."""
    are = "is" if count == 1 else "are"
    detail = f"{count} of the records found {are} CONFIDENTIAL: the officer needs the scope {HANDLING_CONFIDENTIAL}"
    return QueryWarning(code=WITHHELD, pointer="", detail=detail)
