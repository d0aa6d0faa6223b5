"""What requests changed that the audit log does not say yet: kept with the change, settled with the log entry."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa

from shared.audit.tables import handled
from shared.bureaus import BureauCode
from shared.disclosure import Disclosure
from shared.identity import Caller, Purpose
from shared.storage import PAGE_SIZE, BatchCursor, Rows, Session, comes_after


class PendingAudit(msgspec.Struct, frozen=True):
    """What a request changed, as long as the audit log does not say so."""

    request: str
    bureau: BureauCode
    officer: str
    purpose: Purpose
    operation: str
    shown: tuple[Disclosure, ...]


_encode: Final = msgspec.json.Encoder().encode


read_pending: Final = msgspec.json.Decoder(PendingAudit).decode
"""Returns an account that is kept. Raises msgspec.DecodeError."""


TOGETHER: Final = 100


_owe: Final = sa.update(handled).where(handled.c.id == sa.bindparam("of")).values(account=sa.bindparam("owed"))


_settle: Final = sa.update(handled).where(handled.c.id.in_(sa.bindparam("ids", expanding=True))).values(account=None)


_order: Final = (handled.c.at, handled.c.id)


_owed: Final = (
    sa.select(handled.c.at, handled.c.id, handled.c.account)
    .where(
        handled.c.account.is_not(None),
        handled.c.at < sa.bindparam("before"),
        comes_after(*_order),
    )
    .order_by(*_order)
    .limit(PAGE_SIZE)
)


_still_owed: Final = sa.select(handled.c.id).where(handled.c.id == sa.bindparam("of"), handled.c.account.is_not(None))


async def keep_pending(session: Session, caller: Caller) -> None:
    """Note, in the transaction of a write, what it did: it is in the audit log before it is answered, or later."""
    owed = pending_of(caller)
    await session.execute(_owe, {"of": owed.request, "owed": _encode(owed).decode()})
    caller.recorder.pending = True


def pending_of(caller: Caller) -> PendingAudit:
    """Return what a request changed."""
    account = caller.recorder
    return PendingAudit(
        caller.request_id,
        caller.bureau,
        caller.officer,
        caller.purpose,
        account.operation,
        tuple(account.shown.values()),
    )


async def settle(session: Session, requests: Iterable[str]) -> None:
    """Forget what requests did, in the transaction that writes it into the audit log."""
    await session.execute(_settle, {"ids": list(requests)})


def pending_batches() -> BatchCursor:
    """Return rounds through what is owed."""
    return BatchCursor(*_order, together=TOGETHER)


async def pending_page(session: Session, before: datetime, rounds: BatchCursor) -> Rows:
    """Return what was changed before a time and is not in the audit log, a page of it, each as `at, id, account`."""
    return await rounds.page(session, _owed, before=int(before.timestamp()))


async def is_pending(session: Session, request: str) -> bool:
    """Tell whether the audit log still lacks what a request did."""
    return bool(await session.fetch(_still_owed, {"of": request}))
