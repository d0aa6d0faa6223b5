"""An owner's auditor finds no trace of other owners' records in the answers that also showed a record of theirs.

Two worlds differ in one record, of which Kenya must not learn: in one of them the answers that showed Germany a record
of Kenya showed it that record as well. Every request of Kenya's auditor gets the same answer in both, byte for byte but
for hashes and signatures, which have the same length.
"""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import sqlalchemy as sa

from services import stolen_vehicles
from shared.audit.checkpoint_signer import Checkpoints
from shared.audit.checkpoint_store import CheckpointStore
from shared.audit.format.proof_file import explained_by
from shared.audit.tables import disclosures
from shared.audit.verify.leaf_proof import verify_proof
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.crypto.signed_note import cosign, parse_note, witness_name
from shared.rpc.bridge import Bridge
from shared.service_process import RecordKeeping
from shared.storage import Database
from tests.conftest import NOW, store_of
from tests.contract.noninterference import Chance, chance_decided
from tests.gateway.mesh import Mesh, client_of
from tests.services.stolen_vehicles.samples import ALFA

SERVICE: Final = stolen_vehicles.SERVICE
PATH: Final = f"/api/{SERVICE.name}"
SECRET: Final = {**ALFA, "restricted": ["KE"], "make": "Lancia"}
UNSOUGHT: Final = {**SECRET, "vin": "ZAR 937000 05999999", "plate": "AA 000 AA"}
# Longer than any word or id.
_HASH: Final = re.compile(r"[A-Za-z0-9+/_-]{43,}=*")
_SLOT: Final = re.compile(r"slot\W{2,6}\d+")


class World:
    """A mesh with one service, with the same clock and random source as the other."""

    def __init__(self, mesh: Mesh, client: httpx.AsyncClient, database: Database, chance: Chance) -> None:
        self.mesh = mesh
        self._client = client
        self._database = database
        self._chance = chance
        self._happened = 0

    async def ask(self, bureau: str, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request of an officer of a bureau, a second after the last."""
        self._next()
        bearer = self.mesh.bearer(bureau, *SERVICE.scopes, "audit:read")
        return await self._client.request(method, path, headers=bearer, **options)

    async def happen(self, secret: dict[str, Any]) -> list[str]:
        """Let Kenya and France enter a car, and Germany search for the first; return the ids of all requests."""
        asked = [
            await self.ask("KE", "POST", PATH, json=ALFA),
            await self.ask("FR", "POST", PATH, json=secret),
            await self.ask("DE", "GET", f"{PATH}/search", params={"vin": ALFA["vin"]}),
            await self.ask("DE", "POST", f"{PATH}/checks", json={"checks": [{"vin": ALFA["vin"]}]}),
            await self.ask("DE", "GET", PATH),
        ]
        assert [each.text for each in asked if not each.is_success] == []
        await self._witness("DE", "FR")
        return [each.headers["I247-Request-Id"] for each in asked]

    async def shown(self) -> list[tuple[int, str]]:
        """Return the leaves with disclosures, each with the owner of the record."""
        row = disclosures.c
        found = await self._database.reading.fetch(sa.select(row.leaf, row.owner).order_by(row.leaf, row.owner))
        return [(each.leaf, each.owner) for each in found]

    def _next(self) -> None:
        self.mesh.clock.advance(timedelta(seconds=1))
        self._happened += 1
        self._chance.start(self._happened)

    async def _witness(self, *bureaus: str) -> None:
        self._next()
        await Checkpoints(self.mesh.participants[SERVICE.name], self._database).run_once()
        size = await CheckpointStore(self._database.reading).newest_size() or 0
        note = parse_note(await CheckpointStore(self._database.reading).signed_note(size) or "")
        async with self._database.writing() as session:
            for bureau in bureaus:
                key = self.mesh.at_hand[bureau].signing[0]
                line = cosign(note, witness_name(bureau), key, self.mesh.clock.now())
                await CheckpointStore(session).cosign(size, BureauCode(bureau), line)


@asynccontextmanager
async def running(store: Path, chance: Chance) -> AsyncIterator[World]:
    """Run a service without background jobs, as their timing could make the worlds differ."""
    mesh = Mesh(FixedClock(NOW))
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(store_of(SERVICE, f"sqlite:///{store}"))
        participant = mesh.join(SERVICE.name, "service", 100)
        records = RecordKeeping(SERVICE, database, participant, None)
        stack.push_async_callback(records.audit.close)
        application = SERVICE.create_app(records.context(1))
        await stack.enter_async_context(application.router.lifespan_context(application))
        await mesh.handle(participant, Bridge(application, participant, audit=records.audit).handle)
        client = await stack.enter_async_context(client_of(mesh.gateway(SERVICE)))
        yield World(mesh, client, database, chance)


@pytest.fixture
async def worlds(tmp_path: Path) -> AsyncIterator[tuple[World, World]]:
    """Return two worlds: one in which Germany's search also finds the secret record, and one in which it does not."""
    with chance_decided() as chance:
        async with running(tmp_path / "shown.db", chance) as shown, running(tmp_path / "other.db", chance) as other:
            yield shown, other


def questions(requests: Sequence[str], records: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every request that an auditor can make of the log, for every leaf, request id and record."""
    filters = [{}, {"bureau": "DE"}, {"limit": 1}, *({"owner": owner} for owner in ("KE", "FR"))]
    for wanted in (*filters, *({"record": each} for each in records)):
        yield f"{PATH}/audit", wanted
        yield "/api/audit", wanted
    for index in range(len(requests) + 1):
        yield from ((f"{PATH}/audit/{index}", wanted) for wanted in ({}, *({"record": each} for each in records)))
    yield from ((f"{PATH}/audit/by-request/{request}", {}) for request in requests)
    yield f"{PATH}/audit/log", {}
    yield f"{PATH}/audit/checkpoint", {}
    yield f"{PATH}/audit/consistency", {"old": 1, "new": len(requests)}


def comparable(answer: httpx.Response) -> list[str]:
    """Return an answer with its hashes and signatures replaced by others of the same length.

    The slot of a record is random, so it is replaced as well, and the length of the body left out.
    """
    headers = [f"{name}: {value}" for name, value in answer.headers.items() if name != "content-length"]
    return [_blotted(each) for each in (str(answer.status_code), *headers, answer.text)]


def _blotted(text: str) -> str:
    return _SLOT.sub("slot", _HASH.sub(lambda hashed: "x" * len(hashed.group()), text))


@pytest.mark.thorough
async def test_an_auditor_finds_no_trace_of_a_record_shown_beside_their_own(
    worlds: tuple[World, World],
) -> None:
    """In lists, explanations, proofs, the log itself, or the output of a proof's verification."""
    requests, same = [await world.happen(secret) for world, secret in zip(worlds, (SECRET, UNSOUGHT), strict=True)]
    assert requests == same
    shown, other = [await world.shown() for world in worlds]
    assert [each for each in shown if each not in other] == [(2, "FR"), (3, "FR")]
    records = [each["id"] for each in (await worlds[0].ask("DE", "GET", PATH)).json()["items"]]
    assert records == [each["id"] for each in (await worlds[1].ask("DE", "GET", PATH)).json()["items"]]
    explained = 0
    for path, wanted in questions(requests, records):
        answers = [await world.ask("KE", "GET", path, params=wanted) for world in worlds]
        assert comparable(answers[0]) == comparable(answers[1]), (path, wanted)
        if "proof" in answers[0].json() and "explanation" in answers[0].json():
            explained += 1
            checks = [
                verify_proof(explained_by(answer.content), world.mesh.root.public)
                for world, answer in zip(worlds, answers, strict=True)
            ]
            assert all(check.ok for check in checks), checks[0].found
            assert len({_blotted(repr(check.found)) for check in checks}) == 1
            assert {check.content.others for check in checks if check.content} <= {None, 0}
    # Kenya's own entry and the three answers that showed its record, each found in every way.
    assert explained == 12
