"""Which steps the reviewers of the General Secretariat take, with a notice or an update that waits. No input or output.

Officers who drafted do not decide; red notices and the Secretariat's own need two officers who approve.
"""

from collections.abc import Sequence
from typing import TypeVar

from services.notices.lifecycle import FindingsStand, QuestionOpen, Step
from services.notices.models import NoticeRecord, PendingUpdate
from services.notices.officers import is_approved, require_another, require_did_not_draft
from services.notices.refused_updates import RefusedUpdate, remembered_subject, with_one_more
from services.notices.review_models import (
    MAX_EXCHANGES,
    Approval,
    Clearance,
    Decision,
    DecisionTaken,
    Overruled,
    Question,
    QuestionWithdrawal,
    Reviewable,
    ReviewExchange,
    Weight,
)
from services.notices.rules import case_step, sent, step_of
from services.notices.updates import adopted, case_of, open_update, parsed, with_case
from shared.errors import IllegalStep, Invalid, fault
from shared.identity import Caller
from shared.records import service_kit as kit

N = TypeVar("N", bound=NoticeRecord)


def start_review(notice: N, by: Caller, revision: kit.Revision) -> N:
    """Return the notice, or its update, as under review. Raises SecretariatOnly, IllegalStep."""
    return with_case(notice, revision, status=case_step(Step.START_REVIEW, notice, by))


def ask(notice: N, question: Question, by: Caller, revision: kit.Revision) -> N:
    """Return the notice with a question to its issuer; approvals before it count no more.

    Raises SecretariatOnly, IllegalStep.
    """
    case_step(Step.ASK, notice, by)
    exchanges = case_of(notice).exchanges
    if len(exchanges) >= MAX_EXCHANGES:
        raise IllegalStep(f"{MAX_EXCHANGES} questions were asked: decide")
    asked = ReviewExchange(question=question.text, asked=revision.at, asked_by=by.officer)
    return with_case(notice, revision, exchanges=(*exchanges, asked), approvals=())


def withdraw_question(notice: N, which: QuestionWithdrawal, by: Caller, revision: kit.Revision) -> N:
    """Return the notice without an open question, which stays in the thread. Raises SecretariatOnly, IllegalStep."""
    case_step(Step.DROP_QUESTION, notice, by)
    exchanges = list(case_of(notice).exchanges)
    if which.question > len(exchanges) or not exchanges[which.question - 1].is_open:
        raise IllegalStep(f"question {which.question} is not open")
    exchanges[which.question - 1] = exchanges[which.question - 1].model_copy(update={"withdrawn": revision.at})
    return with_case(notice, revision, exchanges=tuple(exchanges))


def publish(notice: N, clearance: Clearance, by: Caller, revision: kit.Revision) -> N:
    """Return the notice as approved, or as published if approvals suffice; an update that waits replaces its content.

    From its first publication on a notice is kept its full time. Raises SecretariatOnly, IllegalStep, OfficerDrafted,
    SecondOfficerNeeded, QuestionOpen, FindingsStand, Invalid, and of an update Incomplete.
    """
    status = case_step(Step.PUBLISH, notice, by)
    approvals = _approvals(notice, clearance, by, revision)
    if not is_approved(notice, approvals):
        return with_case(notice, revision, approvals=approvals)
    if (update := open_update(notice)) is not None:
        return adopted(notice, update.model_copy(update={"approvals": approvals}), revision)
    expires = revision.at + kit.DEFAULT_RETENTION
    return notice.next_version(revision.at, status=status, approvals=approvals, published=revision.at, expires=expires)


def release(notice: N, clearance: Clearance, by: Caller, revision: kit.Revision) -> N:
    """Return a diffusion that waited as approved, or as sent if approvals suffice; it is reviewed then.

    Raises what `publish` raises.
    """
    status = step_of(Step.RELEASE, notice, by)
    approvals = _approvals(notice, clearance, by, revision)
    if not is_approved(notice, approvals):
        return with_case(notice, revision, approvals=approvals)
    return sent(notice, revision, status=status, approvals=approvals, compliant=approvals[-1])


def find_compliant(notice: N, clearance: Clearance, by: Caller, revision: kit.Revision) -> N:
    """Return a diffusion in force as reviewed: it complies with the rules. One officer who did not draft decides.

    Raises SecretariatOnly, IllegalStep, OfficerDrafted, QuestionOpen, FindingsStand, Invalid.
    """
    step_of(Step.FIND_COMPLIANT, notice, by)
    if notice.compliant is not None:
        raise IllegalStep("the diffusion was found compliant already")
    return notice.unseen_version(revision.at, compliant=_cleared(notice, notice, clearance, by, revision))


def refuse(notice: N, decision: Decision, by: Caller, revision: kit.Revision) -> N:
    """Return the notice as refused, or with its update refused, with the reason.

    Raises SecretariatOnly, IllegalStep, OfficerDrafted.
    """
    status = case_step(Step.REFUSE, notice, by)
    require_did_not_draft(notice, by)
    taken = DecisionTaken.of(decision, by, revision.at)
    refused = with_case(notice, revision, status=status, decision=taken, approvals=())
    update = open_update(notice)
    return refused if update is None else _remembering(refused, update, decision, revision)


def _remembering(notice: N, update: PendingUpdate, decision: Decision, revision: kit.Revision) -> N:
    """Return a notice that keeps the subject of a refused update, also when its issuer replaces the update."""
    subject = remembered_subject((parsed(update.content) or notice).subject)
    refused = RefusedUpdate(at=revision.at, reason=decision.reason, subject=subject)
    return notice.model_copy(update={"refused_updates": with_one_more(notice.refused_updates, refused)})


def cancel(notice: N, decision: Decision, by: Caller, revision: kit.Revision) -> N:
    """Return the notice as cancelled by the Secretariat, with the reason.

    Raises SecretariatOnly, IllegalStep, OfficerDrafted.
    """
    status = step_of(Step.CANCEL, notice, by)
    require_did_not_draft(notice, by)
    taken = DecisionTaken.of(decision, by, revision.at)
    return notice.next_version(revision.at, status=status, decision=taken, pending=None)


def _approvals(notice: NoticeRecord, clearance: Clearance, by: Caller, revision: kit.Revision) -> tuple[Approval, ...]:
    """Return the approvals so far with that of one more officer."""
    case = case_of(notice)
    require_another(notice, case, by)
    approval = _cleared(notice, case, clearance, by, revision)
    return (*case.approvals, approval)


def _cleared(
    notice: NoticeRecord, case: Reviewable, clearance: Clearance, by: Caller, revision: kit.Revision
) -> Approval:
    require_did_not_draft(notice, by)
    if clearance.version not in {None, notice.version}:
        raise IllegalStep(f"the notice has version {notice.version} now, not {clearance.version}: read it again")
    if case.open_questions:
        raise QuestionOpen(f"{case.open_questions} open: wait for the answer, or withdraw the question")
    _require_overruled(case, clearance.overruled)
    answered = {each.code for each in clearance.overruled}
    return Approval(
        bureau=by.bureau,
        officer=by.officer,
        at=revision.at,
        overruled=clearance.overruled,
        findings=tuple(finding for finding in case.findings if finding.code in answered),
    )


def _require_overruled(case: Reviewable, overruled: Sequence[Overruled]) -> None:
    """Require an answer to each finding that stops, and to no other. Raises FindingsStand, Invalid."""
    found = {finding.code for finding in case.findings}
    for place, each in enumerate(overruled):
        if each.code not in found:
            raise Invalid("must be the code of a finding of the screening", at=f"/overruled/{place}/code")
    answered = {each.code for each in overruled}
    standing = [finding for finding in case.findings if finding.weight is Weight.STOPS and finding.code not in answered]
    if standing:
        codes = ", ".join(sorted({finding.code for finding in standing}))
        errors = [fault("/overruled", f"{each.code} ({each.pointer}): {each.detail}") for each in standing]
        raise FindingsStand(f"answer {codes} in `overruled`, or refuse the notice", errors=errors)
