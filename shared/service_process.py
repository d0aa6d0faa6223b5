"""What every service does with its records beside answering, put together: the audit log, and what follows from it.

One place that says which works there are; each is explained in its own module.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial

from shared.audit.backfill import Arrears
from shared.audit.checkpoint_signer import Checkpoints
from shared.audit.reader import AuditDesk
from shared.audit.writer import AuditLog
from shared.background import Work, at_work
from shared.mailbox.letters import Post
from shared.records.hits.notifier import HitNotifier
from shared.records.outbox import Postman
from shared.records.retention import Retention
from shared.records.search.expiry import Forgetting
from shared.records.search.matching import InquiryMatching
from shared.records.search.saved_searches import RecentSearches
from shared.records.search.searchable_store import SearchedStore
from shared.records.taken_back import entry_figures
from shared.records.withdrawals.late_readers import Stragglers
from shared.rpc.irreversible import WATCHED_EVERY_SECONDS, IrreversibleWatch, may_be_taken
from shared.rpc.participant import Participant
from shared.service import Context, Service
from shared.storage import Database


class RecordKeeping:
    """Of one service, in one of its processes."""

    def __init__(self, service: Service, database: Database, participant: Participant, post: Post | None) -> None:
        self.audit = AuditLog(database, RecentSearches())
        self._service = service
        self._database = database
        self._participant = participant
        self._post = post

    def context(self, processes: int) -> Context:
        """Return what the application is made with."""
        desk = AuditDesk(self._participant, self._database, entry_figures)
        clock, directory = self._participant.clock, self._participant.directory
        return Context(self._database, clock, processes, audit=desk, post=self._post, directory=directory)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Do all works until the block ends, and then finish what is being written down."""
        try:
            async with at_work(list(self._works()), self._participant.log):
                yield
        finally:
            await self.audit.close()

    def _works(self) -> Iterator[Work]:
        clock, log, directory = self._participant.clock, self._participant.log, self._participant.directory
        changes, may_end = self.audit.changes, partial(may_be_taken, self._participant)
        watch = IrreversibleWatch(self._participant)
        yield Work("clock", watch.turn, every_seconds=WATCHED_EVERY_SECONDS)
        yield Work("arrears", Arrears(self._database, self.audit, clock).turn, every_seconds=5.0)
        yield Work("checkpoints", Checkpoints(self._participant, self._database).turn, every_seconds=1.0)
        kinds = self._service.metadata.info["stores"]
        hits = HitNotifier(self._service.name, kinds, self._database, clock, changes, log)
        yield Work("hits", hits.turn, every_seconds=0.02, changes=changes)
        yield Work("stragglers", Stragglers(kinds, self._database, clock).turn, every_seconds=1.0)
        for kind in kinds:
            retention = Retention(kind, self._database, self.audit, clock, log, may_end)
            yield Work(f"retention of {kind.table.name}", retention.turn, every_seconds=1.0)
        if searched := [kind for kind in kinds if issubclass(kind, SearchedStore)]:
            inquiries = InquiryMatching(searched, self._database, self.audit, clock, log, directory.is_member)
            yield Work("inquiries", inquiries.turn, every_seconds=0.2, changes=changes)
            yield Work("expired inquiries", Forgetting(self._database, clock, may_end).turn, every_seconds=1.0)
        if self._post is not None:
            postman = Postman(self._database, self._post, self._participant.log)
            yield Work("post", postman.turn, every_seconds=0.05, changes=changes)
