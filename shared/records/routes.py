"""The operations that all records have in common, declared once for each kind: `record_routes(router, VehicleStore)`.

A caller who may not know of a record gets the same answer as if it did not exist.
"""

from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request

from shared.errors import Conflict, IllegalStep, Invalid, NotFound, NotTheOwner, Refusal
from shared.identity import Caller
from shared.ids import RecordId
from shared.records import rules
from shared.records.access import HandlingConfidential
from shared.records.decisions import carry_out
from shared.records.dependencies import reading, writing
from shared.records.entry_limits import TooManyTakenBack
from shared.records.fitting import PurposeDoesNotFit
from shared.records.kind_routes import KindRoutes, PerKind, Reader, Withdrawer, Writer
from shared.records.models import (
    CommissionDecision,
    DecisionOutcome,
    RecordDisclosures,
    RecordVersions,
    Renewal,
    Restriction,
    VersionsQuery,
)
from shared.records.policy import require_owner
from shared.records.references import ReferenceTaken
from shared.records.store import RecordStore
from shared.records.versions import give_reason, versions_of
from shared.records.withdrawals.recipients import disclosures_of
from shared.web.problems import refusals
from shared.web.routing import context_of, permission

Stored = RecordStore[Any]

# How a service refuses to enter any record, to show one, and a change that depends on the state of a record.
ENTRY_REFUSALS: Final = refusals(TooManyTakenBack, PurposeDoesNotFit, ReferenceTaken, HandlingConfidential)
READ_REFUSALS: Final = refusals(NotFound, HandlingConfidential)
CHANGE_REFUSALS: Final = refusals(
    NotTheOwner, NotFound, IllegalStep, Conflict, ReferenceTaken, TooManyTakenBack, HandlingConfidential
)

Decider = Annotated[Caller, PerKind(lambda kind: Annotated[Caller, permission(kind.service(), "decide")])]
Readable = Annotated[Stored, PerKind(lambda kind: Annotated[Stored, Depends(reading(kind))])]
Writable = Annotated[Stored, PerKind(lambda kind: Annotated[Stored, Depends(writing(kind), scope="function")])]


def record_routes(router: APIRouter, store: type[Stored]) -> None:
    """Declare what is common to all records for one kind of them, on the router of its service.

    Call it after the routes of the kind's own.
    """
    declare, model = KindRoutes(router, store, f"/{store.below}{{record_id}}").declare, store.answer
    of_kind: Any = RecordVersions
    versions = of_kind[model]
    looking = (NotTheOwner, NotFound, HandlingConfidential)
    changing = (*looking, Conflict)
    deciding = (rules.CommissionOnly, NotFound, Conflict, rules.DecidedOtherwise, rules.RecordGone, Invalid)
    declare(list_versions, "GET /versions", "list_{}_versions", "List the versions of a {}", *looking, answer=versions)
    declare(
        list_disclosures,
        "GET /disclosures",
        "list_{}_disclosures",
        "List the bureaus that were shown a {}",
        *looking,
        answer=RecordDisclosures,
    )
    restricting: tuple[type[Refusal], ...] = (*changing, TooManyTakenBack, *store.reader_refusals)
    declare(restrict, "PUT /restriction", "restrict_{}", "Restrict who may see a {}", *restricting, answer=model)
    renewal = ("POST /renewal", "renew_{}", "Renew a {} for a whole term from now on")
    declare(renew, *renewal, *changing, IllegalStep, answer=model)
    deletion = ("DELETE ", "delete_{}", "Delete a {} with all its versions")
    declare(delete, *deletion, *changing, *store.deletion_refusals)
    decision = ("POST /decision", "decide_on_{}", "Decide on a {} for the Commission for the Control of Files")
    declare(decide, *decision, *deciding, answer=DecisionOutcome)


async def list_versions(
    record_id: RecordId, reader: Reader, records: Readable, query: Annotated[VersionsQuery, Query()]
) -> Any:
    """List the versions of a record.

    Each says who made it, and why if a reason was given. Former versions that were confidential are left out and
    counted (`withheld`) where the officer may not read them. Corrections by the Commission for the Control of Files are
    made in all versions. Only the owner and the Commission may read them.
    """
    record = await records.get_whole(record_id)
    rules.require_history_access(record.owner, record.id, reader)
    versions = await versions_of(records.session, record, query, reader)
    shown = [version for version in versions.items if not records.is_withheld(version.record)]
    return versions.model_copy(update={"items": shown, "withheld": len(versions.items) - len(shown)})


async def list_disclosures(record_id: RecordId, reader: Reader, records: Readable, request: Request) -> Any:
    """List the bureaus that were shown a record.

    It shows when, why, and to which officers, since the audit log began. A bureau that may no longer see it was asked
    to remove its copies, and after a correction to replace them: you see which bureaus have signed that they did, and
    which have not. A deleted record has this too. Only the owner and the Commission for the Control of Files may read
    it, and the General Secretariat for what it cancelled. The owner does not see bureaus that found the record by an
    earlier search: they too are asked to remove their copies.
    """
    return await disclosures_of(records, record_id, reader, context_of(request).post)


async def restrict(record_id: RecordId, restriction: Restriction, writer: Withdrawer, records: Writable) -> Any:
    """Restrict who may see a record.

    Exactly these bureaus and partners are barred from now on. Only the owner may. With `addressed` only those bureaus
    and the Secretariat may see it; an empty list opens it to all members. For the others the record does not exist. One
    that received it is asked to remove its copies, but not why. A bureau that is restricted may show it to fewer
    readers, not to more.
    """
    record = await records.get_whole(record_id)
    restricted = rules.restrict(record, restriction, by=writer, at=records.at)
    records.require_readers_changeable(record, restricted)
    return await records.replace(restricted)


async def renew(record_id: RecordId, renewal: Renewal, writer: Writer, records: Writable) -> Any:
    """Renew a record for a whole term from now on.

    The reason is stored with this version. Only the owner may. What has ended, such as a withdrawn record, is not
    renewed.
    """
    record = await records.get_whole(record_id)
    term = timedelta(0) if records.has_ended(record) else records.kept_for(record)
    renewed = rules.renew(record, term, by=writer, at=records.at)
    replaced = await records.replace(renewed)
    await give_reason(records.session, renewed, renewal.reason)
    return replaced


async def delete(record_id: RecordId, writer: Withdrawer, records: Writable) -> None:
    """Delete a record with all its versions. This cannot be undone. Only the owner may.

    All who received it are asked to remove their copies; its disclosures show which bureaus have.
    """
    record = await records.get_whole(record_id)
    require_owner(record, writer)
    records.require_deletable(record)
    await records.delete(record, "deleted")


async def decide(
    record_id: RecordId,
    decision: CommissionDecision,
    officer: Decider,
    records: Writable,
) -> DecisionOutcome:
    """Decide on a record for the Commission for the Control of Files.

    The decision is carried out on the record of any bureau. The record is deleted, or corrected in all its versions;
    its owner and all who received it are asked to do the same with their copies. A decision is carried out once: a
    repeated request gets the same answer. Only the Commission may, for the purpose `data-subject-request`.
    """
    rules.require_commission(officer)
    return await carry_out(decision, record_id, records)
