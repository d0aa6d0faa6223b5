"""Reads what waits for review, what is being processed, and the counts of decisions. Never writes."""

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from services.notices.notice_tables import notice_counts, notices
from services.notices.review.queue import OwnQueueQuery, QueueLength, QueueQuery, ReviewQueue, item_of, require_reviewer
from services.notices.review.requests import NoticeRequest, NoticeRequestPage, RequestQuery
from services.notices.review.statistics import NO_REASON, ReviewCount, Statistics, StatisticsQuery
from services.notices.store import NoticeStore
from shared.bureaus import BureauCode
from shared.identity import Caller
from shared.records import service_kit as kit

_QUEUE: Final = (notices.c.to_review_since, notices.c.id)
_KEYS: Final = [*notice_counts.primary_key]


class ReviewReads:
    """What the caller may read of reviews besides the notices themselves."""

    def __init__(self, session: kit.Session, caller: Caller, at: datetime) -> None:
        self._notices = NoticeStore(session, caller, at)

    async def queue(self, wanted: QueueQuery) -> ReviewQueue:
        """Return one page of what waits for the reviewers, the oldest first. Raises SecretariatOnly."""
        require_reviewer(self._notices.caller)
        return await self._waiting(wanted, wanted.owner)

    async def queue_length(self) -> QueueLength:
        """Return how much waits for the reviewers: no notice is read. Raises SecretariatOnly."""
        store = self._notices
        require_reviewer(store.caller)
        waits = sa.and_(kit.visible(notices), notices.c.to_review.is_not(None))
        counted = sa.select(sa.func.count().label("waiting")).select_from(notices).where(waits)
        [row] = await store.session.fetch(counted, store.visibility, in_thread=True)
        return QueueLength(waiting=row.waiting)

    async def own_queue(self, wanted: OwnQueueQuery) -> ReviewQueue:
        """Return one page of what the caller's bureau handed in and is not decided, the oldest first."""
        return await self._waiting(wanted, self._notices.caller.bureau)

    async def _waiting(self, wanted: OwnQueueQuery, owner: BureauCode | None) -> ReviewQueue:
        store = self._notices
        columns = {"to_review": wanted.waiting, "owner": owner, "colour": wanted.colour}
        conditions = [kit.visible(notices), notices.c.to_review.is_not(None)]
        conditions += [notices.c[name] == value for name, value in columns.items() if value is not None]
        parameters = dict(store.visibility)
        if wanted.after is not None:
            since, _, last = wanted.after.partition("-")
            conditions.append(kit.comes_after(*_QUEUE))
            parameters |= kit.after(to_review_since=int(since), id=last)
        statement = sa.select(*_QUEUE, notices.c.content).where(*conditions).order_by(*_QUEUE)
        rows = await store.session.fetch(statement.limit(wanted.limit + 1), parameters, in_thread=True)
        on_page, last_row = kit.page_of(rows, _fitting(rows, wanted.limit))
        found = [store.parse(row.content) for row in on_page]
        items = [item for each in found if not store.is_withheld(each) and (item := item_of(each, store.at))]
        position = last_row and f"{last_row.to_review_since}-{last_row.id}"
        return ReviewQueue(items=items, next=position, withheld=sum(map(store.is_withheld, found)))

    async def requests(self, wanted: RequestQuery) -> NoticeRequestPage:
        """Return one page of the red notices that are being processed, as far as the caller may know of them."""
        store = self._notices
        seen = kit.visible(notices, reach="asked_reach", admitted="asked_admitted")
        conditions = [notices.c.asked_reach.is_not(None), seen]
        if wanted.owner is not None:
            conditions.append(notices.c.owner == wanted.owner)
        if wanted.after is not None:
            conditions.append(notices.c.number > wanted.after)
        if wanted.number is not None:
            conditions = [kit.constant_time(notices.c.number, sa.literal(wanted.number), *conditions)]
        statement = sa.select(notices.c.number, notices.c.content).where(*conditions).order_by(notices.c.number)
        rows = await store.session.fetch(statement.limit(wanted.limit + 1), store.visibility, in_thread=True)
        on_page, last = kit.page_of(rows, _fitting(rows, wanted.limit))
        found = [(row.number, store.model.of_json(row.content)) for row in on_page]
        items = [NoticeRequest.of(each, number) for number, each in found if not store.is_withheld(each)]
        return NoticeRequestPage(items=items, next=last and last.number, withheld=len(found) - len(items))

    async def statistics(self, wanted: StatisticsQuery) -> Statistics:
        """Return one page of the counts of decisions, which are the same for everybody."""
        asked = wanted.model_dump(exclude={"after", "limit"}, exclude_none=True)
        conditions = [notice_counts.c[name] == value for name, value in asked.items()]
        fetch = self._notices.session.fetch
        page = sa.select(notice_counts).where(*conditions).order_by(*_KEYS).offset(wanted.after).limit(wanted.limit + 1)
        rows = await fetch(page, in_thread=True)
        [summed] = await fetch(sa.select(sa.func.sum(notice_counts.c["count"]).label("total")).where(*conditions))
        on_page, last = kit.page_of(rows, wanted.limit)
        items = [_count(row) for row in on_page]
        return Statistics(
            items=items, total=int(summed.total or 0), next=wanted.after + len(items) if last is not None else None
        )


def _fitting(rows: kit.Rows, limit: int) -> int:
    return kit.count_within_reply(len(row.content.encode()) for row in rows[:limit])


def _count(row: sa.Row[Any]) -> ReviewCount:
    year, bureau, colour, outcome, reason, count = tuple(row)
    given = None if reason == NO_REASON else reason
    return ReviewCount(year=year, bureau=bureau, colour=colour, outcome=outcome, reason=given, count=count)
