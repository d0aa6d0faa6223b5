"""Requests and responses of webhooks."""

from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from shared.ids import UUID7_PATTERN
from shared.mailbox.codes import EventKind
from shared.mailbox.models import WebhookState

MAX_URL: Final = 2000

WebhookId = Annotated[
    str,
    Field(
        pattern=UUID7_PATTERN,
        description="Identifies a webhook: a UUIDv7 in lower case.",
        examples=["0197a3c2-6c2f-7d4b-8a31-5e6f70819203"],
    ),
]


class WebhookDraft(BaseModel):
    """A URL to post events to, and which events."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        min_length=1,
        max_length=MAX_URL,
        description="Where each event is posted: `https` and a public address, unless this gateway allows others.",
        examples=["https://hooks.example.org/i247"],
    )
    events: tuple[EventKind, ...] = Field(
        ("message", "state"),
        min_length=1,
        max_length=2,
        description="`message`: a message came; `state`: the state of one changed.",
        examples=[["message"]],
    )

    @field_validator("events")
    @classmethod
    def _each_once(cls, events: tuple[EventKind, ...]) -> tuple[EventKind, ...]:
        if len(set(events)) < len(events):
            raise ValueError("each kind of event is named once")
        return events


class Webhook(BaseModel):
    """Where the events of a mailbox are posted."""

    model_config = ConfigDict(frozen=True)

    id: WebhookId
    url: str = Field(examples=["https://hooks.example.org/i247"])
    events: tuple[EventKind, ...] = Field(examples=[["message"]])
    officer: str = Field(description="Who registered it.", examples=["fr.officer"])
    created: AwareDatetime = Field(examples=["2026-06-01T12:00:00Z"])


class RegisteredWebhook(Webhook):
    """A new webhook with its secret, which is shown this once."""

    secret: str = Field(
        description="The key that signs the posts, after the Standard Webhooks specification.",
        examples=["whsec_bm90IGEgc2VjcmV0IGJ1dCBhbiBleGFtcGxlIG9mIGl0IQ=="],
    )


class Webhooks(BaseModel):
    """All webhooks of a bureau, the oldest first."""

    items: list[Webhook]


class WebhookDelivery(BaseModel):
    """The delivery of one event to a webhook."""

    event: int = Field(ge=1, description="The number of the event.", examples=[247])
    type: EventKind
    state: WebhookState
    attempts: int = Field(ge=0, examples=[1])
    outcome: str | None = Field(
        description="The outcome of the last attempt: the status of the answer, `timeout`, `unresolved` (no address), "
        "`refused-target` (an address that webhooks may not go to), `unreachable`, `tls`, `too-long` (more than 16 KiB "
        "came before the final status), `no-answer` (something that is not HTTP, or nothing).",
        examples=["204"],
    )
    at: AwareDatetime = Field(description="When the state began.", examples=["2026-06-01T12:00:01Z"])
    next_attempt: AwareDatetime | None = Field(description="While it is pending.", examples=["2026-06-01T12:00:06Z"])


class WebhookDeliveryPage(BaseModel):
    """One page of deliveries, those of the newest events first."""

    items: list[WebhookDelivery]
    next: int | None = Field(description="Pass as `after` to get the next page; null on the last one.", examples=[247])


class WebhookTrial(BaseModel):
    """The outcome of a test."""

    delivered: bool = Field(description="Whether an event would count as delivered.")
    outcome: str = Field(description="The status of the answer, or why there was none.", examples=["204"])
