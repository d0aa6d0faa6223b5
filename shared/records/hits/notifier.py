"""Tells owner and finder of hits: when a search showed the record of another bureau, both get the same sealed message.

What an earlier search finds is told to the finder alone, each hit separately: a bureau that enters a record
does not learn that somebody is interested in it until the finder shows the message to ask for confirmation (ADR 35).

It follows what the audit log holds, so that nothing that was shown goes untold, and nothing is told that was not.
Under a flood there is one message in a while for each two bureaus, and in it one note for the same officer and record;
what they were told a moment ago is not told again until more of it was gathered (`hit_repeats`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
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
from shared.protocol.payloads import MAX_HITS_TOGETHER, HitNote, HitsNotice
from shared.records.cursor import advance, position
from shared.records.hits.deduplication import is_any_over, to_tell
from shared.records.hits.handling_terms import HitTerms
from shared.records.outbox import enqueue
from shared.records.store import RecordKind
from shared.storage import Database, Rows

NAME: Final = "hits"
# The first is told at once; so long those that follow are gathered.
GATHERED_SECONDS: Final = 0.5
LEFT_TO_OTHERS_SECONDS: Final = 0.7
BATCH_SIZE: Final = 2_000
# How far it has come is written down where there is something to tell, and else after so many numbers: most of what is
# shown was found by no search, and each write is one that the log waits for.
PASSED_OVER: Final = 5_000
FOUND: Final = ("search", *FOUND_LATER)
# So long may the hits of one message be, quoted twice, as they are where the message is shown to prove one of them.
MAX_QUOTED_BYTES: Final = 32 * 1024

_last: Final = sa.select(sa.func.max(disclosures.c.number).label("number"))
_hits: Final = (
    sa.select(disclosures)
    .where(
        disclosures.c.number > sa.bindparam("after"),
        disclosures.c.how.in_(FOUND),
        disclosures.c.owner != disclosures.c.bureau,
        disclosures.c.rule != Rule.DATA_SUBJECT_REQUEST.value,
    )
    .order_by(disclosures.c.number)
    .limit(sa.bindparam("at_most"))
)


_encode: Final = msgspec.json.Encoder().encode


class HitNotifier:
    """Turns what was shown into messages."""

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
        self._terms = HitTerms(kinds, log)
        self._database = database
        self._clock = clock
        self._changes = changes
        self._log = log
        self._looked_at = 0

    async def turn(self) -> float | None:
        """Put out messages on all hits since the last turn; if there were any, more are to be gathered first.

        What was gathered before does not wait for that: in a flood as much of it is over as is found.
        """
        reading, now = self._database.reading, self._clock.now()
        before = await position(reading, NAME)
        rows, after = await self._shown(max(before, self._looked_at))
        if not rows and after < before + PASSED_OVER and not await is_any_over(reading, now):
            # What was shown does not change, whichever process tells of what comes next.
            self._looked_at = after
            return None
        # Whoever else advances waits here, so that it need not be alone: the log goes on meanwhile where it can.
        async with self._database.writing() as session:
            if not await advance(session, NAME, before=before, after=after):
                # Another process was faster, and need not be run after: what it leaves is there a little later too.
                return LEFT_TO_OTHERS_SECONDS
            told = await to_tell(session, notes(rows, self._id), now)
            await enqueue(session, self._letters(await self._terms.stated(session, told, now)))
        if told:
            self._changes.notify()
        if await is_any_over(reading, now):
            return 0.0
        return GATHERED_SECONDS if rows else None

    async def _shown(self, after: int) -> tuple[Rows, int]:
        """Return what was found after a number, and up to which number that is all."""
        reading = self._database.reading
        [newest] = await reading.fetch(_last)
        last = max(newest.number or 0, after)
        rows = await reading.fetch(_hits, {"after": after, "at_most": BATCH_SIZE}) if last > after else ()
        if len(rows) == BATCH_SIZE:
            return rows, rows[-1].number
        return rows, max([last, *(row.number for row in rows)])

    def _letters(self, hits: Sequence[HitNote]) -> Iterator[Notification]:
        later = [hit for hit in hits if hit.how in FOUND_LATER]
        at_once = sorted((hit for hit in hits if hit.how not in FOUND_LATER), key=_pair)
        for hit in later:
            yield self._letter((hit,), BureauCode(hit.finder))
        for (owner, finder), of_pair in groupby(at_once, _pair):
            for together in in_messages(of_pair):
                yield self._letter(together, BureauCode(owner), BureauCode(finder))

    def _letter(self, hits: tuple[HitNote, ...], *recipients: BureauCode) -> Notification:
        owner, finder = _pair(hits[0])
        return Notification(
            id=self._id(),
            recipients=recipients,
            disclosed=True,
            urgent=True,
            purpose=hits[0].purpose,
            subject=f"{self._service}: {finder} found {len(hits)} of the records of {owner}",
            form=HitsNotice(service=self._service, hits=hits),
            written=self._clock.now(),
        )

    def _id(self) -> str:
        return uuid7(self._clock.now())


def notes(rows: Iterable[Row[Any]], new_id: Callable[[], str]) -> list[HitNote]:
    """Return one note for each version of a record that an officer was shown for a purpose, however often."""
    noted: dict[tuple[Any, ...], HitNote] = {}
    for row in rows:
        same = (row.record_id, row.version, row.bureau, row.officer, row.purpose, row.how)
        before = noted.get(same)
        noted[same] = _note(row, new_id()) if before is None else replace(before, times=before.times + 1, last=row.at)
    return list(noted.values())


def in_messages(hits: Iterable[HitNote]) -> Iterator[tuple[HitNote, ...]]:
    """Yield the hits of each message: so many that any of them can be proven to others by showing the message."""
    together: list[HitNote] = []
    size = 0
    for hit in hits:
        more = _quoted_bytes(hit)
        if together and (len(together) == MAX_HITS_TOGETHER or size + more > MAX_QUOTED_BYTES):
            yield tuple(together)
            together, size = [], 0
        together.append(hit)
        size += more
    if together:
        yield tuple(together)


def _quoted_bytes(hit: HitNote) -> int:
    written = _encode(hit)
    # Quoted twice, each of these signs is four.
    return len(written) + 3 * (written.count(b'"') + written.count(b"\\"))


def _note(row: Row[Any], hit: str) -> HitNote:
    return HitNote(
        id=hit,
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


def _pair(note: HitNote) -> tuple[str, str]:
    return note.owner, note.finder
