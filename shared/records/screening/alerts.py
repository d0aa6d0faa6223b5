"""Alerts the bureaus concerned that a partner saw what a record is about. No partner learns of it.

The bureau of the place is the finder: it is logged as shown the record, so that finder and owner get the hit as of any
search. Besides, the owner, that bureau and the General Secretariat get an urgent alert. Of what was seen before its
record was entered the owner is not told: the finder tells it, by asking to confirm (ADR 35).

For a partner, a record and a country there is one alert at once, and the next says how often it was seen meanwhile.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.engine import Row

from shared.audit.pending import PendingAudit
from shared.audit.writer import LogEntry, append, unanswered
from shared.bureaus import MEMBERS, SECRETARIAT, BureauCode
from shared.disclosure import DELAYED, SCREENING
from shared.identity import Purpose
from shared.ids import uuid7
from shared.mailbox.notifications import Notification
from shared.protocol.payloads import ScreeningAlert
from shared.records.access import may_find
from shared.records.outbox import enqueue
from shared.records.policy import Record
from shared.records.repeats import Repeats
from shared.records.results import Hit
from shared.records.screening.sightings import Seen, read_seen, written
from shared.records.search.searchable_store import SearchableStore
from shared.records.tables import saved_searches
from shared.storage import Session, having

ALERTED_MINUTES: Final = 10
"""From one alert to the next of the same partner, record and country."""

OPERATION: Final = "match_screening"

_seen: Final = sa.select(*saved_searches.c["digest", "sighting"]).where(
    saved_searches.c.digest.in_(sa.bindparam("digests", expanding=True))
)
_note: Final = (
    sa.update(saved_searches).where(having(saved_searches, digest="of_digest")).values(sighting=sa.bindparam("noted"))
)


_How = Literal["screening", "delayed-inquiry"]


class Sighted(NamedTuple):
    """A saved search of what a partner saw, and its hit."""

    search: Row[Any]
    hit: Hit[Any]


class _Due(NamedTuple):
    alert: ScreeningAlert
    record: Record
    match: str


class ScreeningAlerts:
    """The alerts of one service, in the transactions of those who compare."""

    def __init__(self, store: type[SearchableStore[Any, Any]], repeats: sa.Table) -> None:
        self._store = store
        self._repeats = Repeats(repeats, ScreeningAlert, _key, self._still_sought, seconds=ALERTED_MINUTES * 60)

    async def is_any_over(self, session: Session, at: datetime) -> bool:
        """Return whether what was seen repeatedly is to be told now."""
        return await self._repeats.is_any_over(session, at)

    async def alert(self, session: Session, found: Sequence[Sighted], at: datetime, *, later: bool) -> bool:
        """Alert in an exclusive transaction, unless that was done for a sighting and record; return whether any was.

        `later`: the record was entered after it was seen.
        """
        new = await self._not_alerted(session, found)
        how: _How = DELAYED if later else SCREENING
        matches = {each.hit.record.id: each.hit.match for each in new}
        due = await self._repeats.due(session, [self._alert_of(each, how) for each in new], at)
        records = await self._records(session, due, at)
        shown = [
            _Due(each, records[each.record], matches.get(each.record, "")) for each in due if each.record in records
        ]
        await enqueue(session, [note for each in shown if (note := self._notification(each, at))])
        if entries := [entry for each in shown if (entry := self._entry(each, at))]:
            await append(session, entries)
        return bool(shown)

    async def _not_alerted(self, session: Session, found: Sequence[Sighted]) -> list[Sighted]:
        """Return what was not alerted of for the same sighting, and note that it is now."""
        digests = list({each.search.digest for each in found})
        rows = await session.fetch(_seen, {"digests": digests}) if digests else ()
        known: dict[int, Seen] = {row.digest: read_seen(row.sighting) for row in rows}
        new = list[Sighted]()
        for each in found:
            seen = known.get(each.search.digest)
            if seen is not None and each.hit.record.id not in seen.alerted:
                known[each.search.digest] = replace(seen, alerted=(*seen.alerted, each.hit.record.id))
                new.append(each)
        if new:
            changed = {each.search.digest for each in new}
            await session.execute(_note, [{"of_digest": each, "noted": written(known[each])} for each in changed])
        return new

    async def _still_sought(
        self, session: Session, gathered: Mapping[str, ScreeningAlert], at: datetime
    ) -> Mapping[str, ScreeningAlert]:
        records = await self._records(session, gathered.values(), at)
        return {key: each for key, each in gathered.items() if each.record in records}

    async def _records(self, session: Session, alerts: Iterable[ScreeningAlert], at: datetime) -> Mapping[str, Any]:
        """Return the records as they are now, without those that no search finds any more."""
        ids = {each.record for each in alerts}
        present = [await self._store.present(session, each) for each in ids]
        return {record.id: record for record in present if record is not None and self._is_sought(record, at)}

    def _is_sought(self, record: Any, at: datetime) -> bool:
        return not self._store.has_ended(record) and may_find(record.owner, record, self._store.audience(record), at)

    def _alert_of(self, found: Sighted, how: _How) -> ScreeningAlert:
        row, record = found.search, found.hit.record
        seen = read_seen(row.sighting)
        return ScreeningAlert(
            service=self._store.service(),
            kind=record.record_kind(),
            record=record.id,
            version=record.shown_version,
            owner=record.owner,
            partner=row.bureau,
            purpose=row.purpose,
            how=how,
            country=seen.country,
            place=seen.place,
            score=found.hit.score,
            first=row.at,
            last=row.at,
            request=row.request,
        )

    def _notification(self, due: _Due, at: datetime) -> Notification | None:
        alert, record = due.alert, due.record
        if not (recipients := tuple(self._recipients(due))):
            return None
        return Notification(
            id=uuid7(at),
            recipients=recipients,
            disclosed=True,
            urgent=True,
            purpose=alert.purpose,
            subject=f"{alert.service}: {alert.partner} saw what record {record.id} of {record.owner} is about",
            form=alert,
            written=at,
        )

    def _recipients(self, due: _Due) -> Iterator[BureauCode]:
        """Yield who is alerted: the owner unless it was seen before, the bureau of the place and the Secretariat."""
        alert, record = due.alert, due.record
        if alert.how == SCREENING:
            yield record.owner
        finder = _finder(alert)
        others = (SECRETARIAT,) if finder is None else (finder, SECRETARIAT)
        told = {record.owner} if alert.how == SCREENING else set()
        yield from (each for each in others if each not in told and self._store.may_know(each, record))

    def _entry(self, due: _Due, at: datetime) -> LogEntry | None:
        """Return what is logged as shown to the bureau of the place, if it may see the record of another."""
        alert, record = due.alert, due.record
        bureau = _finder(alert)
        if bureau is None or bureau == record.owner or not self._store.may_know(bureau, record):
            return None
        times = f" {alert.times} times" if alert.times > 1 else ""
        words = "; ".join(filter(None, (due.match, f"seen by {alert.partner}{times}")))
        pending = PendingAudit(
            request=alert.request,
            bureau=bureau,
            officer=f"{alert.partner.lower()}.screening",
            purpose=Purpose(alert.purpose),
            operation=OPERATION,
            shown=(replace(record.disclosure(alert.how, alert.score, words), version=record.shown_version),),
        )
        return replace(unanswered(pending, at), pending=False)


def _finder(alert: ScreeningAlert) -> BureauCode | None:
    """Return the bureau of the place, if it is a member."""
    return BureauCode(alert.country) if alert.country in MEMBERS else None


def _key(alert: ScreeningAlert) -> str:
    return f"{alert.record} {alert.partner} {alert.country} {alert.purpose} {alert.how}"
