"""Data subject requests as officers see them: in their present state, with their records and their history."""

from collections.abc import Sequence
from datetime import date

from msgspec.structs import asdict

from gateway.subject_requests import rules
from gateway.subject_requests.models import (
    ConcernedRecord,
    RemedyProof,
    SubjectRequest,
    SubjectRequestStep,
    SubjectRequestSummary,
)
from gateway.subject_requests.rows import StoredRecord, StoredRequest, StoredStep
from shared.mailbox.times import moment


def summary_of(request: StoredRequest, today: date) -> SubjectRequestSummary:
    """Return a request without its subject and statement."""
    shown = {"number": request.reference, "entered": moment(request.entered)}
    return SubjectRequestSummary(**asdict(request) | shown, overdue=rules.is_overdue(request.due, today))


def request_view(
    request: StoredRequest, records: Sequence[StoredRecord], steps: Sequence[StoredStep], today: date
) -> SubjectRequest:
    """Return a request with its records and its history."""
    return SubjectRequest(
        **summary_of(request, today).model_dump(),
        subject=request.subject,
        statement=request.statement,
        new_fact=request.new_fact,
        reasons=request.reasons,
        records=[concerned(record) for record in records],
        history=[SubjectRequestStep(**asdict(step) | {"at": moment(step.at)}) for step in steps],
    )


def concerned(record: StoredRecord) -> ConcernedRecord:
    """Return a record that concerns the subject."""
    proof = record.proof and RemedyProof(**asdict(record.proof) | {"at": moment(record.proof.at)})
    return ConcernedRecord(**asdict(record) | record.place.model_dump() | {"proof": proof})
