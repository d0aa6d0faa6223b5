"""A kind of record for tests only, with its store, its disclosures and its notifications."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import msgspec
import sqlalchemy as sa
from pydantic import ConfigDict

from shared.audit.writer import AuditLog, LogEntry
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.disclosure import Disclosure, How
from shared.identity import HANDLING_CONFIDENTIAL, Caller, Purpose, examines
from shared.ids import uuid7
from shared.logs import Log
from shared.mailbox.notifications import Notification
from shared.protocol.messages import Receipt
from shared.protocol.payloads import ReviewDue, Withdrawal
from shared.records.decisions import carry_out
from shared.records.models import Act, CommissionDecision, DecisionOutcome, RecordDisclosures
from shared.records.outbox import OutboxRelay
from shared.records.policy import Audience, Record, RecordInput, Revision, create_record
from shared.records.publications.rules import Announced
from shared.records.retention import Retention
from shared.records.search.saved_searches import RecentSearches
from shared.records.store import RecordStore
from shared.records.tables import record_table, service_metadata
from shared.records.withdrawals.late_readers import LateReaders
from shared.records.withdrawals.recipients import disclosures_of, recipients_of
from shared.storage import Database
from tests.support import always, caller, events_in

metadata = service_metadata("things")
things = record_table("things", metadata, sa.Column("colour", sa.String(16), nullable=False))
SECOND = timedelta(seconds=1)
TERM = timedelta(days=5 * 365)


class ThingDescription(RecordInput):
    """What the owner states of a thing."""

    colour: str = "red"
    size: int | None = None
    text: str = ""
    sent: bool = False
    """Whether it is sent to all who may see it, while others than its owner and the Secretariat may."""


class Thing(ThingDescription, Record):
    """A kind of record for tests only."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    known_to: Audience = Audience.ALL
    cancelled: bool = False


class ThingStore(RecordStore[Thing]):
    """Stores things."""

    table = things
    model = Thing

    def search_columns(self, record: Thing) -> Mapping[str, Any]:
        return {"colour": record.colour}

    @classmethod
    def audience(cls, record: Thing) -> Audience:
        return record.known_to

    @classmethod
    def announced(cls, record: Thing) -> Announced | None:
        is_sent = record.sent and record.known_to <= Audience.ALL
        return Announced(act="published", number="2026/7", colour=record.colour) if is_sent else None

    @classmethod
    def recalled_as(cls, record: Thing) -> Act:
        return "cancelled" if record.cancelled else "withdrawn"


class FakeMailbox:
    """A mailbox that collects the notifications that it is handed."""

    def __init__(self) -> None:
        self.received: list[Notification] = []
        self.broken = False
        self.refused: set[str] = set()

    async def send(self, message: Notification) -> None:
        if self.broken or message.id in self.refused:
            raise OSError("the mailbox is full")
        self.received.append(message)

    async def proven(self, _letters: Iterable[str]) -> Mapping[str, list[Receipt]]:
        return {}


class ThingRecords:
    """Things of France, with their disclosures and notifications."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database = database
        self.clock = clock
        self.log = AuditLog(database, RecentSearches())
        self.log_output = BytesIO()
        self.service_log = Log("things", stream=self.log_output, clock=clock)
        self.mailbox = FakeMailbox()
        self.relay = OutboxRelay(database, self.mailbox, Log("things"))

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def enter(self, **stated: Any) -> Thing:
        """Enter a thing as an officer of France does."""
        entry = ThingDescription.model_validate(stated)
        officer = caller("FR", HANDLING_CONFIDENTIAL)
        thing = create_record(Thing, entry, by=officer, revision=Revision(uuid7(self.now), self.now))
        async with self.database.writing() as session:
            await ThingStore(session, officer, self.now).add(thing)
        return thing

    async def change(self, thing: Thing, **changes: Any) -> Thing:
        """Make the next version as an officer of France does."""
        self.clock.advance(timedelta(seconds=1))
        officer, changed = caller("FR"), thing.next_version(self.now, **changes)
        async with self.database.writing() as session:
            await ThingStore(session, officer, self.now).replace(changed)
        return changed

    async def correct(self, thing: Thing, **changes: Any) -> Thing:
        """Make the next version as the Commission decides."""
        self.clock.advance(timedelta(seconds=1))
        officer, corrected = (
            caller("CCF", purpose=Purpose.DATA_SUBJECT_REQUEST),
            thing.next_version(self.now, **changes),
        )
        async with self.database.writing() as session:
            await ThingStore(session, officer, self.now).correct(corrected)
        return corrected

    async def delete(self, thing: Thing) -> Thing:
        """Delete a thing as an officer of France does."""
        self.clock.advance(timedelta(seconds=1))
        async with self.database.writing() as session:
            return await ThingStore(session, caller("FR"), self.now).delete(thing, "deleted")

    async def corrupt(self, *corrupted: Thing) -> None:
        """Make the stored content of things unreadable."""
        unreadable = sa.update(things).where(things.c.id == sa.bindparam("of")).values(content='{"handling": 1}')
        async with self.database.writing() as session:
            await session.execute(unreadable, [{"of": thing.id} for thing in corrupted])

    async def decide(self, record: str, **decision: Any) -> DecisionOutcome:
        """Carry out a decision as an officer of the Commission does."""
        officer = caller("CCF", purpose=Purpose.DATA_SUBJECT_REQUEST)
        decided = CommissionDecision.model_validate({"reference": "CCF/2026/12", **decision})
        async with self.database.writing() as session:
            return await carry_out(decided, record, ThingStore(session, officer, self.now))

    async def show(self, bureau: str, thing: Record, how: How = "read", **given: Any) -> None:
        """Log the disclosure of a thing to a bureau."""
        self.clock.advance(timedelta(seconds=1))
        shown = Disclosure(thing.record_kind(), thing.id, thing.version, thing.owner, how, 1.0, given.pop("match", ""))
        entry = LogEntry(
            at=self.now.timestamp(),
            request=uuid7(self.now),
            bureau=BureauCode(bureau),
            officer=f"{bureau.lower()}.officer",
            purpose=Purpose.WARNING,
            operation="read_thing",
            status=200,
            query=None,
            answer=None,
            salt=bytes(16),
            shown=(shown,),
            pending=False,
        )
        await self.log.add(msgspec.structs.replace(entry, **given))

    async def owner_reads(self, thing: Thing, reader: Caller | None = None) -> RecordDisclosures:
        """Return who was shown a thing, checked against the log, as its owner or another reads it."""
        by = reader or caller("FR")
        store = ThingStore(self.database.reading, by, self.now)
        return await disclosures_of(store, thing.id, by, None)

    def events(self, event: str) -> list[dict[str, Any]]:
        """Return the log entries of an event."""
        return events_in(self.log_output, event)

    async def notifications(self) -> list[Notification]:
        """Return the notifications since the last call."""
        await self.relay.run_once()
        notified, self.mailbox.received = self.mailbox.received, []
        return notified

    async def recalls(self) -> dict[str, set[str]]:
        """Return the bureaus that were notified since the last call to remove or to replace their copies."""
        notified: dict[str, set[str]] = {"withdrawn": set(), "corrected": set()}
        for message in await self.notifications():
            if isinstance(message.form, Withdrawal):
                notified.setdefault(message.form.act, set()).update(message.recipients)
        return notified

    async def withdrawn_from(self) -> set[str]:
        """Return the bureaus that were notified since the last call to remove their copies."""
        return (await self.recalls())["withdrawn"]

    async def recipients(self, thing: Record, reader: Caller | None = None) -> dict[str, Any]:
        """Return the recipients of a thing by bureau, as its owner or another reader sees them."""
        session, by = self.database.reading, reader or caller(thing.owner)
        sees_all = examines(by.bureau, by.purpose)
        found = await recipients_of(session, thing.id, self.mailbox, by, sees_all=sees_all, at=self.now)
        return {each.bureau: each for each in found}


async def made(records: ThingRecords, thing: Thing, operation: str, **by: Any) -> None:
    """Log the creation of a version."""
    await records.show(by.pop("bureau", "FR"), thing, "change", operation=operation, **by)


def late_readers_of(records: ThingRecords) -> LateReaders:
    return LateReaders([ThingStore], records.database, records.clock)


def retention_of(records: ThingRecords) -> Retention:
    return Retention(ThingStore, records.database, records.log, records.clock, records.service_log, always)


async def reviews_due(records: ThingRecords, retention: Retention) -> list[Notification]:
    """Return the reviews that are asked for in a run."""
    await retention.run_once()
    return [message for message in await records.notifications() if isinstance(message.form, ReviewDue)]
