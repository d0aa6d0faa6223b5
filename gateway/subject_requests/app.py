"""The routes of data subject requests."""

from typing import Annotated, Final

from fastapi import Depends, FastAPI, Path, Query, Request, Response

from gateway.mailbox_access import caller_of, session_of
from gateway.subject_requests import SERVICE, rules
from gateway.subject_requests.examples import EXAMPLES
from gateway.subject_requests.models import (
    MAX_RECORD,
    Admissibility,
    DecisionDraft,
    RecordLocation,
    RequestId,
    RequestQuery,
    RestatedCorrections,
    StatedReason,
    SubjectRequest,
    SubjectRequestDraft,
    SubjectRequestPage,
)
from gateway.subject_requests.operations import SubjectRequestOperations
from gateway.subject_requests.reports import AccessReport, ExecutionReport
from shared.audit.disclosure_router import service_router
from shared.errors import IllegalStep, NotFound
from shared.identity import Caller
from shared.mailbox.rules import NotStored
from shared.records.dependencies import locate
from shared.records.rules import CommissionOnly, require_commission
from shared.rights import READING
from shared.rpc.keyring import BureauSuspended, KeyNotValid
from shared.service import Context
from shared.web.app import application
from shared.web.problems import refusals
from shared.web.routing import permission

NAME: Final = SERVICE.name
# A statement of 10,000 characters, each written as two escapes, and the records.
MAX_BODY: Final = 256 * 1024

router = service_router(NAME, NotStored, CommissionOnly, KeyNotValid, BureauSuspended)


def create_app(context: Context) -> FastAPI:
    """Make the application. Its state needs a mailbox host."""
    return application(
        context,
        router.routes,
        title="Data subject requests",
        examples=EXAMPLES,
        description="Requests of persons to the Commission for the Control of INTERPOL's Files (CCF) for access to "
        "their data, its correction or deletion. For officers of the Commission alone; no bureau learns that there is "
        "a request. Admissibility is decided within a month of the receipt; access within four months after that, "
        "correction and deletion within nine; the decision is carried out within another month. A revision of a "
        "decision can be requested within six months from the discovery of a new fact. Months are those of "
        "the calendar, and end on the last day of a shorter month. The subject and the reasons are deleted a year "
        "after the request has ended; its number, its dates and its steps stay.",
    )


async def _operations(request: Request) -> SubjectRequestOperations:
    """Return the operations. Raises NoKeyInForce for a write: it leads to requests that the Commission signs."""
    caller = caller_of(request)
    require_commission(caller)
    session = await session_of(request)
    if request.method not in READING:
        session.bureau.keys.require_in_force()
    return SubjectRequestOperations(session, caller)


Reader = Annotated[Caller, permission(NAME, "read")]
Writer = Annotated[Caller, permission(NAME, "write")]
Operations = Annotated[SubjectRequestOperations, Depends(_operations)]
Number = Annotated[int, Path(ge=1, le=MAX_RECORD, description="Its number in the request.")]

_OF_RECORDS: Final = (rules.RecordNotFound, rules.AlreadyAttached, rules.NotAnswered)
_OF_DRAFT: Final = (rules.ReceivedInFuture, rules.NotRevisable, rules.RevisionTooLate)
_STEP: Final = (NotFound, IllegalStep)


@router.post("", status_code=201, responses=refusals(*_OF_DRAFT, *_OF_RECORDS))
async def create_subject_request(
    _: Writer, operations: Operations, draft: SubjectRequestDraft, response: Response
) -> SubjectRequest:
    """Create a request that the Commission has received.

    It gets the next number of the year. `due` is the last day for the decision on admissibility: a month after its
    receipt. A request for `revision` names the decided request and a fact that was discovered since, at most six months
    before it was received; it is examined as that request was.
    """
    entered = await operations.enter(draft)
    locate(response, NAME, entered.id)
    return entered


@router.get("")
async def list_subject_requests(
    _: Reader, operations: Operations, wanted: Annotated[RequestQuery, Query()]
) -> SubjectRequestPage:
    """List requests, newest first, without subjects and statements. Those whose deadline passed are `overdue`."""
    return await operations.page(wanted)


@router.get("/{request_id}", responses=refusals(NotFound))
async def get_subject_request(request_id: RequestId, _: Reader, operations: Operations) -> SubjectRequest:
    """Get a request.

    It has the subject, the records that concern them, and the steps of officers of the Commission.
    """
    return await operations.one(request_id)


@router.post("/{request_id}/admissibility", responses=refusals(*_STEP))
async def decide_on_admissibility(
    request_id: RequestId, decision: Admissibility, _: Writer, operations: Operations
) -> SubjectRequest:
    """Decide on the admissibility of a request.

    This is possible also when it is overdue. The time for the decision runs from today: four months for access, nine
    for correction and deletion.
    """
    return await operations.decide_admissibility(request_id, decision)


@router.post("/{request_id}/records", status_code=201, responses=refusals(*_STEP, rules.TooManyRecords, *_OF_RECORDS))
async def add_subject_request_record(
    request_id: RequestId, place: RecordLocation, _: Writer, operations: Operations
) -> SubjectRequest:
    """Add a record that concerns the subject. Find it with the ordinary searches of the services.

    It is read once in your name, to check that it exists. Its owner is not notified.
    """
    return await operations.attach(request_id, place)


@router.delete("/{request_id}/records/{number}", status_code=204, responses=refusals(*_STEP))
async def delete_subject_request_record(
    request_id: RequestId, number: Number, _: Writer, operations: Operations
) -> None:
    """Delete a record from a request, as it does not concern the subject.

    The record itself stays. Its number is not used again.
    """
    await operations.remove(request_id, number)


@router.post("/{request_id}/decision", status_code=202, responses=refusals(*_STEP, rules.RemedyNotAllowed))
async def decide_on_subject_request(
    request_id: RequestId, decision: DecisionDraft, _: Writer, operations: Operations
) -> SubjectRequest:
    """Decide on a request.

    This is final, and binding on all bureaus. The decision is stored first and then carried out in your name; where a
    service does not answer the request to it is repeated. `correct` and `delete` need the scope `<service>:decide`.
    Once it is carried out the owner is notified that the Commission has decided, recipients only that they have copies
    to remove or to replace; no one learns who made the request.
    """
    return await operations.decide(request_id, decision)


@router.put("/{request_id}/records/{number}/corrections", status_code=202, responses=refusals(*_STEP))
async def update_corrections(
    request_id: RequestId, number: Number, restated: RestatedCorrections, _: Writer, operations: Operations
) -> SubjectRequest:
    """Update the corrections of a record that its service has `refused`.

    Its `problem` says why. It is not possible during an attempt, nor where the service did not answer: it may have made
    the corrections.
    """
    return await operations.restate(request_id, number, restated.corrections)


@router.post("/{request_id}/records/{number}/abandonment", responses=refusals(*_STEP))
async def abandon_remedy(
    request_id: RequestId, number: Number, stated: StatedReason, _: Writer, operations: Operations
) -> SubjectRequest:
    """Abandon a remedy that cannot be carried out.

    Do so when, for example, the service was shut down. There are no more attempts, and it does not count as carried
    out. Once all remedies are carried out or abandoned the request has ended. Other remedies need a new request.
    """
    return await operations.abandon(request_id, number, stated)


@router.get("/{request_id}/execution", responses=refusals(NotFound))
async def get_execution(request_id: RequestId, _: Reader, operations: Operations) -> ExecutionReport:
    """Get the execution of a decision.

    It has the answers of services, the bureaus that they notified, and signed confirmations.
    """
    return await operations.execution(request_id)


@router.get("/{request_id}/report", responses=refusals(*_STEP, rules.NotAnswered))
async def get_access_report(request_id: RequestId, _: Reader, operations: Operations) -> AccessReport:
    """Get the report for the subject where access is granted.

    It has the present records, and who saw them. The report is not stored. It leaves out which bureaus the owner of a
    record bars from it.
    """
    return await operations.report(request_id)


@router.post("/{request_id}/closure", responses=refusals(*_STEP))
async def close_subject_request(
    request_id: RequestId, stated: StatedReason, _: Writer, operations: Operations
) -> SubjectRequest:
    """Close a request that the subject withdraws, before the decision."""
    return await operations.close(request_id, stated)
