"""Stores the checkpoints of a log and their cosignatures. Never commits."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from shared.audit.format.lists import NO_LENGTHS
from shared.audit.models import MAX_INDEX
from shared.audit.tables import audit_checkpoints, audit_cosignatures
from shared.storage import Session, first_or_none

_checkpoints: Final = audit_checkpoints.c
_cosignatures: Final = audit_cosignatures.c

# SQLAlchemy's `insert` for PostgreSQL; SQLite accepts the same SQL.
_add: Final = insert(audit_checkpoints).on_conflict_do_nothing()
_new_line: Final = insert(audit_cosignatures)
_cosign: Final = _new_line.on_conflict_do_update(
    index_elements=["log", "size", "witness"], set_={"line": _new_line.excluded.line}
)
_of_log: Final = _checkpoints.log == sa.bindparam("of_log")
_lines_of_log: Final = _cosignatures.log == sa.bindparam("of_log")
_newest: Final = sa.select(sa.func.max(_checkpoints.size).label("size")).where(_of_log)
_newest_timestamp: Final = sa.select(_checkpoints.at).where(_of_log, _checkpoints.size == _newest.scalar_subquery())
_find: Final = sa.select(audit_checkpoints).where(_of_log, _checkpoints.size == sa.bindparam("of"))
_lines: Final = (
    sa.select(_cosignatures.line)
    .where(_lines_of_log, _cosignatures.size == sa.bindparam("of"))
    .order_by(_cosignatures.witness)
)
_min_size: Final[sa.BindParameter[int]] = sa.bindparam("min_size")
_max_size: Final[sa.BindParameter[int]] = sa.bindparam("max_size")
_newest_size: Final = _newest.where(_checkpoints.size.between(_min_size, _max_size))
_newest_cosigned_size: Final = (
    sa.select(_cosignatures.size)
    .where(_lines_of_log, _cosignatures.size.between(_min_size, _max_size))
    .group_by(_cosignatures.size)
    .having(sa.func.count() >= sa.bindparam("cosignatures"))
    .order_by(_cosignatures.size.desc())
    .limit(1)
)
_stored: Final = (
    sa.select(_checkpoints.size, _checkpoints.at, sa.func.count(_cosignatures.witness).label("cosignatures"))
    .join_from(
        audit_checkpoints,
        audit_cosignatures,
        sa.and_(_cosignatures.log == _checkpoints.log, _cosignatures.size == _checkpoints.size),
        isouter=True,
    )
    .where(_of_log)
    .group_by(_checkpoints.size, _checkpoints.at)
    .order_by(_checkpoints.size)
)
_sizes: Final[sa.BindParameter[Any]] = sa.bindparam("sizes", expanding=True)
_delete_lines: Final = sa.delete(audit_cosignatures).where(_lines_of_log, _cosignatures.size.in_(_sizes))
_delete: Final = sa.delete(audit_checkpoints).where(_of_log, _checkpoints.size.in_(_sizes))


class StoredCheckpoint(msgspec.Struct, frozen=True):
    """A stored checkpoint."""

    size: int
    timestamp: float
    """When it was signed, in seconds since 1970."""

    cosignatures: int


class CheckpointStore:
    """The checkpoints of one log of a service, in one session."""

    def __init__(self, session: Session, log: int = 0) -> None:
        self.log = log
        self._session = session
        self._log = {"of_log": log}

    async def add(self, size: int, at: float, note: str, lengths: bytes = NO_LENGTHS) -> None:
        """Store a checkpoint and the lengths of the lists of disclosures, unless there is one of the size."""
        row = {"log": self.log, "size": size, "at": at, "note": note, "lengths": lengths}
        await self._session.execute(_add, row)

    async def lengths(self, size: int) -> bytes | None:
        """Return the lengths of the lists of disclosures at the checkpoint of a size; None if it is not stored."""
        row = first_or_none(await self._session.fetch(_find, {"of": size, **self._log}))
        return None if row is None else row.lengths

    async def cosign(self, size: int, witness: str, line: str) -> None:
        """Store the cosignature of a witness, in place of an earlier one."""
        await self._session.execute(_cosign, {"log": self.log, "size": size, "witness": witness, "line": line})

    async def newest_size(self, *, min_size: int = 0, max_size: int = MAX_INDEX, cosignatures: int = 0) -> int | None:
        """Return the tree size of the newest checkpoint within these limits that has at least so many cosignatures."""
        limits = {"min_size": min_size, "max_size": max_size, **self._log}
        if cosignatures == 0:
            size: int | None = (await self._session.fetch(_newest_size, limits))[0].size
            return size
        wanted = {**limits, "cosignatures": cosignatures}
        row = first_or_none(await self._session.fetch(_newest_cosigned_size, wanted, in_thread=True))
        return None if row is None else row.size

    async def newest_timestamp(self) -> float | None:
        """Return when the newest checkpoint was signed, in seconds since 1970."""
        row = first_or_none(await self._session.fetch(_newest_timestamp, self._log))
        return None if row is None else row.at

    async def signed_note(self, size: int) -> str | None:
        """Return the checkpoint of a size with its cosignatures; None if it is not stored."""
        row = first_or_none(await self._session.fetch(_find, {"of": size, **self._log}))
        if row is None:
            return None
        lines = await self._session.fetch(_lines, {"of": size, **self._log})
        return "".join((row.note, *(each.line for each in lines)))

    async def stored(self) -> list[StoredCheckpoint]:
        """Return all, in order of size."""
        rows = await self._session.fetch(_stored, self._log, in_thread=True)
        return [StoredCheckpoint(row.size, row.at, row.cosignatures) for row in rows]

    async def delete(self, sizes: Sequence[int]) -> None:
        """Delete checkpoints with their cosignatures."""
        wanted = {"sizes": sizes, **self._log}
        await self._session.execute(_delete_lines, wanted)
        await self._session.execute(_delete, wanted)
