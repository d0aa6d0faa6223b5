"""A mesh with two services, whose audit logs are read at its gateway."""

from datetime import timedelta
from typing import Any

import httpx
import sqlalchemy as sa

from services import notices, stolen_vehicles
from shared.audit.format.leaf import decode
from shared.audit.tables import audit_leaves
from shared.transport import Subscription
from tests.gateway.mesh import Mesh

SERVICES = (notices.SERVICE, stolen_vehicles.SERVICE)
VEHICLES = "/api/stolen-vehicles"
SECOND = timedelta(seconds=1)


class Network:
    """A mesh with two services, and a client of its gateway."""

    def __init__(self, mesh: Mesh, client: httpx.AsyncClient, serving: dict[str, Subscription]) -> None:
        self.mesh = mesh
        self.client = client
        self.serving = serving

    async def ask(self, bureau: str, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request of an officer of a bureau, a second after the last."""
        self.mesh.clock.advance(SECOND)
        scopes = [scope for service in SERVICES for scope in service.scopes]
        return await self.client.request(method, path, headers=self.mesh.bearer(bureau, *scopes), **options)

    async def audit(self, bureau: str, *scopes: str, **query: Any) -> httpx.Response:
        """Request all logs as an auditor of a bureau."""
        bearer = self.mesh.bearer(bureau, *(scopes or ("audit:read",)))
        return await self.client.get("/api/audit", params=query, headers=bearer)

    async def seen(self, bureau: str, **query: Any) -> list[tuple[str, str, str]]:
        """Return what an auditor sees: service, bureau and operation."""
        found = (await self.audit(bureau, **query)).json()["items"]
        return [(each["service"], each["bureau"], each["operation"]) for each in found]

    async def operations(self, service: str) -> list[tuple[str, str]]:
        """Return bureau and operation of each leaf in the log of a service, the oldest first."""
        database = self.mesh.records[service]._database
        rows = await database.reading.fetch(sa.select(audit_leaves.c.leaf).order_by(audit_leaves.c.number))
        return [(leaf.bureau, leaf.operation) for leaf in (decode(row.leaf) for row in rows)]


ENTERED = ("stolen-vehicles", "FR", "create_vehicle")
SEARCHED = ("stolen-vehicles", "DE", "search_vehicles")
LISTED = ("notices", "DE", "list_notices")
