"""The statements of a search by numbers, made once for each table.

A look-up reads one key or a range of keys in constant time. A probe reads many keys at once; rows that the caller may
not see are counted apart, and as many others are read in place of those that are missing, up to `EVEN_ROWS`. Each limit
counts rows that the caller may see, and no others: so no answer depends on hidden ones.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from shared.numbers import COUNTRY_MARK
from shared.records.access import visible
from shared.records.constant_time import constant_time, constant_time_range
from shared.records.search.number_keys import END
from shared.records.search.number_plans import LookUp, Probe
from shared.storage import Rows, Session, each_of, hot, inline_literal

# The records that are read for one number. If more have it, such as a placeholder plate, the bureaus take turns, so
# that no bureau hides the records of another behind many of its own.
MAX_ROWS: Final = 200
# Of a probe: of each bureau those of likelier readings first, and the bureaus take turns.
MAX_PROBED: Final = 500
# Of a range that a pattern takes a part of: to read so many takes a tenth of a second.
MAX_IN_RANGE: Final = 10_000
EVEN_ROWS: Final = 16
_FIRST_COUNTRY: Final = inline_literal(COUNTRY_MARK)
_LAST_COUNTRY: Final = inline_literal(COUNTRY_MARK + "~")


class Read(NamedTuple):
    """The rows that the caller may see, and whether these are all that have the key."""

    rows: Rows
    are_all: bool


class NumberStatements:
    """Reads the table of one kind of record by its numbers."""

    def __init__(self, table: sa.Table, sought: sa.ColumnElement[bool]) -> None:
        """Only records are found for which `sought` holds."""
        self._table = table
        self._is_shown = sa.and_(sought, visible(table))
        self._shown = (table.c.id, table.c.owner, table.c.content)
        self._few: dict[tuple[str, bool, bool], sa.Select[Any]] = {}
        self._ends: dict[str, sa.Select[Any]] = {}
        self._probes: dict[tuple[str, bool], sa.Select[Any]] = {}
        self._present: dict[tuple[str, bool, bool], sa.Select[Any]] = {}
        self._read: dict[str, sa.CompoundSelect[Any]] = {}

    async def look_up(self, session: Session, look_up: LookUp, visibility: Mapping[str, Any]) -> Read:
        """Return the rows of a look-up, at most `MAX_ROWS`, and of a pattern those of `MAX_IN_RANGE` in its range."""
        of_range = await self._bounded(session, look_up, visibility)
        parameters = {**of_range.parameters, **visibility}
        rows = await session.fetch(self._few_of(of_range), parameters, in_thread=of_range.is_pattern)
        if len(rows) <= MAX_ROWS:
            return Read(rows, are_all=of_range == look_up)
        return Read(await session.fetch(self._in_turn(of_range), parameters, in_thread=True), are_all=False)

    async def _bounded(self, session: Session, look_up: LookUp, visibility: Mapping[str, Any]) -> LookUp:
        """Return a look-up by a pattern in no more rows than can be compared, those at the beginning of its range."""
        if not look_up.is_pattern:
            return look_up
        parameters = {**look_up.parameters, **visibility}
        ends = await session.fetch(self._end_of(look_up), parameters, in_thread=True)
        return look_up._replace(last=ends[0].last) if ends else look_up

    def _end_of(self, look_up: LookUp) -> sa.Select[Any]:
        """Return what finds the last key of a range that is compared, if the range has more than that."""
        name = look_up.column
        if name not in self._ends:
            column, whole = self._table.c[name], look_up._replace(like=None)
            found = sa.select(column.label("last")).where(self._fits(whole)).order_by(column)
            self._ends[name] = found.limit(inline_literal(1)).offset(inline_literal(MAX_IN_RANGE))
        return self._ends[name]

    def _few_of(self, look_up: LookUp) -> sa.Select[Any]:
        if look_up.shape not in self._few:
            # Without an offset SQLAlchemy adds `OFFSET ?` for SQLite: each parameter costs about a microsecond.
            few = sa.select(*self._shown).where(self._fits(look_up)).limit(inline_literal(MAX_ROWS + 1))
            if look_up.shape[1]:
                # In order, so that PostgreSQL reads the index and not the table.
                few = few.order_by(self._table.c[look_up.column])
            self._few[look_up.shape] = hot(few.offset(inline_literal(0)))
        return self._few[look_up.shape]

    def _fits(self, look_up: LookUp) -> sa.ColumnElement[bool]:
        name, is_range, has_pattern = look_up.shape
        column, first = self._table.c[name], sa.bindparam(f"first_{name}", type_=sa.String)
        others = [self._is_shown]
        if has_pattern:
            # An expression, as SQLite prepares a statement again for each value of a parameter after LIKE.
            like = sa.literal_column("''", sa.Text) + sa.bindparam(f"like_{name}", type_=sa.Text)
            others.append(self._table.c[name.removesuffix(END)].like(like))
        if is_range:
            return constant_time_range(column, first, sa.bindparam(f"last_{name}", type_=sa.String), *others)
        return constant_time(column, first, *others)

    def _in_turn(self, look_up: LookUp) -> sa.Select[Any]:
        record = self._table.c
        turn = sa.func.row_number().over(partition_by=record.owner, order_by=record.id).label("turn")
        placed = sa.select(record.id, turn).where(self._fits(look_up)).subquery()
        taken = sa.select(*self._shown).join(placed, placed.c.id == record.id)
        return taken.order_by(placed.c.turn, placed.c.id).limit(MAX_ROWS)

    async def count(self, session: Session, look_ups: Sequence[LookUp], visibility: Mapping[str, Any]) -> int:
        """Return how many records any of some look-ups finds."""
        counted = sa.select(sa.func.count().label("total")).where(sa.or_(*map(self._fits, look_ups)))
        parameters = {name: value for each in look_ups for name, value in each.parameters.items()}
        total: int = (await session.fetch(counted, {**parameters, **visibility}, in_thread=True))[0].total
        return total

    async def probe(self, session: Session, probe: Probe, visibility: Mapping[str, Any]) -> Read:
        """Return the rows that have any of many keys, at most `MAX_PROBED`."""
        if not probe.keys:
            return Read((), are_all=True)
        rows = await session.fetch(self._probe_of(probe), {"keys": probe.keys, **visibility}, in_thread=True)
        await self._even(session, probe, visibility, rows[0].hidden)
        shown = [row for row in rows if row.id is not None]
        return Read(shown[:MAX_PROBED], are_all=len(shown) <= MAX_PROBED)

    async def present(self, session: Session, probe: Probe, visibility: Mapping[str, Any]) -> Collection[str]:
        """Return those of many keys that a row has which the caller may see."""
        rows = await session.fetch(self._having(probe, sees_all=True), {"keys": probe.keys}, in_thread=True)
        keys = [row.value for row in rows]
        seen = await session.fetch(self._having(probe, sees_all=False), {"keys": keys, **visibility}, in_thread=True)
        await self._even(session, probe, visibility, len(keys) - len(seen))
        return [row.value for row in seen]

    async def _even(self, session: Session, probe: Probe, visibility: Mapping[str, Any], hidden: int) -> None:
        """Read as many other rows as there are fewer hidden ones than usual."""
        if (missing := EVEN_ROWS - hidden) > 0:
            others = {"first": probe.keys[0], "at_most": missing, **visibility}
            await session.fetch(self._others(probe.column), others, in_thread=True)

    def _having(self, probe: Probe, *, sees_all: bool) -> sa.Select[Any]:
        shape = probe.column, probe.are_beginnings, sees_all
        if shape not in self._present:
            key = each_of("keys")
            conditions = () if sees_all else (self._is_shown,)
            has_row = sa.exists().where(self._is_key(probe, key), *conditions).correlate(key)
            self._present[shape] = sa.select(key.c.value).where(has_row)
        return self._present[shape]

    def _is_key(self, probe: Probe, key: sa.TableValuedAlias) -> sa.ColumnElement[bool]:
        column = self._table.c[probe.column]
        if not probe.are_beginnings:
            return column == key.c.value
        first, last = key.c.value.concat(_FIRST_COUNTRY), key.c.value.concat(_LAST_COUNTRY)
        return sa.and_(column >= first, column <= last)

    def _probe_of(self, probe: Probe) -> sa.Select[Any]:
        """Return what reads the rows that are shown, and counts the others: one row at least."""
        shape = probe.column, probe.are_beginnings
        if shape not in self._probes:
            key, record = self._written(probe), self._table.c
            columns = (key.c.place, record.id, record.owner, self._is_shown.label("is_shown"))
            has_key = record[probe.column] == key.c.value
            found = sa.select(*columns).select_from(key.join(self._table, has_key)).cte("found")
            hidden = sa.select(sa.func.count().label("hidden")).where(sa.not_(found.c.is_shown)).subquery("hidden_rows")
            turn = sa.func.row_number().over(partition_by=found.c.owner, order_by=(found.c.place, found.c.id))
            shown = sa.select(found.c.place, found.c.id, turn.label("turn")).where(found.c.is_shown).subquery("placed")
            every = hidden.outerjoin(shown, sa.true()).outerjoin(self._table, record.id == shown.c.id)
            read = sa.select(hidden.c.hidden, *self._shown).select_from(every)
            ordered = read.order_by(shown.c.turn, shown.c.place, shown.c.id)
            self._probes[shape] = ordered.limit(inline_literal(MAX_PROBED + 1))
        return self._probes[shape]

    def _written(self, probe: Probe) -> sa.FromClause:
        """Return the keys of a probe, of beginnings all that are stored: one after another, each by the index.

        To join a range PostgreSQL would read the whole table, as it cannot know how few keys begin so.
        """
        key = each_of("keys")
        if not probe.are_beginnings:
            return key
        column, until = self._table.alias("stored").c[probe.column], key.c.value.concat(_LAST_COUNTRY)
        least = sa.select(sa.func.min(column))
        first = least.where(column >= key.c.value.concat(_FIRST_COUNTRY), column <= until).scalar_subquery()
        written = sa.select(key.c.place, until.label("until"), first.label("value")).cte("written", recursive=True)
        following = least.where(column > written.c.value, column <= written.c.until).scalar_subquery()
        is_one = written.c.value.is_not(None)
        return written.union_all(sa.select(written.c.place, written.c.until, following).where(is_one))

    def _others(self, name: str) -> sa.CompoundSelect[Any]:
        """Return what reads other rows as hidden ones are read, and shows none of them."""
        if name not in self._read:
            column = self._table.c[name]
            never = sa.func.coalesce(column, self._table.c.restricted) == inline_literal("")
            hidden = [sa.case((sa.and_(self._is_shown, never), each)).label(each.name) for each in self._shown]
            first, at_most = sa.bindparam("first", type_=sa.String), sa.bindparam("at_most", type_=sa.Integer)
            # In order, so that PostgreSQL reads the index and not the table; those before only where too few follow.
            after = sa.select(*hidden).where(column >= first).order_by(column).limit(at_most).subquery("after")
            before = sa.select(*hidden).where(column < first).order_by(column.desc()).limit(at_most).subquery("before")
            self._read[name] = sa.union_all(sa.select(after), sa.select(before)).limit(at_most)
        return self._read[name]
