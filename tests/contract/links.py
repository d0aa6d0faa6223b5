"""Links between the criminal files of two bureaus, of which one may be hidden from an asker who has the other."""

from typing import Any, Final

import sqlalchemy as sa

from services import notices
from services.notices.persons.entries import PersonFileStatus
from services.notices.persons.store import person_files, same_person
from shared.service import Service
from shared.storage import Session, insert
from tests.conftest import NOW
from tests.contract.askers import BARRED, OWNER

STATED: Final = int(NOW.timestamp()) - 86_400
_add: Final = insert(same_person).on_conflict_do_nothing()
_in_force: Final = (
    sa.select(person_files.c.id, person_files.c.owner)
    .where(person_files.c.status == PersonFileStatus.IN_FORCE.value)
    .order_by(person_files.c.id)
)


async def with_links(service: Service, session: Session) -> None:
    """Link every file of the owner with two of the bureau that may be barred: one stated by either, one to confirm."""
    if service is not notices.SERVICE:
        return
    rows = await session.fetch(_in_force, in_thread=True)
    files = [row.id for row in rows if row.owner == OWNER]
    others = [row.id for row in rows if row.owner == BARRED]
    for file in files:
        # Of the file alone, so that more files change no other link.
        drawn = int(file[-4:], 16)
        other, another = others[drawn % len(others)], others[(drawn + 1) % len(others)]
        stating, stated = (other, file) if drawn % 2 else (file, other)
        confirmed = STATED + 3600 if drawn % 3 == 0 else None
        await session.execute(_add, _link(stating, stated, confirmed))
        await session.execute(_add, _link(another, file, None))


def _link(stating: str, stated: str, confirmed: int | None) -> dict[str, Any]:
    return {"record_id": stating, "other_id": stated, "stated": STATED, "confirmed": confirmed}
