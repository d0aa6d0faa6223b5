"""Changes that the audit log does not have yet: stored with the change, deleted with the log entry."""

from collections.abc import Iterable
from typing import Final

import msgspec
import sqlalchemy as sa

from shared.audit.tables import handled
from shared.bureaus import BureauCode
from shared.disclosure import Disclosure
from shared.identity import Caller, Purpose
from shared.storage import Session


class PendingAudit(msgspec.Struct, frozen=True):
    """What a request changed, until the audit log has it."""

    request: str
    bureau: BureauCode
    officer: str
    purpose: Purpose
    operation: str
    shown: tuple[Disclosure, ...]


_encode: Final = msgspec.json.Encoder().encode
read_pending: Final = msgspec.json.Decoder(PendingAudit).decode
"""Return a stored pending entry. Raises msgspec.DecodeError."""

_keep: Final = sa.update(handled).where(handled.c.id == sa.bindparam("of")).values(account=sa.bindparam("pending"))
_delete: Final = sa.update(handled).where(handled.c.id.in_(sa.bindparam("ids", expanding=True))).values(account=None)


async def keep_pending(session: Session, caller: Caller) -> None:
    """Store in the transaction of a change what it did: it is logged before the answer, or by the backfill."""
    pending = pending_of(caller)
    await session.execute(_keep, {"of": pending.request, "pending": _encode(pending).decode()})
    caller.recorder.pending = True


def pending_of(caller: Caller) -> PendingAudit:
    """Return what a request changed."""
    operation, shown = caller.recorder.operation, tuple(caller.recorder.shown.values())
    return PendingAudit(caller.request_id, caller.bureau, caller.officer, caller.purpose, operation, shown)


async def delete_pending(session: Session, requests: Iterable[str]) -> None:
    """Delete the pending entries of requests, in the transaction that logs them."""
    await session.execute(_delete, {"ids": list(requests)})
