"""Stores the checkpoints of a log and their cosignatures. Never commits."""

from collections.abc import Sequence
from typing import Final

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
_newest_at: Final = sa.select(_checkpoints.at).where(_of_log, _checkpoints.size == _newest.scalar_subquery())
_find: Final = sa.select(audit_checkpoints).where(_of_log, _checkpoints.size == sa.bindparam("of"))
_lines: Final = (
    sa.select(_cosignatures.line)
    .where(_lines_of_log, _cosignatures.size == sa.bindparam("of"))
    .order_by(_cosignatures.witness)
)
_covering: Final = _newest.where(_checkpoints.size.between(sa.bindparam("lowest"), sa.bindparam("highest")))
_cosigned: Final = (
    sa.select(_cosignatures.size)
    .where(_lines_of_log, _cosignatures.size.between(sa.bindparam("lowest"), sa.bindparam("highest")))
    .group_by(_cosignatures.size)
    .having(sa.func.count() >= sa.bindparam("witnesses"))
    .order_by(_cosignatures.size.desc())
    .limit(1)
)
_with_witness_counts: Final = (
    sa.select(_checkpoints.size, _checkpoints.at, sa.func.count(_cosignatures.witness).label("witnesses"))
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
_drop_lines: Final = sa.delete(audit_cosignatures).where(
    _lines_of_log, _cosignatures.size.in_(sa.bindparam("sizes", expanding=True))
)
_drop: Final = sa.delete(audit_checkpoints).where(_of_log, _checkpoints.size.in_(sa.bindparam("sizes", expanding=True)))


class KeptCheckpoint(msgspec.Struct, frozen=True):
    """A stored checkpoint, when it was signed, in seconds since 1970, and how many bureaus cosigned it."""

    size: int
    at: float
    witnesses: int


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

    async def newest(self) -> int | None:
        """Return the size of the newest checkpoint."""
        size: int | None = (await self._session.fetch(_newest, self._log))[0].size
        return size

    async def signed_at(self) -> float | None:
        """Return when the newest checkpoint was signed, in seconds since 1970."""
        row = first_or_none(await self._session.fetch(_newest_at, self._log))
        return None if row is None else row.at

    async def note(self, size: int) -> str | None:
        """Return the checkpoint of a size with its cosignatures; None if it is not stored."""
        row = first_or_none(await self._session.fetch(_find, {"of": size, **self._log}))
        if row is None:
            return None
        lines = await self._session.fetch(_lines, {"of": size, **self._log})
        return "".join((row.note, *(each.line for each in lines)))

    async def covering(self, lowest: int, witnesses: int, highest: int = MAX_INDEX) -> int | None:
        """Return the size of the newest checkpoint between two sizes that at least so many bureaus cosigned."""
        between = {"lowest": lowest, "highest": highest, **self._log}
        if witnesses == 0:
            size: int | None = (await self._session.fetch(_covering, between))[0].size
            return size
        row = first_or_none(await self._session.fetch(_cosigned, {**between, "witnesses": witnesses}, in_thread=True))
        return None if row is None else row.size

    async def kept(self) -> list[KeptCheckpoint]:
        """Return all, in order of size."""
        rows = await self._session.fetch(_with_witness_counts, self._log, in_thread=True)
        return [KeptCheckpoint(row.size, row.at, row.witnesses) for row in rows]

    async def drop(self, sizes: Sequence[int]) -> None:
        """Delete checkpoints."""
        wanted = {"sizes": sizes, **self._log}
        await self._session.execute(_drop_lines, wanted)
        await self._session.execute(_drop, wanted)
