"""The background jobs of every service: the audit log, and what follows from it. Each is explained in its module."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from shared.audit.archive import Archive
from shared.audit.backfill import AuditBackfill
from shared.audit.checkpoint_signer import Checkpoints
from shared.audit.reader import AuditReader, FindNamed
from shared.audit.writer import AuditLog
from shared.background import Job, failing_jobs, running
from shared.mailbox.notifications import Notifier
from shared.records.entry_limits import entry_figures
from shared.records.field_copies.builder import FieldCopyBuilder
from shared.records.hits.notifier import HitNotifier
from shared.records.named_records import named_in
from shared.records.outbox import OutboxRelay
from shared.records.publisher import Publisher
from shared.records.retention import Retention
from shared.records.row_expiry import KEPT_FOR, RowExpiry
from shared.records.screening.alerts import ScreeningAlerts
from shared.records.screening.comparison import ScreeningComparison
from shared.records.screening.sightings import SCREENED, SightingBound
from shared.records.search.matched_store import MatchedStore
from shared.records.search.matching import SavedSearchMatching, SearchExpiry
from shared.records.search.saved_searches import RecentSearches
from shared.records.withdrawals.late_readers import LateReaders
from shared.rpc.irreversible import WATCHED_EVERY_SECONDS, IrreversibleWatch, may_be_taken
from shared.rpc.participant import Participant
from shared.service import Context, Service
from shared.storage import Database


class RecordKeeping:
    """The audit log and the jobs of one service, in one of its processes."""

    def __init__(
        self,
        service: Service,
        database: Database,
        participant: Participant,
        post: Notifier | None,
        archives: Path | None = None,
    ) -> None:
        """Keep the records of a service; `archives` is the folder of the archived parts of audit logs."""
        self.audit = AuditLog(database, RecentSearches())
        self._service = service
        self._database = database
        self._participant = participant
        self._post = post
        self._archive = Archive(archives, service.name)
        self._matching: SavedSearchMatching | None = None

    def context(self, processes: int) -> Context:
        """Return the context of the application."""
        reader = AuditReader(self._participant, self._database, entry_figures, self._archive, self._named())
        clock, directory = self._participant.clock, self._participant.directory
        failing = partial(failing_jobs, self._participant.log)
        return Context(
            self._database, clock, processes, audit=reader, post=self._post, directory=directory, failing_jobs=failing
        )

    def _named(self) -> FindNamed:
        return named_in(self._service.metadata.info["stores"])

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run all jobs until the block ends, then finish pending audit entries."""
        try:
            async with running(list(self._jobs()), self._participant.log):
                yield
        finally:
            if self._matching is not None:
                await self._matching.close()
            await self.audit.close()

    def _jobs(self) -> Iterator[Job]:
        clock, log, directory = self._participant.clock, self._participant.log, self._participant.directory
        changes, may_end = self.audit.changes, partial(may_be_taken, self._participant)
        watch = IrreversibleWatch(self._participant)
        yield Job("clock", watch.run_once, every_seconds=WATCHED_EVERY_SECONDS)
        yield Job("audit backfill", AuditBackfill(self._database, self.audit, clock).run_once, every_seconds=5.0)
        yield Job("checkpoints", Checkpoints(self._participant, self._database).run_once, every_seconds=1.0)
        kinds = self._service.metadata.info["stores"]
        hits = HitNotifier(self._service.name, kinds, self._database, clock, changes, log)
        yield Job("hits", hits.run_once, every_seconds=0.02, changes=changes)
        yield Job("late readers", LateReaders(kinds, self._database, clock).run_once, every_seconds=1.0)
        for kind in kinds:
            retention = Retention(kind, self._database, self.audit, clock, log, may_end)
            yield Job(f"retention of {kind.table.name}", retention.run_once, every_seconds=1.0)
        if any(kind.copied for kind in kinds):
            copies = FieldCopyBuilder(kinds, self._database, self.audit, clock)
            yield Job("field copies", copies.run_once, every_seconds=0.5, changes=changes)
        if searched := [kind for kind in kinds if issubclass(kind, MatchedStore)]:

            def is_member(bureau: str) -> bool:
                return directory.is_member(bureau, clock.now().timestamp())

            self._matching = SavedSearchMatching(searched, self._database, self.audit, clock, log, is_member)
            if screened := self._service.metadata.info.get(SCREENED):
                alerts = ScreeningAlerts(screened.store, screened.repeats)
                self._matching.alert_of_sightings(alerts)
                screening = ScreeningComparison(screened, alerts, self._database, self.audit, clock, log)
                yield Job("screening", screening.run_once, every_seconds=0.2, changes=changes)
                yield Job("screening bound", SightingBound(self._database).run_once, every_seconds=60.0)
            yield Job("saved searches", self._matching.run_once, every_seconds=0.2, changes=changes)
            yield Job("search expiry", SearchExpiry(self._database, clock, may_end).run_once, every_seconds=1.0)
        if KEPT_FOR in self._service.metadata.info:
            expiry = RowExpiry(self._service.metadata, self._database, clock, may_end)
            yield Job("row expiry", expiry.run_once, every_seconds=60.0)
        if self._post is not None:
            publisher = Publisher(kinds, self._database, self.audit, directory, clock)
            yield Job("publications", publisher.run_once, every_seconds=0.1, changes=changes)
            relay = OutboxRelay(self._database, self._post, self._participant.log)
            yield Job("outbox", relay.run_once, every_seconds=0.05, changes=changes)
