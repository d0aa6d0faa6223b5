"""The audit log of a service, and the notifications of hits that it sends."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from shared.audit.writer import AuditLog, LogEntry
from shared.background import ChangeSignal
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.disclosure import Disclosure, How
from shared.identity import Purpose
from shared.ids import uuid7
from shared.logs import Log
from shared.mailbox.notifications import Notification
from shared.protocol.payloads import HitDetails, HitsNotice
from shared.records.hits.notifier import HitNotifier
from shared.records.outbox import OutboxRelay
from shared.records.search.saved_searches import RecentSearches
from shared.storage import Database
from tests.conftest import NOW
from tests.shared.records.record_kind import FakeMailbox, ThingStore


class Service:
    """The audit log of a service, and its notifications."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database = database
        self.clock = clock
        self.log = AuditLog(database, RecentSearches())
        self.service_log = Log("things", stream=BytesIO(), clock=clock)
        self.notifier = HitNotifier("things", [ThingStore], database, clock, ChangeSignal(), self.service_log)
        self.mailbox = FakeMailbox()
        self.relay = OutboxRelay(database, self.mailbox, Log("things"))

    async def show(
        self, finder: str, *records: Disclosure, officer: str = "", purpose: Purpose = Purpose.WARNING
    ) -> None:
        self.clock.advance(timedelta(seconds=1))
        now = self.clock.now()
        await self.log.add(
            LogEntry(
                at=now.timestamp(),
                request=uuid7(now),
                bureau=BureauCode(finder),
                officer=officer or f"{finder.lower()}.officer",
                purpose=purpose,
                operation="search_things",
                status=200,
                query=None,
                answer=None,
                salt=bytes(16),
                shown=records,
                pending=False,
            )
        )

    async def notifications(self) -> list[Notification]:
        """Return the notifications since the last call."""
        await self.notifier.run_once()
        await self.relay.run_once()
        notified, self.mailbox.received = self.mailbox.received, []
        return notified

    async def hits(self) -> list[HitDetails]:
        return [
            hit
            for message in await self.notifications()
            if isinstance(message.form, HitsNotice)
            for hit in message.form.hits
        ]


def record(owner: str = "FR", how: How = "search", **given: Any) -> Disclosure:
    return Disclosure("thing", given.get("id") or uuid7(NOW), 3, BureauCode(owner), how, 0.9, "colour")
