"""What every service does with its records beside answering, put together: the audit log, and what follows from it.

One place that says which works there are; each is explained in its own module.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial

from shared.audit.backfill import AuditBackfill
from shared.audit.checkpoint_signer import Checkpoints
from shared.audit.reader import AuditReader
from shared.audit.writer import AuditLog
from shared.background import Job, running
from shared.mailbox.notifications import Notifier
from shared.records.entry_limits import entry_figures
from shared.records.hits.notifier import HitNotifier
from shared.records.outbox import OutboxRelay
from shared.records.retention import Retention
from shared.records.search.matching import SavedSearchMatching, SearchExpiry
from shared.records.search.saved_searches import RecentSearches
from shared.records.search.searchable_store import MatchedStore
from shared.records.withdrawals.late_readers import LateReaders
from shared.rpc.irreversible import WATCHED_EVERY_SECONDS, IrreversibleWatch, may_be_taken
from shared.rpc.participant import Participant
from shared.service import Context, Service
from shared.storage import Database


class RecordKeeping:
    """Of one service, in one of its processes."""

    def __init__(self, service: Service, database: Database, participant: Participant, post: Notifier | None) -> None:
        self.audit = AuditLog(database, RecentSearches())
        self._service = service
        self._database = database
        self._participant = participant
        self._post = post

    def context(self, processes: int) -> Context:
        """Return what the application is made with."""
        desk = AuditReader(self._participant, self._database, entry_figures)
        clock, directory = self._participant.clock, self._participant.directory
        return Context(self._database, clock, processes, audit=desk, post=self._post, directory=directory)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do all works until the block ends, and then finish what is being written down."""
        try:
            async with running(list(self._works()), self._participant.log):
                yield
        finally:
            await self.audit.close()

    def _works(self) -> Iterator[Job]:
        clock, log, directory = self._participant.clock, self._participant.log, self._participant.directory
        changes, may_end = self.audit.changes, partial(may_be_taken, self._participant)
        watch = IrreversibleWatch(self._participant)
        yield Job("clock", watch.turn, every_seconds=WATCHED_EVERY_SECONDS)
        yield Job("arrears", AuditBackfill(self._database, self.audit, clock).turn, every_seconds=5.0)
        yield Job("checkpoints", Checkpoints(self._participant, self._database).turn, every_seconds=1.0)
        kinds = self._service.metadata.info["stores"]
        hits = HitNotifier(self._service.name, kinds, self._database, clock, changes, log)
        yield Job("hits", hits.turn, every_seconds=0.02, changes=changes)
        yield Job("stragglers", LateReaders(kinds, self._database, clock).turn, every_seconds=1.0)
        for kind in kinds:
            retention = Retention(kind, self._database, self.audit, clock, log, may_end)
            yield Job(f"retention of {kind.table.name}", retention.turn, every_seconds=1.0)
        if searched := [kind for kind in kinds if issubclass(kind, MatchedStore)]:
            inquiries = SavedSearchMatching(searched, self._database, self.audit, clock, log, directory.is_member)
            yield Job("inquiries", inquiries.turn, every_seconds=0.2, changes=changes)
            yield Job("expired inquiries", SearchExpiry(self._database, clock, may_end).turn, every_seconds=1.0)
        if self._post is not None:
            postman = OutboxRelay(self._database, self._post, self._participant.log)
            yield Job("post", postman.turn, every_seconds=0.05, changes=changes)
