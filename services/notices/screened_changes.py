"""Changes of notices that are screened: the rule gets what was refused to the bureau about the same subject."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends

from services.notices.entries import CommonEntry
from services.notices.lifecycle import NoticeStatus
from services.notices.models import Notice
from services.notices.screening.particulars import EarlierRefusal
from services.notices.store import NoticeStore
from shared.records import service_kit as kit


class ScreenedChange:
    """The change of the notice in the path by a rule that screens it: `await change(rules.diffuse)`."""

    def __init__(self, store: NoticeStore, revision: kit.Revision, record_id: str) -> None:
        self.store = store
        self._revision, self._record_id = revision, record_id

    async def __call__(self, rule: Any, *sent: Any) -> Notice:
        """Store the version that the rule returns. Raises NotFound, Conflict, and what the rule raises."""
        notice = await self.store.get_whole(self._record_id)
        entry = next((each for each in sent if isinstance(each, CommonEntry)), None)
        earlier = await self._earlier(notice, entry)
        changed: Notice = rule(notice, *sent, self.store.caller, self._revision, earlier=earlier)
        if changed is notice:
            # Nothing changed: no version is made, and nobody gets a message.
            shown: Notice = notice.shown_to(self.store.caller)
            return shown
        self.store.require_readers_changeable(notice, changed)
        return await self.store.replace(changed)

    async def _earlier(self, notice: Notice, entry: CommonEntry | None) -> Sequence[EarlierRefusal]:
        """Return the earlier refusals, in the transaction of the change; an edited draft is not screened."""
        if entry is not None and notice.status is NoticeStatus.DRAFT:
            return ()
        return await self.store.refused_before(notice.owner, (entry or notice).subject)


async def _screened_change(
    record_id: kit.RecordId,
    store: Annotated[NoticeStore, Depends(kit.writing(NoticeStore), scope="function")],
    revision: kit.NewRevision,
) -> ScreenedChange:
    return ScreenedChange(store, revision, record_id)


Screened = Annotated[ScreenedChange, Depends(_screened_change)]
