"""Between a data subject request as the Commission works with it, and as it is stored."""

import json
from datetime import date
from typing import Any, Final, Self

import msgspec
from sqlalchemy.engine import Row

from gateway.struct_rows import columns_of, struct_of
from gateway.subject_requests import rules
from gateway.subject_requests.models import (
    CommissionOutcome,
    DataSubject,
    RecordLocation,
    RemedyAct,
    RemedyState,
    RequestStep,
    SubjectRequestKind,
    SubjectRequestState,
)
from shared.bureaus import BureauCode
from shared.records.models import Reference


class StoredRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as the Commission stores it."""

    sequence: int = 0
    id: str
    year: int
    number: int = 0
    kind: SubjectRequestKind
    state: SubjectRequestState = SubjectRequestState.RECEIVED
    received: date
    entered: int
    admitted: date | None = None
    due: date | None
    outcome: CommissionOutcome | None = None
    forget_on: date | None = None
    last_record: int = 0
    subject: DataSubject | None
    statement: str | None
    reasons: str | None = None
    revises: str | None = None
    revised_kind: SubjectRequestKind | None = None
    """What the request whose decision is to be revised asked for."""

    discovered: date | None = None
    new_fact: str | None = None

    @property
    def matter(self) -> SubjectRequestKind:
        """What the subject asks for: of a revision what the revised request asked for."""
        return self.revised_kind or self.kind

    @property
    def reference(self) -> Reference:
        """The number under which the Commission files it."""
        return f"CCF/{self.year}/{self.number}"

    def moved(self, state: SubjectRequestState, today: date, **changes: Any) -> Self:
        """Return the request as it enters a state today, with the deadline of that state."""
        due, forget_on = rules.due_of(self.matter, state, today), rules.forget_on(state, today)
        return msgspec.structs.replace(self, state=state, due=due, forget_on=forget_on, **changes)


class StoredProof(msgspec.Struct, frozen=True, kw_only=True):
    """What a service answered, and signed."""

    at: int
    request: str
    status: int
    signature: str
    body: str

    @property
    def version(self) -> int | None:
        """The version of the record that the service made; None where the record was gone."""
        return int(msgspec.json.decode(self.body)["version"]) if self.status == 200 else None


class StoredRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record that concerns the subject of a request, and the state of the remedy."""

    number: int
    place: RecordLocation
    owner: BureauCode
    act: RemedyAct | None = None
    officer: str | None = None
    """Who decided on it, in whose name that is carried out."""

    corrections: dict[str, Any] | None = None
    state: RemedyState = RemedyState.ATTACHED
    attempts: int = 0
    due: int | None = None
    problem: str | None = None
    refused: bool = False
    """Whether the service refused the last attempt, so that it has changed nothing."""

    proof: StoredProof | None = None


class StoredStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step in a request."""

    at: int
    officer: str
    step: RequestStep
    record: int | None = None
    reason: str | None = None


class DueRemedy(msgspec.Struct, frozen=True, kw_only=True):
    """A remedy that is to be carried out now, and its request."""

    sequence: int
    request: str
    reference: Reference
    record: StoredRecord

    @property
    def officer(self) -> str:
        """Who decided on it: what is due was decided by an officer."""
        return self.record.officer or ""


REMEDY: Final = ("act", "officer", "corrections", "state", "attempts", "due", "problem", "refused", "proof")
"""The columns of a record that change."""


def request_row(request: StoredRequest) -> dict[str, Any]:
    """Return the row of a request, without its sequence."""
    columns = columns_of(request) | {"subject": request.subject and request.subject.model_dump_json()}
    del columns["sequence"]
    return columns


def request_of(row: Row[Any]) -> StoredRequest:
    """Return the request of a row."""
    return struct_of(StoredRequest, row, subject=row.subject and DataSubject.model_validate_json(row.subject))


def record_row(record: StoredRecord) -> dict[str, Any]:
    """Return the row of a record, without the request that it belongs to."""
    place = record.place.model_dump() | {"path": record.place.path or ""}
    return {**columns_of(record, "number", "owner"), **place, **remedy_row(record)}


def remedy_row(record: StoredRecord) -> dict[str, Any]:
    """Return the columns of a record that change."""
    return columns_of(record, *REMEDY) | {
        "corrections": None if record.corrections is None else json.dumps(record.corrections),
        "proof": record.proof and msgspec.json.encode(record.proof).decode(),
    }


def record_of(row: Row[Any]) -> StoredRecord:
    """Return the record of a row."""
    return struct_of(
        StoredRecord,
        row,
        place=RecordLocation(service=row.service, path=row.path or None, record=row.record),
        corrections=row.corrections and json.loads(row.corrections),
        proof=row.proof and msgspec.json.decode(row.proof),
    )


def due_remedy(row: Row[Any]) -> DueRemedy:
    """Return the remedy of a row that joins a record with its request."""
    reference = f"CCF/{row.year}/{row.filed}"
    return DueRemedy(sequence=row.request, request=row.id, reference=reference, record=record_of(row))
