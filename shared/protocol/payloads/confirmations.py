"""The forms by which the owner of a record confirms a hit to its finder, with the Secretariat if that is late."""

from typing import Annotated, Final, Literal

import msgspec

from shared.protocol.envelope import Uuid
from shared.protocol.payloads.forms import BaseForm, Proof, Remark, Seconds, Urgency

MAX_REQUESTS: Final = 3

_Number = Annotated[int, msgspec.Meta(ge=1, le=MAX_REQUESTS)]


class ConfirmationRequest(BaseForm, frozen=True, kw_only=True):
    """From the finder to the owner, in the thread of the hit, without another open request: confirm the record.

    To the Secretariat instead, if the owner is suspended.
    """

    hit: Uuid
    number: _Number
    urgency: Urgency
    due: Seconds
    """The deadline, unless the owner announces a later one."""

    remark: Remark = ""
    proof: Proof | None = None
    """If the recipient was not notified: the message to the finder, as an evidence file in base64url."""

    instead_of_owner: bool = False
    """Whether the Secretariat is asked, as the owner is suspended."""


class ConfirmationAnswer(BaseForm, frozen=True, kw_only=True):
    """From the owner to the finder, in the thread of the hit."""

    hit: Uuid
    number: _Number
    answer: Literal["confirmed", "not-confirmed", "later"]
    at: Seconds | None = None
    """The new deadline, only if the answer is `later`."""

    remark: Remark = ""


class Escalation(BaseForm, frozen=True, kw_only=True):
    """From the finder to the Secretariat, in the thread of the hit: the owner missed the deadline, or answered since.

    Each statement is proven by an evidence file in base64url; otherwise it is refused (`not-proven-...`).
    """

    hit: Uuid
    notice: Proof
    """The message of the service about the hit."""

    request: Proof
    """The request for confirmation, with a receipt of the owner from before the deadline."""

    answer: Proof | None = None
    """The answer of the owner since then, or its announcement of a deadline that it missed; none without either."""


class Overdue(BaseForm, frozen=True, kw_only=True):
    """From the Secretariat to the owner, in the thread of the hit: the evidence shows that your answer is overdue."""

    hit: Uuid
    number: _Number
    due: Seconds
    """The missed deadline."""


class AnswerProof(BaseForm, frozen=True, kw_only=True):
    """From the owner to the Secretariat, in the thread of the hit: its answer to the finder."""

    hit: Uuid
    answer: Proof
    """The answer, as an evidence file in base64url; a receipt of the finder in it proves that it was in time."""
