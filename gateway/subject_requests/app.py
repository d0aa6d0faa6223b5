"""The routes of data subject requests."""

from typing import Annotated, Final

from fastapi import Depends, FastAPI, Path, Query, Request, Response

from gateway.mailbox_access import caller_of, session_of
from gateway.subject_requests import SERVICE, rules
from gateway.subject_requests.models import (
    MAX_RECORD,
    Abandonment,
    Admissibility,
    Closure,
    DecisionDraft,
    Place,
    RequestDraft,
    RequestId,
    RequestPage,
    RequestQuery,
    RestatedCorrections,
    SubjectRequest,
)
from gateway.subject_requests.operations import SubjectRequestOperations
from gateway.subject_requests.results import AccessReport, ExecutionReport
from shared.audit.disclosure_router import service_router
from shared.errors import IllegalStep, NotFound
from shared.identity import Caller
from shared.mailbox.rules import NotStored
from shared.records.dependencies import locate
from shared.records.rules import CommissionOnly, require_commission
from shared.service import Context
from shared.web.app import application
from shared.web.problems import refusals
from shared.web.routing import permission

NAME: Final = SERVICE.name
# A statement of 10,000 characters, each of which may be written as two escapes, and records with it.
MAX_BODY: Final = 256 * 1024

router = service_router(NAME, NotStored, CommissionOnly)


def create_app(context: Context) -> FastAPI:
    """Make the application, without anything that it works on: see `with_mailbox_host`."""
    return application(
        context,
        router.routes,
        title="Data subject requests",
        description="What persons ask the Commission for the Control of INTERPOL's Files (CCF) about themselves: "
        "access, correction, deletion. For officers of the Commission alone; no bureau learns who asked, nor that "
        "anybody did. Whether a request is admissible is decided within a month of its receipt; on access within four "
        "months after that, on correction and deletion within nine; a month later all is carried out. Months are those "
        "of the calendar, and end on the last day of one that is too short. Who asked, for what and why is deleted a "
        "year after the request has ended; its number, its dates and what was done stay.",
    )


async def _operations(request: Request) -> SubjectRequestOperations:
    caller = caller_of(request)
    require_commission(caller)
    return SubjectRequestOperations(await session_of(request), caller)


Reader = Annotated[Caller, permission(NAME, "read")]
Writer = Annotated[Caller, permission(NAME, "write")]
Operations = Annotated[SubjectRequestOperations, Depends(_operations)]
Number = Annotated[int, Path(ge=1, le=MAX_RECORD, description="Its number in the request.")]

_OF_RECORDS: Final = (rules.RecordNotFound, rules.AlreadyAttached, rules.NotAnswered)
_STEP: Final = (NotFound, IllegalStep)


@router.post("", status_code=201, responses=refusals(rules.ReceivedInFuture, *_OF_RECORDS))
async def enter_subject_request(
    _: Writer, operations: Operations, draft: RequestDraft, response: Response
) -> SubjectRequest:
    """Enter a request that the Commission has received; it gets the next number of the year.

    `due` is the day on which it must be decided whether it is admissible: a month after its receipt.
    """
    entered = await operations.enter(draft)
    locate(response, NAME, entered.id)
    return entered


@router.get("")
async def list_subject_requests(
    _: Reader, operations: Operations, wanted: Annotated[RequestQuery, Query()]
) -> RequestPage:
    """List requests, newest first, without subjects and statements. Those whose deadline passed are `overdue`."""
    return await operations.page(wanted)


@router.get("/{request_id}", responses=refusals(NotFound))
async def get_subject_request(request_id: RequestId, _: Reader, operations: Operations) -> SubjectRequest:
    """Get a request: who asks for what, the records that concern them, and who of the Commission did what when."""
    return await operations.one(request_id)


@router.post("/{request_id}/admissibility", responses=refusals(*_STEP))
async def decide_admissibility(
    request_id: RequestId, decision: Admissibility, _: Writer, operations: Operations
) -> SubjectRequest:
    """Decide whether a request is admissible, late rather than never.

    The time to decide on it runs from today: four months for access, nine for correction and deletion.
    """
    return await operations.decide_admissibility(request_id, decision)


@router.post("/{request_id}/records", status_code=201, responses=refusals(*_STEP, rules.TooManyRecords, *_OF_RECORDS))
async def attach_record(request_id: RequestId, place: Place, _: Writer, operations: Operations) -> SubjectRequest:
    """Attach a record that concerns the subject, as ordinary searches of the services have found it.

    It is read once in your name, so that it is known to be there. Its owner learns of neither.
    """
    return await operations.attach(request_id, place)


@router.delete("/{request_id}/records/{number}", status_code=204, responses=refusals(*_STEP))
async def remove_record(request_id: RequestId, number: Number, _: Writer, operations: Operations) -> None:
    """Take a record off a request that does not concern the subject. Its number is not given again."""
    await operations.remove(request_id, number)


@router.post("/{request_id}/decision", status_code=202, responses=refusals(*_STEP, rules.RemedyNotAllowed))
async def decide_subject_request(
    request_id: RequestId, decision: DecisionDraft, _: Writer, operations: Operations
) -> SubjectRequest:
    """Decide on a request: this is final, and binds all bureaus.

    The decision is kept first and then carried out in your name, as long as it takes; where a service does not answer
    it is asked again. For `correct` and `delete` you need the scope `<service>:decide`. Once it is carried out the
    owner learns that the Commission has decided, recipients only that they have copies to remove or to replace; nobody
    learns who asked.
    """
    return await operations.decide(request_id, decision)


@router.put("/{request_id}/records/{number}/corrections", status_code=202, responses=refusals(*_STEP))
async def restate_corrections(
    request_id: RequestId, number: Number, restated: RestatedCorrections, _: Writer, operations: Operations
) -> SubjectRequest:
    """State the corrections of a record otherwise, where its service has `refused` them: `problem` says why.

    Not while it is being asked, nor where it did not answer: it may have done what was decided.
    """
    return await operations.restate(request_id, number, restated.corrections)


@router.post("/{request_id}/records/{number}/abandonment", responses=refusals(*_STEP))
async def abandon_remedy(
    request_id: RequestId, number: Number, abandonment: Abandonment, _: Writer, operations: Operations
) -> SubjectRequest:
    """Give up what was decided on a record and cannot be carried out, as when its service is gone for good.

    It is not tried any more, and nothing is said to be done. Once all is carried out or abandoned the request has
    ended. What cannot be done otherwise is decided on a new request.
    """
    return await operations.abandon(request_id, number, abandonment)


@router.get("/{request_id}/execution", responses=refusals(NotFound))
async def get_execution(request_id: RequestId, _: Reader, operations: Operations) -> ExecutionReport:
    """Get how far a decision is carried out: what services answered, whom they informed, and who has signed."""
    return await operations.execution(request_id)


@router.get("/{request_id}/report", responses=refusals(*_STEP, rules.NotAnswered))
async def report_to_subject(request_id: RequestId, _: Reader, operations: Operations) -> AccessReport:
    """Make the report that the subject is given where access is granted: the records as they are, and who saw them.

    Nothing of it is kept here. Whom the owner of a record bars from it is not in it.
    """
    return await operations.report(request_id)


@router.post("/{request_id}/closure", responses=refusals(*_STEP))
async def close_subject_request(
    request_id: RequestId, closure: Closure, _: Writer, operations: Operations
) -> SubjectRequest:
    """Close a request that the subject withdraws, until it is decided."""
    return await operations.close(request_id, closure)
