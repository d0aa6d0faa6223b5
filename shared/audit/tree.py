"""The tree of the log in its store: what it has grown to, and proofs about it. Reads what `log` wrote, alone.

A proof is made of the leaves as they stand there now. Where one was altered behind the log's back, what is proven does
not fit what was signed, and whoever checks it sees that.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from shared.audit.damaged import LogDamaged
from shared.audit.format.lists import NO_LENGTHS
from shared.audit.tables import audit_blocks, audit_head, audit_leaves, audit_restarts
from shared.crypto.merkle import (
    EMPTY_ROOT,
    CompactRange,
    Node,
    Range,
    Stretch,
    consistency_ranges,
    hashes,
    inclusion_ranges,
    leaf_hash,
    stretches,
)
from shared.storage import Session, first_or_none

_generation: Final = sa.select(sa.func.coalesce(sa.func.max(audit_restarts.c.generation), 0)).scalar_subquery()
_head: Final = sa.select(
    audit_head.c.frontier, audit_head.c.secret, audit_head.c.lengths, _generation.label("generation")
)
_size: Final = sa.select(audit_head.c.size)
_leaves: Final = sa.select(audit_leaves.c.number, audit_leaves.c.leaf).where(
    audit_leaves.c.number >= sa.bindparam("start"), audit_leaves.c.number < sa.bindparam("end")
)
_blocks: Final = sa.select(audit_blocks.c.number, audit_blocks.c.hash).where(
    audit_blocks.c.level == sa.bindparam("level"),
    audit_blocks.c.number >= sa.bindparam("start"),
    audit_blocks.c.number < sa.bindparam("end"),
)


class Head(NamedTuple):
    """What a log has grown to."""

    frontier: CompactRange
    generation: int
    """How often it was restarted."""

    secret: bytes
    lengths: bytes
    """Of the lists of disclosures, as JSON."""


class TreeStore:
    """The tree of the log of one service, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def head(self) -> Head:
        """Return what the log has grown to."""
        row = first_or_none(await self._session.fetch(_head))
        if row is None:
            return Head(CompactRange(), 0, b"", NO_LENGTHS)
        return Head(CompactRange.from_bytes(row.frontier), int(row.generation), row.secret, row.lengths)

    async def size(self) -> int:
        """Return how many leaves the log has."""
        row = first_or_none(await self._session.fetch(_size))
        return 0 if row is None else int(row.size)

    async def root(self, size: int) -> bytes:
        """Return the root of the first leaves. Raises LogDamaged."""
        [root] = await self._proof([Range(0, size)]) if size else [EMPTY_ROOT]
        return root

    async def leaf(self, index: int) -> bytes:
        """Return the hash of a leaf as it is now. Raises LogDamaged."""
        [hashed] = await self._proof([Range(index, index + 1)])
        return hashed

    async def inclusion(self, index: int, size: int) -> list[bytes]:
        """Return the proof that the tree of the first `size` leaves holds one. Raises ProofBroken, LogDamaged."""
        return await self._proof(inclusion_ranges(index, size))

    async def inclusions(self, indexes: Iterable[int], size: int) -> list[list[bytes]]:
        """Return the proof for each of some leaves, as `inclusion` does; what they have in common is read once."""
        return await self._proofs([inclusion_ranges(index, size) for index in indexes])

    async def consistency(self, old: int, new: int) -> list[bytes]:
        """Return the proof that the tree of `new` leaves begins with that of `old`. Raises ProofBroken, LogDamaged."""
        return await self._proof(consistency_ranges(old, new))

    async def _proof(self, ranges: list[Range]) -> list[bytes]:
        [proof] = await self._proofs([ranges])
        return proof

    async def _proofs(self, proofs: Sequence[list[Range]]) -> list[list[bytes]]:
        parts = stretches(chain.from_iterable(proofs))
        kept = {node: found for part in parts for node, found in await self._stretch(part)}
        try:
            return [hashes(ranges, kept) for ranges in proofs]
        except KeyError as error:
            raise LogDamaged("leaves are missing that the log has signed for") from error

    async def _stretch(self, part: Stretch) -> Iterable[tuple[Node, bytes]]:
        bounds: dict[str, Any] = {"start": part.start, "end": part.end}
        if part.level == 0:
            leaves = await self._session.fetch(_leaves, bounds, in_thread=True)
            return [(Node(0, row.number), leaf_hash(row.leaf)) for row in leaves]
        blocks = await self._session.fetch(_blocks, {"level": part.level, **bounds}, in_thread=True)
        return [(Node(part.level, row.number), row.hash) for row in blocks]
