"""Requests and answers: messages and their recipients."""

import re
from enum import StrEnum
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    WithJsonSchema,
    model_validator,
)
from typing_extensions import TypeAliasType

from shared.bureaus import CODE_PATTERN, REGIONS, Bureau, BureauCode, is_participant
from shared.dates import Moment
from shared.identity import Purpose
from shared.ids import id_field
from shared.mailbox.codes import Urgency
from shared.mailbox.group_models import GroupName
from shared.mailbox.quote_models import Quote, RecordReference
from shared.patterns import NOT_BLANK, in_words
from shared.protocol.envelope import MAX_RECIPIENTS
from shared.protocol.messages import MAX_BODY, MAX_SUBJECT
from shared.protocol.payloads import FORMS
from shared.protocol.quotes import MAX_QUOTES_OF_DRAFT
from shared.validation import wrong
from shared.web.paging import PageQuery

ALL = "all"
# No name for a group.
RESERVED_NAMES = frozenset({ALL, *REGIONS})

MessageId = Annotated[str, id_field("a message")]


_SERVICE_NAME: Final = re.compile("[a-z][a-z0-9-]{1,62}")


_AN_AUTHOR: Final = "must be the code of a bureau, such as FR or IPSG, or the name of a service, such as notices"


def _known_author(text: str) -> str:
    if not is_participant(text) and _SERVICE_NAME.fullmatch(text) is None:
        raise ValueError(_AN_AUTHOR)
    return text


_AUTHOR: Final = Field(pattern=in_words(f"^({CODE_PATTERN}|[a-z][a-z0-9-]{{1,62}})$", _AN_AUTHOR), examples=["FR"])
Author = Annotated[str, _AUTHOR, AfterValidator(_known_author)]


def _no_code(word: str) -> str:
    if word.isupper():
        raise ValueError('codes of bureaus are given as a list, such as ["DE"]; a word is `all`, a region or a group')
    return word


# Tagged, so that an error in a list of codes is not also reported as one of a word.
Codes = Annotated[tuple[Bureau, ...], Field(min_length=1, max_length=MAX_RECIPIENTS), Tag("codes")]
Word = Annotated[GroupName, BeforeValidator(_no_code), Tag("word")]
Addressees = TypeAliasType(
    "Addressees", Annotated[Codes | Word, Discriminator(lambda to: "word" if isinstance(to, str) else "codes")]
)
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_SUBJECT, pattern=NOT_BLANK)]


class Box(StrEnum):
    """Where a bureau stores a message."""

    INBOX = "inbox"
    OUTBOX = "outbox"


class MessageState(StrEnum):
    """The state of a message for one recipient; from `delivered` on signed by the recipient."""

    QUEUED = "queued"
    SENT = "sent"
    EXPIRED = "expired"
    DELIVERED = "delivered"
    READ = "read"
    APPLIED = "applied"
    REFUSED = "refused"


class RefusalReason(StrEnum):
    """Why a bureau does not act on a message. An explanation belongs in an answer, which is sealed."""

    NOT_COMPETENT = "not-competent"
    NATIONAL_LAW = "national-law"
    PURPOSE = "purpose"
    INSUFFICIENT = "insufficient-information"
    DUPLICATE = "duplicate"
    OTHER = "other"


Progress = TypeAliasType("Progress", dict[MessageState, int])


class MessageDraft(BaseModel):
    """A message as an officer writes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Addressees = Field(
        description="Codes of participants, or one word: `all` other members, a region "
        f"({', '.join(f'`{region}`' for region in REGIONS)}), or a group of your bureau.",
        examples=[["DE", "IT"]],
    )
    urgency: Urgency = Field("routine", description="Urgent messages overtake routine ones.")
    subject: Line = Field(description="What it is about.", examples=["Vehicle seen at the border"])
    body: str = Field(
        min_length=1, max_length=MAX_BODY, pattern=NOT_BLANK, description="The text.", examples=["Please confirm."]
    )
    thread: MessageId | None = Field(None, description="The conversation it belongs to; by default it begins one.")
    in_reply_to: MessageId | None = Field(None, description="The message that it answers, whose thread it joins.")
    forwards: MessageId | None = Field(None, description="The message of your boxes whose content it passes on.")
    sender: Author | None = Field(
        None, description="Who signed the message that it answers or passes on, where two bureaus used its id."
    )
    quotes: tuple[RecordReference, ...] = Field(
        (),
        max_length=MAX_QUOTES_OF_DRAFT,
        description="The records whose content it has. The gateway reads each in your name, and adds what binds its "
        "readers; what the message that it answers or passes on quotes is added as well.",
    )
    valid_until: Moment | None = Field(
        None,
        description="Until then the network tries to deliver it; by default 30 days, at most 366.",
    )

    @model_validator(mode="after")
    def _sender_of_a_message(self) -> "MessageDraft":
        if self.sender is not None and self.in_reply_to is None and self.forwards is None:
            raise wrong("/sender", "names who signed the message of `in_reply_to` or `forwards`, and there is none")
        return self


class Attachment(BaseModel):
    """A file that came with a message."""

    number: int = Field(ge=1, description="Its place, from 1.", examples=[1])
    name: str = Field(examples=["photograph.jpg"])
    media_type: str = Field(examples=["image/jpeg"])
    size: int = Field(ge=0, description="In bytes.", examples=[48213])
    digest: str = Field(description="SHA-256, base64url.", examples=["n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"])


class MessageSummary(BaseModel):
    """A message without its body."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    id: MessageId
    box: Box
    sender: Author = Field(alias="from", description="Who signed it: a bureau, or a service by its name.")
    officer: str = Field(description="Who wrote it, by the sender's bureau.", examples=["fr.officer"])
    to: tuple[BureauCode, ...] = Field(
        description="The recipients. If these are not disclosed, a recipient sees only itself.", examples=[["DE", "IT"]]
    )
    disclosed: bool = Field(description="Whether each recipient learns who the others are.")
    urgency: Urgency
    purpose: Purpose
    subject: str
    form: str | None = Field(None, description="The form of a JSON body; null for plain text.", examples=["hits"])
    thread: MessageId = Field(description="The message that began the conversation.")
    in_reply_to: MessageId | None
    sent: AwareDatetime = Field(description="When it was written and signed.", examples=["2026-06-01T12:00:00Z"])
    valid_until: AwareDatetime = Field(examples=["2026-07-01T12:00:00Z"])
    stored: AwareDatetime = Field(description="When this bureau had it in its box.", examples=["2026-06-01T12:00:00Z"])
    attachments: tuple[Attachment, ...] = ()
    quotes: tuple[Quote, ...] = Field((), description="The records that it quotes, with what binds its readers.")
    state: MessageState = Field(
        description="In the inbox what this bureau has signed; in the outbox the least advanced of all recipients."
    )
    progress: Progress | None = Field(
        None, description="In the outbox: how many recipients are in each state.", examples=[{"delivered": 2}]
    )


class RecipientState(BaseModel):
    """The state of a message for one recipient."""

    bureau: Bureau
    state: MessageState
    at: AwareDatetime = Field(
        description="Since when; from `delivered` on as the recipient signed it.", examples=["2026-06-01T12:00:01Z"]
    )
    reason: str | None = Field(
        None,
        description="Why it was refused, or waits: `mailbox-full` (the recipient signed that its mailbox is full), "
        "`post-full` (your bureau's quota on the broker is used up), `storage-full` or `post-refused` (the broker did "
        "not take it). What waits is tried again until `valid_until`.",
        examples=["not-competent"],
    )
    attempts: int = Field(ge=0, description="How often it was handed to the network.", examples=[1])


class Message(MessageSummary):
    """A message with its body."""

    body: str
    recipients: tuple[RecipientState, ...] | None = Field(
        None, description="In the outbox: each recipient. From `delivered` on a state is signed by the recipient."
    )


class AcceptedMessage(BaseModel):
    """A message that is in the outbox, from where it is delivered whatever fails on the way."""

    id: MessageId
    thread: MessageId
    to: tuple[BureauCode, ...] = Field(examples=[["DE", "IT"]])
    valid_until: AwareDatetime = Field(examples=["2026-07-01T12:00:00Z"])


def _known_form(name: str) -> str:
    if name not in _FORMS:
        raise ValueError(_A_FORM)
    return name


TEXT: Final = "text"
"""Stands for the messages that have no form: those that people wrote."""

_FORMS: Final = (TEXT, *FORMS)
_A_FORM: Final = f"must be the name of a form: {', '.join(_FORMS)}"
FormName = TypeAliasType(
    "FormName", Annotated[str, AfterValidator(_known_form), WithJsonSchema({"type": "string", "enum": [*_FORMS]})]
)


class MessageQuery(PageQuery):
    """Which messages of a box, newest first."""

    box: Box | None = Field(None, description="Which box; by default the inbox, for a conversation both.")
    unread: bool | None = Field(None, description="In the inbox: those that are not read yet, or those that are.")
    thread: MessageId | None = Field(None, description="Those of one conversation.")
    sender: Author | None = Field(None, alias="from", description="Those of one sender.")
    form: FormName | None = Field(
        None,
        description="Those of one form, which programs read; `text` are those without one, for people.",
        examples=["publication"],
    )
    since: Moment | None = Field(None, description="Stored at this time or later.", examples=["2026-06-01T12:00:00Z"])


class MessagePage(BaseModel):
    """One page of a box, newest first."""

    items: list[MessageSummary]
    next: int | None = Field(description="Pass as `after` to get the next page; null on the last one.", examples=[247])


class MessageRefusal(BaseModel):
    """Why your bureau does not act on a message."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: RefusalReason


class WebhookState(StrEnum):
    """The state of an event for a webhook."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class WebhookDeliveryQuery(PageQuery):
    """Which deliveries of a webhook, those of the newest events first."""

    state: WebhookState | None = Field(None, description="Those in one state.")
