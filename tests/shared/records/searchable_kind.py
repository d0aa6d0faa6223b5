"""A searchable kind of record for tests only, with its saved searches and their matches."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import sqlalchemy as sa
from pydantic import ConfigDict

from shared.audit.disclosure_router import disclosed_in
from shared.audit.format.leaf import Leaf, decode
from shared.audit.tables import audit_leaves, disclosures
from shared.audit.writer import AuditLog, LogEntry
from shared.bureaus import PARTICIPATING
from shared.clock import FixedClock
from shared.identity import HANDLING_CONFIDENTIAL, Caller, Purpose
from shared.ids import uuid7
from shared.logs import Log
from shared.records.access import visible
from shared.records.policy import Audience, Record, RecordInput, Revision, create_record
from shared.records.results import FieldMatch, Hit, Hits, RecordQuery
from shared.records.search.matching import SavedSearchMatching, SearchExpiry
from shared.records.search.saved_searches import (
    MAX_COMPARED_TOTAL,
    RecentSearches,
    RecordTerms,
    candidates,
    save_searches,
    saved_search_row,
)
from shared.records.search.searchable_store import SearchableStore
from shared.records.tables import record_table, saved_search_keys, saved_searches, service_metadata
from shared.storage import Database
from tests.support import always, caller, events_in

metadata = service_metadata("lamps")
lamps = record_table("lamps", metadata, sa.Column("colour", sa.String(16), nullable=False))

_BY_COLOUR = sa.select(lamps.c.content).where(lamps.c.colour == sa.bindparam("sought"), visible(lamps))


MAX_SHADES = 60


def _shades(colour: str, count: int) -> Iterable[str]:
    return (f"{colour} {number}" for number in range(count))


class LampDescription(RecordInput):
    """What the owner states of a lamp."""

    colour: str = "red"


class Lamp(LampDescription, Record):
    """A kind of record for tests only."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    known_to: Audience = Audience.ALL


class LampSearch(RecordQuery):
    """A search for lamps of a colour."""

    colour: str = ""
    at_least: int | None = None
    shades: int = 0
    """Further terms of a search that takes long to compare."""


class LampStore(SearchableStore[Lamp, LampSearch]):
    """Stores lamps."""

    table = lamps
    model = Lamp
    query = LampSearch

    def search_columns(self, record: Lamp) -> Mapping[str, Any]:
        return {"colour": record.colour}

    @classmethod
    def audience(cls, record: Lamp) -> Audience:
        return record.known_to

    @classmethod
    def query_terms(cls, query: LampSearch) -> Iterable[str]:
        return [query.colour, *_shades(query.colour, query.shades)]

    @classmethod
    def is_costly(cls, query: LampSearch) -> bool:
        return query.shades > 0

    @classmethod
    def record_terms(cls, record: Lamp) -> Iterable[str]:
        return [record.colour, *_shades(record.colour, MAX_SHADES)]

    @classmethod
    def match(cls, record: Lamp, query: LampSearch, at: datetime) -> Hit[Lamp] | None:  # noqa: ARG003
        fits = record.colour == query.colour
        why = (FieldMatch("colour", query.colour, record.colour, 1.0),)
        return Hit(score=1.0, match=f"colour: {query.colour}", why=why, record=record) if fits else None

    async def find(self, query: LampSearch) -> Hits[Lamp]:
        rows = await self.session.fetch(_BY_COLOUR, {"sought": query.colour, **self.visibility})
        hits = [self.match(self.parse(row.content), query, self.at) for row in rows]
        return Hits(hits=[hit for hit in hits if hit], total=len(hits))


class LampService:
    """Lamps of France, with saved searches and their matches."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database = database
        self.clock = clock
        self.log = AuditLog(database, RecentSearches())
        self.log_output = BytesIO()
        self.members = set(PARTICIPATING)
        self.service_log = Log("lamps", stream=self.log_output, clock=clock)
        self.matching = self.another_process()
        self.expiry = SearchExpiry(database, clock, always)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def another_process(self, database: Database | None = None) -> SavedSearchMatching:
        """Return the matching job of another process of the service."""
        return SavedSearchMatching(
            [LampStore], database or self.database, self.log, self.clock, self.service_log, self.members.__contains__
        )

    async def search(
        self, bureau: str, colour: str = "red", at_least: int | None = None, shades: int = 0, **who: Any
    ) -> Caller:
        """Search as an officer of a bureau, log it as the service does, and return the caller."""
        searcher = self.searcher(bureau, **who)
        sought = LampSearch(colour=colour, at_least=at_least, shades=shades)
        found = await LampStore(self.database.reading, searcher, self.now).search(sought)
        await self.append_request(searcher, found)
        return searcher

    def searcher(self, bureau: str, officer: str = "", purpose: Purpose = Purpose.SECURITY_CHECK) -> Caller:
        """Return a caller with a new request."""
        made = caller(bureau, purpose=purpose)
        scopes = made.scopes | {HANDLING_CONFIDENTIAL}
        return Caller(made.bureau, officer or made.officer, scopes, purpose, uuid7(self.now))

    async def append_request(self, who: Caller, answer: Any) -> None:
        """Log an answer with its searches, as the bridge does."""
        for shown in disclosed_in(answer):
            who.recorder.record(shown)
        await self.log.add(
            LogEntry(
                at=self.now.timestamp(),
                request=who.request_id,
                bureau=who.bureau,
                officer=who.officer,
                purpose=who.purpose,
                operation="search_lamps",
                status=200,
                query=None,
                answer=None,
                salt=bytes(16),
                shown=tuple(who.recorder.shown.values()),
                pending=False,
                searches=RecentSearches().fresh(who),
            )
        )

    async def save_many(self, bureau: str, how_many: int, shades: Callable[[int], int] = lambda _: 0) -> None:
        """Save searches of a bureau for red lamps, each newer than the one before."""
        rows = []
        for number in range(how_many):
            searcher = self.searcher(bureau, officer=f"{bureau} {number}")
            asked_by = {
                "bureau": searcher.bureau,
                "officer": searcher.officer,
                "purpose": searcher.purpose.value,
                "request": searcher.request_id,
                "leaf": number,
            }
            inquiry = LampStore(self.database.reading, searcher, self.now).saved_search(
                LampSearch(colour="red", shades=shades(number))
            )
            rows.append({**saved_search_row(inquiry, asked_by), "at": self.now.timestamp() + number / 1_000})
        async with self.database.writing() as session:
            await save_searches(session, rows)

    async def compared_with(self, lamp: Lamp, at_most: int = MAX_COMPARED_TOTAL) -> set[str]:
        """Return the officers whose searches are compared with a lamp."""
        fitting = RecordTerms(lamp.id, lamp.owner, LampStore.keys_of_record(lamp), self.now.timestamp(), at_most)
        found = await candidates(self.database.reading, fitting)
        officers = {row.officer for row in found}
        assert len(officers) == len(found)
        return officers

    async def enter(self, colour: str = "red", owner: str = "FR", **stated: Any) -> Lamp:
        """Enter a lamp as an officer of France does, or of another owner."""
        officer = self.searcher(owner)
        entry = LampDescription.model_validate({"colour": colour, **stated})
        lamp = create_record(Lamp, entry, by=officer, revision=Revision(uuid7(self.now), self.now))
        async with self.database.writing() as session:
            await LampStore(session, officer, self.now).add(lamp)
        await self.append_request(officer, None)
        return lamp

    async def change(self, lamp: Lamp, **changes: Any) -> Lamp:
        """Make the next version of a lamp, as an officer of France does."""
        officer, changed = self.searcher("FR"), lamp.next_version(self.now, **changes)
        async with self.database.writing() as session:
            await LampStore(session, officer, self.now).replace(changed)
        await self.append_request(officer, None)
        return changed

    async def matches(self) -> Sequence[tuple[str, ...]]:
        """Run the matching, and return all matches so far: bureau, officer, record, request, how."""
        await self.matching.run_once()
        return await self._matches()

    async def matched_officers(self) -> list[str]:
        """Return the officers of all matches so far."""
        return [officer for _, officer, *_ in await self._matches()]

    async def _matches(self) -> Sequence[tuple[str, ...]]:
        row = disclosures.c
        matches = sa.select(row.bureau, row.officer, row.record_id, row.request, row.how).where(
            row.how.in_(("subscription", "delayed-inquiry"))
        )
        return [tuple(each) for each in await self.database.reading.fetch(matches.order_by(row.number))]

    async def matched_bureaus(self) -> list[str]:
        """Run the matching, and return the bureaus of all matches so far."""
        return [bureau for bureau, *_ in await self.matches()]

    async def saved(self) -> tuple[int, int]:
        """Return the number of saved searches and of their keys."""
        counted = [
            sa.select(sa.func.count().label("rows")).select_from(table) for table in (saved_searches, saved_search_keys)
        ]
        found = [(await self.database.reading.fetch(each))[0].rows for each in counted]
        return found[0], found[1]

    def events(self, event: str) -> list[dict[str, Any]]:
        """Return the log entries of an event."""
        return events_in(self.log_output, event)

    async def last_leaf(self) -> Leaf:
        """Return the last leaf of the audit log."""
        newest = sa.select(audit_leaves.c.leaf).order_by(audit_leaves.c.number.desc()).limit(1)
        return decode((await self.database.reading.fetch(newest))[0].leaf)
