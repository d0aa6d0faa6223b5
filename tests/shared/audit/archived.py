"""A log of three parts, of which two are archived, for tests of archives."""

import asyncio
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from shared.audit.archive import Archive
from shared.audit.archiving import archive_log
from shared.audit.format.tiles import TILE, read_bundle
from shared.audit.reader import AuditReader
from shared.audit.tables import audit_leaves
from shared.audit.tree import TreeStore
from shared.crypto.merkle import root_from_inclusion
from shared.records.entry_limits import entry_figures
from tests.shared.audit.logged_service import FRENCH, SERVICE, LoggedService, auditor, witness

# Two parts, and some leaves after them.
LEAVES = 2 * TILE + 40
# The leaves that showed a record: one in each part, and one after them.
SHOWN = (7, TILE + 3, 2 * TILE + 5)


def make_parts_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a part have as many leaves as a tile."""
    for module in ("archive", "archiving", "format.part_file"):
        monkeypatch.setattr(f"shared.audit.{module}.PART", TILE)


class Kept(NamedTuple):
    """A log that is archived, and what it was before."""

    service: LoggedService
    archive: Archive
    reader: AuditReader
    texts: list[Any]
    """As the auditor of the Secretariat reads them."""

    roots: dict[int, bytes]

    async def run(self, days: float = 0) -> list[int]:
        """Archive what is older than some days, and return the numbers of the parts."""
        now = self.service.clock.now()
        parts = archive_log(
            self.service.database, self.archive, self.service.directory, before=now - timedelta(days=days), now=now
        )
        return [part.number async for part in parts]

    async def stored(self) -> list[int]:
        """Return the numbers of the leaves in the store."""
        rows = await self.service.database.reading.fetch(sa.select(audit_leaves.c.number).order_by("number"))
        return [row.number for row in rows]

    def file(self, part: int) -> Path:
        return self.archive.file(0, part)

    async def is_as_before(self) -> None:
        """Require that all leaves are read and proven as they were."""
        assert (await self.reader.leaves(auditor("IPSG"), 0, LEAVES)).items == self.texts
        tree = TreeStore(self.service.database.reading, None, self.archive)
        for index in (0, 7, 8, TILE - 1, TILE, 2 * TILE - 1, 2 * TILE, LEAVES - 1):
            hashed, proof = await tree.leaf(index), await tree.inclusion(index, LEAVES)
            assert root_from_inclusion(index, LEAVES, hashed, proof) == self.roots[LEAVES]


SIZES = (1, 100, TILE, TILE + 1, 2 * TILE, 2 * TILE + 9, LEAVES)


async def cosigned_log(service: LoggedService, folder: Path) -> Kept:
    """Return a log that bureaus cosigned, with an archive that has nothing yet."""
    for start in range(0, LEAVES, 50):
        answers = (
            service.answer("DE" if number % 2 else "PL", *([FRENCH] if number in SHOWN else []))
            for number in range(start, min(start + 50, LEAVES))
        )
        await asyncio.gather(*answers)
    await witness(service, "DE", "FR")
    archive = Archive(folder / "archive", SERVICE)
    reader = AuditReader(service.participant, service.database, entry_figures, archive)
    tree = TreeStore(service.database.reading)
    texts = (await reader.leaves(auditor("IPSG"), 0, LEAVES)).items
    assert len(texts) == LEAVES
    return Kept(service, archive, reader, texts, {size: await tree.root(size) for size in SIZES})


def rewrite(file: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the leaves of the first bundle of a part, and leave all else."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = next(name for name in members if name.startswith("tile/entries/"))
    leaves = change(read_bundle(members[name]))
    members[name] = b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)
    with zipfile.ZipFile(file, "w") as archive:
        for each, content in members.items():
            archive.writestr(each, content)
