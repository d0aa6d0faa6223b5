"""Between a trace as a bureau works with it, and as it is stored."""

from collections.abc import Iterable
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy.engine import Row

from gateway.struct_rows import columns_of, struct_of
from gateway.traces.models import TraceSide
from gateway.traces.rules import TraceStatus
from shared.protocol import payloads
from shared.protocol.payloads import TraceAnswer, TraceComment, TracedFirearm, TraceOverdue, TraceRequest

StepForm = TraceRequest | TraceAnswer | TraceComment | TraceOverdue


class FoundRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The record that a trace follows, for its requester alone."""

    hit: str
    service: str
    kind: str
    record: str
    version: int


class StoredTrace(msgspec.Struct, frozen=True, kw_only=True):
    """A trace as a bureau stores it."""

    number: int = 0
    id: str
    requester: str
    side: TraceSide
    firearm: TracedFirearm
    found: FoundRecord | None = None
    purpose: str
    stored: int
    requests: int
    """The number of the latest request that this bureau knows of."""

    asked: str
    status: TraceStatus
    """Of that request."""


class StoredRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request of a trace."""

    request: int
    asked: str
    thread: str
    status: TraceStatus
    escalate_at: int | None = None
    """When to check whether the Secretariat can be informed, or at the bureau asked whether its receipt has come."""


class StoredStep(msgspec.Struct, frozen=True, kw_only=True):
    """A message about a request."""

    request: int
    message: str
    sender: str
    officer: str
    signed: int
    form: StepForm


F = TypeVar("F", bound=StepForm)


def with_form(kind: type[F], steps: Iterable[StoredStep]) -> list[tuple[StoredStep, F]]:
    """Return the messages with a form of one kind, each with its form."""
    return [(step, step.form) for step in steps if isinstance(step.form, kind)]


_encode: Final = msgspec.json.Encoder().encode
_firearm: Final = msgspec.json.Decoder(TracedFirearm).decode
_found: Final = msgspec.json.Decoder(FoundRecord).decode


def trace_row(trace: StoredTrace) -> dict[str, Any]:
    """Return the row of a trace."""
    return {
        **columns_of(trace, "id", "requester", "side", "purpose", "stored", "requests", "asked"),
        **columns_of(trace.status),
        "firearm": _encode(trace.firearm).decode(),
        "found": None if trace.found is None else _encode(trace.found).decode(),
        "service": None if trace.found is None else trace.found.service,
        "record": None if trace.found is None else trace.found.record,
    }


def trace_of_row(row: Row[Any]) -> StoredTrace:
    """Return the trace of a row."""
    found = None if row.found is None else _found(row.found)
    status = struct_of(TraceStatus, row)
    return struct_of(StoredTrace, row, firearm=_firearm(row.firearm), found=found, status=status)


def request_row(request: StoredRequest) -> dict[str, Any]:
    """Return the row of a request."""
    return {**columns_of(request, "request", "asked", "thread", "escalate_at"), **columns_of(request.status)}


def request_of_row(row: Row[Any]) -> StoredRequest:
    """Return the request of a row."""
    return struct_of(StoredRequest, row, status=struct_of(TraceStatus, row))


def step_row(step: StoredStep) -> dict[str, Any]:
    """Return the row of a message about a request."""
    return {
        **columns_of(step, "request", "message", "sender", "officer", "signed"),
        "kind": payloads.name_of(step.form),
        "form": _encode(step.form).decode(),
    }


def step_of_row(row: Row[Any]) -> StoredStep:
    """Return the message about a request of a row."""
    form = payloads.read(row.kind, row.form)
    assert isinstance(form, StepForm)  # noqa: S101 - nothing else is stored
    return StoredStep(
        request=row.request, message=row.message, sender=row.sender, officer=row.officer, signed=row.signed, form=form
    )
