"""Statements for everybody: what was asked of the public register, when, and what was found or not.

A statement is the signed answer itself. It shows the extracts of works that their owners made public, as a list does.
No owner is notified of a hit, and no search is kept.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.cultural_property.measurements import ComparedMeasurement, Measurement
from services.cultural_property.models import Work, WorkStatus
from services.cultural_property.objects import Marking
from services.cultural_property.queries import WorkCriteria
from services.cultural_property.words import Attribution
from shared.bureaus import Bureau, BureauCode
from shared.disclosure import Disclosing, Disclosure, How
from shared.records import service_kit as kit

Caution = Literal[
    "An object that is not in this register may be stolen all the same: it may not be recorded, not be public, or be "
    "described otherwise."
]
CAUTION: Final[Caution] = (
    "An object that is not in this register may be stolen all the same: it may not be recorded, not be public, or be "
    "described otherwise."
)


class StatementQuery(WorkCriteria):
    """What is asked of the public register; all of it must be met, and at least one is required."""


class PublicWork(BaseModel):
    """What everybody may see of a work; members as of a record."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: kit.RecordId
    owner: Bureau = Field(description="The bureau that searches for it, or for its owner.")
    created: AwareDatetime
    updated: AwareDatetime
    version: int = Field(ge=1, examples=[1])
    status: WorkStatus
    type: str = Field(examples=["painting"])
    subtype: str | None = Field(examples=["marine"])
    title: str | None = Field(examples=["Harbour in a Storm"])
    other_titles: tuple[str, ...] = Field(examples=[[]])
    maker: str | None = Field(examples=["Jan van Nergens"])
    other_makers: tuple[str, ...] = Field(examples=[[]])
    attribution: Attribution
    subject: str | None = Field(examples=["two ships off a rocky coast"])
    made: str | None = Field(examples=["1632"])
    period: str | None = Field(examples=["Dutch Golden Age"])
    materials: tuple[str, ...] = Field(examples=[["oil paint", "canvas"]])
    techniques: tuple[str, ...] = Field(examples=[["painted"]])
    measurements: tuple[Measurement, ...]
    compared: tuple[ComparedMeasurement, ...]
    markings: tuple[Marking, ...]
    features: tuple[str, ...] = Field(examples=[["old tear repaired above the mast"]])
    description: str | None = Field(examples=[None])
    place_of_origin: str | None = Field(examples=["Haarlem"])
    origin_sought: bool
    event_date: str = Field(examples=["2026-03-14"])
    event_country: str = Field(examples=["NL"])
    photographs: kit.Photographs
    public: bool


class Candidate(BaseModel):
    """A public work that fits a question. It is not proof: its owner can say whether it is the same."""

    model_config = ConfigDict(frozen=True)

    score: float = Field(ge=0, le=1, description="How well it fits: 1 is exact.", examples=[1.0])
    match: str = Field(description="Which part of the question met which part of the work.", examples=["title: Storm"])
    why: tuple[kit.FieldMatch, ...] = Field(description="Each member of the question.")
    record: PublicWork


class WorkStatement(BaseModel, Disclosing):
    """What the public register has for a question. Keep the exact bytes, with the header `I247-Signature`."""

    model_config = ConfigDict(frozen=True)

    asked: StatementQuery
    at: AwareDatetime = Field(description="When it was answered.", examples=["2026-06-01T12:00:00Z"])
    log: kit.LogSize
    caution: Caution = CAUTION
    total: int = Field(ge=0, description="How many public records fit, also beyond those shown.", examples=[1])
    candidates: list[Candidate] = Field(description="The best, each with what fits; none is proof.")
    warnings: tuple[kit.QueryWarning, ...] = Field((), description="What looks wrong in the question.")

    def disclosed(self, _how: How) -> Iterator[Disclosure]:
        """Yield the disclosures of the records, as shown in a list."""
        for each in self.candidates:
            work = each.record
            owner = BureauCode(work.owner)
            yield Disclosure(Work.record_kind(), work.id, work.version, owner, "list", each.score, each.match)


def statement(asked: StatementQuery, found: kit.Hits[Work], at: datetime, log: kit.LogSize) -> WorkStatement:
    """Return the statement of what was found."""
    return WorkStatement(
        asked=asked,
        at=at,
        log=log,
        total=found.total,
        candidates=list(map(_candidate, found.hits)),
        warnings=tuple(found.warnings),
    )


def _candidate(hit: kit.Hit[Work]) -> Candidate:
    record = PublicWork.model_validate(hit.record.public_extract())
    return Candidate(score=hit.score, match=hit.match, why=hit.why, record=record)
