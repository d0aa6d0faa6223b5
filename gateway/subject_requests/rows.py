"""How a data subject request is kept: what there is of it, and the rows of the tables behind that."""

import json
from datetime import date
from typing import Any, Final, Self

import msgspec
from sqlalchemy.engine import Row

from gateway.subject_requests import rules
from gateway.subject_requests.models import Act, Kind, Outcome, Place, RemedyState, RequestState, Step, Subject
from shared.bureaus import BureauCode
from shared.records.models import Reference


class KeptRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as the Commission keeps it."""

    sequence: int = 0
    id: str
    year: int
    number: int = 0
    kind: Kind
    state: RequestState = RequestState.RECEIVED
    received: date
    entered: int
    admitted: date | None = None
    due: date | None
    outcome: Outcome | None = None
    forget_on: date | None = None
    last_record: int = 0
    subject: Subject | None
    statement: str | None
    reasons: str | None = None

    @property
    def reference(self) -> Reference:
        """The number under which the Commission files it."""
        return f"CCF/{self.year}/{self.number}"

    def moved(self, state: RequestState, today: date, **changes: Any) -> Self:
        """Return the request as it gets into a state today, with the deadline that applies then."""
        due, forget_on = rules.due_of(self.kind, state, today), rules.forget_on(state, today)
        return msgspec.structs.replace(self, state=state, due=due, forget_on=forget_on, **changes)


class KeptProof(msgspec.Struct, frozen=True, kw_only=True):
    """What a service answered, and signed."""

    at: int
    request: str
    status: int
    signature: str
    body: str

    @property
    def version(self) -> int | None:
        """That of the record which was made; None where it was gone."""
        return _read_made(self.body).version if self.status == 200 else None


class _Made(msgspec.Struct):
    version: int


class KeptRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record that concerns the subject of a request, and how far it is with what was decided on it."""

    number: int
    place: Place
    owner: BureauCode
    act: Act | None = None
    officer: str | None = None
    """Who decided on it, in whose name that is carried out."""

    corrections: dict[str, Any] | None = None
    state: RemedyState = RemedyState.ATTACHED
    attempts: int = 0
    due: int | None = None
    problem: str | None = None
    refused: bool = False
    """Whether the service has refused it when it was asked last, so that it has done nothing."""

    proof: KeptProof | None = None


class KeptStep(msgspec.Struct, frozen=True, kw_only=True):
    """What was done with a request."""

    at: int
    officer: str
    step: Step
    record: int | None = None
    note: str | None = None


class DueRemedy(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be carried out now, and of which request."""

    sequence: int
    request: str
    reference: Reference
    record: KeptRecord

    @property
    def officer(self) -> str:
        """In whose name: what is due was decided by somebody."""
        return self.record.officer or ""


REMEDY: Final = ("act", "officer", "corrections", "state", "attempts", "due", "problem", "refused", "proof")
"""What changes in the row of a record."""

_read_made: Final = msgspec.json.Decoder(_Made).decode
_read_proof: Final = msgspec.json.Decoder(KeptProof).decode
_encode: Final = msgspec.json.Encoder().encode


def request_row(request: KeptRequest) -> dict[str, Any]:
    """Return the row of a request, but for its sequence."""
    row = {name: getattr(request, name) for name in request.__struct_fields__ if name != "sequence"}
    return row | {
        "kind": request.kind.value,
        "state": request.state.value,
        "outcome": None if request.outcome is None else request.outcome.value,
        "subject": None if request.subject is None else request.subject.model_dump_json(),
    }


def request_of(row: Row[Any]) -> KeptRequest:
    """Return the request behind a row."""
    read: dict[str, Any] = {
        "kind": Kind(row.kind),
        "state": RequestState(row.state),
        "outcome": None if row.outcome is None else Outcome(row.outcome),
        "subject": None if row.subject is None else Subject.model_validate_json(row.subject),
    }
    return KeptRequest(**{**row._asdict(), **read})


def record_row(record: KeptRecord) -> dict[str, Any]:
    """Return the row of a record, but for the request that it belongs to."""
    place = record.place
    return {
        "number": record.number,
        "service": place.service,
        "path": place.path or "",
        "record": place.record,
        "owner": record.owner,
        **remedy_row(record),
    }


def remedy_row(record: KeptRecord) -> dict[str, Any]:
    """Return what changes in the row of a record."""
    row = {name: getattr(record, name) for name in REMEDY}
    return row | {
        "act": None if record.act is None else record.act.value,
        "corrections": None if record.corrections is None else json.dumps(record.corrections),
        "state": record.state.value,
        "proof": None if record.proof is None else _encode(record.proof).decode(),
    }


def record_of(row: Row[Any]) -> KeptRecord:
    """Return the record behind a row."""
    read: dict[str, Any] = {
        "act": None if row.act is None else Act(row.act),
        "corrections": None if row.corrections is None else json.loads(row.corrections),
        "state": RemedyState(row.state),
        "proof": None if row.proof is None else _read_proof(row.proof),
    }
    place = Place(service=row.service, path=row.path or None, record=row.record)
    unchanged = {name: getattr(row, name) for name in REMEDY if name not in read}
    return KeptRecord(number=row.number, place=place, owner=BureauCode(row.owner), **unchanged, **read)
