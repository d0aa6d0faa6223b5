"""Tombstones of deleted records: that the record existed, how it ended, and the leaf of the log that proves it.

A tombstone has none of its contents; its recipients stay in the disclosures, without the matches of searches.
"""

from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa

from shared.audit.tables import disclosures
from shared.bureaus import BureauCode
from shared.clock import time_at
from shared.records.models import Deletion, Ending
from shared.records.policy import Record
from shared.records.tables import decisions, former_versions, reasons, record_links, reviews, tombstones
from shared.storage import Session, first_or_none, having

_of_kind: Final[sa.BindParameter[str]] = sa.bindparam("of_kind")
_of_record: Final[sa.BindParameter[str]] = sa.bindparam("of_record")

_delete_contents: Final = (
    sa.delete(former_versions).where(former_versions.c.kind == _of_kind, former_versions.c.record_id == _of_record),
    sa.delete(reasons).where(reasons.c.record_id == _of_record),
    sa.delete(reviews).where(reviews.c.kind == _of_kind, reviews.c.record_id == _of_record),
    sa.delete(record_links).where(record_links.c.record_id == _of_record),
    sa.update(decisions).where(decisions.c.record_id == _of_record).values(digest=""),
)
_erase_matches: Final = (
    sa.update(disclosures)
    .where(disclosures.c.record_id == _of_record, disclosures.c.salt.is_not(None))
    .values(match="", salt=None)
)
_insert: Final = sa.insert(tombstones)
_read: Final = sa.select(tombstones).where(tombstones.c.record_id == _of_record)
_deletion: Final = (having(disclosures, record_id="of_record", version="of_version"), disclosures.c.how == "change")
_leaf: Final = sa.select(disclosures.c.leaf).where(*_deletion)


class Tombstone(msgspec.Struct, frozen=True):
    """What is left of a deleted record."""

    record: str
    owner: BureauCode
    version: int
    """The version of the deletion."""

    deletion: Deletion
    """Without the leaf: see `proven_deletion`."""


async def delete_contents(session: Session, record: Record) -> None:
    """Delete all that the common tables hold of a record, except its recipients and their notifications."""
    for statement in _delete_contents:
        await session.execute(statement, {"of_kind": record.record_kind(), "of_record": record.id}, in_thread=True)
    await erase_matches(session, record.id)


async def erase_matches(session: Session, record_id: str) -> None:
    """Empty the matches in the disclosures of a record, and the salts of their digests, which stay."""
    await session.execute(_erase_matches, {"of_record": record_id}, in_thread=True)


async def leave_tombstone(session: Session, record: Record, act: Ending, reference: str | None, at: datetime) -> None:
    """Store a tombstone of a record, whose version is that of its deletion."""
    tombstone = {
        "record_id": record.id,
        "kind": record.record_kind(),
        "owner": record.owner,
        "version": record.version,
        "created": int(record.created.timestamp()),
        "deleted": int(at.timestamp()),
        "act": act,
        "reference": reference,
    }
    await session.execute(_insert, tombstone)


async def tombstone_of(session: Session, kind: str, record_id: str) -> Tombstone | None:
    """Return the tombstone of a record of a kind, or None if it was not deleted."""
    row = first_or_none(await session.fetch(_read, {"of_record": record_id}))
    if row is None or row.kind != kind:
        return None
    at = time_at(row.deleted)
    deletion = Deletion(act=row.act, at=at, reference=row.reference, leaf=None)
    return Tombstone(row.record_id, BureauCode(row.owner), row.version, deletion)


async def proven_deletion(session: Session, tombstone: Tombstone) -> Deletion:
    """Return how a record ended, with its leaf once the log has it. Slow: for those who may read its history."""
    which = {"of_record": tombstone.record, "of_version": tombstone.version}
    row = first_or_none(await session.fetch(_leaf, which, in_thread=True))
    return tombstone.deletion if row is None else tombstone.deletion.model_copy(update={"leaf": row.leaf})
