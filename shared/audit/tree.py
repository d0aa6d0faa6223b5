"""The tree of each log in the store, and proofs about it. Reads what `writer` wrote.

A proof is made of the leaves as they are in the store now. If one was altered, the proof contradicts the checkpoint,
and its verification fails.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final, NamedTuple

import sqlalchemy as sa

from shared.audit.archive import NO_ARCHIVE, Archive
from shared.audit.format.lists import NO_LENGTHS
from shared.audit.rules import LogDamaged
from shared.audit.tables import audit_blocks, audit_leaves, audit_logs
from shared.crypto.merkle import (
    EMPTY_ROOT,
    CompactRange,
    Node,
    NodeRange,
    Range,
    consistency_ranges,
    hashes,
    inclusion_ranges,
    leaf_hash,
    node_ranges,
    subtree_ranges,
)
from shared.errors import NotFound
from shared.storage import Session

_logs: Final = sa.select(audit_logs).order_by(audit_logs.c.log)
logs_and_openings: Final = _logs.add_columns(audit_leaves.c.leaf).join_from(
    audit_logs, audit_leaves, audit_leaves.c.number == audit_logs.c.first, isouter=True
)
_leaves: Final = sa.select(audit_leaves.c.number, audit_leaves.c.leaf).where(
    audit_leaves.c.number >= sa.bindparam("start"), audit_leaves.c.number < sa.bindparam("end")
)
_blocks: Final = sa.select(audit_blocks.c.number, audit_blocks.c.hash).where(
    audit_blocks.c.log == sa.bindparam("log"),
    audit_blocks.c.level == sa.bindparam("level"),
    audit_blocks.c.number >= sa.bindparam("start"),
    audit_blocks.c.number < sa.bindparam("end"),
)


class Head(NamedTuple):
    """The present state of a log."""

    tree: CompactRange
    log: int
    """Its number among the logs of the service, from 0."""

    first: int
    """The number of its first leaf among those of all logs."""

    secret: bytes
    lengths: bytes
    """Of the lists of disclosures, as JSON."""

    @property
    def size(self) -> int:
        """How many leaves it has."""
        return self.tree.size


NOTHING: Final = Head(CompactRange(), 0, 0, b"", NO_LENGTHS)


async def heads(session: Session) -> list[Head]:
    """Return the state of each log of a service: the retired ones first, last the one that grows."""
    rows = await session.fetch(_logs)
    return [Head(CompactRange.from_bytes(row.frontier), row.log, row.first, row.secret, row.lengths) for row in rows]


def head_over(heads: Sequence[Head], number: int) -> Head:
    """Return the log that has the leaf of a number among those of all logs."""
    return next((each for each in reversed(heads) if each.first <= number), NOTHING)


class TreeStore:
    """The tree of one log of a service, in one session: of the one that grows, unless another is named."""

    def __init__(self, session: Session, log: int | None = None, archive: Archive = NO_ARCHIVE) -> None:
        self._session = session
        self._log = log
        self._archive = archive

    async def head(self) -> Head:
        """Return the state of the log. Raises NotFound for a named log that does not exist."""
        found = [each for each in await heads(self._session) if self._log in {None, each.log}]
        if self._log and not found:
            raise NotFound(f"no log {self._log} is kept here")
        return found[-1] if found else NOTHING

    async def root(self, size: int) -> bytes:
        """Return the root of the first leaves. Raises LogDamaged, ArchiveAbsent."""
        [[root]] = await self._proofs([[Range(0, size)]]) if size else [[EMPTY_ROOT]]
        return root

    async def leaf(self, index: int) -> bytes:
        """Return the hash of a leaf as it is now. Raises LogDamaged, ArchiveAbsent."""
        return await self.subtree(index, index + 1)

    async def subtree(self, start: int, end: int) -> bytes:
        """Return the hash of neighbouring leaves that have one in some tree. Raises LogDamaged, ArchiveAbsent."""
        [[hashed]] = await self._proofs([[Range(start, end)]])
        return hashed

    async def inclusion(self, index: int, size: int) -> list[bytes]:
        """Return the inclusion proof of a leaf in the tree of a size. Raises ProofBroken, LogDamaged, ArchiveAbsent."""
        [proof] = await self.inclusions([index], size)
        return proof

    async def subtree_proof(self, start: int, end: int, size: int) -> list[bytes]:
        """Return the proof that the tree of a size holds a full subtree. Raises as `inclusion`."""
        [proof] = await self._proofs([subtree_ranges(start, end, size)])
        return proof

    async def inclusions(self, indexes: Iterable[int], size: int) -> list[list[bytes]]:
        """Return the inclusion proof of each of some leaves; common nodes are read once. Raises as `inclusion`."""
        return await self._proofs([inclusion_ranges(index, size) for index in indexes])

    async def consistency(self, old: int, new: int) -> list[bytes]:
        """Return the consistency proof of the trees of two sizes. Raises ProofBroken, LogDamaged, ArchiveAbsent."""
        [proof] = await self._proofs([consistency_ranges(old, new)])
        return proof

    async def _proofs(self, proofs: Sequence[list[Range]]) -> list[list[bytes]]:
        parts, head = node_ranges(chain.from_iterable(proofs)), await self.head()
        nodes = {node: found for part in parts for node, found in await self._nodes(part, head)}
        try:
            return [hashes(ranges, nodes) for ranges in proofs]
        except KeyError as error:
            raise LogDamaged("leaves are missing that the log has signed for") from error

    async def _nodes(self, part: NodeRange, head: Head) -> Iterable[tuple[Node, bytes]]:
        if part.level == 0:
            numbers = {"start": head.first + part.start, "end": head.first + part.end}
            leaves = await self._session.fetch(_leaves, numbers, in_thread=True)
            found = {row.number - head.first: row.leaf for row in leaves}
            archived = await self._archive.missing(self._session, head.log, part.start, part.end, found.keys())
            found |= {each.place: each.raw for each in archived}
            return [(Node(0, index), leaf_hash(leaf)) for index, leaf in found.items()]
        wanted = {"log": head.log, "level": part.level, "start": part.start, "end": part.end}
        blocks = await self._session.fetch(_blocks, wanted, in_thread=True)
        return [(Node(part.level, row.number), row.hash) for row in blocks]
