"""Lets a log that was restored from a backup go on, by a leaf that says for all to see what was lost.

Its checkpoints bear another name from then on, so that none of them can be taken for one of the log as it was.
"""

import os
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.audit.checkpoint_store import CheckpointStore
from shared.audit.format.leaf import SALT_BYTES, Restart
from shared.audit.tables import audit_leaves, audit_restarts
from shared.audit.tree import TreeStore
from shared.audit.verify.restarted import Restarted, read_restart, signed_by_log
from shared.audit.verify.signatures import MIN_WITNESSES
from shared.audit.writer import NOT_ANSWERED, Entry, append
from shared.bureaus import SECRETARIAT
from shared.crypto.signed_note import Checkpoint, Note, parse_note, participant_of, read_checkpoint
from shared.identity import Purpose
from shared.ids import uuid7
from shared.protocol.directory import Directory
from shared.storage import Session

OPERATION: Final = "restart_audit_log"
OPERATOR: Final = "operator"
# So many lines of who cosigned fit into a leaf, and are more than it takes.
MOST_COSIGNATURES: Final = 8

_restarts: Final = (
    sa.select(audit_restarts.c.generation, audit_restarts.c.leaf.label("number"), audit_leaves.c.leaf)
    .join_from(audit_restarts, audit_leaves, audit_leaves.c.number == audit_restarts.c.leaf)
    .order_by(audit_restarts.c.generation.desc())
    .limit(sa.bindparam("most"))
)
# No log has been restarted as often: who has not looked for so long does not find out by himself.
MOST_RESTARTS: Final = 20


class RestartRefused(Exception):
    """The log is not restarted; the message says why."""


class RestartStore:
    """The restarts of the log of one service, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def last(self) -> list[Row[Any]]:
        """Return generation, number and leaf of the last restarts, the oldest first."""
        return list(await self._session.fetch(_restarts, {"most": MOST_RESTARTS}))[::-1]


def largest(texts: Iterable[str], service: str, directory: Directory) -> Note:
    """Return the last of some checkpoints that the log of a service signed, with its line alone. Raises NoteRefused."""
    notes = [signed_by_log(text, service, directory.entries_of) for text in texts]
    note = max(notes, key=lambda each: _place(read_checkpoint(each)))
    return Note(note.text, tuple(each for each in note.signatures if each.name == note.origin)[:1])


async def restart(session: Session, lost: Note, reason: str, at: datetime, directory: Directory) -> Restarted:
    """Let a log go on in its next generation; return what the leaf says with which it does.

    `lost` is the last checkpoint that witnesses hold; the transaction must be one that nobody shares. Raises
    RestartRefused where nothing was lost, or the store is not as it was; LogDamaged.
    """
    checkpoint, tree = read_checkpoint(lost), TreeStore(session)
    frontier, generation, *_ = await tree.head()
    if frontier.size == 0:
        raise RestartRefused("the store is empty: restore it first")
    if await _begins_with(tree, frontier.size, checkpoint):
        raise RestartRefused(f"nothing is lost: the log still begins with these {checkpoint.size} leaves, unchanged")
    for row in await RestartStore(session).last():
        told = _read(row, checkpoint, directory)
        if told.lost.generation == checkpoint.generation and told.lost.size >= checkpoint.size:
            raise RestartRefused(f"the log says already, in leaf {told.index}, that these are lost")
    kept = await _kept(session, tree, frontier.size, checkpoint)
    new = Restart(
        generation=max(generation, checkpoint.generation) + 1,
        reason=reason,
        lost=lost.written,
        kept=None if kept is None else kept.written,
    )
    await append(session, [_entry(new, at)])
    return _read((await RestartStore(session).last())[-1], checkpoint, directory)


def _read(row: Row[Any], lost: Checkpoint, directory: Directory) -> Restarted:
    """Return what a leaf says, as others read it. Raises RestartRefused where they would not believe it."""
    try:
        told = read_restart(row.leaf, row.number, participant_of(lost.origin), directory.entries_of)
    except ValueError as error:
        raise RestartRefused(f"nobody would believe what leaf {row.number} says: {error}") from error
    assert told is not None  # noqa: S101 - such leaves alone are found
    return told


async def _kept(session: Session, tree: TreeStore, size: int, lost: Checkpoint) -> Note | None:
    """Return the last checkpoint of the same generation that convinces, with which the log begins."""
    store = CheckpointStore(session)
    later = [row.number for row in await RestartStore(session).last() if row.generation > lost.generation]
    found = await store.covering(1, MIN_WITNESSES, min(size, lost.size - 1, *later))
    text = None if found is None else await store.note(found)
    if text is None:
        return None
    note = parse_note(text)
    kept = read_checkpoint(note)
    if kept.generation != lost.generation:
        return None
    if not await _begins_with(tree, size, kept):
        raise RestartRefused(f"the store is damaged: its leaves are not the {kept.size} that bureaus cosigned")
    return Note(note.text, note.signatures[: MOST_COSIGNATURES + 1])


async def _begins_with(tree: TreeStore, size: int, checkpoint: Checkpoint) -> bool:
    return checkpoint.size <= size and await tree.root(checkpoint.size) == checkpoint.root


def _place(checkpoint: Checkpoint) -> tuple[int, int]:
    return checkpoint.generation, checkpoint.size


def _entry(told: Restart, at: datetime) -> Entry:
    return Entry(
        at=at.timestamp(),
        request=uuid7(at),
        bureau=SECRETARIAT,
        officer=OPERATOR,
        purpose=Purpose.CRIME_ANALYSIS,
        operation=OPERATION,
        status=NOT_ANSWERED,
        query=None,
        answer=None,
        salt=os.urandom(SALT_BYTES),
        shown=(),
        owed=False,
        restart=told,
    )
