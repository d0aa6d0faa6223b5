"""Match new records against saved searches, and notify the earlier searcher: delayed hits.

It follows the changes in the order of the audit log, in all processes of a service at once; of some hundred changes the
owners take turns. A match is a disclosure under the present rules, logged with the request of the search, and only
once. A record that very many searches may match is compared with some of them, see `candidates`; the service logs how
many it skipped.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from math import inf
from typing import Any, Final, NamedTuple, Protocol

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.audit.pending import PendingAudit
from shared.audit.tables import disclosures
from shared.audit.writer import AuditLog, LogEntry, append, unanswered
from shared.bureaus import BureauCode
from shared.clock import Clock
from shared.disclosure import DELAYED, How
from shared.identity import Purpose
from shared.logs import Log
from shared.protocol.envelope import MAX_LIFETIME_SECONDS
from shared.records.access import may_find
from shared.records.cursor import advance, position
from shared.records.policy import Record
from shared.records.results import Hit
from shared.records.search.duplicates import DuplicateNotifier
from shared.records.search.matched_store import SearchedKind
from shared.records.search.saved_searches import (
    RecordTerms,
    candidates,
    delete_expired,
    known_requests,
    late_candidates,
)
from shared.rpc.irreversible import MayBeTaken
from shared.storage import Database, Rows, Session, first_or_none, inline_literal, next_after

OPERATION: Final = "match_inquiry"
CURRENT: Final = "saved searches"
# A search that was under way when a record was entered did not find it, and was not saved yet.
LATE: Final = "late searches"
UNDER_WAY_FOR: Final = timedelta(seconds=MAX_LIFETIME_SECONDS)
CHANGE_BATCH_SIZE: Final = 500
MATCH_BATCH_SIZE: Final = 100
# After so long the position is stored, and newer changes take their turns, though a change may take seconds.
LOOKS_AGAIN_SECONDS: Final = 1.0
# A failure that repeats so often is not that of a busy store.
TRIES: Final = 3
# Without any progress of the matching.
MAX_STALL: Final = timedelta(hours=1)

# Inline, as the index of changes is chosen by it.
_IS_CHANGE: Final = disclosures.c.how == inline_literal("change")
_columns: Final = disclosures.c["number", "leaf", "at", "kind", "record_id", "owner"]
_next: Final = next_after(sa.select(*_columns).where(_IS_CHANGE), disclosures.c.number)
_first_change: Final = next_after(sa.select(disclosures.c.at).where(_IS_CHANGE), disclosures.c.number)


class Change(NamedTuple):
    """A record that was entered or changed; several changes in a row are one."""

    kind: str
    record_id: str
    owner: str
    leaf: int
    at: float


class SavedSearchHit(NamedTuple):
    """An earlier search, and its hit now."""

    search: Row[Any]
    hit: Hit[Any]


class SightingAlerts(Protocol):
    """Alerts of what partners saw before its record was entered."""

    async def alert(self, session: Session, found: Sequence[Any], at: datetime, *, later: bool) -> bool:
        """Alert in an exclusive transaction, and return whether anybody was."""


class SavedSearchMatching:
    """Notifies searchers of records that were entered after their search, and owners of one thing of each other.

    Of what a partner saw the bureaus concerned are alerted, and the partner is told nothing.
    """

    def __init__(
        self,
        kinds: Iterable[SearchedKind],
        database: Database,
        audit: AuditLog,
        clock: Clock,
        log: Log,
        is_member: Callable[[str], bool],
    ) -> None:
        """Bureaus that are not members are not notified."""
        self._kinds = {kind.model.record_kind(): kind for kind in kinds}
        self._helpers = {name: kind.helper() for name, kind in self._kinds.items()}
        self._database = database
        self._audit = audit
        self._clock = clock
        self._log = log
        self._is_member = is_member
        self._sightings: SightingAlerts | None = None
        self._duplicates = DuplicateNotifier(database, audit, clock, is_member)
        self._failed: dict[str, Counter[str]] = {CURRENT: Counter(), LATE: Counter()}

    def alert_of_sightings(self, alerts: SightingAlerts) -> None:
        """Have bureaus alerted of what partners saw before its record was entered."""
        self._sightings = alerts

    async def close(self) -> None:
        """End what helps to match."""
        for helper in filter(None, self._helpers.values()):
            await helper.close()

    async def run_once(self) -> None:
        """Match all changes since the last run; raise an error at the end, to be called again.

        A change that fails repeatedly is skipped, so that it does not block the others.
        """
        await self._follow(CURRENT, inf)
        await self._follow(LATE, (self._clock.now() - UNDER_WAY_FOR).timestamp())

    async def _follow(self, name: str, before: float) -> None:
        seen, matched, turns = await position(self._database.reading, name), set[int](), Counter[str]()
        while rows := await self._changes(seen, before):
            left = [row for row in rows if row.number not in matched]
            faults = await self._match_some(left, matched, turns, name)
            reached = [row.number for row in takewhile(lambda row: row.number in matched, rows)]
            if reached:
                # If the store cannot be written this fails as well, and nothing is skipped.
                async with self._database.writing() as session:
                    if not await advance(session, name, before=seen, after=reached[-1]):
                        # Another process was faster.
                        return
                seen = reached[-1]
            if faults:
                raise faults[0]

    async def _match_some(self, left: Rows, matched: set[int], turns: Counter[str], name: str) -> Sequence[Exception]:
        """Match changes for a while, as newer ones of others may have come; add their numbers, and return errors."""
        until, faults = self._clock.monotonic() + LOOKS_AGAIN_SECONDS, list[Exception]()
        for change in changes_in(left, turns):
            turns[change.owner] += 1
            if fault := await self._fault_of(change, name):
                faults.append(fault)
            else:
                matched.update(row.number for row in left if row.record_id == change.record_id)
            if self._clock.monotonic() >= until:
                break
        return faults

    async def _fault_of(self, change: Change, name: str) -> Exception | None:
        """Match a change; return its error, if it is to be tried again."""
        failed = self._failed[name]
        try:
            await self._match(change, late=name == LATE)
        except Exception as error:
            failed[change.record_id] += 1
            if failed[change.record_id] < TRIES:
                return error
            self._log.failure("change-not-matched", error, kind=change.kind, record=change.record_id)
        failed.pop(change.record_id, None)
        return None

    async def _changes(self, after: int, before: float) -> Rows:
        rows = await self._database.reading.fetch(_next, {"after": after, "at_most": CHANGE_BATCH_SIZE})
        return list(takewhile(lambda row: row.at < before, rows))

    async def _match(self, change: Change, *, late: bool) -> None:
        kind = self._kinds.get(change.kind)
        record = await kind.present(self._database.reading, change.record_id) if kind else None
        if kind is None or record is None:
            return
        if not late:
            await self._duplicates.notify(kind, record)
        rows, faults = await self._searches(kind, record, change, late=late), list[Exception]()
        for start in range(0, len(rows), MATCH_BATCH_SIZE):
            faults += await self._notify(kind, record, rows[start : start + MATCH_BATCH_SIZE])
        if faults:
            raise faults[0]

    async def _searches(self, kind: SearchedKind, record: Record, change: Change, *, late: bool) -> Rows:
        reading = self._database.reading
        keys = kind.keys_of_record(record, await kind.terms_beside(reading, record))
        fitting = RecordTerms(record.id, record.owner, keys, change.at, kind.max_compared)
        rows = await (late_candidates(reading, fitting, change.leaf) if late else candidates(reading, fitting))
        if rows and (passed_over := rows[0].looked_up - len(rows)):
            self._log.warning("searches-passed-over", kind=change.kind, compared=len(rows), passed_over=passed_over)
        return [row for row in rows if row.sighting is not None or self._is_member(row.bureau)]

    async def _notify(self, kind: SearchedKind, record: Record, rows: Rows) -> Sequence[Exception]:
        """Notify those whose searches a record matches; return the errors, which do not delay the others."""
        try:
            if found := await self._found(kind, record, rows):
                await self._log_matches(kind, record, found)
        except Exception as error:
            if len(rows) == 1:
                return [error]
            return [fault for row in rows for fault in await self._notify(kind, record, [row])]
        return []

    async def _found(self, kind: SearchedKind, record: Record, rows: Rows) -> Sequence[SavedSearchHit]:
        now, audience = self._clock.now(), kind.audience(record)
        # Under the present rules: a bureau may have been barred since its search.
        allowed = [row for row in rows if may_find(_finder(row, record), record, audience, now)]
        queries = [kind.read_query(row.query) for row in allowed]
        helper = self._helpers[record.record_kind()]
        hits = await kind.matches(self._database.reading, record, queries, now, helper)
        return [SavedSearchHit(row, hit) for row, hit in zip(allowed, hits, strict=True) if hit]

    async def _log_matches(self, kind: SearchedKind, record: Record, found: Sequence[SavedSearchHit]) -> None:
        async with self._database.writing(exclusive=True) as session:
            if not await kind.is_unchanged(session, record):
                # The newer change is matched later.
                return
            seen = [each for each in found if each.search.sighting is not None]
            if seen and self._sightings is not None:
                await self._sightings.alert(session, seen, self._clock.now(), later=True)
            searched = [each for each in found if each.search.sighting is None]
            known = await known_requests(session, record.id, [each.search.request for each in searched])
            # By bureau as well, as two may use the same id; a request may have made several searches that match.
            by_request = {(each.search.bureau, each.search.request): each for each in searched}
            if new := [self._entry(each) for request, each in by_request.items() if request not in known]:
                await append(session, new)
        self._audit.changes.notify()

    def _entry(self, found: SavedSearchHit) -> LogEntry:
        row, hit = found
        how: How = DELAYED if row.subscription is None else "subscription"
        shown = hit.record.disclosure(how, hit.score, hit.match)
        pending = PendingAudit(
            request=row.request,
            bureau=BureauCode(row.bureau),
            officer=row.officer,
            purpose=Purpose(row.purpose),
            operation=OPERATION,
            shown=(msgspec.structs.replace(shown, version=hit.record.shown_version),),
        )
        return msgspec.structs.replace(unanswered(pending, self._clock.now()), pending=False)


def _finder(row: Row[Any], record: Record) -> BureauCode:
    """Return whose right to find a record decides: what a partner saw is compared with all, and told to others."""
    return BureauCode(row.bureau) if row.sighting is None else record.owner


def changes_in(rows: Iterable[Row[Any]], had: Mapping[str, int]) -> Sequence[Change]:
    """Return the records that were changed, each once, with its first leaf and its last time; owners take turns.

    So the record of one is not matched after hundreds of another. `had` are the turns that each had before.
    """
    changes: dict[str, Change] = {}
    for row in rows:
        first = changes.get(row.record_id)
        leaf = first.leaf if first else row.leaf
        changes[row.record_id] = Change(row.kind, row.record_id, row.owner, leaf, row.at)
    turns = Counter(had)

    def turn(change: Change) -> int:
        turns[change.owner] += 1
        return turns[change.owner]

    return sorted(changes.values(), key=turn)


class SearchExpiry:
    """Deletes expired searches, once all changes before their expiry are matched or the matching is stuck."""

    def __init__(self, database: Database, clock: Clock, may_be_taken: MayBeTaken) -> None:
        self._database = database
        self._clock = clock
        self._may_be_taken = may_be_taken
        self._matched = -1
        self._since = clock.monotonic()

    async def run_once(self) -> None:
        """Delete a batch of expired searches."""
        if not self._may_be_taken():
            return
        reading, now = self._database.reading, self._clock.now()
        matched = await position(reading, CURRENT)
        if matched != self._matched:
            self._matched, self._since = matched, self._clock.monotonic()
        unmatched = first_or_none(await reading.fetch(_first_change, {"after": matched, "at_most": 1}))
        at = now.timestamp()
        if unmatched is not None and self._clock.monotonic() - self._since < MAX_STALL.total_seconds():
            at = min(at, unmatched.at)
        await delete_expired(self._database, at)
