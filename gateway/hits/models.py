"""Requests and responses of hits: hits, and the messages of the two bureaus about one."""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType

from shared.bureaus import Bureau
from shared.dates import Moment
from shared.handling import Condition, Handling
from shared.identity import Purpose
from shared.ids import UUID_PATTERN
from shared.mailbox.codes import Urgency
from shared.mailbox.models import MessageId
from shared.protocol.payloads import MAX_REMARK, MAX_REQUESTS, How
from shared.service import NAME_PATTERN
from shared.web.paging import PageQuery

HitId = Annotated[
    str,
    Field(
        pattern=UUID_PATTERN,
        description="Identifies a hit, for both bureaus alike: a UUID in lower case.",
        examples=["0197a3c2-7d30-7e5c-9b42-6f708192a3b4"],
    ),
]
RecordId = Annotated[
    str, Field(pattern=UUID_PATTERN, description="The found record.", examples=["0197a3c2-4a1d-7b2f-8e10-3c4d5e6f7081"])
]
HitOrigin = TypeAliasType("HitOrigin", How)
ServiceName = Annotated[str, Field(pattern=NAME_PATTERN, examples=["stolen-vehicles"])]
Remark = Annotated[
    str, Field(max_length=MAX_REMARK, description="Free text; sealed, and part of the proof for the Secretariat.")
]


class HitSide(StrEnum):
    """The role of a bureau: its record was found, it found the record, or it is informed of a late owner.

    The Secretariat is also `owner` where it is asked in the place of a suspended one.
    """

    OWNER = "owner"
    FINDER = "finder"
    SECRETARIAT = "secretariat"


class HitState(StrEnum):
    """The state of a confirmation. `overdue`: the Secretariat is informed, and there is no final answer yet."""

    UNCONFIRMED = "unconfirmed"
    REQUESTED = "requested"
    LATER = "later"
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not-confirmed"
    EXPIRED = "expired"
    OVERDUE = "overdue"


class OwnerAnswer(StrEnum):
    """An answer of an owner."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not-confirmed"
    LATER = "later"


class ConfirmationRequestDraft(BaseModel):
    """A request for confirmation as an officer of the finder makes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    urgency: Urgency = Field(description="How much time the owner has to answer.", examples=["urgent"])
    remark: Remark = Field("", examples=["The driver is held at the border."])


class AnswerDraft(BaseModel):
    """An answer as an officer of the owner gives it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: OwnerAnswer = Field(examples=["confirmed"])
    at: Moment | None = Field(None, description="With `later` alone: by when you will answer.", examples=[None])
    remark: Remark = Field("", examples=["The theft was reported on 3 May; seize it."])


class ExaminerConclusion(StrEnum):
    """What an examiner concludes of two prints: of one finger, of two, or neither can be said."""

    IDENTIFIED = "identified"
    EXCLUDED = "excluded"
    INCONCLUSIVE = "inconclusive"


class ConclusionDraft(BaseModel):
    """A conclusion as an examiner gives it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conclusion: ExaminerConclusion = Field(examples=["identified"])
    remark: str = Field(
        "", max_length=MAX_REMARK, description="Free text; stays in your bureau.", examples=["Twelve points agree."]
    )


class Conclusion(BaseModel):
    """What an examiner concluded of a hit."""

    conclusion: ExaminerConclusion
    remark: str
    officer: str = Field(description="The examiner.", examples=["de.officer"])
    at: AwareDatetime = Field(examples=["2026-06-01T12:02:00Z"])


class ConfirmationReply(BaseModel):
    """An answer of the owner to a request."""

    answer: OwnerAnswer
    at: AwareDatetime | None = Field(None, description="By when, with `later`.", examples=["2026-06-01T14:00:00Z"])
    remark: str
    officer: str = Field(examples=["fr.officer"])
    answered: AwareDatetime = Field(description="When it was signed.", examples=["2026-06-01T12:04:00Z"])
    late: bool = Field(description="Whether the deadline had passed when this bureau received it.")
    message: MessageId


class Escalation(BaseModel):
    """That the Secretariat was informed of a deadline that passed, and of the owner's answer since."""

    due: AwareDatetime = Field(description="When the deadline passed.", examples=["2026-06-01T12:10:00Z"])
    answer: OwnerAnswer | None = Field(description="The owner's answer; null where there was none.", examples=[None])
    message: MessageId | None = Field(description="Null where the Secretariat is the finder itself.")


class Confirmation(BaseModel):
    """A request for confirmation, and the answers to it."""

    number: int = Field(ge=1, le=MAX_REQUESTS, description="First, second or third.")
    asked: Bureau = Field(description="The owner; `IPSG` if the owner was suspended.", examples=["FR"])
    urgency: Urgency
    requested: AwareDatetime = Field(description="When it was signed.", examples=["2026-06-01T12:00:00Z"])
    due: AwareDatetime = Field(description="By when an answer was asked for.", examples=["2026-06-01T12:10:00Z"])
    remark: str | None = Field(description="What the finder wrote; not shown to the Secretariat here.")
    officer: str | None = Field(description="The officer; not shown to the Secretariat here.", examples=["de.officer"])
    message: MessageId | None = Field(description="The message that carried it, where it is in your boxes.")
    answers: tuple[ConfirmationReply, ...] = Field((), description="Two at most: `later`, and then a final one.")
    escalations: tuple[Escalation, ...] = Field((), description="At the owner, those of which it was informed.")


class HitSummary(BaseModel):
    """A hit, and the state of its confirmation. A hit is not proof: have it confirmed before you act on it."""

    model_config = ConfigDict(frozen=True)

    id: HitId
    side: HitSide = Field(description="The role of your bureau.")
    state: HitState
    due: AwareDatetime | None = Field(description="The present deadline, if any.", examples=["2026-06-01T12:10:00Z"])
    requests: int = Field(ge=0, le=MAX_REQUESTS, description="How often confirmation was requested.", examples=[1])
    urgency: Urgency | None = Field(description="Of the latest request; null before one.", examples=["urgent"])
    late: bool | None = Field(
        description="Whether the answer came after the deadline; null at the Secretariat where neither is proven: that "
        "it came in time, or that it did not."
    )
    corrected: AwareDatetime | None = Field(None, description="When the record was last corrected.", examples=[None])
    service: ServiceName
    kind: str = Field(description="What kind of record was found.", examples=["vehicle"])
    record: RecordId
    version: int = Field(ge=1, examples=[1])
    owner: Bureau = Field(examples=["FR"])
    owner_can_confirm: bool = Field(
        description="False while the owner is suspended: requests go to the General Secretariat.", examples=[True]
    )
    finder: Bureau = Field(examples=["DE"])
    officer: str = Field(description="Who searched, as the finder's bureau names them.", examples=["de.officer"])
    purpose: Purpose
    how: HitOrigin
    score: float = Field(ge=0, le=1, examples=[1.0])
    handling: Handling | None = Field(description="Null if the finder lost access.", examples=["RESTRICTED"])
    conditions: tuple[Condition, ...] = Field(description="Further conditions for recipients.", examples=[["H1"]])
    other_condition: str | None = Field(description="The text of `H3`; null for the Secretariat.", examples=[None])
    times: int = Field(ge=1, description="How often the officer was shown it from `first` to `last`.", examples=[1])
    first: AwareDatetime = Field(examples=["2026-06-01T12:00:00Z"])
    last: AwareDatetime = Field(examples=["2026-06-01T12:00:00Z"])
    request: str = Field(description="The search, in the audit log.", examples=["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"])
    thread: MessageId = Field(description="The conversation about the hit.")
    stored: AwareDatetime = Field(description="When this bureau received it.", examples=["2026-06-01T12:00:00Z"])


class Hit(HitSummary):
    """A hit with the messages about it."""

    confirmations: tuple[Confirmation, ...] = Field(description="Each request, the first one first.")
    conclusions: tuple[Conclusion, ...] = Field(
        (), description="What examiners of your bureau concluded, the first one first. They are not sent."
    )


class HitQuery(PageQuery):
    """Which hits, newest first."""

    side: HitSide | None = Field(None, description="Those that your bureau found, or those on its records.")
    state: HitState | None = Field(None, description="Those in one state.")
    service: ServiceName | None = Field(None, description="Those of one service.")
    record: RecordId | None = Field(None, description="Those of one record.")
    bureau: Bureau | None = Field(None, description="Those with one other bureau.")
    since: Moment | None = Field(None, description="Those received since then.", examples=["2026-06-01T12:00:00Z"])


class HitPage(BaseModel):
    """One page of hits, newest first."""

    items: list[HitSummary]
    next: int | None = Field(description="Pass as `after` to get the next page; null on the last one.", examples=[247])
