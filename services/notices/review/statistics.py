"""Counts of what the reviewers decided, by year, bureau, colour, outcome and reason; of no person. No input or output.

A count is written with its decision, of notices alone whose readers nobody limited: a bureau that is barred from a
notice, or that it is not addressed to, must not learn even from a total that there is one. Drafts, what waits for a
decision and what an issuer withdraws are not counted.
"""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from services.notices.colours import Colour
from services.notices.models import NoticeRecord
from services.notices.review.steps import Decided
from services.notices.review_models import NoticeRefusalReason
from shared.bureaus import Bureau
from shared.records import service_kit as kit

Year = Annotated[int, Field(ge=1923, le=9999, description="Of the decision, in UTC.", examples=[2026])]
NO_REASON: Final = ""


class ReviewOutcome(StrEnum):
    """What the reviewers decided."""

    PUBLISHED = "published"
    UPDATED = "updated"
    UPDATE_REFUSED = "update-refused"
    RELEASED = "released"
    """A diffusion that waited was sent."""
    COMPLIANT = "compliant"
    """A diffusion complies with the rules."""
    REFUSED = "refused"
    CANCELLED = "cancelled"


_OF_UPDATES: Final[dict[kit.ReviewAct, ReviewOutcome]] = {
    "published": ReviewOutcome.UPDATED,
    "refused": ReviewOutcome.UPDATE_REFUSED,
}


class StatisticsQuery(BaseModel):
    """Which counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    year: Year | None = Field(None, description="Only those of this year.")
    bureau: Bureau | None = Field(None, description="Only of what this bureau issued.")
    colour: Colour | None = Field(None, description="Only of this colour.", examples=["red"])
    outcome: ReviewOutcome | None = Field(None, description="Only with this outcome.", examples=["refused"])
    reason: NoticeRefusalReason | None = Field(None, description="Only for this reason.", examples=["article-3"])
    after: int = Field(0, ge=0, le=10_000_000, description="The `next` of the page before.", examples=[0])
    limit: int = Field(500, ge=1, le=2_000, description="The maximum number.", examples=[500])


class ReviewCount(BaseModel):
    """How often something was decided."""

    year: Year
    bureau: Bureau = Field(description="Which issued the notices.")
    colour: Colour = Field(description="Of the notices.", examples=["red"])
    outcome: ReviewOutcome = Field(description="What was decided.", examples=["refused"])
    reason: NoticeRefusalReason | None = Field(
        description="Of a refusal or cancellation; null otherwise.", examples=["article-3"]
    )
    count: int = Field(ge=1, description="How often.", examples=[12])


class Statistics(BaseModel):
    """Counts by year, bureau, colour, outcome and reason."""

    items: list[ReviewCount] = Field(description="In the order of year, bureau, colour, outcome and reason.")
    total: int = Field(ge=0, description="The sum of all counts that were asked for.", examples=[12])
    next: int | None = Field(description="Pass as `after` to get the next page; null on the last one.", examples=[500])


def counted(notice: NoticeRecord, decision: Decided, year: int) -> dict[str, Any] | None:
    """Return the count to which a decision adds one, or None if it is not counted."""
    if notice.restricted or notice.addressed:
        return None
    outcome = _OF_UPDATES[decision.act] if decision.of_update else ReviewOutcome(decision.act)
    return {
        "year": year,
        "bureau": notice.owner,
        "colour": notice.colour.value,
        "outcome": outcome.value,
        "reason": decision.reason.value if decision.reason else NO_REASON,
    }
