"""Remembers what a witness has seen, and what convicts a log. Never commits."""

from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from gateway.witness.rules import Fault
from gateway.witness.tables import alarms, proven_lists, witnessed
from shared.storage import Session, first_or_none

_list: Final = sa.select(proven_lists.c.note, proven_lists.c.length).where(proven_lists.c.service == sa.bindparam("of"))
_new_list: Final = insert(proven_lists)
_keep_list: Final = _new_list.on_conflict_do_update(
    index_elements=["service"], set_={"note": _new_list.excluded.note, "length": _new_list.excluded.length}
)
_seen: Final = sa.select(witnessed.c.note).where(witnessed.c.service == sa.bindparam("of"))
# Written with PostgreSQL's construct; what is made of it, SQLite understands as well.
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
    .order_by((alarms.c.seen_size == sa.bindparam("of_size")).desc(), alarms.c.number.desc())
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
    .limit(sa.bindparam("most"))
)


_newest_of: Final = (
    sa.select(alarms)
    .where(alarms.c.service == sa.bindparam("of"))
    .order_by(alarms.c.last.desc())
    .limit(sa.bindparam("most"))
)

_renew: Final = (
    sa.update(alarms)
    .where(_of_kind, alarms.c.seen_note == sa.bindparam("of_note"))
    .values(last=sa.bindparam("new_last"), says=sa.bindparam("new_says"), times=alarms.c.times + 1)
)
_forget_oldest: Final = sa.delete(alarms).where(
    _of_kind,
    alarms.c.number.not_in(
        sa.select(alarms.c.number).where(_of_kind).order_by(alarms.c.last.desc()).limit(sa.bindparam("most"))
    ),
)
# Of one kind of fault of the broker: about so many streams, consumers or senders.
MOST_OF_A_BROKER_FAULT: Final = 100

# More of one kind against one log are counted: the first few convict it, whatever it had signed before each.
MOST_OF_A_KIND: Final = 10


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A log that contradicts itself: what was seen of it before, and what it shows now, both signed by it."""

    service: str
    fault: Fault
    says: str
    seen_size: int
    seen_note: str
    """Empty where nothing had been seen before."""

    shown_note: str
    at: int
    answer: str = ""
    """What it answered that contradicts what was seen: the header of its signature, a line feed, and the body."""


class KeptAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm as it is kept, and how often it was raised up to when."""

    number: int
    evidence: Evidence
    last: int
    times: int


class ProvenList(msgspec.Struct, frozen=True):
    """How long the list of disclosures of the bureau was proven to be, by the checkpoint in a note."""

    note: str
    found: int


class WitnessStore:
    """What one bureau saw of the logs, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def seen(self, service: str) -> str | None:
        """Return the note of the last checkpoint that was seen of a log."""
        row = first_or_none(await self._session.fetch(_seen, {"of": service}))
        return None if row is None else row.note

    async def proven_list(self, service: str) -> ProvenList | None:
        """Return up to where a service has proven the list of disclosures of the bureau."""
        row = first_or_none(await self._session.fetch(_list, {"of": service}))
        return None if row is None else ProvenList(row.note, row.length)

    async def keep_list(self, service: str, proven: ProvenList) -> None:
        """Note up to where a service has proven the list of disclosures of the bureau."""
        await self._session.execute(_keep_list, {"service": service, "note": proven.note, "length": proven.found})

    async def move(self, service: str, *, before: str | None, size: int, note: str, at: int) -> bool:
        """Note that a log was seen to have grown; tell whether it is still from the note seen before that it grew.

        Another process of the same gateway may have seen more meanwhile, in another past: two that each go on from the
        same checkpoint need not go on from each other.
        """
        if before is None:
            return bool(await self._session.execute(_begin, {"service": service, "size": size, "note": note, "at": at}))
        moved = {"of": service, "before": before, "new_size": size, "new_note": note, "new_at": at}
        return bool(await self._session.execute(_move, moved))

    async def accuse(self, evidence: Evidence) -> bool:
        """Keep evidence against a log; tell whether it is new, and not counted to what is kept of its kind."""
        kind = {"of": evidence.service, "of_fault": evidence.fault.value}
        [kept] = await self._session.fetch(_kept, kind)
        if kept.alarms < MOST_OF_A_KIND and await self._session.execute(_first, _row(evidence)):
            return True
        await self._session.execute(_again, {**kind, "of_size": evidence.seen_size, "new_last": evidence.at})
        return False

    async def note(self, evidence: Evidence) -> None:
        """Keep an alarm about the broker: one for each fault and what it is about, the latest few of each fault."""
        which = {"of": evidence.service, "of_fault": evidence.fault.value}
        latest = {"of_note": evidence.seen_note, "new_last": evidence.at, "new_says": evidence.says}
        if await self._session.execute(_renew, which | latest):
            return
        await self._session.execute(_forget_oldest, which | {"most": MOST_OF_A_BROKER_FAULT - 1})
        await self._session.execute(_first, _row(evidence))

    async def alarms_of(self, service: str, most: int) -> list[KeptAlarm]:
        """Return the newest alarms about one service, or about the broker."""
        return [_alarm(row) for row in await self._session.fetch(_newest_of, {"of": service, "most": most})]

    async def alarms(self, before: int, most: int) -> list[KeptAlarm]:
        """Return the alarms whose number is below one, the newest first."""
        return [
            _alarm(row) for row in await self._session.fetch(_page, {"before": before, "most": most}, in_thread=True)
        ]


def _row(evidence: Evidence) -> dict[str, Any]:
    return {
        "service": evidence.service,
        "fault": evidence.fault.value,
        "seen_size": evidence.seen_size,
        "seen_note": evidence.seen_note,
        "shown_note": evidence.shown_note,
        "says": evidence.says,
        "answer": evidence.answer,
        "first": evidence.at,
        "last": evidence.at,
        "times": 1,
    }


def _alarm(row: Row[Any]) -> KeptAlarm:
    evidence = Evidence(
        service=row.service,
        fault=Fault(row.fault),
        says=row.says,
        seen_size=row.seen_size,
        seen_note=row.seen_note,
        shown_note=row.shown_note,
        at=row.first,
        answer=row.answer,
    )
    return KeptAlarm(number=row.number, evidence=evidence, last=row.last, times=row.times)
