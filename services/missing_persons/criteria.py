"""What a search asks of a record, as SQL: which records may fit, and how much doubt is left about each.

What is not known of a person must not hide them, so a record without a value may fit whatever is asked of it. Each
step of doubt takes a fifth off the score, so the order of the doubts in SQL is the order of the scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any, Final

import sqlalchemy as sa

from shared.people import Sex

SCORE_OF_A_DOUBT: Final = 0.8

Condition = sa.ColumnElement[bool]


class Doubt(IntEnum):
    """How much doubt is left that a record fits, where it may; the figures are steps."""

    NONE = 0
    POSSIBLE = 1
    UNKNOWN = 2


_NONE, _POSSIBLE, _UNKNOWN = (sa.literal(int(doubt), sa.Integer) for doubt in Doubt)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing asked: in words, which records may fit, and the doubt that each of them leaves."""

    words: str
    may_fit: Condition
    doubt: sa.ColumnElement[int]


def total_doubt(criteria: Sequence[Criterion]) -> sa.ColumnElement[int]:
    """Return the steps of doubt that a record leaves about all criteria together."""
    return sum((criterion.doubt for criterion in criteria), start=sa.literal(0))


def score(doubts: Sequence[Doubt]) -> float:
    """Return how well a record fits that leaves these doubts: 1 without any, a fifth less for each step."""
    return float(SCORE_OF_A_DOUBT ** sum(doubts))


def explain(criteria: Sequence[Criterion], doubts: Sequence[Doubt]) -> list[str]:
    """Return in words how a record met each criterion."""
    endings = {Doubt.NONE: "", Doubt.POSSIBLE: " possible", Doubt.UNKNOWN: " not known"}
    return [criterion.words + endings[doubt] for criterion, doubt in zip(criteria, doubts, strict=True)]


def same_sex(column: sa.Column[str], wanted: Sex) -> Criterion:
    """Ask for a sex. Where it is unknown the record may fit; asked for as unknown, it must be."""
    doubt = sa.case((column == wanted.value, _NONE), else_=_UNKNOWN)
    return Criterion(f"sex {wanted}", column.in_(sorted({wanted.value, Sex.UNKNOWN.value})), doubt)


def same_country(column: sa.Column[str], wanted: str) -> Criterion:
    """Ask for a country."""
    return Criterion(f"country {wanted}", column == wanted, _NONE)


def one_of(column: sa.Column[str], wanted: str) -> Criterion:
    """Ask for one of several nationalities, stored as `,NL,BE,`. Where there is none the record may fit."""
    held = column.contains(f",{wanted},")
    doubt = sa.case((held, _NONE), else_=_UNKNOWN)
    return Criterion(f"nationality {wanted}", sa.or_(held, column == ""), doubt)


def part_of(column: sa.Column[str], key: str, words: str) -> Criterion:
    """Ask for a part of a place by its key; the whole of it leaves no doubt."""
    doubt = sa.case((column == key, _NONE), else_=_POSSIBLE)
    return Criterion(f"place {words}", column.contains(key, autoescape=True), doubt)


def between(column: sa.Column[date], words: str, first: date | None, last: date | None) -> Criterion:
    """Ask for a day between two, both included; without one of them the span is open."""
    bounds: list[Condition] = []
    if first is not None:
        bounds.append(column >= first)
    if last is not None:
        bounds.append(column <= last)
    return Criterion(f"{words} {span(first, last)}", sa.and_(*bounds), _NONE)


def overlapping(columns: tuple[sa.Column[Any], sa.Column[Any]], words: str, least: Any, greatest: Any) -> Criterion:
    """Ask for a value in a range, where a record knows it as a range too.

    A record's range inside the wanted one leaves no doubt; one that overlaps it may fit; so does none at all.
    """
    lower, upper = columns
    may_fit: list[Condition] = []
    inside: list[Condition] = []
    if least is not None:
        may_fit.append(sa.or_(upper.is_(None), upper >= least))
        inside.append(lower >= least)
    if greatest is not None:
        may_fit.append(sa.or_(lower.is_(None), lower <= greatest))
        inside.append(upper <= greatest)
    unknown = sa.and_(lower.is_(None), upper.is_(None))
    doubt = sa.case((unknown, _UNKNOWN), (sa.and_(*inside), _NONE), else_=_POSSIBLE)
    return Criterion(words, sa.and_(*may_fit), doubt)


def span(least: object, greatest: object) -> str:
    """Return a range in words, such as `30 to 45`, `from 30` or `to 45`."""
    if least is None:
        return f"to {greatest}"
    return f"from {least}" if greatest is None else f"{least} to {greatest}"
