"""Bounds how many records a bureau enters only to take them back, and counts it: what is entered finds who searched.

A record is taken back where it cannot be found any more as it stood, within the time for which searches are kept: it
was withdrawn, deleted, restricted further, or made to be found by something else. What stays to be seen by all is not,
such as a car that is recovered. What has ended well, such as a person who was found, is counted separately. The counts
hold no record and nothing of what any says.
"""

from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.audit.models import EntryFigures
from shared.bureaus import BureauCode
from shared.errors import Refusal
from shared.records.search.saved_searches import KEPT_FOR
from shared.records.tables import entry_counts
from shared.storage import Session, insert

# In three days. Few bureaus take back as many at all, and those that enter thousands a tenth of them.
MAX_TAKEN_BACK: Final = 20
SHARE: Final = 10
# Most missing persons are found within days, but not nine in ten of those whom a bureau reports to others.
MAX_ENDED_WELL: Final = 200
SHARE_ENDED_WELL: Final = 0.9
COUNTED_DAYS: Final = 3
KEPT_DAYS: Final = 31
_DAY_SECONDS: Final = 86_400

_recent: Final = sa.select(
    sa.func.coalesce(sa.func.sum(entry_counts.c.entered), 0).label("entered"),
    sa.func.coalesce(sa.func.sum(entry_counts.c.taken_back), 0).label("taken_back"),
    sa.func.coalesce(sa.func.sum(entry_counts.c.ended_well), 0).label("ended_well"),
).where(entry_counts.c.owner == sa.bindparam("of_owner"), entry_counts.c.day > sa.bindparam("after"))
_new: Final = insert(entry_counts)
_count: Final = _new.on_conflict_do_update(
    index_elements=[entry_counts.c.owner, entry_counts.c.day],
    set_={
        "entered": entry_counts.c.entered + _new.excluded.entered,
        "taken_back": entry_counts.c.taken_back + _new.excluded.taken_back,
        "ended_well": entry_counts.c.ended_well + _new.excluded.ended_well,
    },
)
_forget: Final = sa.delete(entry_counts).where(
    entry_counts.c.owner == sa.bindparam("of_owner"), entry_counts.c.day <= sa.bindparam("until")
)


def _sum(column: sa.Column[int], name: str, after: str) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((entry_counts.c.day > sa.bindparam(after), column), else_=0)).label(name)


_of_all: Final = (
    sa.select(
        entry_counts.c.owner,
        _sum(entry_counts.c.entered, "entered", "after"),
        _sum(entry_counts.c.taken_back, "taken_back", "after"),
        _sum(entry_counts.c.ended_well, "ended_well", "after"),
        _sum(entry_counts.c.entered, "entered_lately", "recent"),
        _sum(entry_counts.c.taken_back, "taken_back_lately", "recent"),
        _sum(entry_counts.c.ended_well, "ended_well_lately", "recent"),
    )
    .where(entry_counts.c.day > sa.bindparam("after"))
    .group_by(entry_counts.c.owner)
    .order_by(entry_counts.c.owner)
)
_of_one: Final = _of_all.where(entry_counts.c.owner == sa.bindparam("of"))


class TooManyTakenBack(
    Refusal,
    status=429,
    code="too-many-taken-back",
    title="Too many records were taken back soon after they were entered",
):
    """Nothing new is entered until fewer of the records of the last three days are."""


class Found(NamedTuple):
    """By what searches find a record, and who cannot."""

    words: frozenset[str]
    barred: frozenset[str]


def is_taken_back(before: Found | None, after: Found | None) -> bool:
    """Return whether anybody can no longer find a record by its former terms; None is one that nobody finds."""
    if before is None or after is None:
        return before is not None
    return not before.words <= after.words or not after.barred <= before.barred


def is_new(before: Found | None, after: Found | None) -> bool:
    """Return whether anybody can find a record by a new term."""
    return is_taken_back(after, before)


def is_too_many(entered: int, taken_back: int, ended_well: int) -> bool:
    """Return whether a bureau took back, or ended well, more than its share of what it entered in the same days."""
    ends = ended_well >= max(MAX_ENDED_WELL, entered * SHARE_ENDED_WELL)
    return ends or taken_back >= max(MAX_TAKEN_BACK, entered // SHARE)


def is_soon(stood_since: datetime, at: datetime) -> bool:
    """Return whether a record is changed within the time for which searches are kept."""
    return at - stood_since < KEPT_FOR


async def require_few_taken_back(session: Session, owner: BureauCode, at: datetime) -> None:
    """Let a bureau enter what others find, unless it takes back too much of that. Raises TooManyTakenBack."""
    [row] = await session.fetch(_recent, {"of_owner": owner, "after": _day(at) - COUNTED_DAYS})
    if is_too_many(row.entered, row.taken_back, row.ended_well):
        raise TooManyTakenBack(
            f"in three days your bureau entered {row.entered} records here, and within 72 hours withdrew, deleted, "
            f"restricted or changed {row.taken_back}, which {MAX_TAKEN_BACK} may be, or a tenth, and said of "
            f"{row.ended_well} that they were found, which {MAX_ENDED_WELL} may be, or nine tenths; try again tomorrow"
        )


async def count(
    session: Session,
    owner: BureauCode,
    at: datetime,
    *,
    entered: bool,
    taken_back: bool = False,
    ended_well: bool = False,
) -> None:
    """Count a record that others can find now, or cannot find any more; forget what was counted long ago."""
    if entered or taken_back or ended_well:
        today = _day(at)
        counted = {"entered": int(entered), "taken_back": int(taken_back), "ended_well": int(ended_well)}
        row = {"owner": owner, "day": today, **counted}
        await session.execute(_count, row)
        await session.execute(_forget, {"of_owner": owner, "until": today - KEPT_DAYS})


async def entry_figures(session: Session, at: datetime, owner: BureauCode | None = None) -> list[EntryFigures]:
    """Return what a bureau entered and took back in 31 days, and in the last three (`..._lately`); by default all."""
    today = _day(at)
    bounds = {"after": today - KEPT_DAYS, "recent": today - COUNTED_DAYS}
    rows = await session.fetch(
        _of_all if owner is None else _of_one, bounds | ({"of": owner} if owner else {}), in_thread=True
    )
    return [_figures(row) for row in rows]


def _figures(row: Row[Any]) -> EntryFigures:
    return EntryFigures(
        bureau=row.owner,
        entered=row.entered,
        taken_back=row.taken_back,
        ended_well=row.ended_well,
        entered_lately=row.entered_lately,
        taken_back_lately=row.taken_back_lately,
        ended_well_lately=row.ended_well_lately,
        limited=is_too_many(row.entered_lately, row.taken_back_lately, row.ended_well_lately),
    )


def _day(at: datetime) -> int:
    return int(at.timestamp()) // _DAY_SECONDS
