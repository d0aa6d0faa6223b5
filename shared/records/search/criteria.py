"""The criteria of a search, for rows in SQL and for one record in Python: whether a record may fit, and how doubtful.

In SQL what is asked for is in parameters, so that a statement is built once for all searches of one shape.

A property that is not known does not exclude a record: one without a value may fit whatever is asked of it. Each step
of doubt takes a fifth off the score, so the order of the doubts in SQL is the order of the scores.
"""

# ruff: noqa: D102 - `Criterion` documents what its kinds define

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import sqlalchemy as sa

from shared.people import Sex
from shared.storage import escaped, inline_literal, like

SCORE_OF_A_DOUBT: Final = 0.8
SCORE_DIGITS: Final = 4

Condition = sa.ColumnElement[bool]
Row = Mapping[str, Any]
"""The search columns of one record."""


class Doubt(IntEnum):
    """How much doubt is left that a record fits, where it may; the figures are steps."""

    NONE = 0
    POSSIBLE = 1
    UNKNOWN = 2


_NONE, _POSSIBLE, _UNKNOWN = (sa.literal_column(str(int(doubt)), sa.Integer) for doubt in Doubt)


@dataclass(frozen=True, slots=True)
class Criterion(ABC):
    """One criterion of a search. `may_fit` and `doubt_in_sql` agree for a row with `doubt` for its record."""

    field: str
    """Of the search, as hits name it."""

    asked: str
    """What is asked for, as text."""

    column: str

    @property
    def label(self) -> str:
        """The criterion as text, such as `last seen from 2026-01-01`."""
        return f"{self.field.replace('_', ' ')} {self.asked}"

    @property
    def shape(self) -> Hashable:
        """What its SQL depends on."""
        return type(self), self.field, self.column

    @property
    @abstractmethod
    def parameters(self) -> Mapping[str, Any]:
        """The parameters of its SQL."""

    @abstractmethod
    def may_fit(self, table: sa.Table) -> Condition:
        """Return the condition that a row may fit."""

    def doubt_in_sql(self, table: sa.Table) -> sa.ColumnElement[int]:  # noqa: ARG002 - others depend on the row
        """Return the doubt that a row leaves which may fit."""
        return _NONE

    @abstractmethod
    def doubt(self, row: Row) -> Doubt | None:
        """Return the doubt that a record leaves, None if it cannot fit."""


def shape_of(criteria: Sequence[Criterion]) -> Hashable:
    """Return what the SQL of criteria depends on: that of equal shapes differs in its parameters alone."""
    return tuple([criterion.shape for criterion in criteria])


def parameters_of(criteria: Sequence[Criterion]) -> Mapping[str, Any]:
    """Return the parameters of the SQL of criteria."""
    return {name: value for criterion in criteria for name, value in criterion.parameters.items()}


def doubts_in_sql(criteria: Sequence[Criterion], table: sa.Table) -> list[sa.ColumnElement[int]]:
    """Return the columns of the doubts that a row leaves about each criterion."""
    return [criterion.doubt_in_sql(table).label(f"doubt_{number}") for number, criterion in enumerate(criteria)]


def total_doubt(criteria: Sequence[Criterion], table: sa.Table) -> sa.ColumnElement[int]:
    """Return the steps of doubt that a row leaves about all criteria together."""
    return sum((criterion.doubt_in_sql(table) for criterion in criteria), start=_NONE)


def doubts_of(criteria: Sequence[Criterion], row: Row) -> list[Doubt] | None:
    """Return the doubt that a record leaves about each criterion, None if it cannot fit one of them."""
    doubts = [doubt for criterion in criteria if (doubt := criterion.doubt(row)) is not None]
    return doubts if len(doubts) == len(criteria) else None


def score(doubts: Sequence[Doubt]) -> float:
    """Return how well a record fits that leaves these doubts: 1 without any, a fifth less for each step."""
    return round(float(SCORE_OF_A_DOUBT ** sum(doubts)), SCORE_DIGITS)


def explain(criteria: Sequence[Criterion], doubts: Sequence[Doubt]) -> list[str]:
    """Return how a record meets each criterion, as text."""
    endings = {Doubt.NONE: "", Doubt.POSSIBLE: " possible", Doubt.UNKNOWN: " not known"}
    return [criterion.label + endings[doubt] for criterion, doubt in zip(criteria, doubts, strict=True)]


@dataclass(frozen=True, slots=True)
class SameSex(Criterion):
    """A sex. A record of unknown sex may fit any; a search for unknown finds that alone."""

    wanted: Sex

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {f"{self.field}_wanted": self.wanted.value}

    def may_fit(self, table: sa.Table) -> Condition:
        return sa.or_(self._is_wanted(table), table.c[self.column] == inline_literal(Sex.UNKNOWN.value))

    def doubt_in_sql(self, table: sa.Table) -> sa.ColumnElement[int]:
        return sa.case((self._is_wanted(table), _NONE), else_=_UNKNOWN)

    def _is_wanted(self, table: sa.Table) -> Condition:
        return table.c[self.column] == sa.bindparam(f"{self.field}_wanted")

    def doubt(self, row: Row) -> Doubt | None:
        held = row[self.column]
        if held == self.wanted:
            return Doubt.NONE
        return Doubt.UNKNOWN if held == Sex.UNKNOWN else None


@dataclass(frozen=True, slots=True)
class SameCode(Criterion):
    """A code, which every record states."""

    wanted: str

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {f"{self.field}_wanted": self.wanted}

    def may_fit(self, table: sa.Table) -> Condition:
        return table.c[self.column] == sa.bindparam(f"{self.field}_wanted")

    def doubt(self, row: Row) -> Doubt | None:
        return Doubt.NONE if row[self.column] == self.wanted else None


@dataclass(frozen=True, slots=True)
class SameCountry(SameCode):
    """A country."""


@dataclass(frozen=True, slots=True)
class SameStatus(SameCode):
    """A status of the person, which every record states."""


@dataclass(frozen=True, slots=True)
class OneOf(Criterion):
    """One of several nationalities, stored as `,NL,,BE,`. A record without any may fit."""

    wanted: str

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {f"{self.field}_like": f"%,{self.wanted},%"}

    def may_fit(self, table: sa.Table) -> Condition:
        return sa.or_(self._held(table), table.c[self.column] == inline_literal(""))

    def doubt_in_sql(self, table: sa.Table) -> sa.ColumnElement[int]:
        return sa.case((self._held(table), _NONE), else_=_UNKNOWN)

    def _held(self, table: sa.Table) -> Condition:
        return like(table.c[self.column], f"{self.field}_like")

    def doubt(self, row: Row) -> Doubt | None:
        if f",{self.wanted}," in row[self.column]:
            return Doubt.NONE
        return None if row[self.column] else Doubt.UNKNOWN


@dataclass(frozen=True, slots=True)
class PartOf(Criterion):
    """A part of a place by its key; the whole of it leaves no doubt."""

    wanted: str

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {f"{self.field}_wanted": self.wanted, f"{self.field}_like": f"%{escaped(self.wanted)}%"}

    def may_fit(self, table: sa.Table) -> Condition:
        return like(table.c[self.column], f"{self.field}_like")

    def doubt_in_sql(self, table: sa.Table) -> sa.ColumnElement[int]:
        is_whole = table.c[self.column] == sa.bindparam(f"{self.field}_wanted")
        return sa.case((is_whole, _NONE), else_=_POSSIBLE)

    def doubt(self, row: Row) -> Doubt | None:
        if row[self.column] == self.wanted:
            return Doubt.NONE
        return Doubt.POSSIBLE if self.wanted in row[self.column] else None


@dataclass(frozen=True, slots=True)
class Overlapping(Criterion):
    """A value or day in a range, where a record knows it as a range too: from `column` to `upper_column`.

    A record's range inside the wanted one leaves no doubt; one that overlaps it may fit; so does none at all. Without
    one of its ends the wanted range is open.
    """

    upper_column: str
    least: Any
    greatest: Any

    @property
    def shape(self) -> Hashable:
        return type(self), self.field, self.column, self.least is None, self.greatest is None

    @property
    def parameters(self) -> Mapping[str, Any]:
        ends = {f"{self.field}_least": self.least, f"{self.field}_greatest": self.greatest}
        return {name: value for name, value in ends.items() if value is not None}

    def may_fit(self, table: sa.Table) -> Condition:
        lower, upper = self._range(table)
        bounds: list[Condition] = []
        if self.least is not None:
            bounds.append(_unless_unknown(upper, upper >= self._least(upper)))
        if self.greatest is not None:
            bounds.append(_unless_unknown(lower, lower <= self._greatest(lower)))
        return sa.and_(*bounds)

    def doubt_in_sql(self, table: sa.Table) -> sa.ColumnElement[int]:
        lower, upper = self._range(table)
        inside: list[Condition] = []
        if self.least is not None:
            inside.append(lower >= self._least(lower))
        if self.greatest is not None:
            inside.append(upper <= self._greatest(upper))
        fits = (sa.and_(*inside), _NONE)
        if not lower.nullable:
            return sa.case(fits, else_=_POSSIBLE)
        unknown = sa.and_(lower.is_(None), upper.is_(None))
        return sa.case((unknown, _UNKNOWN), fits, else_=_POSSIBLE)

    def _least(self, column: sa.Column[Any]) -> sa.BindParameter[Any]:
        return sa.bindparam(f"{self.field}_least", type_=column.type)

    def _greatest(self, column: sa.Column[Any]) -> sa.BindParameter[Any]:
        return sa.bindparam(f"{self.field}_greatest", type_=column.type)

    def _range(self, table: sa.Table) -> tuple[sa.Column[Any], sa.Column[Any]]:
        return table.c[self.column], table.c[self.upper_column]

    def doubt(self, row: Row) -> Doubt | None:
        lower, upper = row[self.column], row[self.upper_column]
        if not (_may_be_at_most(self.least, upper) and _may_be_at_most(lower, self.greatest)):
            return None
        if lower is None and upper is None:
            return Doubt.UNKNOWN
        from_least = self.least is None or (lower is not None and lower >= self.least)
        to_greatest = self.greatest is None or (upper is not None and upper <= self.greatest)
        return Doubt.NONE if from_least and to_greatest else Doubt.POSSIBLE


def _unless_unknown(column: sa.Column[Any], condition: Condition) -> Condition:
    return sa.or_(column.is_(None), condition) if column.nullable else condition


def _may_be_at_most(one: Any, other: Any) -> bool:
    """Return whether a value is at most another; one that is not known may be."""
    return one is None or other is None or bool(one <= other)
