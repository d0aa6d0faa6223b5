"""Changes of notices that are screened: the rule is told of what was refused to the bureau about the same subject."""

from typing import Annotated, Any

from fastapi import Depends

from services.notices.entries import NoticeEntry
from services.notices.lifecycle import NoticeStatus
from services.notices.models import Notice
from services.notices.screening.screen import ScreeningStops
from services.notices.store import NoticeStore
from services.notices.subjects import AnySubject
from shared.records import service_kit as kit


class ScreenedChange:
    """The change of the notice in the path by a rule that screens it: `await change(rules.submit)`."""

    def __init__(self, store: NoticeStore, revision: kit.Revision, record_id: str) -> None:
        self._store, self._revision, self._record_id = store, revision, record_id

    async def __call__(self, rule: Any, *sent: NoticeEntry) -> Notice:
        """Store the version that the rule returns. Raises NotFound, Conflict, and what the rule raises."""
        notice = await self._store.get_whole(self._record_id)
        earlier = await self._earlier(notice, sent[0].subject if sent else notice.subject, is_edit=bool(sent))
        changed = rule(notice, *sent, self._store.caller, self._revision, earlier=earlier)
        self._store.require_readers_changeable(notice, changed)
        return await self._store.replace(changed)

    async def _earlier(self, notice: Notice, subject: AnySubject, *, is_edit: bool) -> Any:
        """Return the earlier refusals, in the transaction of the change; an edited draft is not screened."""
        if is_edit and notice.status is NoticeStatus.DRAFT:
            return ()
        return await self._store.refused_before(notice.owner, subject)


async def _screened_change(
    record_id: kit.RecordId,
    store: Annotated[NoticeStore, Depends(kit.writing(NoticeStore), scope="function")],
    revision: kit.NewRevision,
) -> ScreenedChange:
    return ScreenedChange(store, revision, record_id)


Screened = Annotated[ScreenedChange, Depends(_screened_change)]
UPDATE_REFUSALS = kit.refusals(ScreeningStops)
