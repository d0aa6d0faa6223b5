"""How a data subject request is shown: as it stands today, with its records and its history."""

from collections.abc import Sequence
from datetime import date

from gateway.subject_requests import rules
from gateway.subject_requests.models import ConcernedRecord, HistoryEntry, Proof, RequestSummary, SubjectRequest
from gateway.subject_requests.rows import KeptProof, KeptRecord, KeptRequest, KeptStep
from shared.mailbox.times import moment


def summary_of(request: KeptRequest, today: date) -> RequestSummary:
    """Return a request without whom and what it is about."""
    return RequestSummary(
        id=request.id,
        number=request.reference,
        kind=request.kind,
        state=request.state,
        received=request.received,
        entered=moment(request.entered),
        admitted=request.admitted,
        due=request.due,
        overdue=rules.is_overdue(request.due, today),
        outcome=request.outcome,
        forget_on=request.forget_on,
    )


def request_view(
    request: KeptRequest, records: Sequence[KeptRecord], steps: Sequence[KeptStep], today: date
) -> SubjectRequest:
    """Return a request with all that is known of it."""
    return SubjectRequest(
        **summary_of(request, today).model_dump(),
        subject=request.subject,
        statement=request.statement,
        reasons=request.reasons,
        records=[concerned(record) for record in records],
        history=[
            HistoryEntry(at=moment(step.at), officer=step.officer, step=step.step, record=step.record, note=step.note)
            for step in steps
        ],
    )


def concerned(record: KeptRecord) -> ConcernedRecord:
    """Return a record that concerns the subject."""
    return ConcernedRecord(
        number=record.number,
        service=record.place.service,
        path=record.place.path,
        record=record.place.record,
        owner=record.owner,
        act=record.act,
        corrections=record.corrections,
        state=record.state,
        attempts=record.attempts,
        problem=record.problem,
        refused=record.refused,
        proof=None if record.proof is None else _proof(record.proof),
    )


def _proof(proof: KeptProof) -> Proof:
    return Proof(
        at=moment(proof.at),
        request=proof.request,
        status=proof.status,
        signature=proof.signature,
        body=proof.body,
    )
