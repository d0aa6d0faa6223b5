"""Field copies of stolen vehicles, taken and prepared for tests."""

from typing import Any

import httpx

from services.stolen_vehicles.store import VehicleStore
from shared.audit.writer import AuditLog
from shared.clock import FixedClock
from shared.identity import Purpose
from shared.records.field_copies.builder import FieldCopyBuilder
from shared.records.stored_kind import StoredKind
from shared.storage import Database
from shared.web.routing import context_of
from tests.services.stolen_vehicles.entries import PATH
from tests.support import ServiceClient

COPIES = f"{PATH}/field-copies"


def database_of(service: ServiceClient) -> Database:
    """Return the store of the service."""
    request: Any = type("Request", (), {"app": service.app})
    return context_of(request).database


async def prepare(service: ServiceClient, clock: FixedClock, kind: type[StoredKind[Any]] = VehicleStore) -> None:
    """Prepare all copies that were ordered, as the service does in the background."""
    database = database_of(service)
    audit = AuditLog(database)
    builder = FieldCopyBuilder([kind], database, audit, clock)
    while await builder.run_once() is not None:
        pass
    await audit.close()


async def take(service: ServiceClient, clock: FixedClock, bureau: str = "DE", **order: Any) -> dict[str, Any]:
    """Take a field copy of a bureau, and return it once it is ready."""
    ordered = await copier(service, bureau).post(COPIES, json=order)
    assert ordered.status_code == 202, ordered.text
    await prepare(service, clock)
    copies: list[dict[str, Any]] = (await copier(service, bureau).get(COPIES)).json()["items"]
    assert copies[0]["state"] == "ready"
    return copies[0]


async def records_in(
    service: ServiceClient, number: int, bureau: str = "DE", **query: Any
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return the rows of a copy by the ids of their records, and the ids that a differential removes."""
    rows, removed, after = dict[str, dict[str, Any]](), list[str](), {}
    while True:
        answer = await copier(service, bureau).get(f"{COPIES}/{number}/records", params={**query, **after})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        rows |= {row[0]: dict(zip(page["columns"], row, strict=True)) for row in page["rows"]}
        removed += page["removed"]
        if page["next"] is None:
            return rows, removed
        after = {"after": page["next"]}


def copier(service: ServiceClient, bureau: str = "DE", *scopes: str) -> httpx.AsyncClient:
    """Return a client of an officer who takes copies for border posts."""
    return service.officer(bureau, *scopes) if scopes else service.officer_for(bureau, Purpose.BORDER_MANAGEMENT)
