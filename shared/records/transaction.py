"""The transaction of one request, begun by its first statement and carried out at most once."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import Executable

from shared.audit.pending import keep_pending
from shared.identity import Caller
from shared.records.idempotency import require_first_time
from shared.storage import NO_PARAMETERS, Database, Parameters, Rows, Session


@asynccontextmanager
async def transaction_of(caller: Caller, database: Database, at: datetime) -> AsyncIterator[Session]:
    """Open the transaction of a request. Its statements raise AlreadyHandled if the request was carried out before."""
    try:
        async with AsyncExitStack() as stack:
            transaction = _Transaction(caller, database, at, stack)
            yield transaction
            await transaction.finish()
    except BaseException:
        # Should it have reached the disk all the same, its account has as well, and is written down later.
        caller.recorder.undo()
        raise


class _Transaction:
    """A session that begins with its first statement: a request that is refused before that holds up no other."""

    def __init__(self, caller: Caller, database: Database, at: datetime, stack: AsyncExitStack) -> None:
        self._caller = caller
        self._database = database
        self._at = at
        self._stack = stack
        self._begun: Session | None = None

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

    async def finish(self) -> None:
        """Note what was done, to be committed together with it."""
        if self._begun is not None and self._caller.recorder.operation:
            await keep_pending(self._begun, self._caller)

    async def _session(self) -> Session:
        if self._begun is None:
            session = await self._stack.enter_async_context(self._database.writing())
            await require_first_time(session, self._caller, self._at)
            self._begun = session
        return self._begun
