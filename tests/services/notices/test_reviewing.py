"""The rules of the review: who decides, and what has to be answered before."""

import pytest

from services.notices import rules, updates
from services.notices.lifecycle import (
    FindingsStand,
    NoticeStatus,
    OfficerDrafted,
    QuestionOpen,
    SecondOfficerNeeded,
    SecretariatOnly,
)
from services.notices.models import NoticeRecord
from services.notices.officers import approvals_needed, is_approved
from services.notices.review import rules as reviewing
from services.notices.review_models import (
    MAX_EXCHANGES,
    Clearance,
    IssuerAnswer,
    Overruled,
    Question,
    QuestionWithdrawal,
)
from services.notices.store import NoticeStore
from services.notices.updates import open_update
from shared.errors import IllegalStep, Invalid
from shared.identity import Caller
from tests.services.notices.examples import PERSON, complete, entry, red_about
from tests.services.notices.reviews import (
    ASKS,
    DECISION,
    FRANCE,
    NOTHING,
    PICTURE,
    REVIEWERS,
    STAMP,
    STOPS,
    officer,
    publish,
    under_review,
    update,
)


@pytest.mark.parametrize(
    ("colour", "bureau", "needed"),
    [("red", "FR", 2), ("blue", "FR", 1), ("blue", "IPSG", 2), ("un-special", "IPSG", 2)],
)
def test_red_notices_and_the_secretariats_own_need_two_officers(colour: str, bureau: str, needed: int) -> None:
    """The first approval leaves the notice under review, and shows who gave it."""
    notice = under_review(complete(colour), by=officer(bureau, "drafter"))
    assert approvals_needed(notice) == needed
    first = publish(notice, REVIEWERS[0])
    assert first.status == ("published" if needed == 1 else "under-review")
    assert [(each.bureau, each.officer) for each in first.approvals] == [("IPSG", "anna")]
    if needed == 2:
        with pytest.raises(SecondOfficerNeeded, match=r"anna approved .* a second officer"):
            publish(first, REVIEWERS[0])
        assert publish(first, REVIEWERS[1]).status == "published"


def test_officers_of_two_bureaus_with_the_same_name_are_two() -> None:
    """The French officer drafted, not the one of the Secretariat; nor is its unit's officer the Secretariat's."""
    assert publish(under_review(complete("red")), REVIEWERS[0], REVIEWERS[1]).status == "published"
    assert publish(under_review(complete("red")), REVIEWERS[1], REVIEWERS[2]).status == "published"


def test_approvals_are_counted_by_officer_and_one_without_a_name_is_not() -> None:
    """Whatever a store has: neither one officer twice, nor an approval that may be the same officer's."""
    notice = under_review(complete("red"))
    [first] = publish(notice, REVIEWERS[0]).approvals
    nameless = first.model_copy(update={"officer": None})
    for approvals in ((first, first), (first, nameless), (nameless, nameless)):
        assert not is_approved(notice, approvals)
    assert is_approved(notice, (first, first.model_copy(update={"officer": "ben"})))


def test_a_correction_removes_what_approvals_quote() -> None:
    """Of the text that is corrected: of a notice in force, and of a diffusion that was found compliant."""
    notice = under_review(complete("blue"), findings=(ASKS, STOPS))
    overruling = Clearance(overruled=(Overruled(code="insult", remark="No."),))
    approved = reviewing.publish(notice, overruling, by=REVIEWERS[0], revision=STAMP)
    assert approved.approvals[0].findings == (STOPS,)
    quoting = approved.model_copy(update={"compliant": approved.approvals[0]})
    corrected = NoticeStore.corrected_parts(quoting, {})
    assert corrected.compliant is not None
    assert corrected.compliant.findings == corrected.approvals[0].findings == ()
    assert corrected.approvals[0].overruled == overruling.overruled


def steps_of_the_issuer(notice: NoticeRecord, by: Caller) -> list[NoticeRecord]:
    """Return a draft of the Secretariat edited, submitted, and answered for by an officer."""
    edited = rules.edit(notice, entry(complete("blue", facts="Others.")), by=by, revision=STAMP)
    asked = reviewing.ask(
        reviewing.start_review(rules.submit(edited, 7, by=REVIEWERS[1], revision=STAMP), by=by, revision=STAMP),
        Question(text="Which court?"),
        by=by,
        revision=STAMP,
    )
    by_submission = rules.submit(notice, 7, by=by, revision=STAMP)
    answered = rules.answer(
        asked.model_copy(update={"drafted_by": ()}), IssuerAnswer(text="That."), by=by, revision=STAMP
    )
    return [rules.submit(edited, 7, by=REVIEWERS[1], revision=STAMP), by_submission, answered]


def test_who_drafted_edited_submitted_or_answered_does_not_decide() -> None:
    """Neither publish, nor refuse, nor cancel; an update in force counts as well."""
    mine = officer("IPSG", "carla")
    draft = rules.draft(entry(complete("blue")), by=REVIEWERS[1], revision=STAMP)
    own = rules.draft(entry(complete("blue")), by=mine, revision=STAMP)
    for notice in (rules.submit(own, 7, by=REVIEWERS[1], revision=STAMP), *steps_of_the_issuer(draft, mine)):
        reviewed = notice.model_copy(update={"status": NoticeStatus.UNDER_REVIEW})
        with pytest.raises(OfficerDrafted, match="carla"):
            publish(reviewed, mine)
        with pytest.raises(OfficerDrafted):
            reviewing.refuse(reviewed, DECISION, by=mine, revision=STAMP)
        in_force = notice.model_copy(update={"status": NoticeStatus.PUBLISHED})
        with pytest.raises(OfficerDrafted):
            reviewing.cancel(in_force, DECISION, by=mine, revision=STAMP)


def test_nothing_is_published_while_a_question_is_open() -> None:
    """Until it is answered or withdrawn; approvals from before it count no more."""
    notice = publish(under_review(complete("red")), REVIEWERS[0])
    asked = reviewing.ask(notice, Question(text="Which court?"), by=REVIEWERS[1], revision=STAMP)
    assert asked.approvals == ()
    with pytest.raises(QuestionOpen, match="1 open"):
        publish(asked, REVIEWERS[0])
    which = QuestionWithdrawal(question=1)
    dropped = reviewing.withdraw_question(asked, which, by=REVIEWERS[0], revision=STAMP)
    answered = rules.answer(asked, IssuerAnswer(text="That."), by=FRANCE, revision=STAMP)
    for decidable in (dropped, answered):
        assert decidable.exchanges[0].question == "Which court?"
        assert publish(decidable, *REVIEWERS[:2]).status == "published"
        with pytest.raises(IllegalStep):
            reviewing.withdraw_question(decidable, which, by=REVIEWERS[0], revision=STAMP)


def test_a_thread_has_fifty_questions_at_most() -> None:
    notice = under_review(complete("blue"))
    for _ in range(MAX_EXCHANGES):
        notice = reviewing.ask(notice, Question(text="And?"), by=REVIEWERS[0], revision=STAMP)
    with pytest.raises(IllegalStep, match="50 questions"):
        reviewing.ask(notice, Question(text="And?"), by=REVIEWERS[0], revision=STAMP)


def test_each_finding_that_stops_needs_an_answer_of_each_officer() -> None:
    """Otherwise the refusal lists them; one that asks needs none, and what was not found is refused."""
    notice = under_review(complete("red"), findings=(STOPS, ASKS))
    with pytest.raises(FindingsStand, match="insult") as refused:
        publish(notice, REVIEWERS[0])
    [error] = refused.value.members["errors"]
    assert error["pointer"] == "/overruled"
    assert "An opinion." in error["detail"]
    overruling = Clearance(overruled=(Overruled(code="insult", remark="The court punished a robbery."),))
    first = reviewing.publish(notice, overruling, by=REVIEWERS[0], revision=STAMP)
    assert first.approvals[0].overruled == overruling.overruled
    with pytest.raises(FindingsStand):
        publish(first, REVIEWERS[1])
    assert reviewing.publish(first, overruling, by=REVIEWERS[1], revision=STAMP).status == "published"
    with pytest.raises(Invalid) as unknown:
        reviewing.publish(
            notice, Clearance(overruled=(Overruled(code="other", remark="No."),)), by=REVIEWERS[0], revision=STAMP
        )
    assert unknown.value.members["errors"][0]["pointer"] == "/overruled/0/code"


def test_notices_of_the_security_council_are_drafted_by_the_secretariat_alone() -> None:
    """Neither by an edit of another draft, nor as a diffusion."""
    listed = entry(complete("un-special"))
    draft = rules.draft(entry(complete("blue")), by=FRANCE, revision=STAMP)
    stored = rules.draft(listed, by=REVIEWERS[0], revision=STAMP).model_copy(update={"owner": "FR"})
    for refused in (
        lambda: rules.draft(listed, by=FRANCE, revision=STAMP),
        lambda: rules.edit(draft, listed, by=FRANCE, revision=STAMP),
        lambda: rules.submit(stored, 7, by=FRANCE, revision=STAMP),
        lambda: rules.diffuse(stored, by=FRANCE, revision=STAMP),
    ):
        with pytest.raises(SecretariatOnly):
            refused()


def test_a_diffusion_is_found_compliant_once_by_an_officer_who_did_not_draft() -> None:
    """An update of it is to be reviewed again."""
    draft = rules.draft(entry(complete("red")), by=FRANCE, revision=STAMP)
    sent = rules.diffuse(draft, by=FRANCE, revision=STAMP)
    reviewed = reviewing.find_compliant(sent, NOTHING, by=REVIEWERS[0], revision=STAMP)
    assert reviewed.compliant is not None
    assert (reviewed.status, reviewed.compliant.officer) == ("diffused", "anna")
    with pytest.raises(IllegalStep):
        reviewing.find_compliant(reviewed, NOTHING, by=REVIEWERS[1], revision=STAMP)
    assert update(reviewed, red_about(name="Courtaine")).compliant is None


@pytest.mark.parametrize("bureau", ["IPSG", "IPSG-NDTF", "IPSG-ART"])
def test_a_diffusion_of_the_secretariat_waits_for_two_other_officers(bureau: str) -> None:
    """As its notices do, and so does an update of it that binds, and its photographs; a trace changes at once."""
    drafter = officer(bureau, "drafter")
    draft = rules.draft(entry(complete("blue")), by=drafter, revision=STAMP)
    waits = rules.diffuse(draft, by=drafter, revision=STAMP)
    assert (waits.status, waits.diffused, approvals_needed(waits)) == ("waiting", None, 2)
    if bureau != "IPSG-ART":
        with pytest.raises(OfficerDrafted):
            reviewing.release(waits, NOTHING, by=drafter, revision=STAMP)
    first = reviewing.release(waits, NOTHING, by=REVIEWERS[0], revision=STAMP)
    assert first.status == "waiting"
    sent = reviewing.release(first, NOTHING, by=REVIEWERS[1], revision=STAMP)
    assert sent.status == "diffused"
    updated = update(sent, complete("blue", facts="Others."), drafter)
    pictured = updates.with_photographs(sent, [PICTURE], by=drafter, revision=STAMP)
    for waiting in (updated, pictured):
        assert (open_update(waiting) is None, waiting.facts, waiting.photographs) == (False, sent.facts, ())
    reviewed = publish(reviewing.start_review(updated, by=REVIEWERS[0], revision=STAMP), REVIEWERS[0])
    assert reviewed.facts == sent.facts
    assert (publish(reviewed, REVIEWERS[1]).status, publish(reviewed, REVIEWERS[1]).facts) == ("diffused", "Others.")
    witness = {**PERSON, "person_status": "witness"}
    assert update(sent, complete("blue", subject={**witness, "languages": ["FRE"]}), drafter).pending is None
