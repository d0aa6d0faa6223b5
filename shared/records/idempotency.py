"""Which requests were carried out, so that none is carried out twice; what they did, until the audit log has it."""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from shared.audit.tables import handled
from shared.errors import AlreadyHandled
from shared.identity import Caller
from shared.storage import Session

REMEMBERED_FOR: Final = timedelta(minutes=10)

_forget: Final = sa.delete(handled).where(handled.c.at < sa.bindparam("before"), handled.c.account.is_(None))
_insert: Final = sa.insert(handled)


async def require_first_time(session: Session, caller: Caller, at: datetime) -> None:
    """Note in the transaction of a write that its request is carried out. Raises AlreadyHandled.

    The replay guard of one process forgets when it restarts and knows nothing of its replicas; this does neither.
    """
    seconds = int(at.timestamp())
    await session.execute(_forget, {"before": seconds - int(REMEMBERED_FOR.total_seconds())})
    try:
        await session.execute(_insert, {"id": caller.request_id, "at": seconds, "account": None})
    except sa.exc.IntegrityError as error:
        raise AlreadyHandled(f"request {caller.request_id} was carried out before") from error
