"""Statements for everybody: what was asked of the public register, when, and what was found or not.

A statement is the signed answer itself. It shows the extracts of works that their owners made public, as a list does.
That it is in the audit log is proven afterwards: the leaf has the digest of its signature.
"""

from datetime import datetime
from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.cultural_property.extracts import Candidate, candidates_in
from services.cultural_property.models import Work
from services.cultural_property.queries import WorkCriteria
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


class WorkStatement(BaseModel):
    """What the public register has for a question. Keep the exact bytes, with the header `I247-Signature`."""

    model_config = ConfigDict(frozen=True)

    request: kit.RequestId
    asked: StatementQuery
    at: AwareDatetime = Field(description="When it was answered.", examples=["2026-06-01T12:00:00Z"])
    log: kit.LogSize
    caution: Caution = CAUTION
    total: int = Field(ge=0, description="How many public records fit, also beyond those shown.", examples=[1])
    candidates: list[Candidate] = Field(description="The best, each with what fits; none is proof.")
    warnings: tuple[kit.QueryWarning, ...] = Field((), description="What looks wrong in the question.")


def statement(
    request: str, asked: StatementQuery, found: kit.Hits[Work], at: datetime, log: kit.LogSize
) -> WorkStatement:
    """Return the statement of what was found, in the answer to a request."""
    return WorkStatement(
        request=request,
        asked=asked,
        at=at,
        log=log,
        total=found.total,
        candidates=candidates_in(found),
        warnings=tuple(found.warnings),
    )
