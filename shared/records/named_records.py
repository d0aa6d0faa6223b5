"""Finds records by what people call them: the number of a notice, or the reference that its owner gave a record."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from shared.identity import Caller
from shared.records.access import visibility, visible
from shared.records.constant_time import constant_time
from shared.records.stored_kind import StoredKind
from shared.storage import Session, inline_literal

Kinds = Iterable[type[StoredKind]]  # type: ignore[type-arg]  # of any records
# More records of different owners have one reference: their auditors use ids.
MAX_RECORDS = 20


def named_in(kinds: Kinds) -> Callable[[Session, Caller, datetime, str], Awaitable[list[str]]]:
    """Return the function that finds the records of some kinds by their names."""
    return partial(records_named, tuple(kinds))


async def records_named(kinds: Kinds, session: Session, caller: Caller, at: datetime, name: str) -> list[str]:
    """Return the ids of the records with a number or reference that the caller's bureau may see now.

    It takes the same time whether there are others with it. Does NOT check what the officer may read.
    """
    found = set[str]()
    for kind in kinds:
        for column in sorted(kind.exact | {"reference"}):
            is_named = constant_time(kind.table.c[column], sa.literal(name), visible(kind.table))
            statement = sa.select(kind.table.c.id).where(is_named).limit(inline_literal(MAX_RECORDS))
            found.update(row.id for row in await session.fetch(statement, visibility(caller, at), in_thread=True))
    return sorted(found)[:MAX_RECORDS]
