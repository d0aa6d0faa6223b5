"""What a step of the review did between two versions of a notice, and which side gets a message. No input or output."""

from typing import Final, NamedTuple

from services.notices.lifecycle import IN_FORCE, NoticeStatus
from services.notices.models import NoticeRecord
from services.notices.review_models import NoticeRefusalReason, ReviewExchange
from services.notices.updates import Case, open_update
from shared.bureaus import REVIEWERS, SECRETARIAT
from shared.identity import Caller
from shared.records import service_kit as kit


class Decided(NamedTuple):
    """A decision of the reviewers."""

    act: kit.ReviewAct
    of_update: bool = False
    reason: NoticeRefusalReason | None = None


_DECISIONS: Final[dict[tuple[NoticeStatus, NoticeStatus], kit.ReviewAct]] = {
    (NoticeStatus.UNDER_REVIEW, NoticeStatus.PUBLISHED): "published",
    (NoticeStatus.WAITING, NoticeStatus.DIFFUSED): "released",
    (NoticeStatus.UNDER_REVIEW, NoticeStatus.REFUSED): "refused",
    (NoticeStatus.WAITING, NoticeStatus.REFUSED): "refused",
    **{(status, NoticeStatus.CANCELLED): "cancelled" for status in IN_FORCE},
}


def decided(before: NoticeRecord, after: NoticeRecord, by: Caller) -> Decided | None:
    """Return what a reviewer decided between two versions, or None."""
    if by.bureau not in REVIEWERS:
        return None
    if (act := _DECISIONS.get((before.status, after.status))) is not None:
        return Decided(act, reason=after.decision.reason if after.decision else None)
    if before.compliant is None and after.compliant is not None:
        return Decided("compliant")
    return _decided_on_update(after, by) if open_update(before) is not None else None


def review_step(before: NoticeRecord, after: NoticeRecord, by: Caller) -> kit.ReviewedStep | None:
    """Return the question, answer or decision by which two versions differ, and the side that is told; None if none.

    Nobody is told what their own bureau did.
    """
    other = SECRETARIAT if by.bureau == after.owner else after.owner
    if other == by.bureau:
        return None
    if (decision := decided(before, after, by)) is not None:
        return kit.ReviewedStep(decision.act, other, decision.of_update, decision.reason)
    was, now = open_update(before), open_update(after)
    if (was is None) != (now is None):
        return None
    act = _said(was or before, now or after)
    return act and kit.ReviewedStep(act, other, of_update=now is not None)


def _decided_on_update(after: NoticeRecord, by: Caller) -> Decided | None:
    if after.pending is None:
        # Otherwise its issuer took it back or replaced it, which leaves the approvals of the version in force.
        is_approved = (
            bool(after.approvals) and after.approvals[-1].is_by(by) and after.approvals[-1].at == after.updated
        )
        return Decided("published", of_update=True) if is_approved else None
    if after.pending.status is NoticeStatus.REFUSED:
        decision = after.pending.decision
        return Decided("refused", of_update=True, reason=decision.reason if decision else None)
    return None


def _said(before: Case, after: Case) -> kit.ReviewAct | None:
    """Return whether a question was asked, answered or withdrawn."""
    if len(after.exchanges) > len(before.exchanges):
        return "asked"
    changed = (now for was, now in zip(before.exchanges, after.exchanges, strict=False) if was.is_open > now.is_open)
    return next(map(_closed, changed), None)


def _closed(exchange: ReviewExchange) -> kit.ReviewAct:
    return "question-withdrawn" if exchange.withdrawn else "answered"
