"""The numbers by which a kind of record is found, as it declares them: pure, it reads and writes nothing.

Of each number only its look-alike form is stored, the end of that, and of some its core without letters. A search
enumerates what is one edit away. A search that is saved and a record that is entered later share a term if one may find
the other, some fifty for each number: whether it does is compared.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from shared.numbers import (
    END_SIGNS,
    LEAST_SIGNS,
    MAX_SIGNS,
    NumberKind,
    NumberPattern,
    Reading,
    WrittenNumber,
    end_of,
    has_wildcards,
    key_of,
    masks_of,
    neighbourhood,
    number_of,
    reading,
    shortened,
)
from shared.records.results import FieldMatch
from shared.storage import KeyText

# The signs, and the country of a plate.
KEY_LENGTH: Final = MAX_SIGNS + 8
END: Final = "_end"
CORE: Final = "_core"


@dataclass(frozen=True, slots=True)
class NumberKey:
    """One kind of number of a kind of record."""

    name: str
    """The member of a search, and of the record unless others are named; the column is called so as well."""

    kind: NumberKind
    country: str | None = None
    """The member, of search and record, with the country that a number belongs to, as of plates."""

    member: str | None = None
    """The member of the record; it may be a list of numbers, and of other writings of them."""

    columns: int = 1
    """How many numbers a record may have: each has a column."""

    sought_as: str | None = None
    """The member of a search, where it is another than `name`; of several keys of one member the best counts."""

    @property
    def asked_as(self) -> str:
        """The member of a search that states it."""
        return self.sought_as or self.name

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns of the keys; that of the end of each has `_end` added, and `_core` that of its core."""
        return (self.name, *(f"{self.name}_{number}" for number in range(2, self.columns + 1)))

    def stored_columns(self, column: str) -> tuple[str, ...]:
        """Return all columns of the number that has this one."""
        if self.kind.is_whole:
            return (column,)
        return (column, column + END, *((column + CORE,) if self.kind.found_without_letters else ()))

    def stored_values(self, number: WrittenNumber) -> tuple[str, ...]:
        """Return the values of all columns of a number."""
        if self.kind.is_whole:
            return (number.key,)
        return (number.key, number.end, *((number.parts.core,) if self.kind.found_without_letters else ()))

    def held_by(self, record: Any) -> "list[Held]":
        """Return the numbers that a record states, as many as have columns."""
        written = getattr(record, self.member or self.name)
        country = getattr(record, self.country) if self.country else None
        listed = () if not written else (written,) if isinstance(written, str) else written
        both = (each if isinstance(each, OtherWriting) else (each, each) for each in listed[: self.columns])
        return [Held(written, number_of(compared, self.kind, country)) for written, compared in both]

    def read(self, asked: WrittenNumber | NumberPattern, held: "Held") -> Reading | None:
        """Return how one number of a record meets what was asked, or None."""
        return reading(asked, held.number)


class Asked(NamedTuple):
    """A number that a search states."""

    key: NumberKey
    written: str
    number: WrittenNumber | NumberPattern


class OtherWriting(NamedTuple):
    """A number as its owner wrote it, and another writing of it by which it is found as well."""

    written: str
    compared: str


class Held(NamedTuple):
    """A number that a record states."""

    written: str
    number: WrittenNumber
    """By whose key it is stored."""

    ends: tuple[str, str] | None = None
    """Of a range, its first and its last number."""


class Met(NamedTuple):
    """How a record meets one number of a search: by the best of its own."""

    asked: Asked
    held: Held | None
    reading: Reading | None

    @property
    def is_hit(self) -> bool:
        """Whether it is met."""
        return self.reading is not None and not self.reading.is_near

    @property
    def match(self) -> FieldMatch:
        """The field of the answer."""
        name, asked, found = self.asked.key.asked_as, self.asked.written, self.held and self.held.written
        if self.reading is None:
            return FieldMatch(name, asked, None if self.is_elsewhere else found, 0.0)
        return FieldMatch(name, asked, found, self.reading.score, self.reading.words or None)

    @property
    def is_elsewhere(self) -> bool:
        """Whether the number is of another country than is asked, which has numbers of its own."""
        asked = self.asked.number.country
        return asked is not None and self.held is not None and self.held.number.country != asked

    @property
    def words(self) -> str:
        """The key, with what was read otherwise."""
        name, read = self.asked.key.asked_as, self.reading
        if read is None or not read.words:
            return name
        return f"{name} {'near ' if read.is_near else ''}({read.words})"


class NumberKeys:
    """The numbers of one kind of record."""

    def __init__(self, *keys: NumberKey) -> None:
        self.keys = keys

    def table_columns(self) -> list[sa.Column[Any]]:
        """Return the columns of the table of records, each with an index."""
        names = [name for key in self.keys for column in key.column_names for name in key.stored_columns(column)]
        return [sa.Column(name, KeyText(KEY_LENGTH), index=True) for name in names]

    def values(self, record: Any) -> dict[str, str | None]:
        """Return the values of the columns."""
        values = dict[str, str | None]()
        for key in self.keys:
            held = [*key.held_by(record), *(None,) * key.columns]
            for column, each in zip(key.column_names, held, strict=False):
                columns = key.stored_columns(column)
                stored = key.stored_values(each.number) if each else (None,) * len(columns)
                values.update(zip(columns, stored, strict=True))
        return values

    def asked(self, query: Any) -> list[Asked]:
        """Return the numbers that a search states."""
        found = []
        for key in self.keys:
            if written := getattr(query, key.asked_as):
                country = getattr(query, key.country) if key.country else None
                read = NumberPattern if has_wildcards(written) else number_of
                found.append(Asked(key, written, read(written, key.kind, country)))
        return found

    def met(self, asked: Iterable[Asked], record: Any) -> list[Met]:
        """Return how a record meets each number of a search; of several keys of one number, by the best."""
        found = dict[str, Met]()
        for each in asked:
            met, name = self._met(each, record), each.key.asked_as
            found[name] = max(found[name], met, key=_rank) if name in found else met
        return list(found.values())

    def _met(self, asked: Asked, record: Any) -> Met:
        key, number = asked.key, asked.number
        readings = [Met(asked, held, key.read(number, held)) for held in key.held_by(record)]
        return readings[0] if len(readings) == 1 else max(readings, key=_rank, default=Met(asked, None, None))

    def query_terms(self, query: Any) -> Iterator[str]:
        """Yield the terms under which a search is saved."""
        for key, _, number in self.asked(query):
            if isinstance(number, NumberPattern):
                yield f"{key.name}{_pattern_term(number)}"
                continue
            yield f"{key.name}:{number.key}"
            if number.is_end:
                yield f"{key.name}$8{number.end}"
            if key.kind.found_without_letters:
                yield f"{key.name}&{number.parts.core}"
            if asks_near(query):
                yield from _near_terms(key.name, number)
            if asks_near(query) and number.is_end:
                yield from _near_terms(f"{key.name}$8", number)

    def record_terms(self, record: Any) -> Iterator[str]:
        """Yield the terms of all searches that may find a record: its keys, its parts, and all that is near."""
        for key, number in self._held_numbers(record):
            yield from _own_terms(key, number)
            if key.kind.is_whole:
                continue
            yield f"{key.name}^{number.look[:LEAST_SIGNS]}"
            yield f"{key.name}${number.end[:LEAST_SIGNS]}"
            yield from (f"{key.name}?{mask}" for mask in masks_of(number.look))
            yield from _near_terms(key.name, number)
            if key.kind.found_by_end:
                yield from _near_terms(f"{key.name}$8", number.last_signs)

    def identifying_terms(self, record: Any) -> Iterator[str]:
        """Yield terms that differ exactly if two versions of a record are found by other numbers."""
        for key, number in self._held_numbers(record):
            yield from _own_terms(key, number)

    def _held_numbers(self, record: Any) -> Iterator[tuple[NumberKey, WrittenNumber]]:
        return ((key, held.number) for key in self.keys for held in key.held_by(record))


def asks_near(query: Any) -> bool:
    """Return whether a search asks for what is near; not every kind has that."""
    return bool(getattr(query, "near", False))


def _rank(met: Met) -> tuple[bool, bool, float]:
    return met.is_hit, met.held is not None, met.reading.score if met.reading else -1.0


def _own_terms(key: NumberKey, number: WrittenNumber) -> Iterator[str]:
    yield f"{key.name}:{number.key}"
    if number.country is not None:
        yield f"{key.name}:{number.look}"
    if key.kind.found_by_end:
        yield f"{key.name}$8{number.end}"
    if key.kind.found_without_letters:
        yield f"{key.name}&{number.parts.core}"


def _near_terms(name: str, number: WrittenNumber) -> Iterator[str]:
    return (f"{name}~{signs}" for signs in (() if number.kind.is_whole else shortened(number.look)))


def _pattern_term(pattern: NumberPattern) -> str:
    if pattern.beginning:
        return f"^{pattern.beginning[:LEAST_SIGNS]}"
    return f"${pattern.end[:LEAST_SIGNS]}" if pattern.end else f"?{pattern.coarse_mask}"


def near_keys(asked: Asked) -> Sequence[str]:
    """Return the keys one edit away from a number, the likeliest first; of no country if none was asked."""
    number = asked.number
    if isinstance(number, NumberPattern):
        return ()
    return [key_of(look, number.country) for look in neighbourhood(number.look, asked.key.kind)]


def near_ends(number: WrittenNumber) -> Sequence[str]:
    """Return the ends of eight signs one edit away from one, as they are stored, the likeliest first."""
    near = neighbourhood(number.look, number.kind)
    return [end_of(look) for look in near if len(look) == END_SIGNS]
