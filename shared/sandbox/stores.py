"""Stores at which faults happen: a service's, its audit log, and the mailbox of a bureau.

Only what a client requested is concerned: background jobs go on.
"""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.sql import Executable

from shared.errors import OutcomeUnknown, StoreUnavailable
from shared.identity import Caller
from shared.mailbox.mailbox import Mailbox, Mailboxes
from shared.mailbox.store import MailStore
from shared.protocol.http import HttpRequest
from shared.rpc.bridge import RequestAudit
from shared.runner import Storage
from shared.sandbox.client_request import current, working_on
from shared.sandbox.faults import Faults, FaultStep
from shared.storage import NO_PARAMETERS, Database, OpenDatabase, Parameters, Rows, Session
from shared.storage.session import ReadOnly
from shared.storage.sqlite import CACHE_KIBIBYTES

# As of a database server that is lost: see `shared.storage.postgres_pool`.
NOT_REACHED: Final = "the store of this service cannot be reached: try again later"
NOT_KNOWN: Final = "the store of this service was lost during the commit"

T = TypeVar("T")


def disk_full() -> sa.exc.OperationalError:
    """Return the error of a store whose disk is full."""
    return sa.exc.OperationalError("COMMIT", None, sqlite3.OperationalError("database or disk is full"))


class FaultyDatabase:
    """The store of a service. Faults happen to what clients requested."""

    def __init__(self, inner: Database, faults: Faults) -> None:
        self._inner = inner
        self._faults = faults
        self.reading: Session = _FaultyReading(inner.reading, self._failure)

    @asynccontextmanager
    async def writing(self, *, exclusive: bool = False) -> AsyncIterator[Session]:
        """Open a transaction, which may be refused, fail, or be committed without anybody knowing."""
        failure = await self._failure()
        if failure == "unavailable":
            raise StoreUnavailable(NOT_REACHED)
        async with self._inner.writing(exclusive=exclusive) as session:
            yield session
            if failure == "failed":
                raise disk_full()
        if failure == "outcome-unknown":
            raise OutcomeUnknown(NOT_KNOWN)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def _failure(self, *possible: str) -> str | None:
        request = current()
        bureau = "" if request is None else request.bureau
        return await self._faults.meet_for_client(FaultStep.STORE, bureau, possible or None)


class _FaultyReading(ReadOnly):
    def __init__(self, inner: Session, failure: Callable[[str], Awaitable[str | None]]) -> None:
        self._inner = inner
        self._failure = failure

    async def fetch(
        self, statement: Executable, parameters: Parameters = NO_PARAMETERS, *, in_thread: bool = False
    ) -> Rows:
        if await self._failure("unavailable") is not None:
            raise StoreUnavailable(NOT_REACHED)
        return await self._inner.fetch(statement, parameters, in_thread=in_thread)


class FaultyAudit:
    """The audit log of a service, as its bridge uses it. Does NOT append what background jobs do."""

    def __init__(self, inner: RequestAudit, faults: Faults) -> None:
        self._inner = inner
        self._faults = faults

    async def append_request(
        self, caller: Caller, request: HttpRequest, *, status: int, signature: str, at: datetime
    ) -> None:
        """Log a request and its answer. Raises what the store raises."""
        if await self._faults.meet_for_client(FaultStep.AUDIT, caller.bureau) is not None:
            raise disk_full()
        # The transaction is of all requests that wait for it.
        with working_on(None):
            await self._inner.append_request(caller, request, status=status, signature=signature, at=at)


class FaultyMailbox(Mailbox):
    """The mailbox of a bureau."""

    def __init__(self, faults: Faults, events_begin_after: int, *mailbox: Any) -> None:
        """Make a mailbox as its base does."""
        super().__init__(*mailbox)
        self._faults = faults
        self.events_begin_after = events_begin_after

    async def write(self, work: Callable[[MailStore], Awaitable[T]]) -> T:
        """Do a work on the store as the base does. Raises NotStored, Busy, OutcomeUnknown."""
        failure = await self._faults.meet_for_client(FaultStep.STORE, self.bureau)
        with working_on(None):
            result: T = await super().write(_fail if failure in {"unavailable", "failed"} else work)
        if failure == "outcome-unknown":
            raise OutcomeUnknown(NOT_KNOWN)
        return result


class FaultyMailboxes(Mailboxes):
    """The mailboxes of a process."""

    def __init__(self, faults: Faults, events_begin_after: int, *mailboxes: Any) -> None:
        """Make them as the base does; no event of this state has a number up to `events_begin_after`."""
        super().__init__(*mailboxes)
        self._faults = faults
        self._events_begin_after = events_begin_after

    async def _open(self, bureau: str) -> Mailbox:
        mailbox, after = await super()._open(bureau), self._events_begin_after
        try:
            # Not for the client that waits for it.
            with working_on(None):
                await mailbox.write(lambda store: store.events.begin_after(after))
        except BaseException:
            await mailbox.close()
            raise
        return mailbox

    def _make(self, *mailbox: Any) -> Mailbox:
        return FaultyMailbox(self._faults, self._events_begin_after, *mailbox)


async def _fail(_store: MailStore) -> Any:
    raise disk_full()


def faulty_storage(open_store: OpenDatabase, faults: Faults) -> Storage:
    """Return the storage of a service at which faults happen."""

    def open_faulty(url: str, *, cache_kibibytes: int = CACHE_KIBIBYTES) -> Database:
        return cast("Database", FaultyDatabase(open_store(url, cache_kibibytes=cache_kibibytes), faults))

    return Storage(open_faulty, lambda audit: FaultyAudit(audit, faults))
