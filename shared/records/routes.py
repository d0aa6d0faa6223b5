"""The operations that all records have in common, declared once for each kind: `record_routes(router, VehicleStore)`.

Who may not know of a record is answered as if there were none.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request

from shared.errors import Conflict, IllegalStep, Invalid, NotFound, NotTheOwner
from shared.identity import Caller
from shared.ids import RecordId
from shared.records import rules
from shared.records.decisions import carry_out
from shared.records.dependencies import reading, writing
from shared.records.entry_limits import TooManyTakenBack
from shared.records.kind_routes import KindRoutes
from shared.records.models import (
    CarriedOut,
    CommissionDecision,
    RecordDisclosures,
    RecordVersions,
    Renewal,
    Restriction,
    VersionsQuery,
)
from shared.records.policy import require_owner
from shared.records.store import RecordStore
from shared.records.versions import give_reason, versions_of
from shared.records.withdrawals.recipients import disclosures_of
from shared.web.problems import refusals
from shared.web.routing import context_of, permission

Kept = RecordStore[Any]

ENTRY_REFUSALS: Final = refusals(TooManyTakenBack)
"""How a service refuses to enter a record, whatever it says."""

CHANGE_REFUSALS: Final = refusals(NotTheOwner, NotFound, IllegalStep, Conflict, TooManyTakenBack)
"""How a service refuses to change a record, where not every step is possible at any time."""

_LOOK: Final = (NotTheOwner, NotFound)
_CHANGE: Final = (NotTheOwner, NotFound, Conflict)


def record_routes(router: APIRouter, store: type[Kept], *, below: str = "") -> None:
    """Declare what is common to all records for one kind of them, on the router of its service.

    `below` is the path of the kind in its service, where that has several. Call it after the routes of the kind's own.
    """
    routes = _RecordRoutes(router, store, below)
    routes.declare_versions()
    routes.declare_disclosures()
    routes.declare_restriction()
    routes.declare_renewal()
    routes.declare_deletion()
    routes.declare_decision()


class _RecordRoutes(KindRoutes):
    def __init__(self, router: APIRouter, store: type[Kept], below: str) -> None:
        super().__init__(router, store, f"{below}/{{record_id}}")
        self._model = store.model
        self._may_decide = permission(self._service, "decide")
        self._to_read = Depends(reading(store))
        self._to_change = Depends(writing(store), scope="function")

    def declare_versions(self) -> None:
        async def read_versions(
            record_id: RecordId,
            reader: Annotated[Caller, self._may_read],
            records: Annotated[Kept, self._to_read],
            query: Annotated[VersionsQuery, Query()],
        ) -> Any:
            """Read the versions of a record: who made each, and why where a reason was given.

            What the Commission for the Control of Files had corrected is so in all of them. Only the owner may, and
            the Commission.
            """
            record = await records.get_whole(record_id)
            rules.require_insight(record.owner, record.id, reader)
            return await versions_of(records.session, record, query)

        pages: Any = RecordVersions
        self._declare(
            "GET /versions",
            "read_{}_versions",
            "Read the versions of a {}",
            read_versions,
            _LOOK,
            answer=pages[self._model],
        )

    def declare_disclosures(self) -> None:
        async def read_disclosures(
            record_id: RecordId,
            reader: Annotated[Caller, self._may_read],
            records: Annotated[Kept, self._to_read],
            request: Request,
        ) -> Any:
            """Read which bureaus were shown a record since the audit log began: when, for what, and to which officers.

            Where a bureau may not see it any more it was told to remove its copies, and where it was corrected to
            replace them: you see which bureaus have signed that they did, and which have not. Also when deleted.
            Only the owner may, and the Commission for the Control of Files. The owner does not see bureaus that found
            the record by an earlier search: these remove their copies all the same.
            """
            return await disclosures_of(records, record_id, reader, context_of(request).post)

        self._declare(
            "GET /disclosures",
            "read_{}_disclosures",
            "Read who received a {}",
            read_disclosures,
            _LOOK,
            answer=RecordDisclosures,
        )

    def declare_restriction(self) -> None:
        async def restrict(
            record_id: RecordId,
            restriction: Restriction,
            writer: Annotated[Caller, self._may_write],
            records: Annotated[Kept, self._to_change],
        ) -> Any:
            """Bar exactly these bureaus from a record, from now on. Only the owner may.

            To a barred bureau it is as if there were no record. One that received it is told to remove its copies,
            but not why.
            """
            record = await records.get(record_id)
            return await records.replace(rules.restrict(record, restriction.restricted, by=writer, at=records.at))

        possible = (*_CHANGE, TooManyTakenBack)
        self._declare("PUT /restriction", "restrict_{}", "Restrict a {}", restrict, possible, answer=self._model)

    def declare_renewal(self) -> None:
        async def renew(
            record_id: RecordId,
            renewal: Renewal,
            writer: Annotated[Caller, self._may_write],
            records: Annotated[Kept, self._to_change],
        ) -> Any:
            """Keep a record for a whole term from now on, with the reason, which is kept with this version.

            Only the owner may.
            """
            record = await records.get(record_id)
            renewed = rules.renew(record, records.kept_for(record), by=writer, at=records.at)
            kept = await records.replace(renewed)
            await give_reason(records.session, renewed, renewal.reason)
            return kept

        possible = (*_CHANGE, IllegalStep)
        self._declare("POST /renewal", "renew_{}", "Renew a {}", renew, possible, answer=self._model)

    def declare_deletion(self) -> None:
        async def delete(
            record_id: RecordId, writer: Annotated[Caller, self._may_write], records: Annotated[Kept, self._to_change]
        ) -> None:
            """Delete a record with all its versions. This cannot be undone. Only the owner may.

            All who received it are told to remove their copies; who has stays to be seen in its disclosures.
            """
            record = await records.get(record_id)
            require_owner(record, writer)
            await records.forget(record, "deleted")

        self._declare("DELETE ", "delete_{}", "Delete a {}", delete, _CHANGE)

    def declare_decision(self) -> None:
        async def decide(
            record_id: RecordId,
            decision: CommissionDecision,
            officer: Annotated[Caller, self._may_decide],
            records: Annotated[Kept, self._to_change],
        ) -> CarriedOut:
            """Carry out a decision of the Commission for the Control of Files on the record of any bureau.

            The record is deleted, or corrected in all its versions; its owner, and all who received it, are told to do
            the same with their copies. The same decision is carried out once: whoever sends it again, as after an
            answer that was lost, is answered the same. Only the Commission may, for the purpose `data-subject-request`.
            """
            rules.require_commission(officer)
            return await carry_out(decision, record_id, records)

        possible = (rules.CommissionOnly, NotFound, Conflict, rules.DecidedOtherwise, rules.RecordGone, Invalid)
        self._declare("POST /decision", "decide_on_{}", "Decide on a {}", decide, possible, answer=CarriedOut)
