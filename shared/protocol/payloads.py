"""The JSON bodies of messages for programs, by `form`; a message without a form is plain text for people.

Does NOT know who may send which form, or how it is handled.
"""

from typing import Annotated, Any, Final, Literal

import msgspec

from shared.protocol.envelope import Code, Officer, Uuid
from shared.standing import MeasureReason, MeasureServices, Resolution, Standing

MAX_HITS_TOGETHER: Final = 50
MAX_REMARK: Final = 2_000
MAX_REQUESTS: Final = 3
# Of one evidence file; several must fit into the body of one message.
MAX_PROOF: Final = 160 * 1024
MAX_RELEASED: Final = 50
MAX_NUMBER_OF_RECORD: Final = 40
MAX_PLACE: Final = 80

Seconds = float
# Of a service, or of a kind of record.
RecordName = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z-]{0,39}\Z")]
_Remark = Annotated[str, msgspec.Meta(max_length=MAX_REMARK, pattern=r"\A[^\x00]*\Z")]
OtherCondition = Annotated[str, msgspec.Meta(max_length=500)]
_Proof = Annotated[str, msgspec.Meta(max_length=MAX_PROOF, pattern=r"\A[A-Za-z0-9_-]+\Z")]
_Number = Annotated[int, msgspec.Meta(ge=1, le=MAX_REQUESTS)]

ReviewAct = Literal[
    "asked", "question-withdrawn", "answered", "published", "released", "compliant", "refused", "cancelled"
]
# `near`, `list`, `read` and `published` by partners alone: each disclosure to one tells the owner.
# `screening`: a partner saw the thing and is told nothing; the finder is the bureau of the place.
How = Literal[
    "search", "near", "list", "read", "subscription", "delayed-inquiry", "duplicate", "screening", "published"
]
Urgency = Literal["urgent", "routine"]
Handling = Literal["OFFICIAL_USE", "RESTRICTED", "CONFIDENTIAL"]
Condition = Literal["H0", "H1", "H2", "H3"]


class _Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all forms."""


class HitDetails(_Form, frozen=True, kw_only=True):
    """A record of one bureau that the search of another found, without its content. Times are seconds since 1970."""

    id: Uuid
    """The id of the hit, the same for both bureaus."""

    kind: RecordName
    """The kind of the record, such as `vehicle`."""

    record: Uuid
    version: Annotated[int, msgspec.Meta(ge=1)]
    owner: Code
    finder: Code
    officer: Officer
    """Who searched, as the bureau of the finder states."""

    purpose: Code
    how: How
    score: Annotated[float, msgspec.Meta(ge=0, le=1)]
    handling: Handling | None = None
    """The handling code of the record; none if the finder may not see it any more."""

    conditions: Annotated[tuple[Condition, ...], msgspec.Meta(max_length=4)] = ()
    """The handling conditions."""

    other_condition: OtherCondition | None = None
    """The text of `H3`; not for the Secretariat."""

    times: Annotated[int, msgspec.Meta(ge=1)] = 1
    """How often the same officer was shown this version for the same purpose from `first` to `last`."""

    first: Seconds
    last: Seconds
    request: Uuid
    """The id of the first search, for the audit log."""


class HitsNotice(_Form, frozen=True, kw_only=True):
    """From a service to owner and finder: new hits. To the finder alone, one hit, if the search preceded the record."""

    service: RecordName
    hits: Annotated[tuple[HitDetails, ...], msgspec.Meta(min_length=1, max_length=MAX_HITS_TOGETHER)]


class Withdrawal(_Form, frozen=True, kw_only=True):
    """From a service to all recipients of a record: delete or replace your copies, and confirm it with a receipt."""

    service: RecordName
    kind: RecordName
    record: Uuid
    version: Annotated[int, msgspec.Meta(ge=1)]
    act: Literal["withdrawn", "cancelled", "corrected"]
    """`withdrawn` does not reveal the reason: withdrawn, deleted, or restricted for this bureau.

    `cancelled`: the General Secretariat instructs all recipients to delete it. Why it does is for the owner alone.
    """

    at: Seconds


class Publication(_Form, frozen=True, kw_only=True):
    """From a service to each participant that may see a record: it is published, sent or changed.

    The message quotes the record, with what binds its readers.
    Leave it aside if a withdrawal of the record has a higher version.
    """

    service: RecordName
    kind: RecordName
    record: Uuid
    version: Annotated[int, msgspec.Meta(ge=1)]
    owner: Code
    act: Literal["published", "diffused", "updated"]
    """`updated` if your bureau was sent an earlier version in this way."""

    number: Annotated[str, msgspec.Meta(max_length=MAX_NUMBER_OF_RECORD)] | None = None
    """The number under which it was published; none if it has none."""

    colour: RecordName | None = None
    """Of a notice."""

    at: Seconds
    content: dict[str, Any] | None = None
    """The record as the service shows it to other bureaus than its owner; none if `omitted` says why."""

    omitted: Literal["confidential", "too-large", "own-record", "removed"] | None = None
    """Why the content is not here. `own-record`: you own it. `removed`: by your gateway, as it was withdrawn since."""


class ReviewDue(_Form, frozen=True, kw_only=True):
    """From a service to the owner: renew a record if it is still needed; otherwise it is deleted."""

    service: RecordName
    kind: RecordName
    record: Uuid
    expires: Seconds


class ReviewStep(_Form, frozen=True, kw_only=True):
    """From a service to the other side of a review, the issuing bureau or the Secretariat: read the record there.

    It holds nothing of the case.
    """

    service: RecordName
    kind: RecordName
    record: Uuid
    version: Annotated[int, msgspec.Meta(ge=1)]
    number: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{4}/[0-9]{1,7}\Z")] | None = None
    """Of the notice, if it has one."""

    act: ReviewAct
    of_update: bool = False
    """Whether it is about an update that waits, and not the record itself."""

    at: Seconds


class ScreeningAlert(_Form, frozen=True, kw_only=True):
    """From a service to the owner, the bureau of the place and the Secretariat: a partner saw what a record is about.

    It holds no personal data. The partner is told nothing.
    """

    service: RecordName
    kind: RecordName
    record: Uuid
    version: Annotated[int, msgspec.Meta(ge=1)]
    owner: Code
    partner: Code
    country: Code
    """Where it was seen, ISO 3166-1 alpha-2."""

    place: Annotated[str, msgspec.Meta(max_length=MAX_PLACE)]
    """Where exactly, as the partner states it."""

    score: Annotated[float, msgspec.Meta(ge=0, le=1)]
    at: Seconds


class ConfirmationRequest(_Form, frozen=True, kw_only=True):
    """From the finder to the owner, in the thread of the hit, without another open request: confirm the record.

    To the Secretariat instead, if the owner is suspended.
    """

    hit: Uuid
    number: _Number
    urgency: Urgency
    due: Seconds
    """The deadline, unless the owner announces a later one."""

    remark: _Remark = ""
    proof: _Proof | None = None
    """If the recipient was not notified: the message to the finder, as an evidence file in base64url."""

    instead_of_owner: bool = False
    """Whether the Secretariat is asked, as the owner is suspended."""


class ConfirmationAnswer(_Form, frozen=True, kw_only=True):
    """From the owner to the finder, in the thread of the hit."""

    hit: Uuid
    number: _Number
    answer: Literal["confirmed", "not-confirmed", "later"]
    at: Seconds | None = None
    """The new deadline, only if the answer is `later`."""

    remark: _Remark = ""


class Escalation(_Form, frozen=True, kw_only=True):
    """From the finder to the Secretariat, in the thread of the hit: the owner missed the deadline, or answered since.

    Each statement is proven by an evidence file in base64url; otherwise it is refused (`not-proven-...`).
    """

    hit: Uuid
    notice: _Proof
    """The message of the service about the hit."""

    request: _Proof
    """The request for confirmation, with a receipt of the owner from before the deadline."""

    answer: _Proof | None = None
    """The answer of the owner since then, or its announcement of a deadline that it missed; none without either."""


class Overdue(_Form, frozen=True, kw_only=True):
    """From the Secretariat to the owner, in the thread of the hit: the evidence shows that your answer is overdue."""

    hit: Uuid
    number: _Number
    due: Seconds
    """The missed deadline."""


class AnswerProof(_Form, frozen=True, kw_only=True):
    """From the owner to the Secretariat, in the thread of the hit: its answer to the finder."""

    hit: Uuid
    answer: _Proof
    """The answer, as an evidence file in base64url; a receipt of the finder in it proves that it was in time."""


class StandingNotice(_Form, frozen=True, kw_only=True):
    """From the Secretariat to a bureau: its standing from now on, as the directory states it, and the measure."""

    standing: Standing
    reason: MeasureReason | None = None
    """None of a member, which is under no measure."""

    since: Seconds | None = None
    until: Seconds | None = None
    """When the measure ends without another decision; none if that is open."""

    resolution: Resolution | None = None
    """The resolution of the Executive Committee; none if the Secretary General decided."""

    services: MeasureServices = ()
    """The services that a restriction is for; all if there are none."""


class Release(_Form, frozen=True, kw_only=True):
    """From the owner of a record to a bureau that holds it: the bureaus to which the holder may pass it on.

    A later one for the same record and bureau replaces an earlier one. Ignore it from others than the owner.
    """

    service: RecordName
    kind: RecordName
    record: Uuid
    to: Annotated[tuple[Code, ...], msgspec.Meta(min_length=1, max_length=MAX_RELEASED)]
    until: Annotated[float, msgspec.Meta(ge=0, le=253402300799)] | None = None
    """When it ends, in seconds since 1970; none if it does not."""


Form = (
    HitsNotice
    | Withdrawal
    | Publication
    | ReviewDue
    | ReviewStep
    | ScreeningAlert
    | ConfirmationRequest
    | ConfirmationAnswer
    | Escalation
    | Overdue
    | AnswerProof
    | StandingNotice
    | Release
)

FORMS: Final[dict[str, type[Form]]] = {
    "hits": HitsNotice,
    "withdrawal": Withdrawal,
    "publication": Publication,
    "review-due": ReviewDue,
    "review": ReviewStep,
    "screening-alert": ScreeningAlert,
    "confirmation-request": ConfirmationRequest,
    "confirmation-answer": ConfirmationAnswer,
    "escalation": Escalation,
    "overdue": Overdue,
    "answer-proof": AnswerProof,
    "standing": StandingNotice,
    "release": Release,
}
# Only services may send these.
SERVICE_FORMS: Final = frozenset({"hits", "withdrawal", "publication", "review-due", "review", "screening-alert"})
# Only the General Secretariat may send these.
SECRETARIAT_FORMS: Final = frozenset({"standing"})

_NAMES: Final = {kind: name for name, kind in FORMS.items()}
_decoders: Final = {name: msgspec.json.Decoder(kind).decode for name, kind in FORMS.items()}
_encode: Final = msgspec.json.Encoder().encode


def name_of(form: Form) -> str:
    """Return the name of a form."""
    return _NAMES[type(form)]


def write(form: Form) -> str:
    """Return a form as the body of a message."""
    return _encode(form).decode()


def read(name: str, body: str) -> Form:
    """Decode a body of a form. Raises ValueError for an unknown form or a malformed body."""
    decode = _decoders.get(name)
    if decode is None:
        raise ValueError("unknown form")
    return decode(body)
