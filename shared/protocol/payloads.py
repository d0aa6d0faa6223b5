"""What a message says that programs read: its `form`, and the JSON in its body for each.

A message without a form is plain text for people. Does NOT know who may send which, nor what is done about it.
"""

from typing import Annotated, Final, Literal

import msgspec

from shared.protocol.envelope import Code, Officer, Uuid

MAX_HITS_TOGETHER: Final = 50
MAX_NOTE: Final = 2_000
MAX_REQUESTS: Final = 3
# Of one evidence file. All that is shown to prove something must fit into the body of one message.
MAX_PROOF: Final = 160 * 1024

Seconds = float
_Kind = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z-]{0,39}\Z")]
_Note = Annotated[str, msgspec.Meta(max_length=MAX_NOTE, pattern=r"\A[^\x00]*\Z")]
_OtherCondition = Annotated[str, msgspec.Meta(max_length=500)]
_Proof = Annotated[str, msgspec.Meta(max_length=MAX_PROOF, pattern=r"\A[A-Za-z0-9_-]+\Z")]
_Number = Annotated[int, msgspec.Meta(ge=1, le=MAX_REQUESTS)]

How = Literal["search", "subscription", "delayed-inquiry"]
Urgency = Literal["urgent", "routine"]
Handling = Literal["OFFICIAL_USE", "RESTRICTED", "CONFIDENTIAL"]
Condition = Literal["H0", "H1", "H2", "H3"]


class _Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all have in common."""


class HitNote(_Form, frozen=True, kw_only=True):
    """A record of one bureau that the search of another found, without what met what. Times are seconds since 1970."""

    id: Uuid
    """Of the hit, the same for both bureaus."""

    kind: _Kind
    """Of the record, such as `vehicle`."""

    record: Uuid
    version: Annotated[int, msgspec.Meta(ge=1)]
    owner: Code
    finder: Code
    officer: Officer
    """Who searched, as the finder's bureau says."""

    purpose: Code
    how: How
    score: Annotated[float, msgspec.Meta(ge=0, le=1)]
    handling: Handling | None = None
    """How those who receive the record must handle it; none where the finder may not see it any more."""

    conditions: Annotated[tuple[Condition, ...], msgspec.Meta(max_length=4)] = ()
    """What else binds them."""

    other_condition: _OtherCondition | None = None
    """What `H3` stands for; the Secretariat is not told."""

    times: Annotated[int, msgspec.Meta(ge=1)] = 1
    """How often the same officer was shown this version for the same purpose from `first` to `last`."""

    first: Seconds
    last: Seconds
    request: Uuid
    """Of the first search: by it the audit log explains what was shown."""


class HitsNotice(_Form, frozen=True, kw_only=True):
    """From a service to owner and finder: what was found.

    To the finder alone, and of one hit, where a search found it that came before the record.
    """

    service: _Kind
    hits: Annotated[tuple[HitNote, ...], msgspec.Meta(min_length=1, max_length=MAX_HITS_TOGETHER)]


class Withdrawal(_Form, frozen=True, kw_only=True):
    """From a service to all that received a record: remove your copies, or replace them; then sign that you did."""

    service: _Kind
    kind: _Kind
    record: Uuid
    version: Annotated[int, msgspec.Meta(ge=1)]
    act: Literal["withdrawn", "corrected"]
    """`withdrawn` says nothing of why: withdrawn, deleted, or no longer for this bureau."""

    at: Seconds


class ReviewDue(_Form, frozen=True, kw_only=True):
    """From a service to the owner: decide whether a record is still needed; it is deleted unless it is renewed."""

    service: _Kind
    kind: _Kind
    record: Uuid
    expires: Seconds


class ConfirmationRequest(_Form, frozen=True, kw_only=True):
    """From the finder to the owner, in the thread of the hit, while no clock runs: is the record good? Say so."""

    hit: Uuid
    number: _Number
    urgency: Urgency
    due: Seconds
    """When the clock runs out, unless the owner promises an answer by another time."""

    note: _Note = ""
    proof: _Proof | None = None
    """Where the service told the finder alone: its message, as an evidence file in base64url, for the owner to see."""


class ConfirmationAnswer(_Form, frozen=True, kw_only=True):
    """From the owner to the finder, in the thread of the hit."""

    hit: Uuid
    number: _Number
    answer: Literal["confirmed", "not-confirmed", "later"]
    at: Seconds | None = None
    """By when, where the answer is `later`, and there alone."""

    note: _Note = ""


class Escalation(_Form, frozen=True, kw_only=True):
    """From the finder to the Secretariat, in the thread of the hit: the owner did not answer in time, or did so since.

    All that it says is proven, each by an evidence file in base64url; what is not is refused, `not-proven-...`.
    """

    hit: Uuid
    notice: _Proof
    """The message in which the service told of the hit."""

    request: _Proof
    """The request for confirmation, with a receipt of the owner that is older than the time for an answer."""

    answer: _Proof | None = None
    """What the owner has answered since, or its promise that was not kept; left out where it has said nothing."""


class Overdue(_Form, frozen=True, kw_only=True):
    """From the Secretariat to the owner, in the thread of the hit: by what was proven, your bureau has not answered."""

    hit: Uuid
    number: _Number
    due: Seconds
    """When the clock ran out."""


class AnswerProof(_Form, frozen=True, kw_only=True):
    """From the owner to the Secretariat, in the thread of the hit: what it has answered to the finder."""

    hit: Uuid
    answer: _Proof
    """The answer, as an evidence file in base64url; in time where a receipt of the finder in it says so."""


Form = (
    HitsNotice | Withdrawal | ReviewDue | ConfirmationRequest | ConfirmationAnswer | Escalation | Overdue | AnswerProof
)

FORMS: Final[dict[str, type[Form]]] = {
    "hits": HitsNotice,
    "withdrawal": Withdrawal,
    "review-due": ReviewDue,
    "confirmation-request": ConfirmationRequest,
    "confirmation-answer": ConfirmationAnswer,
    "escalation": Escalation,
    "overdue": Overdue,
    "answer-proof": AnswerProof,
}
# What a service says, and no bureau can say in its place.
SERVICE_FORMS: Final = frozenset({"hits", "withdrawal", "review-due"})

_NAMES: Final = {kind: name for name, kind in FORMS.items()}
_decoders: Final = {name: msgspec.json.Decoder(kind).decode for name, kind in FORMS.items()}
_encode: Final = msgspec.json.Encoder().encode


def name_of(form: Form) -> str:
    """Return under which name a form travels."""
    return _NAMES[type(form)]


def write(form: Form) -> str:
    """Return a form as the body of a message."""
    return _encode(form).decode()


def read(name: str, body: str) -> Form:
    """Return what a body says in a form. Raises ValueError for an unknown form, or a body that does not fit."""
    decode = _decoders.get(name)
    if decode is None:
        raise ValueError("there is no such form")
    return decode(body)
