"""Stores the subscriptions of a bureau, among the saved searches against which records are matched."""

from datetime import datetime, timedelta
from typing import Any, Final, Generic

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.clock import time_at
from shared.errors import NotFound
from shared.identity import Caller
from shared.records.search.matched_store import MatchedStore, Q
from shared.records.search.saved_searches import delete_searches, digest_of, save_searches, saved_search_row
from shared.records.search.subscriptions.models import Subscription, Subscriptions, SubscriptionsQuery
from shared.records.search.subscriptions.rules import require_others_records, require_room
from shared.records.tables import saved_searches
from shared.storage import Rows, Session, having, page_of

_OF_THE_BUREAU: Final = (
    saved_searches.c.subscription.is_not(None),
    having(saved_searches, bureau="of_bureau", kind="of_kind"),
    saved_searches.c.until > sa.bindparam("at"),
)
_count: Final = sa.select(sa.func.count().label("present")).select_from(saved_searches).where(*_OF_THE_BUREAU)
_get: Final = sa.select(saved_searches).where(*_OF_THE_BUREAU, saved_searches.c.subscription == sa.bindparam("wanted"))
_before: Final = sa.select(saved_searches).where(
    *_OF_THE_BUREAU, saved_searches.c.subscription < sa.bindparam("before")
)
_page: Final = _before.order_by(saved_searches.c.subscription.desc()).limit(sa.bindparam("at_most"))
# Greater than any id.
_END: Final = "g"


class SubscriptionStore(Generic[Q]):
    """The subscriptions of the caller's bureau to one kind of record. Never commits."""

    def __init__(self, kind: type[MatchedStore[Any, Q]], session: Session, caller: Caller, at: datetime) -> None:
        self._kind = kind
        self._session = session
        self._caller = caller
        self._at = at
        self._of_the_bureau = {
            "of_bureau": caller.bureau,
            "of_kind": kind.model.record_kind(),
            "at": int(at.timestamp()),
        }

    async def add(self, subscription_id: str, search: Q, valid_for_days: int) -> Subscription[Q]:
        """Store a subscription. Raises TooManySubscriptions, Invalid."""
        require_others_records(search)
        [counted] = await self._session.fetch(_count, self._of_the_bureau)
        require_room(counted.present)
        saved = self._kind(self._session, self._caller, self._at).saved_search(search)
        digest, until = digest_of(subscription_id.encode()), self._at + timedelta(days=valid_for_days)
        asked_by = {
            "bureau": self._caller.bureau,
            "officer": self._caller.officer,
            "purpose": self._caller.purpose.value,
            "request": self._caller.request_id,
            "leaf": None,
            "subscription": subscription_id,
        }
        row = saved_search_row(saved, asked_by, digest=digest, until=int(until.timestamp()))
        await save_searches(self._session, [row])
        return await self.get(subscription_id)

    async def get(self, subscription_id: str) -> Subscription[Q]:
        """Return a subscription of the bureau. Raises NotFound."""
        [row] = await self._rows(subscription_id)
        return self._read(row)

    async def page(self, wanted: SubscriptionsQuery) -> Subscriptions[Q]:
        """Return one page of the subscriptions of the bureau, newest first."""
        which = {"before": wanted.after or _END, "at_most": wanted.limit + 1, **self._of_the_bureau}
        rows = await self._session.fetch(_page, which, in_thread=True)
        on_page, last = page_of(rows, wanted.limit)
        return Subscriptions(items=[self._read(row) for row in on_page], next=last and last.subscription)

    async def end(self, subscription_id: str) -> None:
        """Delete a subscription of the bureau, with its search. Raises NotFound."""
        await delete_searches(self._session, await self._rows(subscription_id))

    async def _rows(self, subscription_id: str) -> Rows:
        rows = await self._session.fetch(_get, {"wanted": subscription_id, **self._of_the_bureau})
        if not rows:
            raise NotFound(f"no subscription {subscription_id} of your bureau")
        return rows

    def _read(self, row: Row[Any]) -> Subscription[Q]:
        return Subscription(
            id=row.subscription,
            officer=row.officer,
            purpose=row.purpose,
            created=time_at(row.at),
            until=time_at(row.until),
            search=self._kind.read_query(row.query),
        )
