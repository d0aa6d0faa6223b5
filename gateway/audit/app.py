"""The routes to the audit logs of all services, and to alarms."""

from typing import Annotated, Final

from fastapi import Depends, FastAPI, Query, Request

from gateway.audit import SERVICE
from gateway.audit.examples import EXAMPLES
from gateway.audit.models import AlarmPage, AlarmQuery, AllFigures, AuditQuery, MergedPage, ServiceName
from gateway.audit.operations import AuditIncomplete, AuditOperations
from shared.audit.disclosure_router import service_router
from shared.audit.models import SignedCheckpoint
from shared.audit.routes import LOGS_TAG
from shared.errors import NotFound
from shared.identity import AUDIT_READ, Caller
from shared.mailbox.rules import NotStored
from shared.rpc.keyring import BureauSuspended, KeyNotValid
from shared.service import Context
from shared.web.app import application
from shared.web.problems import refusals
from shared.web.routing import permission

NAME: Final = SERVICE.name
# No request has a body.
MAX_BODY: Final = 1_024

router = service_router(NAME, is_tagged=False)


def create_app(context: Context) -> FastAPI:
    """Make the application. Its state needs the operations of a gateway."""
    return application(context, router.routes, title="Audit", description=SERVICE.summary, examples=EXAMPLES)


async def _operations(request: Request) -> AuditOperations:
    operations: AuditOperations = request.app.state.operations
    return operations


Auditor = Annotated[Caller, permission(*AUDIT_READ.split(":"))]
Operations = Annotated[AuditOperations, Depends(_operations)]


@router.get("", tags=[NAME], responses=refusals(AuditIncomplete, KeyNotValid, BureauSuspended))
async def list_audit(auditor: Auditor, operations: Operations, wanted: Annotated[AuditQuery, Query()]) -> MergedPage:
    """List what was asked and shown in all services, newest first.

    You see what your bureau asked, and of what others asked, the records of your bureau that they were shown; the
    auditors of the Secretariat see everything. Each service logs that you looked. A log that cannot be read, or takes
    long, does not delay the others: `stalled` names it, and its leaves come on a later page.
    `GET /api/<service>/audit/<index>` explains one, and proves it.
    """
    return await operations.page(auditor, wanted)


@router.get("/compliance", tags=[NAME], responses=refusals(AuditIncomplete, KeyNotValid, BureauSuspended))
async def get_compliance(auditor: Auditor, operations: Operations) -> AllFigures:
    """Get how many records each bureau entered and soon took back, in all services.

    You see the figures of your bureau; the auditors of the Secretariat see those of all. A service that returns none
    does not delay the others: `stalled` names it.
    """
    return await operations.compliance(auditor)


@router.get("/alarms", tags=[NAME], responses=refusals(NotStored))
async def list_alarms(auditor: Auditor, operations: Operations, wanted: Annotated[AlarmQuery, Query()]) -> AlarmPage:
    """List the alarms of your bureau's gateway as a witness, newest first.

    Each has its evidence. A log that contradicts itself is not cosigned again until it extends what was seen of it.
    """
    return await operations.alarms(auditor, wanted)


@router.get("/witnessed/{service}", tags=[LOGS_TAG], responses=refusals(NotFound, NotStored))
async def get_witnessed_checkpoint(service: ServiceName, auditor: Auditor, operations: Operations) -> SignedCheckpoint:
    """Get the last checkpoint that your bureau's gateway saw as a witness of a log.

    `i247 audit verify --checkpoint` compares it with what others were shown.
    """
    return await operations.witnessed(auditor, service)
