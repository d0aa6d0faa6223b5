"""Notifies owner and finder of hits: if a search showed the record of another bureau, both get the same sealed message.

So is every disclosure to a partner, also in a list or when it is read, as RPD article 27 has it followed; none to the
public, which is shown what its owner made public.

Only the finder is notified of what an earlier search finds, one message for each hit: a bureau that enters a record
does not learn that somebody is interested in it until the finder shows the message to ask for confirmation (ADR 35).

It follows the audit log, so that exactly what was shown is notified. Under a flood each pair of bureaus gets one
message in a while, with one entry for the same officer and record. For repeats see `deduplication`.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.engine import Row

from shared.audit.tables import disclosures
from shared.background import ChangeSignal
from shared.bureaus import BureauCode
from shared.clock import Clock
from shared.disclosure import FOUND_LATER, Rule
from shared.ids import uuid7
from shared.logs import Log
from shared.mailbox.notifications import Notification
from shared.protocol.payloads import MAX_HITS_TOGETHER, HitDetails, HitsNotice
from shared.records.cursor import advance, position
from shared.records.hits.deduplication import repeated_hits
from shared.records.hits.handling_terms import HandlingTerms
from shared.records.outbox import enqueue
from shared.records.store import RecordKind
from shared.storage import Database, Rows, hot, inline_literal, next_after

NAME: Final = "hits"
# The first hit is notified at once, those that follow are gathered for so long.
GATHERED_SECONDS: Final = 0.5
LEFT_TO_OTHERS_SECONDS: Final = 0.7
BATCH_SIZE: Final = 2_000
# Without hits the cursor is written only after so many disclosures: most are no hits, and the log waits for a write.
PASSED_OVER: Final = 5_000
FOUND: Final = ("search", "screening", *FOUND_LATER)
# Of the hits of one message, quoted twice as in the evidence that proves one of them.
MAX_QUOTED_BYTES: Final = 32 * 1024

_last: Final = hot(sa.select(sa.func.max(disclosures.c.number).label("number")))
_is_hit: Final = (
    sa.or_(
        disclosures.c.how.in_([inline_literal(how) for how in FOUND]),
        disclosures.c.rule == inline_literal(Rule.PARTNERS),
    ),
    disclosures.c.owner != disclosures.c.bureau,
    disclosures.c.rule.not_in([inline_literal(rule) for rule in (Rule.DATA_SUBJECT_REQUEST, Rule.PUBLIC)]),
)
_hits: Final = hot(next_after(sa.select(disclosures).where(*_is_hit), disclosures.c.number))
_encode: Final = msgspec.json.Encoder().encode


class HitNotifier:
    """Turns disclosures into notifications of hits."""

    def __init__(
        self,
        service: str,
        kinds: Iterable[RecordKind],
        database: Database,
        clock: Clock,
        changes: ChangeSignal,
        log: Log,
    ) -> None:
        self._service = service
        self._terms = HandlingTerms(kinds, log)
        self._repeats = repeated_hits()
        self._database = database
        self._clock = clock
        self._changes = changes
        self._looked_at = 0

    async def run_once(self) -> float | None:
        """Enqueue notifications of all hits since the last run; if there were any, gather more before the next."""
        reading, now = self._database.reading, self._clock.now()
        before = await position(reading, NAME)
        rows, after = await self._shown(max(before, self._looked_at))
        if not rows and after < before + PASSED_OVER and not await self._repeats.is_any_over(reading, now):
            # Disclosures do not change, so this process need not read them again.
            self._looked_at = after
            return None
        # Not `alone`, so that the log can go on: another process that advances the cursor waits here.
        async with self._database.writing() as session:
            if not await advance(session, NAME, before=before, after=after):
                # Another process was faster, and takes the next ones as well.
                return LEFT_TO_OTHERS_SECONDS
            due = await self._repeats.due(session, hits_of(rows, self._clock), now)
            await enqueue(session, self._notifications(await self._terms.added(session, due, now)))
        if due:
            self._changes.notify()
        if await self._repeats.is_any_over(reading, now):
            return 0.0
        return GATHERED_SECONDS if rows else None

    async def _shown(self, after: int) -> tuple[Rows, int]:
        """Return the hits after a number, and the number up to which these are all."""
        reading = self._database.reading
        [newest] = await reading.fetch(_last)
        last = max(newest.number or 0, after)
        rows = await reading.fetch(_hits, {"after": after, "at_most": BATCH_SIZE}) if last > after else ()
        if len(rows) == BATCH_SIZE:
            return rows, rows[-1].number
        return rows, max([last, *(row.number for row in rows)])

    def _notifications(self, hits: Sequence[HitDetails]) -> Iterator[Notification]:
        for hit in (hit for hit in hits if hit.how in FOUND_LATER):
            yield self._notification((hit,), BureauCode(hit.finder))
        at_once = sorted((hit for hit in hits if hit.how not in FOUND_LATER), key=_pair)
        for (owner, finder), of_pair in groupby(at_once, _pair):
            for together in in_messages(of_pair):
                yield self._notification(together, BureauCode(owner), BureauCode(finder))

    def _notification(self, hits: tuple[HitDetails, ...], *recipients: BureauCode) -> Notification:
        (owner, finder), now = _pair(hits[0]), self._clock.now()
        return Notification(
            id=uuid7(now),
            recipients=recipients,
            disclosed=True,
            urgent=True,
            purpose=hits[0].purpose,
            subject=f"{self._service}: {finder} found {len(hits)} of the records of {owner}",
            form=HitsNotice(service=self._service, hits=hits),
            written=now,
        )


def hits_of(rows: Iterable[Row[Any]], clock: Clock) -> list[HitDetails]:
    """Return one hit for each version of a record that an officer was shown for a purpose, however often."""
    found: dict[tuple[Any, ...], HitDetails] = {}
    for row in rows:
        same = (row.record_id, row.version, row.bureau, row.officer, row.purpose, row.how)
        if before := found.get(same):
            found[same] = replace(before, times=before.times + 1, last=row.at)
            continue
        found[same] = HitDetails(
            id=uuid7(clock.now()),
            kind=row.kind,
            record=row.record_id,
            version=row.version,
            owner=row.owner,
            finder=row.bureau,
            officer=row.officer,
            purpose=row.purpose,
            how=row.how,
            score=row.score,
            first=row.at,
            last=row.at,
            request=row.request,
        )
    return list(found.values())


def in_messages(hits: Iterable[HitDetails]) -> Iterator[tuple[HitDetails, ...]]:
    """Yield the hits of each message: so many that the message fits into the evidence for any of them."""
    together: list[HitDetails] = []
    size = 0
    for hit in hits:
        written = _encode(hit)
        # Quoted twice, each of these characters is four.
        more = len(written) + 3 * (written.count(b'"') + written.count(b"\\"))
        if together and (len(together) == MAX_HITS_TOGETHER or size + more > MAX_QUOTED_BYTES):
            yield tuple(together)
            together, size = [], 0
        together.append(hit)
        size += more
    if together:
        yield tuple(together)


def _pair(hit: HitDetails) -> tuple[str, str]:
    return hit.owner, hit.finder
