"""Moves the old, complete parts of a log from the store into files, beside processes that append to it.

In this order, so that a process that ends anywhere loses and doubles nothing: the file is written whole and durably;
its leaves are read again, and must make the root that the store keeps of them and that bureaus cosigned; one
transaction notes the part; only then are its leaves deleted, some at a time. The next run continues where one ended,
once the file is found to be the one that was noted. One run at a time works on the logs of a service.

The store keeps the leaves that showed or made records, as withdrawals, histories and lists of disclosures are read with
them, and the first leaf of each log. Most searches find nothing.
"""

import asyncio
import fcntl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from shared.audit.archive import Archive, ArchivedPart, archived_parts
from shared.audit.checkpoint_store import CheckpointStore
from shared.audit.format.part_file import (
    PART,
    Bundle,
    PartDamaged,
    PartHeader,
    digest_of_file,
    open_part,
    root_of_leaves,
    write_part,
)
from shared.audit.format.tiles import TILE
from shared.audit.rules import LogDamaged
from shared.audit.tables import audit_archives, audit_leaves, disclosures
from shared.audit.tree import Head, TreeStore, heads
from shared.audit.verify.signatures import MIN_WITNESSES, entries_for
from shared.crypto.ed25519 import encode_base64url
from shared.crypto.signed_note import parse_note, read_checkpoint
from shared.protocol.directory import Directory
from shared.storage import Database, first_or_none, having, next_after

# Of leaves that one transaction deletes, while requests wait to append theirs.
DELETED_AT_ONCE: Final = 1_000
PAUSE_SECONDS: Final = 0.005
# Of leaves that are read at once.
READ_AT_ONCE: Final = 16 * TILE

_leaves: Final = audit_leaves.c
_number: Final = next_after(sa.select(_leaves.number, _leaves.leaf, _leaves.salt), _leaves.number)
_read: Final = _number.where(_leaves.number < sa.bindparam("end"))
_last_at: Final = sa.select(_leaves.at).where(_leaves.number == sa.bindparam("of_number"))
_note: Final = sa.insert(audit_archives)
_of_part: Final = having(audit_archives, log="of_log", part="of_part")
_forget: Final = sa.delete(audit_archives).where(_of_part, ~audit_archives.c.moved)
_moved: Final = sa.update(audit_archives).where(_of_part).values(moved=True)
_showed_nothing: Final = ~sa.exists().where(disclosures.c.leaf == _leaves.number)
_next_deleted: Final = _number.with_only_columns(_leaves.number).where(
    _leaves.number < sa.bindparam("end"), _showed_nothing
)
_delete: Final = sa.delete(audit_leaves).where(_leaves.number.in_(sa.bindparam("numbers", expanding=True)))


class ArchiveRefused(Exception):
    """A part was not archived; the message says why. Nothing was moved."""


async def archive_log(
    database: Database, archive: Archive, directory: Directory, *, before: datetime, now: datetime
) -> AsyncGenerator[ArchivedPart]:
    """Archive the complete parts of all logs of a service whose leaves are older, oldest first; yield each.

    A part is complete once enough bureaus cosigned a checkpoint that covers it. Raises ArchiveRefused, OSError.
    """
    with _alone(archive):
        for head in await heads(database.reading):
            mover = _Mover(database, archive, directory, head, before.timestamp(), now.timestamp())
            async for part in mover.move():
                yield part


async def absent_files(database: Database, archive: Archive) -> list[Path]:
    """Return the files of archived parts that are not in their folder. Does NOT read the others."""
    logs = [await archived_parts(database.reading, head.log) for head in await heads(database.reading)]
    files = [archive.file(part.log, part.number) for parts in logs for part in parts]
    return await asyncio.to_thread(lambda: [file for file in files if not file.is_file()])


@contextmanager
def _alone(archive: Archive) -> Iterator[None]:
    archive.lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with archive.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise ArchiveRefused("another run archives its logs at present: this one has nothing to do") from busy
        yield


class _Mover:
    def __init__(
        self, database: Database, archive: Archive, directory: Directory, head: Head, before: float, now: float
    ) -> None:
        self._database = database
        self._archive = archive
        self._service = archive.service
        self._directory = directory
        self._head = head
        self._tree = TreeStore(database.reading, head.log, archive)
        self._before = before
        self._now = now

    async def move(self) -> AsyncIterator[ArchivedPart]:
        """Archive each part in turn."""
        noted = await archived_parts(self._database.reading, self._head.log)
        for part in noted:
            if not part.moved:
                yield await self._delete(await self._kept(part))
        # The folder is perhaps another one, or is not mounted. Older files may be elsewhere.
        if noted and not self._archive.file(noted[-1].log, noted[-1].number).is_file():
            raise self._lost(noted[-1])
        number = len(noted)
        while (checkpoint := await self._checkpoint(number)) is not None:
            yield await self._delete(await self._write(number, checkpoint))
            number += 1

    async def _checkpoint(self, number: int) -> str | None:
        """Return the newest cosigned checkpoint, if the part of a number is complete by it and old; otherwise None."""
        end = (number + 1) * PART
        store = CheckpointStore(self._database.reading, self._head.log)
        size = await store.newest_size(min_size=end, cosignatures=MIN_WITNESSES)
        last = first_or_none(await self._database.reading.fetch(_last_at, {"of_number": self._head.first + end - 1}))
        if size is None or last is None or last.at >= self._before:
            return None
        note = await store.signed_note(size) or ""
        if await self._tree.root(size) != read_checkpoint(parse_note(note)).root:
            raise ArchiveRefused(f"the tree of {size} leaves is not the one that the log signed: nothing is archived")
        return note

    async def _write(self, number: int, checkpoint: str) -> ArchivedPart:
        """Write the file of a part, verify it, and note it in the store. Raises ArchiveRefused, OSError."""
        file, header = self._archive.file(self._head.log, number), await self._header(number, checkpoint)
        bundles = [bundle async for bundle in self._bundles(header.start)]
        await asyncio.to_thread(partial(write_part, file, header, bundles))
        if await asyncio.to_thread(partial(_root_in, file)) != await self._root(header.start):
            file.unlink()
            raise ArchiveRefused(
                f"the leaves from {header.start} on are not those that the log signed: `i247 audit verify` finds which"
            )
        digest = await asyncio.to_thread(partial(digest_of_file, file))
        part = ArchivedPart(self._head.log, number, digest, moved=False)
        row = {"log": part.log, "part": number, "at": self._now, "digest": digest, "moved": False}
        try:
            async with self._database.writing() as session:
                # Of a file that was lost, or is in the folder of another run, which may go on: this one has all leaves.
                await session.execute(_forget, {"of_log": part.log, "of_part": number})
                await session.execute(_note, row)
        except sa.exc.IntegrityError as moved:
            raise self._lost(part) from moved
        return part

    async def _kept(self, part: ArchivedPart) -> ArchivedPart:
        """Return a noted part whose file is as it was written, or is written again. Raises ArchiveRefused."""
        if await asyncio.to_thread(partial(_is_as_noted, self._archive.file(part.log, part.number), part)):
            return part
        checkpoint = await self._checkpoint(part.number)
        if checkpoint is None:
            raise self._lost(part)
        return await self._write(part.number, checkpoint)

    def _lost(self, part: ArchivedPart) -> ArchiveRefused:
        return ArchiveRefused(
            f"leaves from {part.start} on were archived, and {self._archive.file(part.log, part.number)} is missing or "
            "altered: put it back, or set I247_AUDIT_ARCHIVE to the folder that it is in"
        )

    async def _header(self, number: int, checkpoint: str) -> PartHeader:
        start, size = number * PART, read_checkpoint(parse_note(checkpoint)).size
        proof = await self._tree.subtree_proof(start, start + PART, size)
        return PartHeader(
            service=self._service,
            log=self._head.log,
            start=start,
            leaves=PART,
            checkpoint=checkpoint,
            entries=entries_for([checkpoint], self._service, self._directory),
            proof=tuple(map(encode_base64url, proof)),
        )

    async def _bundles(self, index: int) -> AsyncIterator[Bundle]:
        """Yield the bundles of a part as the store has them. Raises ArchiveRefused where leaves are missing."""
        start = self._head.first + index
        for first in range(start, start + PART, READ_AT_ONCE):
            end = min(first + READ_AT_ONCE, start + PART)
            wanted = {"after": first - 1, "end": end, "at_most": READ_AT_ONCE}
            rows = await self._database.reading.fetch(_read, wanted, in_thread=True)
            if len(rows) != end - first:
                await self._require_unnoted(index // PART)
                raise ArchiveRefused(f"leaves are missing from {first} on: restore the store, or open a new log")
            for place in range(0, len(rows), TILE):
                leaves = rows[place : place + TILE]
                yield Bundle([row.leaf for row in leaves], [row.salt for row in leaves])

    async def _require_unnoted(self, number: int) -> None:
        """Raise ArchiveRefused if the part of a number was archived, as by a run with another folder."""
        for part in await archived_parts(self._database.reading, self._head.log):
            if part.number == number:
                raise self._lost(part)

    async def _root(self, start: int) -> bytes:
        """Return the root of a part as the tree has it. Raises ArchiveRefused."""
        try:
            return await self._tree.subtree(start, start + PART)
        except LogDamaged as damaged:
            raise ArchiveRefused(f"{damaged.detail}: the leaves from {start} on are not archived") from damaged

    async def _delete(self, part: ArchivedPart) -> ArchivedPart:
        """Delete the leaves of a noted part from the store, but those that are to stay, in many transactions."""
        after, end = self._head.first + part.start, self._head.first + part.start + PART
        if part.start > 0:
            after -= 1
        wanted: dict[str, Any] = {"end": end, "at_most": DELETED_AT_ONCE}
        reading = self._database.reading
        while rows := await reading.fetch(_next_deleted, {**wanted, "after": after}, in_thread=True):
            async with self._database.writing() as session:
                await session.execute(_delete, {"numbers": [row.number for row in rows]})
            after = rows[-1].number
            # Others who wait for their turn look each millisecond.
            await asyncio.sleep(PAUSE_SECONDS)
        async with self._database.writing() as session:
            await session.execute(_moved, {"of_log": part.log, "of_part": part.number})
        return part._replace(moved=True)


def _is_as_noted(file: Path, part: ArchivedPart) -> bool:
    try:
        return digest_of_file(file) == part.digest
    except FileNotFoundError:
        return False


def _root_in(file: Path) -> bytes:
    """Return the root of the leaves that a file has, none of a file that cannot be read."""
    try:
        with open_part(file) as part:
            return root_of_leaves(part.bundles(part.header.bundles))
    except PartDamaged:
        return b""
