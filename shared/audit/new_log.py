"""Retires the audit log of a service that lost leaves, and opens another one.

The remaining leaves of the retired log stay, and are proven by the checkpoints that bureaus cosigned. The new log has
another name, so that none of its checkpoints can be taken for one of the retired log.
"""

from datetime import datetime
from typing import Final

import msgspec

from shared.audit.checkpoint_store import CheckpointStore
from shared.audit.format.leaf import MAX_LOG, NewLog
from shared.audit.pending import PendingAudit
from shared.audit.rules import LogDamaged
from shared.audit.tree import NOTHING, Head, TreeStore, heads
from shared.audit.verify.new_log import vouchers
from shared.audit.verify.signatures import MIN_WITNESSES
from shared.audit.writer import append, open_log, unanswered
from shared.bureaus import SECRETARIAT
from shared.crypto.signed_note import Note, parse_note, read_checkpoint
from shared.identity import Purpose
from shared.ids import uuid7
from shared.protocol.directory import Directory
from shared.storage import Session

OPERATION: Final = "open_audit_log"
OPERATOR: Final = "operator"
# As many fit into a leaf, and are more than enough.
MAX_COSIGNATURES: Final = 8


class NewLogRefused(Exception):
    """No log was opened; the message says why."""


async def open_new_log(
    session: Session, service: str, directory: Directory, *, reason: str, at: datetime, log: int | None = None
) -> NewLog:
    """Retire the log of a service and open the next, or that of a higher number; return what its first leaf states.

    The session must be exclusive. Raises NewLogRefused where the number is not greater.
    """
    logs = await heads(session)
    last = logs[-1] if logs else NOTHING
    number = last.log + 1 if log is None else log
    if not last.log < number < MAX_LOG:
        raise NewLogRefused(f"the number of the new log has to be greater than {last.log}")
    retired = await _retired(session, logs, service, directory)
    new = NewLog(log=number, reason=reason, retired=None if retired is None else retired.written)
    await open_log(session, number, last.first + last.size)
    by_operator = PendingAudit(uuid7(at), SECRETARIAT, OPERATOR, Purpose.CRIME_ANALYSIS, OPERATION, ())
    await append(session, [msgspec.structs.replace(unanswered(by_operator, at), pending=False, new_log=new)])
    return new


async def _retired(session: Session, logs: list[Head], service: str, directory: Directory) -> Note | None:
    """Return the last checkpoint that enough witnesses cosigned and whose leaves are stored, of the last such log."""
    for head in reversed(logs):
        store, tree, size = CheckpointStore(session, head.log), TreeStore(session, head.log), head.size + 1
        while size := await store.newest_size(min_size=1, max_size=size - 1, cosignatures=MIN_WITNESSES) or 0:
            note = parse_note(await store.signed_note(size) or "")
            note = Note(note.text, note.signatures[: MAX_COSIGNATURES + 1])
            if len(vouchers(note, service, directory)) >= MIN_WITNESSES and await _is_there(tree, note):
                return note
    return None


async def _is_there(tree: TreeStore, note: Note) -> bool:
    checkpoint = read_checkpoint(note)
    try:
        return await tree.root(checkpoint.size) == checkpoint.root
    except LogDamaged:
        return False
