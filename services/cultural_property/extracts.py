"""What everybody may see of works of art that their owners made public: extracts, in lists and as candidates.

No owner is notified of one that is shown, and no search is kept.
"""

from collections.abc import Iterator

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.cultural_property.measurements import ComparedMeasurement, Measurement
from services.cultural_property.models import Work, WorkStatus
from services.cultural_property.objects import Marking
from services.cultural_property.words import Attribution
from shared.bureaus import Bureau, BureauCode
from shared.disclosure import Disclosing, Disclosure, How
from shared.records import service_kit as kit


class PublicWork(BaseModel, Disclosing):
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

    def disclosure(self, how: How, score: float = 1.0, match: str = "") -> Disclosure:
        """Return the disclosure of this version."""
        return Disclosure(Work.record_kind(), self.id, self.version, BureauCode(self.owner), how, score, match)

    def disclosed(self, how: How) -> Iterator[Disclosure]:
        """Yield the disclosure of the work."""
        yield self.disclosure(how)


class Candidate(BaseModel, Disclosing):
    """A public work that fits a question. It is not proof: its owner can say whether it is the same."""

    model_config = ConfigDict(frozen=True)

    score: float = Field(ge=0, le=1, description="How well it fits: 1 is exact.", examples=[1.0])
    match: str = Field(description="Which part of the question met which part of the work.", examples=["title: Storm"])
    why: tuple[kit.FieldMatch, ...] = Field(description="Each member of the question.")
    record: PublicWork

    def disclosed(self, _how: How) -> Iterator[Disclosure]:
        """Yield the disclosure of the work, as shown in a list."""
        yield self.record.disclosure("list", self.score, self.match)


class PublicWorkHits(BaseModel):
    """The public works that fit a search, best first."""

    hits: list[Candidate] = Field(description="The best, each with what fits; none is proof.")
    total: int = Field(ge=0, description="How many fit, also beyond those shown.", examples=[1])
    warnings: list[kit.QueryWarning] = Field([], description="What looks wrong in the search.")


class PublicWorkPage(BaseModel, Disclosing):
    """One page of public works, newest first."""

    items: list[PublicWork] = Field(description="The works, newest first: as many as fit into one answer.")
    next: kit.RecordId | None = Field(description="Pass as `after` to get the next page; null on the last one.")

    def disclosed(self, _how: How) -> Iterator[Disclosure]:
        """Yield the disclosures of the works, as shown in a list."""
        return (work.disclosure("list") for work in self.items)


class ExtractFilter(kit.PagePosition):
    """Which public works a list shows."""

    status: WorkStatus | None = Field(
        None, description="`stolen` or `origin-sought` alone; others are not shown.", examples=[None, "origin-sought"]
    )


def extract_of(work: Work) -> PublicWork:
    """Return what everybody may see of a work."""
    return PublicWork.model_validate(work.public_extract())


def candidates_in(found: kit.Hits[Work]) -> list[Candidate]:
    """Return what was found as candidates."""
    return [
        Candidate(score=hit.score, match=hit.match, why=hit.why, record=extract_of(hit.record)) for hit in found.hits
    ]


def hits_in(found: kit.Hits[Work]) -> PublicWorkHits:
    """Return what a search found."""
    return PublicWorkHits(hits=candidates_in(found), total=found.total, warnings=list(found.warnings))
