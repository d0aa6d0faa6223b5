"""What the review of a notice consists of: findings, questions and their answers, approvals, the decision.

Reviewers have no name for the issuing bureau: it deals with the General Secretariat.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AwareDatetime, Field

from services.notices.subjects.models import Part
from shared.bureaus import REVIEWERS, Bureau
from shared.identity import Caller
from shared.patterns import in_words
from shared.people import LongText

FindingCode = Annotated[
    str,
    Field(
        pattern=in_words("^[a-z][a-z0-9-]{0,39}$", "must be the code of a finding, such as insult-of-head-of-state"),
        description="Of the finding.",
        examples=["insult-of-head-of-state"],
    ),
]
OfficerName = Annotated[str, Field(max_length=255, description="As the bureau of the officer names them.")]
MAX_EXCHANGES: Final = 50
MAX_OVERRULED: Final = 100


class NoticeRefusalReason(StrEnum):
    """Why the Secretariat refuses or cancels a notice, by article of the constitution."""

    ARTICLE_2 = "article-2"
    ARTICLE_3 = "article-3"
    OTHER = "other"


class Decision(Part):
    """Why a notice is refused or cancelled."""

    reason: NoticeRefusalReason = Field(
        description="`article-2` human rights; `article-3` political, military, religious or racial; or `other`.",
        examples=["article-3"],
    )
    remark: LongText | None = Field(
        None, description="What the issuer should know.", examples=["Predominantly political."]
    )


class DecisionTaken(Decision):
    """A refusal or cancellation, and who decided it, when."""

    bureau: Bureau | None = Field(None, description="The Secretariat, or its reviewing unit.", examples=["IPSG"])
    officer: OfficerName | None = Field(None, description="Null for others than reviewers.", examples=["ipsg.officer"])
    at: AwareDatetime | None = Field(None, description="When they decided.", examples=["2026-06-03T09:15:00Z"])

    @classmethod
    def of(cls, decision: Decision, by: Caller, at: datetime) -> Self:
        """Return a decision as a caller took it."""
        return cls(**dict(decision), bureau=by.bureau, officer=by.officer, at=at)


class Weight(StrEnum):
    """What a finding of the screening asks of the review."""

    STOPS = "stops"
    """Not published unless the reviewers say why the finding does not hold."""

    ASKS = "asks"
    """The reviewers look at it."""


class Finding(Part):
    """What the automated screening found in a notice, and the words that it rests on."""

    code: str = Field(
        pattern="^[a-z][a-z0-9-]{0,39}$", description="For programs.", examples=["insult-of-head-of-state"]
    )
    reason: NoticeRefusalReason = Field(description="On what ground it would be refused.", examples=["article-3"])
    weight: Weight = Field(description="What it asks of the review.", examples=["stops"])
    pointer: str = Field(description="Where in the notice, a JSON pointer (RFC 6901).", examples=["/facts"])
    words: str = Field(description="The words it rests on, as they stand there.", examples=["insulted the president"])
    detail: str = Field(
        description="Why, and what the bureau can do.", examples=["The act is an opinion about the head of state."]
    )


class Question(Part):
    """What a reviewer asks the issuing bureau."""

    text: LongText = Field(description="The question.", examples=["Which court issued the warrant?"])


class IssuerAnswer(Part):
    """What the issuing bureau answers."""

    text: LongText = Field(description="The answer.", examples=["The tribunal judiciaire of Marville."])


class ReviewExchange(Part):
    """A question of the review, and its answer once there is one."""

    question: LongText = Field(description="By the reviewer.", examples=["Which court issued the warrant?"])
    asked: AwareDatetime = Field(description="When it was asked.", examples=["2026-06-01T12:00:00Z"])
    answer: LongText | None = Field(
        None, description="By the issuer; null while open.", examples=["The tribunal judiciaire of Marville."]
    )
    answered: AwareDatetime | None = Field(None, description="When it was answered.", examples=["2026-06-02T08:30:00Z"])
    withdrawn: AwareDatetime | None = Field(
        None, description="When the reviewers withdrew the question without an answer.", examples=[None]
    )
    asked_by: OfficerName | None = Field(
        None, description="The officer of the Secretariat; null for others than reviewers.", examples=["ipsg.officer"]
    )
    answered_by: OfficerName | None = Field(
        None, description="The officer of the issuing bureau.", examples=["fr.officer"]
    )

    @property
    def is_open(self) -> bool:
        """Whether the issuer is still to answer it."""
        return self.answer is None and self.withdrawn is None


def joined_threads(before: Sequence[ReviewExchange], after: Sequence[ReviewExchange]) -> tuple[ReviewExchange, ...]:
    """Return the thread of a notice with that of its update; the oldest answered ones leave where it is too long."""
    thread = [*before, *after]
    for each in [each for each in thread if not each.is_open][: max(0, len(thread) - MAX_EXCHANGES)]:
        thread.remove(each)
    return tuple(thread)


class QuestionWithdrawal(Part):
    """Which question the reviewers withdraw."""

    question: int = Field(ge=1, le=MAX_EXCHANGES, description="Its place in `exchanges`, from 1.", examples=[1])


class Overruled(Part):
    """Why a finding of the screening does not hold."""

    code: FindingCode
    remark: LongText = Field(
        description="Why it does not hold.", examples=["The court convicted him of the robbery alone."]
    )


class Overruling(Part):
    """What an officer of the Secretariat answers to the screening."""

    overruled: tuple[Overruled, ...] = Field(
        (),
        max_length=MAX_OVERRULED,
        description="An answer to each finding that `stops`; none if there is no such finding.",
        examples=[[]],
    )


class Clearance(Overruling):
    """What an officer of the Secretariat states who approves what a bureau wants to publish or has sent."""

    version: int | None = Field(
        None,
        ge=1,
        le=1_000_000_000,
        description="The version of the notice that the officer has read: if it has another since, nothing is "
        "approved. Null approves it as it is.",
        examples=[3],
    )


class Approval(Overruling):
    """That an officer of the Secretariat who did not draft it found that it may be published, or that it complies."""

    findings: tuple[Finding, ...] = Field(
        (), description="What was overruled, as it stood; shown to reviewers alone.", examples=[[]]
    )
    bureau: Bureau = Field(description="The Secretariat, or its reviewing unit.")
    officer: OfficerName | None = Field(description="Null for others than reviewers.", examples=["ipsg.officer"])
    at: AwareDatetime = Field(description="When they did.", examples=["2026-06-03T09:15:00Z"])

    def without_findings(self) -> Self:
        """Return the approval without what it quotes of the notice."""
        return self.model_copy(update={"findings": ()})

    def is_by(self, caller: Caller) -> bool:
        """Return whether it is this officer's: officers of other bureaus may have the same name."""
        return (self.bureau, self.officer) == (caller.bureau, caller.officer)


class Reviewable(Part):
    """What the review of a notice, or of an update of it, has so far."""

    findings: tuple[Finding, ...] = Field(
        (), description="Of the screening; shown to the issuer and the Secretariat alone.", examples=[[]]
    )
    exchanges: tuple[ReviewExchange, ...] = Field(
        (), description="The review's questions; shown to the issuer and the Secretariat alone.", examples=[[]]
    )
    approvals: tuple[Approval, ...] = Field(
        (), description="Shown to the Secretariat, and to the issuer without the names of officers.", examples=[[]]
    )
    decision: DecisionTaken | None = Field(None, description="Why it was refused or cancelled; null otherwise.")

    @property
    def open_questions(self) -> int:
        """How many questions the issuer is still to answer."""
        return sum(exchange.is_open for exchange in self.exchanges)

    @property
    def stopping(self) -> int:
        """How many findings stop it unless the reviewers overrule them."""
        return sum(finding.weight is Weight.STOPS for finding in self.findings)

    def without_reviewers(self) -> Self:
        """Return it as the issuer sees it: what reviewers wrote, but neither their names nor why they overruled."""
        if not self.exchanges and not self.approvals and self.decision is None:
            return self
        unnamed = {
            "exchanges": tuple(each.model_copy(update={"asked_by": None}) for each in self.exchanges),
            "approvals": tuple(unnamed_approval(each) for each in self.approvals),
            "decision": self.decision and self.decision.model_copy(update={"officer": None}),
        }
        return self.model_copy(update=unnamed)


def unnamed_approval(approval: Approval) -> Approval:
    """Return an approval as the issuer sees it."""
    return approval.model_copy(update={"officer": None, "overruled": (), "findings": ()})


def is_reviewer(caller: Caller) -> bool:
    """Return whether a caller belongs to those who review, whatever the scopes."""
    return caller.bureau in REVIEWERS
