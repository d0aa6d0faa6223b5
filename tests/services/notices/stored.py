"""Notices of France in a store, and the hits of searches for them."""

from typing import Any

from services.notices import rules
from services.notices.lifecycle import NoticeStatus
from services.notices.models import NoticeRecord
from services.notices.queries import NoticeQuery
from services.notices.store import NoticeStore
from shared.ids import uuid7
from shared.records.policy import Revision
from shared.storage import Database
from tests.conftest import NOW
from tests.services.notices.examples import entry
from tests.support import caller

FRANCE, POLAND, SECRETARIAT = caller("FR"), caller("PL"), caller("IPSG", "notices:review")


def notice(content: dict[str, Any], status: NoticeStatus = NoticeStatus.PUBLISHED) -> NoticeRecord:
    """Return a notice of France in a state."""
    drafted = rules.draft(entry(content), by=FRANCE, revision=Revision(uuid7(NOW), NOW))
    return drafted.model_copy(update={"status": status})


async def remember(store: Database, *records: NoticeRecord) -> None:
    async with store.writing() as session:
        await NoticeStore(session, FRANCE, NOW).add_many(records)


async def found(store: Database, by: Any = POLAND, **query: Any) -> list[str]:
    """Return the ids of the hits of a bureau, and check the total."""
    hits = await NoticeStore(store.reading, by, NOW).find(NoticeQuery.model_validate(query))
    assert hits.total == len(hits.hits)
    return [hit.record.id for hit in hits.hits]
