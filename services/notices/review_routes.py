"""The routes of the review: what reviewers of the General Secretariat do with a notice, an update or a diffusion."""

from typing import Annotated, Final

from fastapi import Body

from services.notices.criteria.requirements import Incomplete
from services.notices.dependencies import NAME, Reviewer
from services.notices.lifecycle import FindingsStand, OfficerDrafted, QuestionOpen, SecondOfficerNeeded, SecretariatOnly
from services.notices.models import Notice
from services.notices.review import rules as reviewing
from services.notices.review_models import Clearance, Decision, Question, QuestionWithdrawal
from services.notices.store import NoticeStore
from shared.errors import Conflict, IllegalStep, NotFound
from shared.records import service_kit as kit

Change = Annotated[kit.RecordChange[Notice], kit.changing(NoticeStore)]
OptionalClearance = Annotated[Clearance | None, Body()]

REVIEW_REFUSALS: Final = kit.refusals(SecretariatOnly, NotFound, IllegalStep, Conflict)
DECISION_REFUSALS: Final = kit.refusals(SecretariatOnly, OfficerDrafted, NotFound, IllegalStep, Conflict)
_CLEARING: Final = (SecretariatOnly, OfficerDrafted, NotFound, IllegalStep, Conflict, QuestionOpen, FindingsStand)
CLEARANCE_REFUSALS: Final = kit.refusals(*_CLEARING)
PUBLICATION_REFUSALS: Final = kit.refusals(*_CLEARING, SecondOfficerNeeded, Incomplete)

router = kit.service_router(NAME)


@router.post("/{record_id}/release", responses=PUBLICATION_REFUSALS)
async def release_diffusion(_: Reviewer, change: Change, clearance: OptionalClearance = None) -> Notice:
    """Release a diffusion that waits for review. Only the General Secretariat may.

    Who may, and how many have to, is as for a publication.
    """
    return await change(reviewing.release, clearance or Clearance())


@router.post("/{record_id}/compliance", responses=CLEARANCE_REFUSALS)
async def mark_diffusion_compliant(_: Reviewer, change: Change, clearance: OptionalClearance = None) -> Notice:
    """Mark a diffusion in force as reviewed and compliant with the rules. Only the General Secretariat may.

    By one officer who did not draft it. One that does not comply is cancelled.
    """
    return await change(reviewing.find_compliant, clearance or Clearance())


@router.post("/{record_id}/review", responses=REVIEW_REFUSALS)
async def start_notice_review(_: Reviewer, change: Change) -> Notice:
    """Start the review of a submitted notice, or of an update that waits. Only the General Secretariat may."""
    return await change(reviewing.start_review)


@router.post("/{record_id}/question", responses=REVIEW_REFUSALS)
async def ask_notice_issuer(_: Reviewer, question: Question, change: Change) -> Notice:
    """Ask the issuing bureau about what is under review.

    That may be a notice, an update or a diffusion. Only the General Secretariat may. The bureau gets a message, and
    does not see who asks. Until the question is answered or withdrawn nothing is published; approvals before it count
    no more.
    """
    return await change(reviewing.ask, question)


@router.post("/{record_id}/question/withdrawal", responses=REVIEW_REFUSALS)
async def withdraw_notice_question(_: Reviewer, which: QuestionWithdrawal, change: Change) -> Notice:
    """Withdraw a question that is open.

    It stays in the thread. Only the General Secretariat may.
    """
    return await change(reviewing.withdraw_question, which)


@router.post("/{record_id}/publication", responses=PUBLICATION_REFUSALS)
async def publish_notice(_: Reviewer, change: Change, clearance: OptionalClearance = None) -> Notice:
    """Publish a notice or an update under review.

    This is one approval; with the last that it needs it is published. A red notice, and one of the Secretariat itself,
    needs two officers: the answer to the first shows the approval, and the state is as before. Nobody who drafted,
    edited, submitted or answered for it may. Each finding that `stops` needs an answer in `overruled`; without such
    findings the body may be empty. An update replaces the content of the notice. Only the General Secretariat may.
    """
    return await change(reviewing.publish, clearance or Clearance())


@router.post("/{record_id}/refusal", responses=DECISION_REFUSALS)
async def refuse_notice(_: Reviewer, decision: Decision, change: Change) -> Notice:
    """Refuse what is under review, with a coded reason.

    That may be a notice or an update under review, or a diffusion that waits. A notice whose update is refused stays in
    force as it was. Only the General Secretariat may, by an officer who did not draft it.
    """
    return await change(reviewing.refuse, decision)


@router.post("/{record_id}/cancellation", responses=DECISION_REFUSALS)
async def cancel_notice(_: Reviewer, decision: Decision, change: Change) -> Notice:
    """Cancel a notice or diffusion in force, with a coded reason.

    Other bureaus no longer see it. Each recipient gets the instruction to delete it, without the reason, and signs that
    it has. Only the General Secretariat may, by an officer who did not draft it.
    """
    return await change(reviewing.cancel, decision)
