"""What waits for the reviewers of the General Secretariat, since when, and what happened to it in a step.

No input or output.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.notices.colours import Colour
from services.notices.lifecycle import NoticeStatus, SecretariatOnly
from services.notices.models import Notice, NoticeRecord
from services.notices.officers import approvals_needed
from services.notices.updates import case_of, open_update
from shared.bureaus import REVIEWERS, Bureau
from shared.disclosure import Disclosing, Disclosure, How
from shared.identity import Caller
from shared.patterns import in_words


class Waiting(StrEnum):
    """Why a notice is in the queue of the reviewers."""

    SUBMITTED = "submitted"
    UNDER_REVIEW = "under-review"
    WAITING = "waiting"
    """A diffusion that is reviewed before it is sent, such as that of a supervised bureau."""

    DIFFUSED = "diffused"
    """A diffusion in force that is to be reviewed afterwards."""

    UPDATE = "update"
    """An update of a notice in force."""


class InQueue(NamedTuple):
    """Why and since when a notice is in the queue."""

    waiting: Waiting
    since: datetime


QueuePosition = Annotated[
    str,
    Field(
        pattern=in_words("^[0-9]{1,12}-[0-9a-f-]{36}$", "must be the `next` of the page before"),
        description="The `next` of the page before.",
        examples=["1780300800-0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"],
    ),
]


class OwnQueueQuery(BaseModel):
    """Which part of what a bureau handed in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    waiting: Waiting | None = Field(None, description="Only what waits for this reason.", examples=["submitted"])
    colour: Colour | None = Field(None, description="Only of this colour.", examples=["red"])
    after: QueuePosition | None = None
    limit: int = Field(50, ge=1, le=200, description="The maximum number.", examples=[50])


class QueueQuery(OwnQueueQuery):
    """Which part of the queue."""

    owner: Bureau | None = Field(None, description="Only what this bureau issues.")


class ReviewItem(BaseModel):
    """A notice that waits for the reviewers."""

    waiting: Waiting = Field(description="Why it is in the queue.", examples=["submitted"])
    since: AwareDatetime = Field(description="Since when.", examples=["2026-06-01T08:00:00Z"])
    age_hours: int = Field(ge=0, description="For how many whole hours.", examples=[26])
    open_questions: int = Field(ge=0, description="That the issuing bureau has not answered.", examples=[0])
    stopping: int = Field(ge=0, description="Findings that stop it unless they are overruled.", examples=[0])
    approvals: int = Field(ge=0, description="Officers who have approved it.", examples=[1])
    approvals_needed: int = Field(ge=1, description="Officers who have to.", examples=[2])
    notice: Notice


class ReviewQueue(BaseModel, Disclosing):
    """One page of what waits for the reviewers, the oldest first."""

    items: list[ReviewItem] = Field(description="The oldest first: as many as fit into one answer.")
    next: QueuePosition | None = Field(description="Pass as `after` to get the next page; null on the last one.")
    withheld: int = Field(0, ge=0, description="How many of the page are confidential, and left out.", examples=[0])

    def disclosed(self, _how: How) -> Iterator[Disclosure]:
        """Yield the disclosures of the notices, as shown in a list."""
        return (item.notice.disclosure("list") for item in self.items)


class QueueLength(BaseModel):
    """How much waits for the reviewers."""

    waiting: int = Field(ge=0, description="As far as your bureau may see it, the confidential as well.", examples=[12])


_STATES: Final = {
    NoticeStatus.SUBMITTED: Waiting.SUBMITTED,
    NoticeStatus.UNDER_REVIEW: Waiting.UNDER_REVIEW,
    NoticeStatus.WAITING: Waiting.WAITING,
}


def require_reviewer(caller: Caller) -> None:
    """Require a reviewer of the Secretariat; the route requires the scope. Raises SecretariatOnly."""
    if caller.bureau not in REVIEWERS:
        raise SecretariatOnly("only reviewers of the General Secretariat read what waits for review")


def in_queue(notice: NoticeRecord) -> InQueue | None:
    """Return why and since when a notice waits for the reviewers, or None."""
    if (update := open_update(notice)) is not None:
        return InQueue(Waiting.UPDATE, update.submitted)
    if notice.status in _STATES:
        return InQueue(_STATES[notice.status], notice.submitted or notice.updated)
    if notice.status is NoticeStatus.DIFFUSED and notice.compliant is None:
        return InQueue(Waiting.DIFFUSED, notice.diffused or notice.updated)
    return None


def item_of(notice: Notice, at: datetime) -> ReviewItem | None:
    """Return a notice as the queue shows it, or None if it does not wait."""
    waits = in_queue(notice)
    if waits is None:
        return None
    case = case_of(notice)
    return ReviewItem(
        waiting=waits.waiting,
        since=waits.since,
        age_hours=max(0, int((at - waits.since).total_seconds() // 3600)),
        open_questions=case.open_questions,
        stopping=case.stopping,
        approvals=len(case.approvals),
        approvals_needed=approvals_needed(notice),
        notice=notice,
    )
