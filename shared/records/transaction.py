"""The transaction of one request, begun by its first statement, which carries the request out at most once."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.sql import Executable

from shared.audit.pending import keep_pending
from shared.audit.tables import handled
from shared.errors import AlreadyHandled
from shared.identity import Caller
from shared.storage import NO_PARAMETERS, Database, Parameters, Rows, Session

REMEMBERED_FOR: Final = timedelta(minutes=10)

_delete: Final = sa.delete(handled).where(handled.c.at < sa.bindparam("before"), handled.c.account.is_(None))
_insert: Final = sa.insert(handled)


@asynccontextmanager
async def transaction_of(caller: Caller, database: Database, at: datetime) -> AsyncIterator[Session]:
    """Open the transaction of a request. Its statements raise AlreadyHandled if the request was carried out before."""
    try:
        async with AsyncExitStack() as stack:
            transaction = _Transaction(caller, database, at, stack)
            yield transaction
            if transaction.begun is not None and caller.recorder.operation:
                await keep_pending(transaction.begun, caller)
    except BaseException:
        # If it was committed all the same, so was its pending audit entry, which is logged later.
        caller.recorder.undo()
        raise


class _Transaction:
    """A session that begins with its first statement: a request that is refused before that does not lock anything."""

    def __init__(self, caller: Caller, database: Database, at: datetime, stack: AsyncExitStack) -> None:
        self._caller = caller
        self._database = database
        self._at = at
        self._stack = stack
        self.begun: Session | None = None

    async def fetch(
        self, statement: Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> Rows:
        return await (await self._session()).fetch(statement, parameters, in_thread=in_thread)

    async def execute(
        self, statement: Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> int:
        return await (await self._session()).execute(statement, parameters, in_thread=in_thread)

    async def insert(self, table: sa.Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        await (await self._session()).insert(table, columns, rows)

    async def _session(self) -> Session:
        if self.begun is None:
            session = await self._stack.enter_async_context(self._database.writing())
            await require_first_time(session, self._caller, self._at)
            self.begun = session
        return self.begun


async def require_first_time(session: Session, caller: Caller, at: datetime) -> None:
    """Record in the transaction of a write that its request is carried out. Raises AlreadyHandled.

    The replay guard of a process does not survive a restart, and replicas do not share it; this does both.
    """
    seconds = int(at.timestamp())
    await session.execute(_delete, {"before": seconds - int(REMEMBERED_FOR.total_seconds())})
    try:
        await session.execute(_insert, {"id": caller.request_id, "at": seconds, "account": None})
    except sa.exc.IntegrityError as error:
        caller.recorder.is_repeated = True
        raise AlreadyHandled(
            f"request {caller.request_id} was carried out before, and its answer was lost: read what it changed"
        ) from error
