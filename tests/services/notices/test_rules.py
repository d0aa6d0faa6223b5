"""The life cycle of a notice: which steps each party may take in which state."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices import rules
from services.notices.criteria.requirements import Incomplete
from services.notices.lifecycle import IN_FORCE, TRANSITIONS, NoticeStatus, SecretariatOnly, Step, after
from services.notices.models import NoticeRecord
from services.notices.review import rules as reviewing
from services.notices.review_models import (
    Approval,
    Clearance,
    Decision,
    IssuerAnswer,
    NoticeRefusalReason,
    Question,
    QuestionWithdrawal,
    ReviewExchange,
)
from shared.bureaus import BureauCode
from shared.errors import IllegalStep, NotTheOwner, Refusal
from shared.identity import Caller
from shared.records.policy import DEFAULT_RETENTION, Revision
from shared.standing import BureauStanding, Measure
from tests.conftest import NOW
from tests.services.notices.drafts import CLERK, ISSUER, STAMP
from tests.services.notices.examples import PERSON, complete, entry, red_about
from tests.support import caller

REVIEWER = caller("IPSG", "notices:read", "notices:review")
# Despite their scopes none of them may review, and only the issuer may act for the issuer.
SUPERVISED = msgspec.structs.replace(
    ISSUER, standing=BureauStanding("supervised", Measure(reason="compliance", since=NOW.timestamp()))
)
STRANGER = caller("PL", "notices:read", "notices:write", "notices:review")
OVERREACHING_ISSUER = caller("FR", "notices:read", "notices:write", "notices:review")
RED = entry(complete("red"))
FRESH = entry(red_about(languages=["FRE"]))
DECISION = Decision(reason=NoticeRefusalReason.ARTICLE_3)
FIRST = QuestionWithdrawal(question=1)

Act = Callable[[NoticeRecord, Caller], NoticeRecord]

ISSUERS_ACTS: dict[Step, Act] = {
    Step.EDIT: lambda notice, by: rules.edit(notice, FRESH, by=by, revision=STAMP),
    Step.SUBMIT: lambda notice, by: rules.submit(notice, 7, by=by, revision=STAMP),
    Step.ANSWER: lambda notice, by: rules.answer(notice, IssuerAnswer(text="Yes."), by=by, revision=STAMP),
    Step.DIFFUSE: lambda notice, by: rules.diffuse(notice, by=by, revision=STAMP),
    Step.WITHDRAW: lambda notice, by: rules.withdraw(notice, by=by, revision=STAMP),
}
REVIEWERS_ACTS: dict[Step, Act] = {
    Step.START_REVIEW: lambda notice, by: reviewing.start_review(notice, by=by, revision=STAMP),
    Step.ASK: lambda notice, by: reviewing.ask(notice, Question(text="Is it so?"), by=by, revision=STAMP),
    Step.DROP_QUESTION: lambda notice, by: reviewing.withdraw_question(notice, FIRST, by=by, revision=STAMP),
    Step.PUBLISH: lambda notice, by: reviewing.publish(decidable(notice), Clearance(), by=by, revision=STAMP),
    Step.REFUSE: lambda notice, by: reviewing.refuse(notice, DECISION, by=by, revision=STAMP),
    Step.RELEASE: lambda notice, by: reviewing.release(decidable(notice), Clearance(), by=by, revision=STAMP),
    Step.FIND_COMPLIANT: lambda notice, by: reviewing.find_compliant(
        decidable(notice), Clearance(), by=by, revision=STAMP
    ),
    Step.CANCEL: lambda notice, by: reviewing.cancel(notice, DECISION, by=by, revision=STAMP),
}
ACTS = ISSUERS_ACTS | REVIEWERS_ACTS


def decidable(notice: NoticeRecord) -> NoticeRecord:
    """Return a notice without open questions, which one more officer publishes."""
    first = Approval(bureau=BureauCode("IPSG-NDTF"), officer="ndtf.officer", at=NOW)
    return notice.model_copy(update={"exchanges": (), "approvals": (first,)})


# The life cycle of a notice, stated a second time: the state after each step from each state.
LEGAL = {
    ("draft", Step.EDIT): "draft",
    ("draft", Step.SUBMIT): "submitted",
    ("draft", Step.DIFFUSE): "diffused",
    ("waiting", Step.ASK): "waiting",
    ("waiting", Step.ANSWER): "waiting",
    ("waiting", Step.DROP_QUESTION): "waiting",
    ("waiting", Step.REFUSE): "refused",
    ("waiting", Step.RELEASE): "diffused",
    ("diffused", Step.EDIT): "diffused",
    ("diffused", Step.ASK): "diffused",
    ("diffused", Step.ANSWER): "diffused",
    ("diffused", Step.DROP_QUESTION): "diffused",
    ("diffused", Step.FIND_COMPLIANT): "diffused",
    ("diffused", Step.WITHDRAW): "withdrawn",
    ("diffused", Step.CANCEL): "cancelled",
    ("submitted", Step.START_REVIEW): "under-review",
    ("under-review", Step.ASK): "under-review",
    ("under-review", Step.ANSWER): "under-review",
    ("under-review", Step.DROP_QUESTION): "under-review",
    ("under-review", Step.PUBLISH): "published",
    ("under-review", Step.REFUSE): "refused",
    ("published", Step.EDIT): "updated",
    ("updated", Step.EDIT): "updated",
    ("published", Step.WITHDRAW): "withdrawn",
    ("updated", Step.WITHDRAW): "withdrawn",
    ("published", Step.CANCEL): "cancelled",
    ("updated", Step.CANCEL): "cancelled",
}


def notice_in(status: NoticeStatus, **changes: Any) -> NoticeRecord:
    """Return a complete red notice of France in a state, with an open question."""
    asked = (ReviewExchange(question="Is it so?", asked=NOW),)
    drafted = rules.draft(RED, by=ISSUER, revision=STAMP)
    return drafted.model_copy(update={"status": status, "exchanges": asked, **changes})


@pytest.mark.parametrize("status", list(NoticeStatus))
@pytest.mark.parametrize("step", list(ACTS))
def test_each_step_is_allowed_in_its_states_only(step: Step, status: NoticeStatus) -> None:
    """For the party that has the right to it."""
    rightful = ISSUER if step in ISSUERS_ACTS else REVIEWER
    expected = LEGAL.get((status, step))
    if expected is None:
        with pytest.raises(IllegalStep):
            ACTS[step](notice_in(status), rightful)
    else:
        changed = ACTS[step](notice_in(status), rightful)
        assert (changed.status, changed.version) == (expected, 2)


@pytest.mark.parametrize("status", list(NoticeStatus))
@pytest.mark.parametrize("step", list(ISSUERS_ACTS))
@pytest.mark.parametrize("by", [STRANGER, REVIEWER, CLERK], ids=["stranger", "reviewer", "clerk"])
def test_the_steps_of_the_issuer_are_refused_to_all_other_parties(step: Step, status: NoticeStatus, by: Caller) -> None:
    """No scope lets another bureau, or the Secretariat, act for the issuer, whatever the state of the notice."""
    with pytest.raises(NotTheOwner):
        ISSUERS_ACTS[step](notice_in(status), by)


@pytest.mark.parametrize("status", list(NoticeStatus))
@pytest.mark.parametrize("step", list(REVIEWERS_ACTS))
@pytest.mark.parametrize("by", [ISSUER, OVERREACHING_ISSUER, STRANGER, CLERK])
def test_the_steps_of_the_reviewer_are_refused_to_all_other_parties(
    step: Step, status: NoticeStatus, by: Caller
) -> None:
    """They need the scope to review and an officer of the Secretariat, whatever the state of the notice."""
    with pytest.raises(SecretariatOnly):
        REVIEWERS_ACTS[step](notice_in(status), by)


acts = st.tuples(st.sampled_from(list(ACTS)), st.sampled_from([ISSUER, REVIEWER, STRANGER, OVERREACHING_ISSUER, CLERK]))
# Random steps seldom lead far, so some runs start in later states.
starts = st.sampled_from(
    [NoticeStatus.DRAFT, NoticeStatus.SUBMITTED, NoticeStatus.UNDER_REVIEW, NoticeStatus.WAITING, *IN_FORCE]
)


@given(starts, st.lists(acts, max_size=30))
def test_no_sequence_of_steps_leaves_the_life_cycle(start: NoticeStatus, taken: list[tuple[Step, Caller]]) -> None:
    """In any order and by any parties: a notice takes a legal step of the right party, or is unchanged."""
    notice = notice_in(start)
    for step, by in taken:
        rightful = {ISSUER.bureau} if step in ISSUERS_ACTS else {REVIEWER.bureau}
        try:
            changed = ACTS[step](notice, by)
        except Refusal:
            continue
        assert by.bureau in rightful
        if step is Step.EDIT and changed is notice:
            # The same update again.
            continue
        assert LEGAL[notice.status, step] == changed.status
        assert changed.version == notice.version + 1
        notice = changed


@pytest.mark.parametrize("status", list(NoticeStatus))
@pytest.mark.parametrize("step", list(ISSUERS_ACTS))
def test_a_supervised_issuer_publishes_sends_and_updates_nothing_without_prior_review(
    step: Step, status: NoticeStatus
) -> None:
    """Its diffusion waits, and so do its updates; all other steps are as those of a member."""
    notice = notice_in(status)
    if step is Step.EDIT and status in IN_FORCE:
        fresh = entry(red_about(languages=["FRE"]))
        waits = rules.edit(notice, fresh, by=SUPERVISED, revision=STAMP)
        assert (waits.status, waits.subject, waits.pending is None) == (status, notice.subject, False)
    elif (status, step) == ("draft", Step.DIFFUSE):
        waiting = ISSUERS_ACTS[step](notice, SUPERVISED)
        assert (waiting.status, waiting.diffused, waiting.expires) == ("waiting", None, NOW + DEFAULT_RETENTION)
    elif (status, step) in LEGAL:
        assert ISSUERS_ACTS[step](notice, SUPERVISED).status == LEGAL[status, step]
    else:
        with pytest.raises(IllegalStep):
            ISSUERS_ACTS[step](notice, SUPERVISED)


def test_a_draft_that_nobody_hands_in_is_kept_a_year() -> None:
    """From when it was edited last; what was handed in is kept its full time."""
    later = Revision(STAMP.id, NOW + timedelta(days=40))
    draft = rules.draft(RED, by=ISSUER, revision=STAMP)
    assert (draft.expires, rules.kept_for(draft)) == (NOW + timedelta(days=365), timedelta(days=365))
    edited = rules.edit(draft, RED, by=ISSUER, revision=later)
    assert edited.expires == later.at + timedelta(days=365)
    handed_in = rules.submit(edited, 7, by=ISSUER, revision=later)
    assert (handed_in.expires, rules.kept_for(handed_in)) == (later.at + DEFAULT_RETENTION, DEFAULT_RETENTION)


def test_a_diffusion_is_kept_its_full_time_from_when_it_is_sent() -> None:
    """Be it at once, or once it is released."""
    later = Revision(STAMP.id, NOW + timedelta(days=40))
    sent = rules.diffuse(notice_in(NoticeStatus.DRAFT), by=ISSUER, revision=later)
    released = reviewing.release(decidable(notice_in(NoticeStatus.WAITING)), Clearance(), by=REVIEWER, revision=later)
    for diffusion in (sent, released):
        assert (diffusion.diffused, diffusion.expires) == (later.at, later.at + DEFAULT_RETENTION)
        assert (diffusion.number, diffusion.published) == (None, None)


def test_an_incomplete_diffusion_is_refused() -> None:
    """It needs what a submission of its colour needs, also where it would wait for review."""
    lacking = rules.draft(entry({"colour": "red", "subject": PERSON}), by=ISSUER, revision=STAMP)
    for issuer in (ISSUER, SUPERVISED):
        with pytest.raises(Incomplete):
            rules.diffuse(lacking, by=issuer, revision=STAMP)


def test_no_step_leads_out_of_a_final_state() -> None:
    """A refused, withdrawn, expired or cancelled notice is final."""
    ends = set(NoticeStatus) - {status for transition in TRANSITIONS.values() for status in transition.before}
    assert ends == {"refused", "withdrawn", "expired", "cancelled"}


def test_no_party_can_make_a_notice_expire() -> None:
    """It expires by the passing of time alone."""
    with pytest.raises(IllegalStep):
        after(Step.EXPIRE, NoticeStatus.PUBLISHED, rules.parties(REVIEWER, notice_in(NoticeStatus.PUBLISHED)))


def test_a_submission_assigns_a_number_and_a_publication_the_full_retention() -> None:
    """The number begins with the year of the submission and stays; the five years start at the publication."""
    submitted = rules.submit(notice_in(NoticeStatus.DRAFT), 12, by=ISSUER, revision=STAMP)
    assert (submitted.number, submitted.submitted, submitted.published) == ("2026/12", NOW, None)
    reviewed = decidable(reviewing.start_review(submitted, by=REVIEWER, revision=STAMP))
    later = Revision(STAMP.id, NOW + timedelta(days=400))
    published = reviewing.publish(reviewed, Clearance(), by=REVIEWER, revision=later)
    assert (published.number, published.published) == ("2026/12", later.at)
    assert published.expires == later.at + DEFAULT_RETENTION


def test_a_number_has_two_to_six_digits() -> None:
    """Whatever is drawn; so have the notices that INTERPOL publishes."""
    for drawn in (bytes(8), b"\xff" * 8, (rules.NUMBERS.stop - 11).to_bytes(8)):
        assert 2 <= len(str(rules.draw_number(lambda _, drawn=drawn: drawn))) <= 6


def test_an_answer_belongs_to_the_oldest_open_question() -> None:
    """Questions are answered in the order in which they were asked; an answer without an open question is refused."""
    notice = reviewing.ask(
        notice_in(NoticeStatus.UNDER_REVIEW), Question(text="And since when?"), by=REVIEWER, revision=STAMP
    )
    for text in ("Yes.", "Since May."):
        notice = rules.answer(notice, IssuerAnswer(text=text), by=ISSUER, revision=STAMP)
    exchanges = [(exchange.question, exchange.answer) for exchange in notice.exchanges]
    assert exchanges == [("Is it so?", "Yes."), ("And since when?", "Since May.")]
    with pytest.raises(IllegalStep):
        rules.answer(notice, IssuerAnswer(text="Once more."), by=ISSUER, revision=STAMP)


def test_an_update_that_changes_the_colour_or_is_incomplete_is_refused() -> None:
    """If the notice is in force."""
    published = notice_in(NoticeStatus.PUBLISHED)
    with pytest.raises(IllegalStep):
        rules.edit(published, entry(complete("blue")), by=ISSUER, revision=STAMP)
    with pytest.raises(Incomplete):
        rules.edit(published, entry(complete("red", facts=None)), by=ISSUER, revision=STAMP)
