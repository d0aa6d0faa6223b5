"""Between a hit as a bureau works with it, and as it is stored."""

from collections.abc import Iterable
from typing import Any, Final, Literal, TypeVar

import msgspec
from sqlalchemy.engine import Row

from gateway.hits.models import HitSide
from gateway.hits.rules import ConfirmationStatus
from gateway.struct_rows import columns_of, struct_of
from shared.protocol import payloads
from shared.protocol.payloads import ConfirmationAnswer, ConfirmationRequest, HitDetails, Urgency


class Claim(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That a deadline passed, as it was proven to the Secretariat. The message holds the proof."""

    number: int
    urgency: Urgency
    requested: float
    due: float
    answer: Literal["confirmed", "not-confirmed"] | None = None
    """What the owner has answered since."""

    late: bool | None = None
    """Whether that was late; None where nothing proves it, nor that it was in time."""


StepForm = ConfirmationRequest | ConfirmationAnswer | Claim


class StoredHit(msgspec.Struct, frozen=True, kw_only=True):
    """A hit as a bureau stores it, on one side."""

    number: int = 0
    side: HitSide
    service: str
    details: HitDetails
    thread: str
    """The id of the message that brought it to both bureaus."""

    stored: int
    status: ConfirmationStatus = ConfirmationStatus()
    corrected: int | None = None
    escalate_at: int | None = None
    """When to check whether the Secretariat can be shown that the deadline passed, or at the owner a receipt."""


class StoredStep(msgspec.Struct, frozen=True, kw_only=True):
    """A message in the confirmation of a hit."""

    message: str
    """Its id; empty where the Secretariat is the finder itself."""

    officer: str
    signed: int
    form: StepForm
    late: bool = False
    """Whether the deadline had passed when this bureau received it."""


class EarlyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that came before its hit."""

    hit: str
    sender: str
    step: StoredStep


F = TypeVar("F", bound=StepForm)


def with_form(kind: type[F], steps: Iterable[StoredStep]) -> list[tuple[StoredStep, F]]:
    """Return the messages with a form of one kind, each with its form."""
    return [(step, step.form) for step in steps if isinstance(step.form, kind)]


_details: Final = msgspec.json.Decoder(HitDetails).decode
_claim: Final = msgspec.json.Decoder(Claim).decode
_CLAIM: Final = "escalation"
_encode: Final = msgspec.json.Encoder().encode


def hit_row(hit: StoredHit) -> dict[str, Any]:
    """Return the row of a hit."""
    return {
        **columns_of(hit, "side", "service", "thread", "stored", "corrected", "escalate_at"),
        **columns_of(hit.details, "id", "record", "owner", "finder"),
        **columns_of(hit.status),
        "details": _encode(hit.details).decode(),
    }


def hit_of_row(row: Row[Any]) -> StoredHit:
    """Return the hit of a row."""
    return struct_of(StoredHit, row, details=_details(row.details), status=struct_of(ConfirmationStatus, row))


def step_row(step: StoredStep) -> dict[str, Any]:
    """Return the row of a message about a hit."""
    return {
        **columns_of(step, "message", "officer", "signed"),
        "kind": _CLAIM if isinstance(step.form, Claim) else payloads.name_of(step.form),
        "form": _encode(step.form).decode(),
    }


def step_of_row(row: Row[Any], *, late: bool = False) -> StoredStep:
    """Return the message about a hit of a row."""
    form = _claim(row.form) if row.kind == _CLAIM else payloads.read(row.kind, row.form)
    assert isinstance(form, StepForm)  # noqa: S101 - nothing else is stored
    return StoredStep(message=row.message, officer=row.officer, signed=row.signed, form=form, late=late)
