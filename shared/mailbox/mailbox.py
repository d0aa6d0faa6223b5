"""The mailboxes of the bureaus of a gateway, or of a service: each is a database, opened when it is first needed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from shared.background import ChangeSignal
from shared.clock import Clock
from shared.errors import Busy, OutcomeUnknown, StoreUnavailable
from shared.logs import Log
from shared.mailbox.quotas import Quotas
from shared.mailbox.rules import NotStored
from shared.mailbox.store import MailStore
from shared.mailbox.tables import TABLES
from shared.mailbox.times import milliseconds_at
from shared.storage import Database, OpenDatabase, Session, StorageRefused, open_database
from shared.storage.group_commit import GroupCommit
from shared.storage.migrations import TableSet, upgrade

T = TypeVar("T")

SLOW_SECONDS: Final = 30.0
REOPEN_SECONDS: Final = 2.0
# At a start, when all are opened: those that a caller waits for do not count.
MAX_OPENING: Final = 4
OPEN_TIMEOUT_SECONDS: Final = 10.0
# Of each connection to a mailbox; a gateway may have two hundred. The page cache of the system does the rest.
CACHE_KIBIBYTES: Final = 256
Work = Callable[[MailStore], Awaitable[Any]]


class ReceiptLatency:
    """How long receipts take at present: to resend sooner would only add to the load that delays them."""

    usual_seconds = 0.0

    def observe(self, seconds: float) -> None:
        """Update the moving average; a recipient that was offline counts as slow, `SLOW_SECONDS` at most."""
        self.usual_seconds += (min(max(seconds, 0.0), SLOW_SECONDS) - self.usual_seconds) / 8


class Mailbox:
    """The messages that one bureau, or one service, sent and received."""

    def __init__(self, bureau: str, database: Database, clock: Clock, log: Log, quotas: Quotas) -> None:
        self.bureau = bureau
        self.quotas = quotas
        self.changes = ChangeSignal(clock.tick_seconds)
        self.receipt_latency = ReceiptLatency()
        self.log = log
        self._database = database
        self._commits: GroupCommit[Work, Any] = GroupCommit(database, _in_turn)
        self._clock = clock
        self.monotonic = clock.monotonic
        self.reading = MailStore(database.reading)
        self.events_begin_after = 0
        """The number after which its events begin: 0 unless the mailbox is that of a restored sandbox."""

    def now(self) -> int:
        """Return the time in milliseconds since 1970."""
        return milliseconds_at(self._clock.now())

    async def write(self, work: Callable[[MailStore], Awaitable[T]]) -> T:
        """Do a work on the store in a transaction, and return its result once that is committed.

        Raises NotStored or Busy if nothing was changed, OutcomeUnknown if that is not known.
        """
        try:
            result: T = await self._commits.write(work)
        except (SQLAlchemyError, StoreUnavailable, OSError) as error:
            self.log.failure("mailbox-not-written", error, bureau=self.bureau)
            raise NotStored("the mailbox cannot be written at the moment: try again later") from error
        return result

    async def close(self) -> None:
        """Close the store, once pending writes are done."""
        await self._commits.close()
        await self._database.close()


@contextmanager
def after_commit() -> Iterator[None]:
    """Read what was committed. Raises OutcomeUnknown where that cannot be read: the store may be lost by now."""
    try:
        yield
    except (Busy, StoreUnavailable) as refusal:
        raise OutcomeUnknown(refusal.detail) from refusal


async def _in_turn(session: Session, works: Sequence[Work]) -> Sequence[Any]:
    """Do works one after the other, on one store."""
    store = MailStore(session)
    done = [await work(store) for work in works]
    await store.usage.save()
    return done


class Mailboxes:
    """The mailboxes of all bureaus of a gateway, or that of a service."""

    def __init__(
        self,
        store_url: Callable[[str], str],
        clock: Clock | Callable[[str], Clock],
        log: Log,
        quotas: Quotas | None = None,
        open_store: OpenDatabase = open_database,
        tables: Sequence[TableSet] = (TABLES,),
    ) -> None:
        """`clock` is that of all bureaus, or returns that of each. `tables` are all tables of a mailbox.

        Without `quotas` the default ones apply.
        """
        self._quotas = quotas or Quotas()
        self._store_url = store_url
        self._open_store = open_store
        self._tables = tables
        self._clock_of = clock if callable(clock) else lambda _: clock
        self._log = log
        self._opening: dict[str, asyncio.Task[Mailbox]] = {}
        self._room = asyncio.Semaphore(MAX_OPENING)

    async def of(self, bureau: str) -> Mailbox:
        """Return the mailbox of a bureau. Raises NotStored if it cannot be opened at the moment."""
        opening = self._opening.get(bureau)
        if opening is None or (opening.done() and opening.exception() is not None):
            opening = self._opening[bureau] = asyncio.create_task(self._open(bureau))
        if not opening.done():
            # It is opened even if the caller stops waiting.
            await asyncio.wait([opening], timeout=OPEN_TIMEOUT_SECONDS)
        if not opening.done():
            raise NotStored(f"the mailbox of {bureau} is being opened: try again later")
        return opening.result()

    async def opened(self, bureau: str) -> Mailbox:
        """Return the mailbox of a bureau as soon as it can be opened, after those that a caller waits for."""
        while True:
            try:
                async with self._room:
                    return await self.of(bureau)
            except NotStored:
                await asyncio.sleep(REOPEN_SECONDS)

    async def close(self) -> None:
        """Close those that are open."""
        opened = await asyncio.gather(*self._opening.values(), return_exceptions=True)
        await asyncio.gather(*(mailbox.close() for mailbox in opened if isinstance(mailbox, Mailbox)))

    async def _open(self, bureau: str) -> Mailbox:
        try:
            url = self._store_url(f"mailbox-{bureau.lower()}")
            # In a thread, as creating a file waits for the disk.
            database = await asyncio.to_thread(self._open_store, url, cache_kibibytes=CACHE_KIBIBYTES)
            try:
                await upgrade(database, *self._tables)
            except BaseException:
                # It is opened again later, as when the disk was full.
                await database.close()
                raise
        except (SQLAlchemyError, StorageRefused, Busy, StoreUnavailable, OutcomeUnknown, OSError) as error:
            self._log.failure("mailbox-not-opened", error, bureau=bureau)
            raise NotStored(f"the mailbox of {bureau} cannot be opened at the moment: try again later") from error
        return self._make(bureau, database, self._clock_of(bureau), self._log, self._quotas)

    def _make(self, bureau: str, database: Database, clock: Clock, log: Log, quotas: Quotas) -> Mailbox:
        return Mailbox(bureau, database, clock, log, quotas)
