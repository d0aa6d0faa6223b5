"""Every answer of a service is written to its audit log, with the records shown, before it is sent."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa

from services import stolen_vehicles
from shared.audit.backfill import BACKFILL_AFTER, AuditBackfill
from shared.audit.format.leaf import Leaf, decode
from shared.audit.tables import audit_leaves, disclosures, handled
from shared.audit.writer import NOT_ANSWERED
from shared.clock import FixedClock
from shared.protocol.envelope import SIGNATURE_HEADER, digest_of
from shared.storage import Database, Session
from tests.gateway.mesh import Mesh, client_of
from tests.services.stolen_vehicles.samples import ALFA

SERVICE = stolen_vehicles.SERVICE
PATH = "/api/stolen-vehicles"


class Network:
    """A mesh with one service, and its store."""

    def __init__(self, mesh: Mesh, client: httpx.AsyncClient) -> None:
        self.mesh = mesh
        self.client = client
        self.database: Database = mesh.records[SERVICE.name]._database

    async def ask(self, bureau: str, method: str, path: str, **options: Any) -> httpx.Response:
        bearer = self.mesh.bearer(bureau, *SERVICE.scopes)
        return await self.client.request(method, f"{PATH}{path}", headers=bearer, **options)

    async def leaves(self) -> list[Leaf]:
        rows = await self.database.reading.fetch(sa.select(audit_leaves).order_by(audit_leaves.c.number))
        return [decode(row.leaf) for row in rows]

    async def disclosed(self) -> list[tuple[Any, ...]]:
        row = disclosures.c
        columns = sa.select(row.leaf, row.bureau, row.owner, row.version, row.how, row.rule, row.match)
        return [tuple(each) for each in await self.database.reading.fetch(columns.order_by(row.number))]


@pytest.fixture
async def network(clock: FixedClock, tmp_path: Path) -> AsyncIterator[Network]:
    async with AsyncExitStack() as stack:
        mesh = Mesh(clock)
        await mesh.start(SERVICE, tmp_path, stack, number=100)
        yield Network(mesh, await stack.enter_async_context(client_of(mesh.gateway(SERVICE))))


async def test_an_answer_is_logged_with_its_caller_and_the_records_shown(network: Network) -> None:
    """A change, a search with a hit and one without each add a leaf that binds the signature of the answer."""
    entered = await network.ask("FR", "POST", "", json=ALFA)
    found = await network.ask("DE", "GET", "/search", params={"vin": ALFA["vin"]})
    missed = await network.ask("DE", "GET", "/search", params={"vin": "UNKNOWN1"})
    leaves = await network.leaves()
    assert [leaf.answer for leaf in leaves] == [
        digest_of(response.headers[SIGNATURE_HEADER]) for response in (entered, found, missed)
    ]
    assert [(leaf.bureau, leaf.officer, leaf.operation, leaf.status, leaf.records is None) for leaf in leaves] == [
        ("FR", "fr.officer", "create_vehicle", 201, False),
        ("DE", "de.officer", "search_vehicles", 200, False),
        ("DE", "de.officer", "search_vehicles", 200, True),
    ]
    assert await network.disclosed() == [
        (0, "FR", "FR", 1, "change", "owner", ""),
        (1, "DE", "FR", 1, "search", "members", "vin"),
    ]


async def test_a_refused_request_is_logged(network: Network) -> None:
    """Guessed ids leave a trace; a request that never reached a route leaves none."""
    await network.ask("DE", "GET", "/0197a3c2-5b1e-7c3a-9f20-4d5e6f708192")
    await network.ask("DE", "GET", "/search")
    assert [(leaf.operation, leaf.status) for leaf in await network.leaves()] == [("get_vehicle", 404)]


async def test_a_leaf_contains_no_personal_data(network: Network) -> None:
    """Neither the query nor the result can be read from it, or guessed without its salt."""
    await network.ask("FR", "POST", "", json=ALFA)
    await network.ask("DE", "GET", "/search", params={"vin": ALFA["vin"]})
    written = msgspec.json.encode(await network.leaves()).decode()
    assert ALFA["vin"] not in written
    assert (await network.ask("FR", "GET", "")).json()["items"][0]["id"] not in written


async def test_a_request_is_refused_while_the_audit_log_cannot_be_written(network: Network) -> None:
    """The refusal is signed and discloses no record."""
    await network.ask("FR", "POST", "", json=ALFA)
    async with network.database.writing() as session:
        await session.execute(sa.text("ALTER TABLE audit_leaves RENAME TO elsewhere"))
    refused = await network.ask("DE", "GET", "/search", params={"vin": ALFA["vin"]})
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:i247:problem:not-audited")
    assert SIGNATURE_HEADER in refused.headers


async def backfill(network: Network, clock: FixedClock) -> None:
    """Write the leaves of all changes that have lacked one for too long."""
    clock.advance(BACKFILL_AFTER + timedelta(seconds=1))
    await AuditBackfill(network.database, network.mesh.records[SERVICE.name].audit, clock).run_once()


def fail_to_commit(network: Network, monkeypatch: pytest.MonkeyPatch, *, reaches_the_disk: bool) -> None:
    """Make each transaction of a request fail, before or after its commit; those of the log still succeed."""
    writing = network.database.writing

    @asynccontextmanager
    async def failing(*, exclusive: bool = False) -> AsyncIterator[Session]:
        async with writing(exclusive=exclusive) as session:
            yield session
            if not exclusive and not reaches_the_disk:
                raise OSError("disk I/O error")
        if not exclusive:
            raise OSError("the connection was lost")

    monkeypatch.setattr(network.database, "writing", failing)


async def test_a_change_that_is_rolled_back_is_not_logged_as_a_disclosure(
    network: Network, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the commit fails, the leaf records the answer 500 and no version as disclosed."""
    record = (await network.ask("FR", "POST", "", json=ALFA)).json()["id"]
    with monkeypatch.context() as patch:
        fail_to_commit(network, patch, reaches_the_disk=False)
        assert (await network.ask("FR", "POST", f"/{record}/recovery")).status_code == 500
    await backfill(network, clock)
    assert [(leaf.operation, leaf.status) for leaf in await network.leaves()] == [
        ("create_vehicle", 201),
        ("mark_vehicle_recovered", 500),
    ]
    assert await network.disclosed() == [(0, "FR", "FR", 1, "change", "owner", "")]
    assert (await network.ask("FR", "GET", f"/{record}")).json()["version"] == 1


async def test_a_change_committed_on_a_lost_connection_is_logged_by_the_backfill(
    network: Network, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account stored with the change proves later that the commit succeeded."""
    with monkeypatch.context() as patch:
        fail_to_commit(network, patch, reaches_the_disk=True)
        assert (await network.ask("FR", "POST", "", json=ALFA)).status_code == 500
    assert await network.disclosed() == []
    await backfill(network, clock)
    assert [leaf.status for leaf in await network.leaves()] == [500, NOT_ANSWERED]
    assert await network.disclosed() == [(1, "FR", "FR", 1, "change", "owner", "")]


async def test_a_change_without_an_answer_is_logged_by_the_backfill(network: Network, clock: FixedClock) -> None:
    """The account of a change is committed with it, and logged later if its process ended first."""
    async with network.database.writing() as session:
        await session.execute(sa.text("ALTER TABLE audit_leaves RENAME TO elsewhere"))
    assert (await network.ask("FR", "POST", "", json=ALFA)).status_code == 503
    async with network.database.writing() as session:
        await session.execute(sa.text("ALTER TABLE elsewhere RENAME TO audit_leaves"))
    await backfill(network, clock)
    [leaf] = await network.leaves()
    assert (leaf.operation, leaf.status, leaf.answer) == ("create_vehicle", NOT_ANSWERED, None)
    assert await network.disclosed() == [(0, "FR", "FR", 1, "change", "owner", "")]
    [row] = await network.database.reading.fetch(sa.select(handled.c.account))
    assert row.account is None
