"""Stores what a witness has seen of logs, and its alarms. Never commits."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from gateway.witness.rules import Fault
from gateway.witness.tables import alarms, proven_lists, witnessed
from shared.crypto.signed_note import Note, read_checkpoint
from shared.storage import Session

_lists: Final = sa.select(proven_lists).where(proven_lists.c.service == sa.bindparam("of")).order_by(proven_lists.c.log)
_new_list: Final = insert(proven_lists)
_keep_list: Final = _new_list.on_conflict_do_update(
    index_elements=["service", "log"], set_={"note": _new_list.excluded.note, "length": _new_list.excluded.length}
)
_seen: Final = (
    sa.select(witnessed.c.note).where(witnessed.c.service == sa.bindparam("of")).order_by(witnessed.c.log.desc())
)
_delete_from: Final = sa.delete(witnessed).where(
    witnessed.c.service == sa.bindparam("of"), witnessed.c.log >= sa.bindparam("lowest")
)
# PostgreSQL's construct; SQLite understands the SQL as well.
_begin: Final = insert(witnessed).on_conflict_do_nothing()
_move: Final = (
    sa.update(witnessed)
    .where(witnessed.c.service == sa.bindparam("of"), witnessed.c.note == sa.bindparam("before"))
    .values(size=sa.bindparam("new_size"), note=sa.bindparam("new_note"), at=sa.bindparam("new_at"))
)
_first: Final = insert(alarms).on_conflict_do_nothing()
_of_kind: Final = sa.and_(alarms.c.service == sa.bindparam("of"), alarms.c.fault == sa.bindparam("of_fault"))
_kept: Final = sa.select(sa.func.count().label("alarms")).where(_of_kind)
_same: Final = (
    sa.select(alarms.c.number)
    .where(_of_kind)
    .order_by(
        sa.and_(alarms.c.seen_log == sa.bindparam("of_log"), alarms.c.seen_size == sa.bindparam("of_size")).desc(),
        alarms.c.number.desc(),
    )
    .limit(1)
)
_again: Final = (
    sa.update(alarms)
    .where(alarms.c.number == _same.scalar_subquery())
    .values(last=sa.bindparam("new_last"), times=alarms.c.times + 1)
)
_page: Final = (
    sa.select(alarms)
    .where(alarms.c.number < sa.bindparam("before"))
    .order_by(alarms.c.number.desc())
    .limit(sa.bindparam("limit"))
)
_newest_of: Final = (
    sa.select(alarms)
    .where(alarms.c.service == sa.bindparam("of"))
    .order_by(alarms.c.last.desc())
    .limit(sa.bindparam("limit"))
)
_renew: Final = (
    sa.update(alarms)
    .where(_of_kind, alarms.c.seen == sa.bindparam("of_seen"))
    .values(last=sa.bindparam("new_last"), says=sa.bindparam("new_says"), times=alarms.c.times + 1)
)
_delete_oldest: Final = sa.delete(alarms).where(
    _of_kind,
    alarms.c.number.not_in(
        sa.select(alarms.c.number).where(_of_kind).order_by(alarms.c.last.desc()).limit(sa.bindparam("limit"))
    ),
)
# Of one fault of the broker: about so many streams, consumers or senders.
MAX_BROKER_ALARMS: Final = 100
# More of one fault of one log are only counted: the first few prove it.
MAX_OF_A_KIND: Final = 10
# Beyond that no new log is cosigned, as each needs an alarm.
MAX_NEW_LOGS: Final = 100


class AlarmEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """The evidence of an alarm: what was seen of a log before, and what it shows now, both signed by it."""

    service: str
    fault: Fault
    says: str
    seen_size: int
    seen_log: int = 0
    seen: str
    """Empty where nothing had been seen before."""

    shown: str
    at: int = msgspec.field(name="first")
    answer: str = ""
    """An answer that contradicts what was seen: its signature header, a line feed, and the body.

    For new logs, their first leaves, a line each.
    """


class StoredAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """A stored alarm, how often it was raised, and when last, in milliseconds since 1970."""

    number: int
    evidence: AlarmEvidence
    last: int
    times: int


class ProvenList(msgspec.Struct, frozen=True):
    """The proven length of the bureau's list of disclosures in one log, at the checkpoint in a note."""

    log: int
    note: str
    length: int


class WitnessStore:
    """What one bureau saw of the logs, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def seen(self, service: str) -> str | None:
        """Return the note of the last checkpoint that was seen of the log of a service that grows."""
        return next(iter(await self.seen_of_all(service)), None)

    async def seen_of_all(self, service: str) -> list[str]:
        """Return the note of the last checkpoint of each log of a service: the one that grows, then those retired."""
        return [row.note for row in await self._session.fetch(_seen, {"of": service})]

    async def proven_lists(self, service: str) -> list[ProvenList]:
        """Return what a service has proven of the bureau's list of disclosures in each log, oldest log first."""
        rows = await self._session.fetch(_lists, {"of": service})
        return [ProvenList(row.log, row.note, row.length) for row in rows]

    async def keep_list(self, service: str, proven: ProvenList) -> None:
        """Store what a service has proven of the bureau's list of disclosures in a log."""
        await self._session.execute(_keep_list, {"service": service, **msgspec.structs.asdict(proven)})

    async def move(self, service: str, *, before: str | None, size: int, note: str, at: int) -> bool:
        """Store a larger checkpoint; return False if `before` is no longer the last note that was seen.

        Another process of the gateway may have seen more in between, in a split view: two checkpoints that each extend
        a third need not extend each other.
        """
        if before is None:
            row = {"service": service, "log": 0, "size": size, "note": note, "at": at}
            return bool(await self._session.execute(_begin, row))
        moved = {"of": service, "before": before, "new_size": size, "new_note": note, "new_at": at}
        return bool(await self._session.execute(_move, moved))

    async def begin_new(self, service: str, before: str | None, notes: Sequence[Note], *, lowest: int, at: int) -> bool:
        """Store checkpoints of a new log and of retired ones, replacing those of the logs from `lowest` on.

        Returns False if `before` is no longer the last note that was seen.
        """
        if await self.seen(service) != before:
            return False
        seen = [(read_checkpoint(note), note.written) for note in notes]
        await self._session.execute(_delete_from, {"of": service, "lowest": lowest})
        rows = [{"service": service, "log": each.log, "size": each.size, "note": note, "at": at} for each, note in seen]
        return all([await self._session.execute(_begin, row) for row in rows])

    async def raise_alarm(self, evidence: AlarmEvidence) -> bool:
        """Store evidence; return False if it was only counted to an alarm that is stored."""
        kind = {"of": evidence.service, "of_fault": evidence.fault.value}
        [kept] = await self._session.fetch(_kept, kind)
        limit = MAX_NEW_LOGS if evidence.fault is Fault.NEW_LOG else MAX_OF_A_KIND
        if kept.alarms < limit and await self._session.execute(_first, _row(evidence)):
            return True
        same = {"of_log": evidence.seen_log, "of_size": evidence.seen_size, "new_last": evidence.at}
        await self._session.execute(_again, {**kind, **same})
        return False

    async def keep_latest(self, evidence: AlarmEvidence) -> None:
        """Store an alarm about the broker: one for each fault and what it is about, the latest few of each fault."""
        which = {"of": evidence.service, "of_fault": evidence.fault.value}
        latest = {"of_seen": evidence.seen, "new_last": evidence.at, "new_says": evidence.says}
        if await self._session.execute(_renew, which | latest):
            return
        await self._session.execute(_delete_oldest, which | {"limit": MAX_BROKER_ALARMS - 1})
        await self._session.execute(_first, _row(evidence))

    async def alarms_of(self, service: str, limit: int) -> list[StoredAlarm]:
        """Return the newest alarms about one service, or about the broker."""
        return [_alarm(row) for row in await self._session.fetch(_newest_of, {"of": service, "limit": limit})]

    async def alarms(self, before: int, limit: int) -> list[StoredAlarm]:
        """Return alarms with numbers below one, newest first."""
        rows = await self._session.fetch(_page, {"before": before, "limit": limit}, in_thread=True)
        return [_alarm(row) for row in rows]


def _row(evidence: AlarmEvidence) -> dict[str, Any]:
    return {**msgspec.to_builtins(evidence), "last": evidence.at, "times": 1}


def _alarm(row: Row[Any]) -> StoredAlarm:
    evidence = msgspec.convert(row, AlarmEvidence, from_attributes=True)
    return StoredAlarm(number=row.number, evidence=evidence, last=row.last, times=row.times)
