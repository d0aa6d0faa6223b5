"""Finds out whether a list of disclosures is whole in the store: as many are there as were written down.

What is told to owners, and to those who have to remove their copies, is found by such a list. Where one was taken out
behind the log's back, it is better to refuse than to leave somebody out unnoticed. Does NOT find what was changed, nor
what was taken out by who changed the count as well: the proof of the list does.
"""

from typing import Final

import sqlalchemy as sa

from shared.audit.damaged import LogDamaged
from shared.audit.lists import read_lengths
from shared.bureaus import SECRETARIAT
from shared.records.tables import audit_head, disclosures
from shared.storage import Session, one_or_none

# In one statement, as another transaction may add to both between two.
_present: Final = (
    sa.select(sa.func.count()).where(disclosures.c.listed_for == sa.bindparam("of_bureau")).scalar_subquery()
)
_of_list: Final = sa.select(audit_head.c.lengths, _present.label("present"))


async def require_whole(session: Session, *bureaus: str) -> None:
    """Let pass the lists of disclosures of some bureaus if nothing is missing in them. Raises LogDamaged."""
    for bureau in bureaus:
        row = one_or_none(await session.scan(_of_list, {"of_bureau": bureau}))
        written, present = (0, 0) if row is None else (read_lengths(row.lengths).get(bureau, 0), row.present)
        if present != written:
            # How many are in that of the Secretariat is not for owners to know.
            how_many = "" if bureau == SECRETARIAT else f": {present} are there where {written} were written down"
            raise LogDamaged(
                f"disclosures are missing in the list of {bureau}{how_many}. Nothing is done or told by a list that is "
                "not whole; its operator has to restore the store"
            )
