"""Reads archived leaves. Does NOT verify them: a proof that is made of altered ones contradicts the checkpoint."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

import sqlalchemy as sa

from shared.audit.format.part_file import PART, PartDamaged, open_part
from shared.audit.format.tiles import TILE
from shared.audit.rules import LogDamaged
from shared.audit.tables import audit_archives, audit_logs
from shared.errors import Refusal
from shared.storage import Session, having

_parts: Final = sa.select(audit_archives).where(having(audit_archives, log="of_log")).order_by(audit_archives.c.part)
_parts_between: Final = _parts.where(audit_archives.c.part.between(sa.bindparam("first"), sa.bindparam("last")))
_last_part: Final = sa.select(sa.func.max(audit_archives.c.part)).where(audit_archives.c.log == audit_logs.c.log)
_last_parts: Final = sa.select(audit_logs.c.log, _last_part.scalar_subquery().label("last"))


class ArchiveAbsent(
    Refusal, status=503, code="archive-absent", title="The leaves are archived in a file that is not here"
):
    """A proof or a text needs leaves that were moved into a file, which this service cannot read."""


class ArchivedPart(NamedTuple):
    """A part of a log that was archived."""

    log: int
    number: int
    digest: str
    moved: bool
    """Whether its leaves are out of the store."""

    @property
    def start(self) -> int:
        """The index of its first leaf in its log."""
        return self.number * PART


class ArchivedLeaf(NamedTuple):
    """A leaf as it is in the archive."""

    place: int
    raw: bytes
    salt: bytes


async def archived_parts(session: Session, log: int) -> list[ArchivedPart]:
    """Return the archived parts of a log, in order."""
    rows = await session.fetch(_parts, {"of_log": log}, in_thread=True)
    return [ArchivedPart(row.log, row.part, row.digest, row.moved) for row in rows]


async def archived_leaves(session: Session) -> dict[int, int]:
    """Return how many leaves of each log are archived, which are its first; logs without any are left out."""
    rows = await session.fetch(_last_parts)
    return {row.log: (row.last + 1) * PART for row in rows if row.last is not None}


class Archive:
    """The files of the archived parts of the logs of one service."""

    def __init__(self, folder: Path | None, service: str) -> None:
        """`folder` is that of the archives of all services; None where there are none."""
        self.service = service
        self.folder = None if folder is None else folder / service

    def file(self, log: int, part: int) -> Path:
        """Return the file of a part. Raises ArchiveAbsent where there is no folder."""
        return self._folder() / f"{log}" / f"{part:06d}.zip"

    @property
    def lock(self) -> Path:
        """The file that a run locks which writes files here. Raises ArchiveAbsent where there is no folder."""
        return self._folder() / "archiving.lock"

    def _folder(self) -> Path:
        if self.folder is None:
            raise ArchiveAbsent("this process was given no folder of archives")
        return self.folder

    async def missing(
        self, session: Session, log: int, start: int, end: int, present: Collection[int]
    ) -> list[ArchivedLeaf]:
        """Return the leaves from `start` to before `end` that are archived, and not among the indexes of those present.

        Raises ArchiveAbsent, LogDamaged.
        """
        if len(present) >= end - start:
            return []
        between = {"of_log": log, "first": start // PART, "last": (end - 1) // PART}
        parts = {row.part for row in await session.fetch(_parts_between, between)}
        wanted = [index for index in range(start, end) if index // PART in parts and index not in present]
        return await asyncio.to_thread(lambda: list(self._read(log, wanted))) if wanted else []

    def _read(self, log: int, wanted: Sequence[int]) -> Iterator[ArchivedLeaf]:
        for part, indexes in groupby(wanted, lambda index: index // PART):
            yield from self._read_part(log, part, list(indexes))

    def _read_part(self, log: int, part: int, wanted: Sequence[int]) -> Iterator[ArchivedLeaf]:
        file, numbers = self.file(log, part), list(dict.fromkeys(index // TILE for index in wanted))
        try:
            with open_part(file) as opened:
                bundles = {number: opened.bundle(number) for number in numbers}
        except PartDamaged as error:
            raise LogDamaged(f"{log}/{file.name} of the archive cannot be read ({error}): restore it") from error
        except FileNotFoundError as error:
            first, last = part * PART, (part + 1) * PART - 1
            raise ArchiveAbsent(f"leaves {first} to {last} are in {log}/{file.name}, which is not here") from error
        for index in wanted:
            leaves, salts = bundles[index // TILE]
            yield ArchivedLeaf(index, leaves[index % TILE], salts[index % TILE])


NO_ARCHIVE: Final = Archive(None, "")
