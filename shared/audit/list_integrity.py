"""Checks that a list of disclosures is complete in the store, and that those of a record are as the log has them.

By such a list owners are informed, and recipients asked to remove their copies. Where rows were deleted or changed in
the store, it is better to refuse than to leave somebody out unnoticed, or to name somebody else. Does NOT find rows
that were deleted with the count, or changed with their digest or leaf: the proof of the list does, and the witnesses.
"""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.audit.format.leaf import disclosure_in, matches_leaf, record_digest
from shared.audit.format.lists import read_lengths
from shared.audit.rules import LogDamaged
from shared.audit.tables import audit_leaves, audit_logs, disclosures
from shared.bureaus import COMMISSION, SECRETARIAT
from shared.disclosure import PUBLISHED
from shared.storage import Session, after, comes_after

BATCH_SIZE: Final = 500

# In one statement, as another transaction may add to both between two.
_present: Final = (
    sa.select(sa.func.count()).where(disclosures.c.listed_for == sa.bindparam("of_bureau")).scalar_subquery()
)
_of_list: Final = sa.select(audit_logs.c.lengths, _present.label("present"))


async def require_whole(session: Session, *bureaus: str) -> None:
    """Check that nothing is missing in the lists of disclosures of some bureaus. Raises LogDamaged."""
    for bureau in bureaus:
        logs = await session.fetch(_of_list, {"of_bureau": bureau}, in_thread=True)
        expected = sum(read_lengths(row.lengths).get(bureau, 0) for row in logs)
        present = logs[0].present if logs else 0
        if present != expected:
            # How many are in those of the Secretariat and the Commission is not for owners to know.
            how_many = (
                "" if bureau in (SECRETARIAT, COMMISSION) else f": {present} are there, and {expected} were logged"
            )
            raise LogDamaged(
                f"disclosures are missing in the list of {bureau}{how_many}. Nothing is done by an incomplete list; "
                "its operator has to restore the store"
            )


_order: Final = (disclosures.c.bureau, disclosures.c.number)
_of_record: Final = (
    sa.select(disclosures, audit_leaves.c.leaf.label("text"))
    .outerjoin(audit_leaves, audit_leaves.c.number == disclosures.c.leaf)
    .where(disclosures.c.record_id == sa.bindparam("of_record"), comes_after(*_order))
    .order_by(*_order)
    .limit(sa.bindparam("at_most"))
)


async def require_as_logged(session: Session, record_id: str) -> None:
    """Check that the rows of who was shown a record are as the log has them. Raises LogDamaged."""
    wanted: dict[str, Any] = {"of_record": record_id, "at_most": BATCH_SIZE}
    rows = await session.fetch(_of_record, {**wanted, **after(bureau="", number=0)}, in_thread=True)
    while rows:
        if not all(map(_is_as_logged, rows)):
            raise LogDamaged(
                f"the log has others than the store as those who were shown the record {record_id}. Nothing is done "
                "by that; its operator has to restore the store"
            )
        place = after(bureau=rows[-1].bureau, number=rows[-1].number)
        rows = await session.fetch(_of_record, {**wanted, **place}, in_thread=True) if len(rows) == BATCH_SIZE else ()


def _is_as_logged(row: Row[Any]) -> bool:
    if row.salt is None:
        # It is deleted with the record: then the digest cannot be tested. What was published keeps it.
        is_shown = row.how != PUBLISHED
    else:
        is_shown = record_digest(row.salt, disclosure_in(row), row.rule) == row.digest
    return is_shown and row.text is not None and matches_leaf(row.text, row)
