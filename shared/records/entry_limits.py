"""Limits how many records a bureau enters only to take them back, as a new record reveals who searched for it.

A record is taken back if it can no longer be found as it was, within the time for which searches are saved: it was
withdrawn, deleted, restricted further, addressed to fewer, or is found by other terms. One that has ended well, such as
a person who was found or a car that was recovered, is counted separately. The counts identify no record.
"""

from datetime import datetime
from typing import Final, NamedTuple

import sqlalchemy as sa

from shared.audit.models import EntryFigures
from shared.bureaus import BureauCode
from shared.errors import Refusal
from shared.records.admission import ALL_PARTNERS
from shared.records.policy import SEARCHES_KEPT_HOURS
from shared.records.tables import entry_counts
from shared.storage import Session, insert

# In three days: so many, or a tenth of what was entered. Few bureaus need more.
MAX_TAKEN_BACK: Final = 20
SHARE: Final = 10
# Most missing persons are found within days, but not nine in ten of those that a bureau reports to others.
MAX_ENDED_WELL: Final = 200
SHARE_ENDED_WELL: Final = 0.9
COUNTED_DAYS: Final = 3
KEPT_DAYS: Final = 31
_DAY_SECONDS: Final = 86_400

_COUNTS: Final = ("entered", "taken_back", "ended_well")
_recent: Final = sa.select(
    *(sa.func.coalesce(sa.func.sum(entry_counts.c[name]), 0).label(name) for name in _COUNTS)
).where(entry_counts.c.owner == sa.bindparam("of_owner"), entry_counts.c.day > sa.bindparam("after"))
_new: Final = insert(entry_counts)
_count: Final = _new.on_conflict_do_update(
    index_elements=[entry_counts.c.owner, entry_counts.c.day],
    set_={name: entry_counts.c[name] + _new.excluded[name] for name in _COUNTS},
)
_delete: Final = sa.delete(entry_counts).where(
    entry_counts.c.owner == sa.bindparam("of_owner"), entry_counts.c.day <= sa.bindparam("until")
)


_FIGURES: Final = ("bureau", *_COUNTS, *(f"{name}_lately" for name in _COUNTS))
_is_recent: Final = entry_counts.c.day > sa.bindparam("recent")
_of_all: Final = (
    sa.select(
        entry_counts.c.owner,
        *(sa.func.sum(entry_counts.c[name]) for name in _COUNTS),
        *(sa.func.sum(sa.case((_is_recent, entry_counts.c[name]), else_=0)) for name in _COUNTS),
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
    title="Too many records were taken back soon after they were entered or changed",
):
    """No record is entered until fewer of those of the last three days were taken back."""


class SearchTerms(NamedTuple):
    """The terms by which searches find a record, the bureaus barred from it, and those alone admitted to it."""

    words: frozenset[str]
    barred: frozenset[str]
    addressed: frozenset[str] = frozenset()
    """The only bureaus that it is addressed to; all members if empty."""

    partners: frozenset[str] = frozenset()
    """The partners it is open to, `all` among them if it is open to all."""

    def admits(self, other: "SearchTerms") -> bool:
        """Return whether all who are admitted by other terms are admitted by these."""
        addressed = not self.addressed or (bool(other.addressed) and other.addressed <= self.addressed)
        partners = ALL_PARTNERS in self.partners or other.partners <= self.partners
        return addressed and partners and self.barred <= other.barred


def is_taken_back(before: SearchTerms | None, after: SearchTerms | None) -> bool:
    """Return whether anybody can no longer find a record by its former terms; None is a record that nobody finds."""
    if before is None or after is None:
        return before is not None
    return not before.words <= after.words or not after.admits(before)


def is_new(before: SearchTerms | None, after: SearchTerms | None) -> bool:
    """Return whether anybody can find a record by a new term."""
    return is_taken_back(after, before)


def is_too_many(entered: int, taken_back: int, ended_well: int) -> bool:
    """Return whether a bureau took back, or ended well, more than its share of what it entered."""
    ends = ended_well >= max(MAX_ENDED_WELL, entered * SHARE_ENDED_WELL)
    return ends or taken_back >= max(MAX_TAKEN_BACK, entered // SHARE)


async def require_few_taken_back(session: Session, owner: BureauCode, at: datetime) -> None:
    """Require that a bureau has not taken back too many records. Raises TooManyTakenBack."""
    [row] = await session.fetch(_recent, {"of_owner": owner, "after": _day(at) - COUNTED_DAYS})
    if is_too_many(row.entered, row.taken_back, row.ended_well):
        raise TooManyTakenBack(
            f"in {COUNTED_DAYS} days your bureau entered {row.entered} records here; within {SEARCHES_KEPT_HOURS} "
            f"hours of their last change it withdrew, deleted, restricted or changed {row.taken_back} (at most "
            f"{MAX_TAKEN_BACK}, or a tenth) and reported {row.ended_well} as found or recovered (at most "
            f"{MAX_ENDED_WELL}, or nine tenths); try again tomorrow, or in {COUNTED_DAYS} days at the latest"
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
    """Count a record that others can find now, or no longer; delete old counts."""
    if entered or taken_back or ended_well:
        today = _day(at)
        counted = {"entered": int(entered), "taken_back": int(taken_back), "ended_well": int(ended_well)}
        await session.execute(_count, {"owner": owner, "day": today, **counted})
        await session.execute(_delete, {"of_owner": owner, "until": today - KEPT_DAYS})


async def entry_figures(session: Session, at: datetime, owner: BureauCode | None = None) -> list[EntryFigures]:
    """Return what a bureau, or each, entered and took back in 31 days, and in the last three (`..._lately`)."""
    today = _day(at)
    bounds = {"after": today - KEPT_DAYS, "recent": today - COUNTED_DAYS, "of": owner}
    rows = await session.fetch(_of_all if owner is None else _of_one, bounds, in_thread=True)
    figures = [dict(zip(_FIGURES, row, strict=True)) for row in rows]
    return [
        EntryFigures(**each, limited=is_too_many(*(each[f"{name}_lately"] for name in _COUNTS))) for each in figures
    ]


def _day(at: datetime) -> int:
    return int(at.timestamp()) // _DAY_SECONDS
