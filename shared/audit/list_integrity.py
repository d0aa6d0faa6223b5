"""Finds out whether a list of disclosures is whole in the store, and those of a record are as the log has them.

What is told to owners, and to those who have to remove their copies, is found by such a list. Where one was taken out
or changed behind the log's back, it is better to refuse than to leave somebody out unnoticed, or to name somebody else.
Does NOT find what was taken out by who changed the count as well, nor what was changed together with its digest or its
leaf: the proof of the list does, and the witnesses.
"""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.audit.format.leaf import is_said_in, record_digest
from shared.audit.format.lists import read_lengths
from shared.audit.rules import LogDamaged
from shared.audit.tables import audit_leaves, audit_logs, disclosures
from shared.bureaus import SECRETARIAT
from shared.disclosure import Disclosure
from shared.storage import Session, after, comes_after

BATCH_SIZE: Final = 500

# Of all logs, in one statement, as another transaction may add to both between two.
_present: Final = (
    sa.select(sa.func.count()).where(disclosures.c.listed_for == sa.bindparam("of_bureau")).scalar_subquery()
)
_of_list: Final = sa.select(audit_logs.c.lengths, _present.label("present"))


async def require_whole(session: Session, *bureaus: str) -> None:
    """Let pass the lists of disclosures of some bureaus if nothing is missing in them. Raises LogDamaged."""
    for bureau in bureaus:
        logs = await session.fetch(_of_list, {"of_bureau": bureau}, in_thread=True)
        written, present = sum(read_lengths(row.lengths).get(bureau, 0) for row in logs), logs[0].present if logs else 0
        if present != written:
            # How many are in that of the Secretariat is not for owners to know.
            how_many = "" if bureau == SECRETARIAT else f": {present} are there where {written} were written down"
            raise LogDamaged(
                f"disclosures are missing in the list of {bureau}{how_many}. Nothing is done or told by a list that is "
                "not whole; its operator has to restore the store"
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
    """Let pass a record if all that is kept of who was shown it is what the log says. Raises LogDamaged."""
    wanted: dict[str, Any] = {"of_record": record_id, "at_most": BATCH_SIZE}
    rows = await session.fetch(_of_record, {**wanted, **after(bureau="", number=0)}, in_thread=True)
    while rows:
        if not all(map(_is_as_logged, rows)):
            raise LogDamaged(
                f"who was shown the record {record_id} is kept otherwise than the log says. Nothing is done or told by "
                "that; its operator has to restore the store"
            )
        place = after(bureau=rows[-1].bureau, number=rows[-1].number)
        rows = await session.fetch(_of_record, {**wanted, **place}, in_thread=True) if len(rows) == BATCH_SIZE else ()


def _is_as_logged(row: Row[Any]) -> bool:
    shown = Disclosure(row.kind, row.record_id, row.version, row.owner, row.how, row.score, row.match)
    # Where the salt was deleted, as it is with the record, nothing is to be tested.
    is_shown = row.salt is None or record_digest(row.salt, shown, row.rule) == row.digest
    return is_shown and row.text is not None and is_said_in(row.text, row)
