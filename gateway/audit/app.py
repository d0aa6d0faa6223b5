"""The routes to the audit logs of all services at once."""

from typing import Annotated, Final

from fastapi import Depends, FastAPI, Query, Request

from gateway.audit import SERVICE
from gateway.audit.models import AlarmPage, AlarmQuery, AllFigures, AuditQuery, MergedPage, ServiceName
from gateway.audit.operations import AuditIncomplete, AuditOperations
from shared.audit.disclosure_router import service_router
from shared.audit.models import SignedCheckpoint
from shared.errors import NotFound
from shared.identity import AUDIT_READ, Caller
from shared.mailbox.rules import NotStored
from shared.rpc.keyring import BureauSuspended, KeyNotValid
from shared.service import Context
from shared.web.app import application
from shared.web.problems import refusals
from shared.web.routing import permission

NAME: Final = SERVICE.name
# Nothing is sent here.
MAX_BODY: Final = 1_024

router = service_router(NAME)


def create_app(context: Context) -> FastAPI:
    """Make the application, without anything that it asks: see `with_operations`."""
    return application(context, router.routes, title="Audit", description=SERVICE.summary)


def with_operations(app: FastAPI, desk: AuditOperations) -> FastAPI:
    """Let an application read the logs of the services of a gateway, and the alarms of its bureaus."""
    app.state.desk = desk
    return app


async def _desk(request: Request) -> AuditOperations:
    desk: AuditOperations = request.app.state.desk
    return desk


Auditor = Annotated[Caller, permission(*AUDIT_READ.split(":"))]
AtDesk = Annotated[AuditOperations, Depends(_desk)]


@router.get("", responses=refusals(AuditIncomplete, KeyNotValid, BureauSuspended))
async def list_audit(auditor: Auditor, desk: AtDesk, wanted: Annotated[AuditQuery, Query()]) -> MergedPage:
    """List what was asked and shown in all services, newest first.

    You see what your bureau asked, and of what others asked, what showed a record of your bureau; the Secretariat's
    auditors see all. Each service writes down that you looked. A log that cannot be read, or shows nothing for long,
    holds up no other: `stalled` names it, and what it has comes on a later page.
    `GET /api/<service>/audit/<index>` explains one, and proves it.
    """
    return await desk.page(auditor, wanted)


@router.get("/compliance", responses=refusals(AuditIncomplete, KeyNotValid, BureauSuspended))
async def read_compliance(auditor: Auditor, desk: AtDesk) -> AllFigures:
    """Read how many records bureaus entered in all services, and how many of these they took back soon after.

    You see the figures of your bureau; the Secretariat's auditors see those of all. A service that gives none holds up
    no other: `stalled` names it.
    """
    return await desk.compliance(auditor)


@router.get("/alarms", responses=refusals(NotStored))
async def list_alarms(auditor: Auditor, desk: AtDesk, wanted: Annotated[AlarmQuery, Query()]) -> AlarmPage:
    """List what your bureau's gateway found as a witness against a log, newest first, with what convicts it.

    A log that contradicts itself is never cosigned again until it goes on from what was seen of it.
    """
    return await desk.alarms(auditor, wanted)


@router.get("/witnessed/{service}", responses=refusals(NotFound, NotStored))
async def get_witnessed(service: ServiceName, auditor: Auditor, desk: AtDesk) -> SignedCheckpoint:
    """Get the last checkpoint that your bureau's gateway saw as a witness of a log, and holds the log to.

    `i247 audit verify --checkpoint` compares it with what others were shown.
    """
    return await desk.witnessed(auditor, service)
