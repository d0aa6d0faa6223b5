"""Adds to the counts of what the reviewers decided."""

from collections.abc import Sequence
from typing import Any, Final

from services.notices.notice_tables import notice_counts
from shared.records import service_kit as kit

_new: Final = kit.insert(notice_counts)
_add: Final = _new.on_conflict_do_update(
    index_elements=[*notice_counts.primary_key],
    set_={"count": notice_counts.c["count"] + _new.excluded["count"]},
)


async def add_counts(session: kit.Session, counts: Sequence[dict[str, Any]]) -> None:
    """Add counts as `statistics.counted` returns them, each with its `count`, to those of before."""
    if counts:
        await session.execute(_add, counts)
