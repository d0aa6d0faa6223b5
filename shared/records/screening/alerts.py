"""Alerts the bureaus concerned that a partner saw what a record is about. No partner learns of it.

The bureau of the place is the finder: it is logged as shown the record, so that finder and owner get the hit as of any
search. Besides, the owner, that bureau and the General Secretariat get an urgent alert. Of what was seen before its
record was entered the owner is not told: the finder tells it, by asking to confirm (ADR 35).

One sighting is one alert to each, which lists its records and quotes them, so that what binds their readers is with the
message. For a partner, the same records and a country there is one at once, and the next says how often they were seen.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from msgspec.structs import replace

from shared.audit.pending import PendingAudit
from shared.audit.writer import LogEntry, append, unanswered
from shared.bureaus import MEMBERS, SECRETARIAT, BureauCode
from shared.disclosure import DELAYED, SCREENING, Disclosure
from shared.identity import Purpose
from shared.ids import uuid7
from shared.mailbox.notifications import Notification
from shared.protocol.payloads import MAX_ALERTED, AlertedRecord, ScreeningAlert
from shared.records.access import may_find
from shared.records.outbox import enqueue
from shared.records.publications.rules import quote_of
from shared.records.repeats import Repeats
from shared.records.screening.gathered import Gathered, Match, Sighted, gathered_of, key_of, together
from shared.records.screening.sightings import Seen, read_seen, written
from shared.records.search.searchable_store import SearchableStore
from shared.records.tables import saved_searches
from shared.storage import Session, having

ALERTED_MINUTES: Final = 10
"""From one alert to the next of the same partner, records and country."""

OPERATION: Final = "match_screening"

_seen: Final = sa.select(*saved_searches.c["digest", "sighting"]).where(
    saved_searches.c.digest.in_(sa.bindparam("digests", expanding=True))
)
_note: Final = (
    sa.update(saved_searches).where(having(saved_searches, digest="of_digest")).values(sighting=sa.bindparam("noted"))
)


class _Matched(NamedTuple):
    match: Match
    record: Any


class _Told(NamedTuple):
    """What one recipient is told: so many records, and how many more it may know."""

    to: BureauCode
    gathered: Gathered
    shown: Sequence[_Matched]
    more: int

    @property
    def what(self) -> str:
        """What was seen, for the subject of a message."""
        owner, count = self.gathered.owner, len(self.shown) + self.more
        if count > 1:
            return f"what {count} records of {owner} are about"
        return f"what record {self.shown[0].record.id} of {owner} is about"


class ScreeningAlerts:
    """The alerts of one service, in the transactions of those who compare."""

    def __init__(self, store: type[SearchableStore[Any, Any]], repeats: sa.Table) -> None:
        self._store = store
        seconds = ALERTED_MINUTES * 60
        self._repeats = Repeats(repeats, Gathered, key_of, self._still_sought, seconds=seconds, together=together)

    async def is_any_over(self, session: Session, at: datetime) -> bool:
        """Return whether what was seen repeatedly is to be told now."""
        return await self._repeats.is_any_over(session, at)

    async def alert(self, session: Session, found: Sequence[Sighted], at: datetime, *, later: bool) -> bool:
        """Alert in an exclusive transaction, unless that was done for a sighting and record; return whether any was.

        `later`: the record was entered after it was seen.
        """
        new = await self._not_alerted(session, found)
        due = await self._repeats.due(session, gathered_of(new, DELAYED if later else SCREENING), at)
        records = await self._records(session, due, at)
        told = [each for gathered in due for each in self._told(gathered, records)]
        await enqueue(session, [self._notification(each, at) for each in told])
        if entries := [entry for each in told for entry in _entries(each, at)]:
            await append(session, entries)
        return bool(told)

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
        self, session: Session, gathered: Mapping[str, Gathered], at: datetime
    ) -> Mapping[str, Gathered]:
        records = await self._records(session, gathered.values(), at)
        sought = {
            key: replace(each, matches=tuple(match for match in each.matches if match.record in records))
            for key, each in gathered.items()
        }
        return {key: each for key, each in sought.items() if each.matches}

    async def _records(self, session: Session, gathered: Iterable[Gathered], at: datetime) -> Mapping[str, Any]:
        """Return the records as they are now, without those that no search finds any more."""
        ids = {match.record for each in gathered for match in each.matches}
        present = [await self._store.present(session, each) for each in ids]
        return {record.id: record for record in present if record is not None and self._is_sought(record, at)}

    def _is_sought(self, record: Any, at: datetime) -> bool:
        return not self._store.has_ended(record) and may_find(record.owner, record, self._store.audience(record), at)

    def _told(self, gathered: Gathered, records: Mapping[str, Any]) -> Iterator[_Told]:
        """Yield what each is told: of the records that it may know, and of no others, nor how many there are."""
        present = [_Matched(each, records[each.record]) for each in gathered.matches if each.record in records]
        for bureau in _recipients(gathered):
            known = [each for each in present if self._store.may_know(bureau, each.record)]
            if known:
                yield _Told(bureau, gathered, known[:MAX_ALERTED], len(known) - len(known[:MAX_ALERTED]))

    def _notification(self, told: _Told, at: datetime) -> Notification:
        """Return a message to one recipient alone: further ones would tell which bureau a record is hidden from."""
        gathered, service = told.gathered, self._store.service()
        return Notification(
            id=uuid7(at),
            recipients=(told.to,),
            disclosed=True,
            urgent=True,
            purpose=gathered.purpose,
            subject=f"{service}: {gathered.partner} saw {told.what}",
            form=ScreeningAlert(
                service=service,
                kind=self._store.model.record_kind(),
                owner=gathered.owner,
                partner=gathered.partner,
                purpose=gathered.purpose,
                how=gathered.how,
                country=gathered.country,
                records=tuple(map(_alerted, told.shown)),
                more=told.more,
            ),
            written=at,
            quotes=tuple(quote_of(each.record, service) for each in told.shown),
        )


def _alerted(matched: _Matched) -> AlertedRecord:
    match, record = matched
    return AlertedRecord(
        record=record.id,
        version=record.shown_version,
        score=match.score,
        place=match.place,
        times=match.times,
        first=match.first,
        last=match.last,
        request=match.request,
    )


def _recipients(gathered: Gathered) -> Iterable[BureauCode]:
    """Return who is alerted: the owner unless it was seen before, the bureau of the place and the Secretariat."""
    owner = BureauCode(gathered.owner) if gathered.how == SCREENING else None
    return dict.fromkeys(filter(None, (owner, _finder(gathered), SECRETARIAT)))


def _entries(told: _Told, at: datetime) -> Iterator[LogEntry]:
    """Yield what is logged as shown to the bureau of the place, of the records of another, for each request."""
    gathered = told.gathered
    if told.to != _finder(gathered) or told.to == gathered.owner:
        return
    by_request = defaultdict[str, list[_Matched]](list)
    for each in told.shown:
        by_request[each.match.request].append(each)
    for request, of_request in by_request.items():
        pending = PendingAudit(
            request=request,
            bureau=told.to,
            officer=f"{gathered.partner.lower()}.screening",
            purpose=Purpose(gathered.purpose),
            operation=OPERATION,
            shown=tuple(_disclosed(each, gathered) for each in of_request),
        )
        yield replace(unanswered(pending, at), pending=False)


def _disclosed(matched: _Matched, gathered: Gathered) -> Disclosure:
    match, record = matched
    times = f" {match.times} times" if match.times > 1 else ""
    words = "; ".join(filter(None, (match.words, f"seen by {gathered.partner}{times}")))
    disclosure: Disclosure = record.disclosure(gathered.how, match.score, words)
    return replace(disclosure, version=record.shown_version)


def _finder(gathered: Gathered) -> BureauCode | None:
    """Return the bureau of the place, if it is a member."""
    return BureauCode(gathered.country) if gathered.country in MEMBERS else None
