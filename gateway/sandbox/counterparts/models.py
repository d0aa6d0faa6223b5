"""What counterparts do by their scripts, and what they did: the bodies of `/sandbox/counterparts`."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gateway.hits.models import HitId, RecordId, Remark
from shared.bureaus import Bureau, Member
from shared.mailbox.models import MessageId, MessageState, RefusalReason
from shared.patterns import NOT_BLANK
from shared.protocol.messages import MAX_BODY

MAX_SECONDS: Final = timedelta(days=7) / timedelta(seconds=1)
MAX_CLOCK_MINUTES: Final = 24 * 60
MAX_PROMISE_MINUTES: Final = 72 * 60
MAX_RECORDS: Final = 100
MAX_ANSWERS: Final = 5
MAX_ACTS: Final = 50


class Flaw(StrEnum):
    """What is wrong with the envelope of an answer, so that its recipient must refuse it."""

    EXPIRED_KEY = "expired-key"
    WRONG_KEY = "wrong-key"
    UNKNOWN_KEY = "unknown-key"
    BROKEN_SEAL = "broken-seal"


class _Behaviour(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    after_seconds: float = Field(
        0, ge=0, le=MAX_SECONDS, description="How long after its arrival, by the clock of the mesh.", examples=[3]
    )


_FLAW: Final = Field(
    None,
    description="`expired-key`: signed with a key of the bureau that has ended; the first time the bureau gets a new "
    "one. `wrong-key`: signed with another key than it names. `unknown-key`: with one that is not in the directory. "
    "`broken-seal`: the content key that is sent does not open the content. Null for none.",
    examples=[None],
)


class _Statement(_Behaviour):
    flaw: Flaw | None = _FLAW


class ConfirmHit(_Statement):
    """Confirm the hit."""

    do: Literal["confirm"]
    remark: Remark = Field("", examples=["Seize it."])


class DenyHit(_Statement):
    """Answer `not-confirmed`."""

    do: Literal["deny"]
    remark: Remark = Field("", examples=["It was found in May."])


class PostponeHit(_Statement):
    """Answer `later`."""

    do: Literal["postpone"]
    minutes: int = Field(ge=1, le=MAX_PROMISE_MINUTES, description="The new deadline, from now.", examples=[30])
    remark: Remark = Field("", examples=["The file is at the court."])


class ContradictItself(_Behaviour):
    """Confirm the hit, and then sign that it is not confirmed."""

    do: Literal["contradict"]


class ReplayEnvelope(_Behaviour):
    """Answer, and then post the oldest envelope that it has sent to that bureau once more, byte for byte."""

    do: Literal["replay"]


class RefuseMessage(_Behaviour):
    """Refuse the message with a signed reason."""

    do: Literal["refuse"]
    reason: RefusalReason = Field(examples=["not-competent"])


class Ignore(BaseModel):
    """Leave it unread."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    do: Literal["ignore"]


class AnswerMessage(_Statement):
    """Answer the message."""

    do: Literal["answer"]
    text: str = Field(
        "We have received your message.",
        min_length=1,
        max_length=MAX_BODY,
        pattern=NOT_BLANK,
        description="The body of the answer.",
        examples=["We will call you back."],
    )
    times: int = Field(1, ge=1, le=MAX_ANSWERS, description="How many answers, each a message.", examples=[1])


class ReadMessage(_Behaviour):
    """Mark the message as read, and answer nothing."""

    do: Literal["read"]


OnHit = Annotated[
    ConfirmHit | DenyHit | PostponeHit | ContradictItself | ReplayEnvelope | RefuseMessage | Ignore,
    Field(discriminator="do"),
]
OnMessage = Annotated[AnswerMessage | ReadMessage | RefuseMessage | ReplayEnvelope | Ignore, Field(discriminator="do")]
Doing = (
    ConfirmHit
    | DenyHit
    | PostponeHit
    | ContradictItself
    | ReplayEnvelope
    | RefuseMessage
    | Ignore
    | AnswerMessage
    | ReadMessage
)


class CounterpartScript(BaseModel):
    """What a counterpart does. What it leaves out, its officers and programs do."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"hits": {"do": "confirm", "after_seconds": 3}}]},
    )

    hits: OnHit | None = Field(None, description="About requests to confirm a hit on one of its records.")
    records: dict[RecordId, OnHit] = Field(
        {}, max_length=MAX_RECORDS, description="The same for hits on single records, by their ids.", examples=[{}]
    )
    messages: OnMessage | None = Field(
        None,
        description="About messages between people. Two counterparts do not answer each other.",
        examples=[{"do": "refuse", "reason": "not-competent"}],
    )
    cut_off_seconds: float | None = Field(
        None,
        gt=0,
        le=MAX_SECONDS,
        description="For how long it has no connection to the broker, from now on, by the clock of the mesh.",
        examples=[None],
    )
    clock_minutes: float = Field(
        0,
        ge=-MAX_CLOCK_MINUTES,
        le=MAX_CLOCK_MINUTES,
        description="How far its clock is ahead of that of the mesh; negative if behind.",
        examples=[0],
    )


Did = Literal[
    "confirmed",
    "denied",
    "postponed",
    "contradicted",
    "answered",
    "read",
    "refused",
    "replayed",
    "ignored",
    "failed",
]


class StoredAct(BaseModel):
    """What a counterpart did, as it is stored."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime = Field(description="By its own clock.", examples=["2031-01-01T00:00:00Z"])
    did: Did
    bureau: Bureau = Field(description="Towards which bureau.", examples=["FR"])
    about: MessageId = Field(description="The message that it acted on.")
    hit: HitId | None = Field(None, description="The hit that this is about.", examples=[None])
    sent: MessageId | None = Field(None, description="The message that it sent, as in its outbox.", examples=[None])
    flaw: Flaw | None = Field(None, description="What was wrong with that.", examples=[None])
    why: str | None = Field(None, description="Why it failed, in words.", examples=[None])


class Act(StoredAct):
    """What a counterpart did, and what came back."""

    state: MessageState | None = Field(
        description="How far the message that it sent has come; null if it sent none.", examples=["refused"]
    )
    reason: str | None = Field(
        description="Why the recipient refused it, as it signed.", examples=["envelope-key-not-valid"]
    )
    says: str = Field(
        description="All of this in a sentence.",
        examples=["confirmed the hit, signed with a key that has ended: FR refused it (envelope-key-not-valid)"],
    )


class StoredCounterpart(BaseModel):
    """A counterpart, as it is stored."""

    model_config = ConfigDict(frozen=True)

    script: CounterpartScript
    since: datetime
    cut_off_until: datetime | None = None
    acts: tuple[StoredAct, ...] = ()


class Counterpart(BaseModel):
    """A counterpart: its script, and what it did lately."""

    bureau: Member = Field(examples=["DE"])
    script: CounterpartScript
    since: AwareDatetime = Field(description="When it got the script.", examples=["2031-01-01T00:00:00Z"])
    cut_off_until: AwareDatetime | None = Field(
        description="Until when it has no connection to the broker.", examples=[None]
    )
    acts: tuple[Act, ...] = Field(description=f"What it did, newest first: {MAX_ACTS} at most.")


class Counterparts(BaseModel):
    """All counterparts, by the codes of their bureaus."""

    items: list[Counterpart]
