"""When the photographs of a notice change: those of one in force wait for review. Pure."""

from collections.abc import Collection, Mapping
from typing import TypeVar

from services.notices.lifecycle import PUBLISHED, NoticeStatus, Step, after
from services.notices.models import NoticeRecord
from services.notices.rules import parties
from services.notices.updates import open_update, with_photographs
from shared.identity import Caller
from shared.records import service_kit as kit

N = TypeVar("N", bound=NoticeRecord)


def add_photograph(notice: N, photograph: kit.Photograph, by: Caller, revision: kit.Revision) -> N:
    """Return a notice with one more photograph: of one in force it waits for review, with the update that waits.

    Raises NotTheOwner, IllegalStep, PhotographsFull.
    """
    require_changeable(notice, by)
    added = kit.with_photograph(with_waiting(notice), photograph).photographs
    return with_photographs(notice, added, by, revision)


def remove_photograph(notice: N, photograph_id: str, by: Caller, revision: kit.Revision) -> N:
    """Return a notice without a photograph: that of one in force is shown until the review is over.

    Raises NotTheOwner, IllegalStep, NotFound, and Incomplete if one in force would lack what its colour requires.
    """
    require_changeable(notice, by)
    left = kit.without_photograph(with_waiting(notice), photograph_id).photographs
    return with_photographs(notice, left, by, revision)


def require_changeable(notice: NoticeRecord, by: Caller) -> None:
    """Require a draft or a notice in force of the bureau: what was handed in is reviewed as it is.

    Raises NotTheOwner, IllegalStep.
    """
    step = Step.UPDATE if notice.status in PUBLISHED else Step.EDIT
    after(Step.UPDATE_DIFFUSION if notice.status is NoticeStatus.DIFFUSED else step, notice.status, parties(by, notice))


def without_removed(notice: N, removed: Mapping[str, Collection[str]]) -> N:
    """Return a notice without photographs, given by their ids, in its update as well, in the same version."""
    left = kit.without_parts(notice, removed)
    if left.pending is None or left.pending.photographs is None:
        return left
    return left.model_copy(update={"pending": kit.without_parts(left.pending, removed)})


def stated_by(notice: NoticeRecord) -> dict[str, kit.Photograph]:
    """Return the photographs of a notice and of the update of it that waits or was refused, by their ids."""
    waiting = (notice.pending and notice.pending.photographs) or ()
    return {each.id: each for each in (*notice.photographs, *waiting)}


def with_waiting(notice: N) -> N:
    """Return a notice with the photographs that it would have with the update that waits."""
    update = open_update(notice)
    if update is None or update.photographs is None:
        return notice
    return notice.model_copy(update={"photographs": update.photographs})
