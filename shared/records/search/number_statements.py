"""The statements of a search by numbers, made once for each table.

A look-up reads one key or a range of keys in constant time. A probe reads many keys at once; rows that the caller may
not see come without content, and as many others are read in place of those that are missing, up to `EVEN_ROWS`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from shared.numbers import COUNTRY_MARK, NumberPattern, WrittenNumber, key_of
from shared.records.access import visible
from shared.records.constant_time import constant_time, constant_time_range
from shared.records.search.number_keys import END, Asked, NumberKeys
from shared.storage import Rows, Session, each_of, hot, inline_literal

# The records that are read for one number. If more have it, such as a placeholder plate, the bureaus take turns, so
# that no bureau hides the records of another behind many of its own.
MAX_ROWS: Final = 200
# Of a probe: those of likelier readings first.
MAX_PROBED: Final = 500
EVEN_ROWS: Final = 16
# What follows all signs that a number can have.
_AFTER_ALL: Final = "\U0010ffff"


class LookUp(NamedTuple):
    """One key to look up, or a range of keys if `last` is another, of which a pattern of SQL may take a part."""

    column: str
    first: str
    last: str
    like: str | None = None

    @property
    def is_pattern(self) -> bool:
        """Whether it looks for more than one number."""
        return self.like is not None

    @property
    def shape(self) -> tuple[str, bool, bool]:
        """What its statement depends on."""
        column, first, last, like = self
        return column, first != last, like is not None

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of its statement."""
        column, first, last, like = self
        if first == last:
            return {f"first_{column}": first}
        bounds = {f"first_{column}": first, f"last_{column}": last}
        return bounds if like is None else {**bounds, f"like_{column}": like}


class Probe(NamedTuple):
    """Many keys of a column to look up at once, or what they begin with."""

    column: str
    keys: Sequence[str]
    are_beginnings: bool


class Probed(NamedTuple):
    """The rows that a probe found and the caller may see, and whether these are all."""

    rows: Rows
    are_all: bool


class Plan(NamedTuple):
    """How a number is looked up."""

    look_ups: Sequence[LookUp]
    probes: Sequence[Probe] = ()


def plan_of(asked: Asked) -> Plan:
    """Return how a number of a search is looked up, in each of the columns that may have it."""
    if asked.key.columns == 1:
        return _plan_in(asked.key.name, asked)
    plans = [_plan_in(column, asked) for column in asked.key.column_names]
    return Plan([each for plan in plans for each in plan.look_ups], [each for plan in plans for each in plan.probes])


def _plan_in(column: str, asked: Asked) -> Plan:
    number = asked.number
    if isinstance(number, NumberPattern):
        return _plan_of_pattern(column, asked, number)
    look_ups = [_look_up_of(column, asked, number)]
    if number.is_end:
        look_ups.append(LookUp(column + END, number.end, number.end))
    return Plan(look_ups)


def _look_up_of(column: str, asked: Asked, number: WrittenNumber) -> LookUp:
    if asked.key.country and number.country is None:
        return beginning(column, number.look + COUNTRY_MARK)
    return LookUp(column, number.key, number.key)


def beginning(column: str, signs: str, like: str | None = None) -> LookUp:
    """Return the look-up of all keys with a beginning."""
    return LookUp(column, signs, signs + _AFTER_ALL, like)


def _plan_of_pattern(column: str, asked: Asked, pattern: NumberPattern) -> Plan:
    country = COUNTRY_MARK + (pattern.country or "%") if asked.key.country else ""
    like = pattern.like() + country
    if pattern.beginning:
        return Plan([beginning(column, pattern.beginning, like)])
    if pattern.end:
        return Plan([beginning(column + END, pattern.end, like)])
    return Plan((), [probe_of(column, asked, [key_of(look, pattern.country) for look in pattern.numbers()])])


def probe_of(column: str, asked: Asked, keys: Sequence[str]) -> Probe:
    """Return the probe of many keys of the kind that was asked, of any country if none was stated."""
    return Probe(column, keys, bool(asked.key.country) and asked.number.country is None)


class ManyKeys(NamedTuple):
    """The keys of many searches."""

    places: Mapping[tuple[str, bool], Mapping[str, Sequence[int]]]
    """By column, and whether keys begin so: the places of the searches with each key."""

    alone: Sequence[int]
    """The places of searches that other statements answer."""


def keys_of_many(numbers: NumberKeys, otherwise: Sequence[str], queries: Iterable[Any]) -> ManyKeys:
    """Return the keys of many searches that look up whole numbers, and nothing `otherwise`."""
    others = ("reference", *otherwise)
    places: dict[tuple[str, bool], dict[str, list[int]]] = {}
    alone = list[int]()
    for place, query in enumerate(queries):
        is_other = query.near or any(getattr(query, name) is not None for name in others)
        keys = None if is_other else _keys_in(numbers.asked(query))
        if keys is None:
            alone.append(place)
            continue
        for column, are_beginnings, key in keys:
            places.setdefault((column, are_beginnings), {}).setdefault(key, []).append(place)
    return ManyKeys(places, alone)


def _keys_in(numbers: Iterable[Asked]) -> Sequence[tuple[str, bool, str]] | None:
    """Return the keys of whole numbers: the column, whether stored ones begin so, and the key; None for patterns."""
    keys = list[tuple[str, bool, str]]()
    for asked in numbers:
        number = asked.number
        if isinstance(number, NumberPattern):
            return None
        is_of_any_country = bool(asked.key.country) and number.country is None
        for column in asked.key.column_names:
            keys.append((column, is_of_any_country, number.key))
            if number.is_end:
                keys.append((column + END, False, number.end))
    return keys


def elsewhere_of(column: str, asked: Asked) -> LookUp | None:
    """Return the look-up of a number in all countries, if one was stated."""
    number = asked.number
    if number.country is None or isinstance(number, NumberPattern):
        return None
    return beginning(column, number.look + COUNTRY_MARK)


class NumberStatements:
    """Reads the table of one kind of record by its numbers."""

    def __init__(self, table: sa.Table, sought: sa.ColumnElement[bool]) -> None:
        """Only records are found for which `sought` holds."""
        self._table = table
        self._is_shown = sa.and_(sought, visible(table))
        self._shown = (table.c.id, table.c.owner, table.c.content)
        self._few: dict[tuple[str, bool, bool], sa.Select[Any]] = {}
        self._probes: dict[tuple[str, bool], sa.Select[Any]] = {}
        self._present: dict[tuple[str, bool, bool], sa.Select[Any]] = {}
        self._read: dict[str, sa.CompoundSelect[Any]] = {}

    async def look_up(self, session: Session, look_up: LookUp, visibility: Mapping[str, Any]) -> tuple[Rows, bool]:
        """Return the rows of a look-up, at most `MAX_ROWS`, and whether there are more."""
        parameters = {**look_up.parameters, **visibility}
        rows = await session.fetch(self._few_of(look_up), parameters)
        if len(rows) <= MAX_ROWS:
            return rows, False
        return await session.fetch(self._in_turn(look_up), parameters, in_thread=True), True

    def _few_of(self, look_up: LookUp) -> sa.Select[Any]:
        if look_up.shape not in self._few:
            # Without an offset SQLAlchemy adds `OFFSET ?` for SQLite: each parameter costs about a microsecond.
            few = sa.select(*self._shown).where(self._fits(look_up)).limit(inline_literal(MAX_ROWS + 1))
            if look_up.first != look_up.last:
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

    async def probe(self, session: Session, probe: Probe, visibility: Mapping[str, Any], at_most: int) -> Probed:
        """Return the rows that have any of many keys, of at most so many that are read."""
        if not probe.keys:
            return Probed((), are_all=True)
        parameters = {"keys": probe.keys, "at_most": at_most, **visibility}
        rows = await session.fetch(self._probe_of(probe), parameters, in_thread=True)
        shown = [row for row in rows if row.id is not None]
        await self._even(session, probe, visibility, len(rows) - len(shown))
        return Probed(shown, are_all=len(rows) < at_most)

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
        mark, after = inline_literal(COUNTRY_MARK), inline_literal(COUNTRY_MARK + "~")
        return sa.and_(column >= key.c.value.concat(mark), column <= key.c.value.concat(after))

    def _probe_of(self, probe: Probe) -> sa.Select[Any]:
        shape = probe.column, probe.are_beginnings
        if shape not in self._probes:
            key, column = each_of("keys"), self._table.c[probe.column]
            is_key = self._is_key(probe, key)
            shown = [sa.case((self._is_shown, each)).label(each.name) for each in self._shown]
            # Without an order, which would read all rows: both databases take the keys one after another.
            self._probes[shape] = (
                sa.select(key.c.place, column.label("key"), *shown)
                .select_from(key.join(self._table, is_key))
                .limit(sa.bindparam("at_most", type_=sa.Integer))
            )
        return self._probes[shape]

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
