"""Bureaus and one service, whose new records are matched with earlier searches."""

from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from services import (
    cultural_property,
    fingerprints,
    firearms,
    missing_persons,
    notices,
    stolen_vehicles,
    travel_documents,
)
from shared.audit.tables import disclosures
from shared.identity import PURPOSE_SCOPES, Purpose
from shared.records.search.matched_store import MatchedStore
from shared.records.search.matching import SavedSearchMatching
from shared.service import Service
from shared.storage import Database
from tests.gateway.mesh import Mesh

PNG = {"Content-Type": "image/png"}
JPEG = {"Content-Type": "image/jpeg"}
VEHICLES, NOTICES = stolen_vehicles.SERVICE, notices.SERVICE
PERSONS, PRINTS = missing_persons.SERVICE, fingerprints.SERVICE
DOCUMENTS = travel_documents.SERVICE
FIREARMS = firearms.SERVICE
PROPERTY = cultural_property.SERVICE


class Network:
    """Bureaus and one service, and the hits that it notifies later."""

    def __init__(self, service: Service, mesh: Mesh, client: httpx.AsyncClient) -> None:
        self.service = service
        self.mesh = mesh
        self.client = client
        self.database: Database = mesh.records[service.name]._database

    async def ask(
        self, bureau: str, method: str, path: str, purpose: Purpose = Purpose.SECURITY_CHECK, **options: Any
    ) -> Any:
        bearer = self.mesh.bearer(bureau, *self.service.scopes, PURPOSE_SCOPES[purpose], purpose=purpose)
        headers = {**bearer, **options.pop("headers", {})}
        target = f"/api/{self.service.name}{path}"
        answer = await self.client.request(method, target, headers=headers, **options)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def search(self, bureau: str, path: str = "/search", **query: Any) -> int:
        """Return how many records are found."""
        total: int = (await self.ask(bureau, "GET", path, params=query))["total"]
        return total

    async def notified(self) -> list[tuple[Any, ...]]:
        """Match pending records, and return which bureau was notified of which version, how, and by which criteria."""
        # As another process of the service does; jobs of this process at the same time make no difference.
        kinds = [kind for kind in self.service.metadata.info["stores"] if issubclass(kind, MatchedStore)]
        records = self.mesh.records[self.service.name]
        mesh = self.mesh

        def is_member(bureau: str) -> bool:
            return mesh.directory.is_member(bureau, mesh.clock.now().timestamp())

        matching = SavedSearchMatching(kinds, self.database, records.audit, mesh.clock, mesh.log, is_member)
        try:
            await matching.run_once()
        finally:
            await matching.close()
        row = disclosures.c
        found = sa.select(row.bureau, row.version, row.how, row.match).where(
            row.how.in_(("delayed-inquiry", "subscription"))
        )
        return [tuple(each) for each in await self.database.reading.fetch(found.order_by(row.number))]


def with_service(service: Service) -> Any:
    """Run a test with one service."""
    return pytest.mark.parametrize("service", [service], indirect=True, ids=[service.name])
