"""Drafts of notices, as too few are drawn for each operation on one; and photographs to be added to them."""

from functools import cache
from random import Random
from typing import Final

import sqlalchemy as sa

from services import notices
from services.notices import rules
from services.notices.colours import Colour
from services.notices.notice_tables import notice_counts
from services.notices.store import NoticeStore
from services.notices.synthesis.entries import synthetic_entry
from services.synthetic_pictures import drawn_picture
from services.synthetic_records import revision_at
from shared.service import Service
from shared.storage import Session
from tests.conftest import NOW
from tests.contract.askers import OWNER
from tests.support import caller

COLOURS: Final = (Colour.RED, Colour.BLUE)


async def with_drafts(service: Service, session: Session, random: Random) -> None:
    """Add a draft of each of two colours."""
    if service is not notices.SERVICE:
        return
    for colour in COLOURS:
        content = synthetic_entry(random, OWNER, NOW, colour)
        draft = rules.draft(content, by=caller(OWNER), revision=revision_at(random, NOW))
        await NoticeStore(session, caller(OWNER), NOW).add_many([draft])


@cache
def photograph() -> bytes:
    """Return a small JPEG."""
    return drawn_picture(Random(1)).jpeg  # noqa: S311 - nothing secret is drawn


async def without_decisions(service: Service, session: Session) -> None:
    """Forget what was decided on synthetic notices: their readers were not limited then, so that all are counted."""
    if service is notices.SERVICE:
        await session.execute(sa.delete(notice_counts))
