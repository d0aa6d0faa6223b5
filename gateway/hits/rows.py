"""Between a hit as a bureau works with it, and as it is kept."""

from typing import Any, Final, Literal

import msgspec
from sqlalchemy.engine import Row

from gateway.hits.models import HitState, Side
from gateway.hits.rules import Standing
from shared.protocol import payloads
from shared.protocol.payloads import ConfirmationAnswer, ConfirmationRequest, HitNote, Urgency


class Claim(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That a deadline passed, as it was proven to the Secretariat. What proved it lies in the message."""

    number: int
    urgency: Urgency
    requested: float
    due: float
    answer: Literal["confirmed", "not-confirmed"] | None = None
    """What the owner has said since."""


StepForm = ConfirmationRequest | ConfirmationAnswer | Claim


class KeptHit(msgspec.Struct, frozen=True, kw_only=True):
    """A hit as a bureau keeps it, on one side."""

    number: int = 0
    side: Side
    service: str
    note: HitNote
    thread: str
    """The id of the message that brought it to both bureaus."""

    stored: int
    standing: Standing = Standing()
    corrected: int | None = None
    untold: int | None = None
    """When to see whether it can be proven to the Secretariat that the deadline passed; None where there is nothing."""


class KeptStep(msgspec.Struct, frozen=True, kw_only=True):
    """A message in the confirmation of a hit."""

    message: str
    """Its id; empty where the Secretariat has told itself."""

    officer: str
    signed: int
    form: StepForm
    late: bool = False
    """Whether the deadline had passed when this bureau had it."""


class EarlyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that came before its hit."""

    hit: str
    sender: str
    step: KeptStep


_note: Final = msgspec.json.Decoder(HitNote).decode
_claim: Final = msgspec.json.Decoder(Claim).decode
_CLAIM: Final = "escalation"
_encode: Final = msgspec.json.Encoder().encode


def hit_row(hit: KeptHit) -> dict[str, Any]:
    """Return what is kept of a hit."""
    standing = hit.standing
    return {
        "id": hit.note.id,
        "side": hit.side.value,
        "service": hit.service,
        "record": hit.note.record,
        "owner": hit.note.owner,
        "finder": hit.note.finder,
        "thread": hit.thread,
        "stored": hit.stored,
        "note": _encode(hit.note).decode(),
        "state": standing.state.value,
        "requests": standing.requests,
        "promised": standing.promised,
        "late": standing.late,
        "due": standing.due,
        "corrected": hit.corrected,
        "untold": hit.untold,
    }


def hit_of_row(row: Row[Any]) -> KeptHit:
    """Return a kept hit."""
    return KeptHit(
        number=row.number,
        side=Side(row.side),
        service=row.service,
        note=_note(row.note),
        thread=row.thread,
        stored=row.stored,
        standing=Standing(
            state=HitState(row.state), requests=row.requests, due=row.due, promised=row.promised, late=row.late
        ),
        corrected=row.corrected,
        untold=row.untold,
    )


def step_row(step: KeptStep) -> dict[str, Any]:
    """Return what is kept of a message about a hit."""
    return {
        "message": step.message,
        "officer": step.officer,
        "signed": step.signed,
        "kind": _CLAIM if isinstance(step.form, Claim) else payloads.name_of(step.form),
        "form": _encode(step.form).decode(),
    }


def step_of_row(row: Row[Any], *, late: bool = False) -> KeptStep:
    """Return a kept message about a hit."""
    form = _claim(row.form) if row.kind == _CLAIM else payloads.read(row.kind, row.form)
    assert isinstance(form, StepForm)  # noqa: S101 - nothing else is put in
    return KeptStep(message=row.message, officer=row.officer, signed=row.signed, form=form, late=late)
