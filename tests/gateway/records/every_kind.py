"""One record of each kind of every service, and the requests that all kinds have."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from shutil import copy
from typing import Any

import httpx

from gateway.openapi.merge import service_openapi
from services import SERVICES
from shared.audit.tables import withdrawals
from shared.bureaus import BureauCode, kind_of
from shared.identity import Purpose
from shared.records.results import RecordPageQuery
from shared.records.store import RecordStore
from shared.service import Service
from shared.storage import Database
from tests.conftest import NOW, store_of
from tests.support import ServiceClient, caller, log_readers

OPERATIONS = {
    "versions": ("GET", None),
    "disclosures": ("GET", None),
    "restriction": ("PUT", {"restricted": ["DE"]}),
    "renewal": ("POST", {"reason": "The case is open."}),
    "": ("DELETE", None),
}
# The steps with which an owner ends a record, each with its body.
ENDS = {"withdrawal": None, "recovery": None, "finding": None, "identification": {"evidence": ["dna"]}}
COMMISSION = Purpose.DATA_SUBJECT_REQUEST
# A correction that fits every kind of record.
CORRECTION = {"decision": "correct", "reference": "CCF/2026/12", "corrections": {"handling": "CONFIDENTIAL"}}


@dataclass
class Kind:
    """One kind of record, with its service and store."""

    service: Service
    store: type[RecordStore[Any]]

    @cached_property
    def path(self) -> str:
        name = f"restrict_{self.store.model.record_kind().replace('-', '_')}"
        [path] = [
            path
            for path, stated in service_openapi(self.service)["paths"].items()
            for operation in stated.values()
            if operation["operationId"] == name
        ]
        return path.removesuffix("/restriction")


KINDS = [Kind(service, store) for service in SERVICES for store in service.metadata.info["stores"]]


class Records:
    """One record of France of a kind, and requests for it."""

    def __init__(self, kind: Kind, client: ServiceClient, database: Database, record: str) -> None:
        self.kind = kind
        self.client = client
        self.database = database
        self.record = record

    async def ask(self, bureau: str, operation: str, record: str = "") -> httpx.Response:
        method, body = OPERATIONS[operation]
        return await self.send(self.client.officer(bureau), method, operation, body, record)

    async def decide(self, body: dict[str, Any], record: str = "", **who: Any) -> httpx.Response:
        officer = caller(who.get("bureau", "CCF"), *self.kind.service.scopes, purpose=who.get("purpose", COMMISSION))
        return await self.send(self.client.calling(lambda: officer), "POST", "decision", body, record)

    async def send(self, officer: httpx.AsyncClient, method: str, operation: str, body: Any, record: str) -> Any:
        path = self.kind.path.replace("{record_id}", record or self.record)
        return await officer.request(method, f"{path}/{operation}".removesuffix("/"), json=body)

    async def read(self, bureau: str) -> Any:
        return await self.send(self.client.officer(bureau), "GET", "", None, "")

    async def restrict(self, **stated: Any) -> httpx.Response:
        return await self.send(self.client.officer("FR"), "PUT", "restriction", stated, "")

    async def require_hidden_from(self, bureau: str) -> None:
        """Check that a participant gets the same answers as if the record did not exist.

        Only bureaus may change records at all.
        """
        expected = {404} if kind_of(bureau) == "bureau" else {403, 404}
        never = f"{self.record[:-6]}{'0' * 6}"
        assert (await self.read(bureau)).status_code == 404
        for operation in OPERATIONS:
            real, none = [await self.ask(bureau, operation, record) for record in (self.record, never)]
            assert real.status_code == none.status_code
            assert real.status_code in expected
            assert real.headers.keys() == none.headers.keys()
            assert real.text.replace(self.record, "ID") == none.text.replace(never, "ID")

    async def disclose(self, *bureaus: str) -> None:
        """Log that bureaus were shown the record, as the bridge does."""
        stored = await self.kind.store(self.database.reading, caller("FR"), NOW).get(self.record)
        await log_readers(self.database, stored.disclosure("read"), "read_record", bureaus, NOW)

    async def recalled(self) -> set[str]:
        """Return the bureaus that were asked to remove their copies."""
        rows = await self.database.reading.fetch(withdrawals.select())
        return {row.bureau for row in rows if row.act == "withdrawn" and row.record_id == self.record}

    def ends(self) -> list[str]:
        """Return the steps with which an owner may end a record of this kind."""
        paths = service_openapi(self.kind.service)["paths"]
        named = (path.removeprefix(f"{self.kind.path}/") for path in paths if path.startswith(f"{self.kind.path}/"))
        return sorted(ENDS.keys() & {*named})


@dataclass(frozen=True)
class Filled:
    """Stores that are filled once in a run: filling one for each test would take longer than the test."""

    folder: Path
    records: dict[str, str] = field(default_factory=dict)
    """For each kind, the id of a record visible to all."""


async def fill(kind: Kind, file: Path, filled: Filled) -> str:
    """Fill the store of a kind with records of France, and return the id of one visible to all."""
    name = kind.store.table.name
    if name not in filled.records:
        async with store_of(kind.service, f"sqlite:///{filled.folder / name}") as database:
            async with database.writing() as session:
                random = Random(1)  # noqa: S311 - not used for a secret
                await kind.service.seed(session, random, 30, [BureauCode("FR")], NOW - timedelta(days=1))
            seen = await kind.store(database.reading, caller("DE"), NOW).list(RecordPageQuery())
        # What is public cannot be addressed to some.
        filled.records[name] = next(each.id for each in seen.items if not getattr(each, "public", None))
    copy(filled.folder / name, file)
    return filled.records[name]
