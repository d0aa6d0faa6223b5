"""A mesh in memory with a service whose log has witnesses, and what a dishonest operator could do to its store."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import msgspec
import sqlalchemy as sa

from gateway.witness.own_lists import OwnLists
from gateway.witness.patrol import Patrol
from gateway.witness.store import StoredAlarm, WitnessStore
from gateway.witness.watching import Witness
from services import stolen_vehicles
from shared.audit.checkpoint_signer import MIN_INTERVAL, Checkpoints
from shared.audit.checkpoint_store import CheckpointStore
from shared.audit.format.leaf import decode, encode
from shared.audit.tables import audit_blocks, audit_leaves, audit_logs
from shared.audit.tree import TreeStore
from shared.audit.writer import LogEntry
from shared.bureaus import BureauCode
from shared.crypto.merkle import CompactRange, leaf_hash
from shared.crypto.signed_note import Note, parse_note, participant_of
from shared.disclosure import Disclosure
from shared.identity import Purpose
from shared.mailbox.mailbox import Mailbox
from shared.storage import Database, Session
from tests.conftest import NOW
from tests.gateway.mesh import Mesh, client_of

SERVICE = stolen_vehicles.SERVICE
NAME = SERVICE.name
PATH = f"/api/{NAME}"


class Network:
    """Bureaus, the service, and its store."""

    def __init__(self, mesh: Mesh, client: httpx.AsyncClient) -> None:
        self.mesh = mesh
        self.client = client
        self.database: Database = mesh.records[NAME]._database
        self._witnesses: dict[str, Witness] = {}
        self._patrols: dict[str, Patrol] = {}
        self._lists: dict[str, OwnLists] = {}

    @classmethod
    async def start(cls, mesh: Mesh, folder: Path, stack: AsyncExitStack) -> "Network":
        """Start the service, the mail of all bureaus, and a gateway."""
        await stack.enter_async_context(mesh.handling_mail())
        await mesh.start(SERVICE, folder, stack, number=100)
        return cls(mesh, await stack.enter_async_context(client_of(mesh.gateway(SERVICE))))

    async def search(self, bureau: str = "DE") -> httpx.Response:
        """Have an officer of a bureau search, which adds a leaf to the log."""
        bearer = self.mesh.bearer(bureau, *SERVICE.scopes)
        return await self.client.get(f"{PATH}/search", params={"vin": "UNKNOWN1"}, headers=bearer)

    async def audit(self, bureau: str, path: str, **query: Any) -> httpx.Response:
        """Send a request of an auditor of a bureau."""
        return await self.client.get(path, params=query, headers=self.mesh.bearer(bureau, "audit:read"))

    async def grow(self, leaves: int = 1) -> None:
        """Add leaves to the log, and sign a checkpoint."""
        for _ in range(leaves):
            await self.search()
        await self.sign()

    async def sign(self) -> None:
        """Let the service sign a checkpoint of its log, a second after the last."""
        self.mesh.clock.advance(MIN_INTERVAL)
        await Checkpoints(self.mesh.participants[NAME], self.database).run_once()

    async def look(self, *bureaus: str) -> None:
        """Have the witnesses of bureaus check the log."""
        for bureau in bureaus:
            witness = self._witnesses.get(bureau)
            if witness is None:
                participant = self.mesh.bureaus[BureauCode(bureau)]
                witness = self._witnesses[bureau] = Witness(await self.mailbox(bureau), participant)
            await witness.look(NAME)

    async def patrol(self, bureau: str, steps: int = 1) -> None:
        """Have the patrol of a bureau check further leaves that were signed before."""
        if bureau not in self._patrols:
            self._patrols[bureau] = Patrol(await self.mailbox(bureau), self.mesh.bureaus[BureauCode(bureau)])
        for _ in range(steps):
            await self._patrols[bureau].step(NAME)

    async def check_list(self, bureau: str) -> None:
        """Have the gateway of a bureau check its list of disclosures."""
        if bureau not in self._lists:
            self._lists[bureau] = OwnLists(await self.mailbox(bureau), self.mesh.bureaus[BureauCode(bureau)])
        await self._lists[bureau].check(NAME)

    def restart_witnesses(self) -> None:
        """Restart the witnesses, which keep only what they stored."""
        self._witnesses.clear()
        self._patrols.clear()
        self._lists.clear()

    async def mailbox(self, bureau: str) -> Mailbox:
        """Return the mailbox of a bureau."""
        return (await self.mesh.mailbox_host.of(BureauCode(bureau))).mailbox

    async def alarms(self, bureau: str) -> list[StoredAlarm]:
        """Return the alarms of a bureau."""
        return await WitnessStore((await self.mailbox(bureau)).reading.session).alarms(2**53, 100)

    async def note(self) -> Note:
        """Return the newest checkpoint."""
        log = (await TreeStore(self.database.reading).head()).log
        store = CheckpointStore(self.database.reading, log)
        return parse_note(await store.signed_note(await store.newest_size() or 0) or "")

    async def witnesses(self) -> list[str]:
        """Return the bureaus that cosigned the newest checkpoint."""
        return [each for note in (await self.note()).signatures if (each := participant_of(note.name)) != NAME]

    async def leaves(self) -> list[bytes]:
        """Return the leaves in the store."""
        rows = await self.database.reading.fetch(sa.select(audit_leaves.c.leaf).order_by(audit_leaves.c.number))
        return [bytes(row.leaf) for row in rows]

    async def rewrite(self, number: int) -> None:
        """Change the officer in a leaf, and nothing else: neither the head of the log nor its blocks."""
        async with self.database.writing() as session:
            which = audit_leaves.c.number == number
            [row] = await session.fetch(sa.select(audit_leaves.c.leaf).where(which))
            other = encode(msgspec.structs.replace(decode(row.leaf), officer="de.another"))
            await session.execute(sa.update(audit_leaves).where(which).values(leaf=other))

    async def put_leaves(self, leaves: Sequence[bytes]) -> None:
        """Replace the leaves in the store, and build their tree as the log itself would."""
        async with self.database.writing() as session:
            before = await session.fetch(sa.select(audit_leaves).order_by(audit_leaves.c.number))
            rows = [dict(row._mapping) | {"leaf": leaf} for row, leaf in zip(before, leaves, strict=False)]
            await session.execute(sa.delete(audit_leaves))
            await session.execute(sa.insert(audit_leaves), rows)
            await _put_tree(session, leaves)


async def _put_tree(session: Session, leaves: Sequence[bytes]) -> None:
    frontier = CompactRange()
    full = [block for leaf in leaves for block in frontier.append(leaf_hash(leaf))]
    await session.execute(sa.delete(audit_blocks))
    for node, hashed in full:
        await session.execute(
            sa.insert(audit_blocks), {"log": 0, "level": node.level, "number": node.number, "hash": hashed}
        )
    await session.execute(sa.update(audit_logs).values(size=frontier.size, frontier=frontier.to_bytes()))


def entry_of(officer: str) -> LogEntry:
    """Return the log entry of a search."""
    return LogEntry(
        at=NOW.timestamp(),
        request="0197a3c2-9c4e-7f60-8d21-0e1f2a3b4c5d",
        bureau=BureauCode("DE"),
        officer=officer,
        purpose=Purpose.WARNING,
        operation="search_vehicles",
        status=200,
        query=None,
        answer=None,
        salt=bytes(16),
        shown=(
            Disclosure("vehicle", "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192", 1, BureauCode("FR"), "search", 1.0, "vin"),
        ),
        pending=False,
    )
