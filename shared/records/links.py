"""Links between records of one owner, also of different services: a fingerprint record and a notice of one person.

Each record states its own links, and only its owner is shown them. A reader of one record asks for those that its owner
links to it, and is shown the ones that it may see: so a link reveals a record to nobody who may not see both. Links of
other owners are not counted in, so that nobody fills the answer with theirs.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import sqlalchemy as sa

from shared.bureaus import BureauCode
from shared.records.admission import MAX_LINKS
from shared.records.policy import Record
from shared.records.tables import record_links
from shared.storage import Session, having, insert

_put: Final = insert(record_links).on_conflict_do_nothing()
_delete: Final = sa.delete(record_links).where(having(record_links, record_id="of_record"))
_linked: Final = (
    sa.select(record_links.c.record_id)
    .where(having(record_links, linked="to_record", owner="of_owner"))
    .order_by(record_links.c.record_id.desc())
    .limit(MAX_LINKS)
)


async def put_links(session: Session, records: Iterable[Record]) -> None:
    """Store the links of new records."""
    rows = [
        {"record_id": record.id, "owner": record.owner, "linked": linked}
        for record in records
        for linked in record.links
    ]
    if rows:
        await session.execute(_put, rows)


async def replace_links(session: Session, record: Record) -> None:
    """Store the links of a record in place of those it had before."""
    await session.execute(_delete, {"of_record": record.id})
    await put_links(session, [record])


async def linked_with(session: Session, linked: str, owner: BureauCode) -> Sequence[str]:
    """Return the ids of records that an owner links to one, the newest 20. Does NOT check visibility.

    If there is none it is the id of that one, so that a reader takes the same steps as for one that is hidden.
    """
    rows = await session.fetch(_linked, {"to_record": linked, "of_owner": owner})
    return [row.record_id for row in rows] or [linked]
