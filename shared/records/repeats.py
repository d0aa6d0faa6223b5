"""Gathers what is told repeatedly: the first is told at once, its repeats together some time later, with their count.

A camera sees the same car a hundred times, a flood of checks finds the same thousand, and an airline has many desks.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from shared.storage import Session, having, hot, inline_literal

BATCH_SIZE: Final = 500


T = TypeVar("T", bound=Any)
"""A struct that says how often something was seen, such as by `times`, up to `last`."""

Still = Callable[[Session, Mapping[str, T], datetime], Awaitable[Mapping[str, T]]]
"""Returns those of gathered repeats, by their keys, that are to be told still."""


class Repeats(Generic[T]):
    """The repeats of one kind of message, in the tables of a service."""

    def __init__(
        self,
        table: sa.Table,
        kind: type[T],
        key: Callable[[T], str],
        still: Still[T],
        *,
        seconds: float,
        together: Callable[[T, T], T] | None = None,
    ) -> None:
        """Tell of what has the same `key` once in so many `seconds`; `table` is one of `repeats_table`.

        `together` adds a later one to an earlier one; by default it counts them by `times`, up to `last`.
        """
        self.seconds = seconds
        self._key = key
        self._together = together or counted
        self._still = still
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(kind).decode
        this = having(table, key="of")
        repeats_of = table.c["key", "repeats"]
        is_over = table.c.notified <= sa.bindparam("before")
        self._known = sa.select(*repeats_of).where(table.c.key.in_(sa.bindparam("keys", expanding=True)))
        self._insert = sa.insert(table)
        self._gather = sa.update(table).where(this).values(repeats=sa.bindparam("gathered"))
        self._over = sa.select(*repeats_of).where(is_over).order_by(table.c.notified).limit(sa.bindparam("at_most"))
        self._any_over = hot(self._over.with_only_columns(table.c.key).limit(inline_literal(1)))
        self._notified = sa.update(table).where(this).values(notified=sa.bindparam("at"), repeats=None)
        self._delete = sa.delete(table).where(this)

    async def due(self, session: Session, seen: Iterable[T], at: datetime) -> list[T]:
        """Return those of new ones that are due now, and gathered repeats that are; gather the others."""
        fresh: dict[str, T] = {}
        for each in seen:
            key = self._key(each)
            fresh[key] = self._together(fresh[key], each) if key in fresh else each
        known = (
            {row.key: row.repeats for row in await session.fetch(self._known, {"keys": list(fresh)})} if fresh else {}
        )
        await _change(session, self._gather, [self._gathered(key, known[key], fresh[key]) for key in known])
        now = {key: each for key, each in fresh.items() if key not in known}
        again = await self._due_again(session, at)
        notified = at.timestamp()
        await _change(session, self._insert, [{"key": key, "notified": notified, "repeats": None} for key in now])
        return [*now.values(), *again]

    async def is_any_over(self, session: Session, at: datetime) -> bool:
        """Return whether gathered repeats are due."""
        return bool(await session.fetch(self._any_over, {"before": at.timestamp() - self.seconds}))

    async def _due_again(self, session: Session, at: datetime) -> Iterable[T]:
        over = await session.fetch(self._over, {"before": at.timestamp() - self.seconds, "at_most": BATCH_SIZE})
        gathered = {row.key: self._decode(row.repeats) for row in over if row.repeats is not None}
        again = await self._still(session, gathered, at) if gathered else {}
        await _change(session, self._delete, [{"of": row.key} for row in over if row.key not in again])
        await _change(session, self._notified, [{"of": key, "at": at.timestamp()} for key in again])
        return again.values()

    def _gathered(self, key: str, before: str | None, seen: T) -> Mapping[str, str]:
        together = seen if before is None else self._together(self._decode(before), seen)
        return {"of": key, "gathered": self._encode(together).decode()}


def counted(earlier: T, later: T) -> T:
    """Return an earlier one with the count of a later one."""
    return replace(earlier, times=earlier.times + later.times, last=later.last)


async def _change(session: Session, statement: sa.Executable, rows: list[Mapping[str, object]]) -> None:
    if rows:
        await session.execute(statement, rows)
