"""The rules of the review: who decides, what has to be answered before, and what becomes of an update."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from services.notices import notice_photographs, rules, updates
from services.notices.binding import AT_ONCE, Told, binding_changes
from services.notices.colours import Colour
from services.notices.criteria.requirements import Incomplete
from services.notices.entries import CommonEntry
from services.notices.lifecycle import (
    IN_FORCE,
    PUBLISHED,
    FindingsStand,
    NoticeStatus,
    OfficerDrafted,
    QuestionOpen,
    SecondOfficerNeeded,
    SecretariatOnly,
)
from services.notices.models import KINDS, NoticeRecord, Photograph
from services.notices.officers import approvals_needed, is_approved
from services.notices.review import rules as reviewing
from services.notices.review_models import (
    MAX_EXCHANGES,
    Clearance,
    Decision,
    Finding,
    IssuerAnswer,
    NoticeRefusalReason,
    Overruled,
    Question,
    QuestionWithdrawal,
    Weight,
)
from services.notices.store import NoticeStore
from services.notices.subjects.models import Evidence, Organisation, Person, Thing
from services.notices.updates import open_update
from shared.errors import IllegalStep, Invalid, Refusal
from shared.identity import Caller
from shared.ids import uuid7
from shared.records.policy import Revision
from tests.conftest import NOW
from tests.services.notices.examples import EVENT, PERSON, WARRANT, complete, entry, red_about
from tests.support import caller, under

STAMP = Revision(uuid7(NOW), NOW)
NOTHING = Clearance()
PICTURE = Photograph(id="62412748", width=4, height=4, bytes=9, sha256="n4bQ")
DECISION = Decision(reason=NoticeRefusalReason.ARTICLE_3)
STOPS = Finding(
    code="insult",
    reason=NoticeRefusalReason.ARTICLE_3,
    weight=Weight.STOPS,
    pointer="/facts",
    words="insulted",
    detail="An opinion.",
)
ASKS = STOPS.model_copy(update={"code": "vague", "weight": Weight.ASKS})


def officer(bureau: str, name: str) -> Caller:
    return replace(caller(bureau, "notices:read", "notices:write", "notices:review"), officer=name)


FRANCE = officer("FR", "anna")
SUPERVISED = replace(FRANCE, standing=under("supervised"))
# One of the Secretariat has the name of the French officer, and one of its unit that of another of the Secretariat.
REVIEWERS = (officer("IPSG", "anna"), officer("IPSG", "ben"), officer("IPSG-NDTF", "ben"))


def submitted(content: dict[str, Any], by: Caller = FRANCE) -> NoticeRecord:
    draft = rules.draft(entry(content), by=by, revision=STAMP)
    return rules.submit(draft, 7, by=by, revision=STAMP)


def under_review(content: dict[str, Any], by: Caller = FRANCE, **changes: Any) -> NoticeRecord:
    reviewed = reviewing.start_review(submitted(content, by), by=REVIEWERS[2], revision=STAMP)
    return reviewed.model_copy(update=changes)


def publish(notice: NoticeRecord, *officers: Caller) -> NoticeRecord:
    for each in officers:
        notice = reviewing.publish(notice, NOTHING, by=each, revision=STAMP)
    return notice


def published(content: dict[str, Any]) -> NoticeRecord:
    reviewed = under_review(content)
    return publish(reviewed, *REVIEWERS[: approvals_needed(reviewed)])


def update(notice: NoticeRecord, content: dict[str, Any], by: Caller = FRANCE) -> NoticeRecord:
    return rules.edit(notice, entry(content), by=by, revision=STAMP)


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


def test_an_update_that_is_entered_again_keeps_the_thread_and_no_approval() -> None:
    """Otherwise its issuer would be rid of a question by sending another, with its photographs as well."""
    waits = update(published(complete("red")), red_about(name="Courtaine"))
    reviewed = reviewing.start_review(waits, by=REVIEWERS[0], revision=STAMP)
    asked = reviewing.ask(reviewed, Question(text="Which court?"), by=REVIEWERS[0], revision=STAMP)
    assert asked.pending is not None
    for again in (
        update(asked, red_about(name="Courtaine", forename="Hugo")),
        updates.with_photographs(asked, [PICTURE], by=FRANCE, revision=STAMP),
    ):
        assert again.pending is not None
        assert (again.pending.exchanges, again.pending.approvals) == (asked.pending.exchanges, ())
        with pytest.raises(QuestionOpen):
            publish(reviewing.start_review(again, by=REVIEWERS[0], revision=STAMP), REVIEWERS[0])


@pytest.mark.parametrize("diffused", [True, False])
def test_the_only_photograph_stays_where_the_colour_requires_one(diffused: bool) -> None:
    """Of a diffusion, and of a published notice, whose update would be refused in the end; a draft may lack it."""
    content = complete("black", subject={"kind": "person"})
    pictured = rules.draft(entry(content), by=FRANCE, revision=STAMP).model_copy(update={"photographs": (PICTURE,)})
    assert notice_photographs.remove_photograph(pictured, PICTURE.id, by=FRANCE, revision=STAMP).photographs == ()
    if diffused:
        in_force = rules.diffuse(pictured, by=FRANCE, revision=STAMP)
    else:
        submitted_one = rules.submit(pictured, 7, by=FRANCE, revision=STAMP)
        in_force = publish(reviewing.start_review(submitted_one, by=REVIEWERS[0], revision=STAMP), REVIEWERS[0])
    assert in_force.status in IN_FORCE
    with pytest.raises(Incomplete):
        notice_photographs.remove_photograph(in_force, PICTURE.id, by=FRANCE, revision=STAMP)
    held = update(in_force, complete("black", subject={"kind": "person", "evidence": ["dna"]}))
    if not diffused:
        held = publish(reviewing.start_review(held, by=REVIEWERS[0], revision=STAMP), REVIEWERS[0])
    assert held.subject.evidence == (Evidence.DNA,)
    removed = notice_photographs.remove_photograph(held, PICTURE.id, by=FRANCE, revision=STAMP)
    if not diffused:
        assert removed.pending is not None
        with pytest.raises(Incomplete):
            update(removed, content)


# Each member that binds, changed in a red notice in force.
BINDING: dict[str, dict[str, Any]] = {
    "subject.name": red_about(name="Courtaine"),
    "subject.forename": red_about(forename="Hugo"),
    "subject.date_of_birth": red_about(date_of_birth="1981"),
    "subject.nationalities": red_about(nationalities=["CH"]),
    "subject.aliases": red_about(aliases=["Le Grand"]),
    "subject.identities": red_about(identities=[{"name": "Dupuis"}]),
    "subject.person_status": red_about(person_status="charged"),
    "subject.documents": red_about(documents=[{"kind": "passport", "number": "19AK00417", "country": "FR"}]),
    "subject.height": red_about(height=190),
    "subject.evidence": red_about(evidence=["dna"]),
    "subject.distinguishing_marks": red_about(distinguishing_marks="He leads the opposition."),
    "warrants": complete("red", warrants=[{**WARRANT, "maximum_penalty_months": 240}]),
    "facts": complete("red", facts="Held up two jewellers."),
    "translations": complete("red", translations=[{"language": "fr", "facts": "Autre."}]),
    "event": complete("red", event={**EVENT, "place": "Elsewhere"}),
}
TRACES: dict[str, dict[str, Any]] = {
    "subject.languages": red_about(languages=["FRE"]),
}
TERMS: dict[str, dict[str, Any]] = {
    "restricted": complete("red", restricted=["PL"]),
    "addressed": complete("red", addressed=["DE"]),
    "handling": complete("red", handling="RESTRICTED"),
    "public": complete("red", public=True),
    "reference": complete("red", reference="2026/1"),
}


@pytest.mark.parametrize("path", BINDING)
def test_an_update_of_what_binds_waits_and_leaves_the_notice_as_it_was(path: str) -> None:
    """Until two officers have approved it; then it replaces the content."""
    before = published(complete("red"))
    wanted = entry(BINDING[path])
    assert binding_changes(before, wanted.resolved()) == [path]
    waits = update(before, BINDING[path])
    assert waits.pending is not None
    unchanged = {"pending", "version", "updated", "last_shown", "drafted_by"}
    assert waits.model_dump(exclude=unchanged) == before.model_dump(exclude=unchanged)
    assert waits.shown_to(officer("DE", "dora")) == before.shown_to(officer("DE", "dora"))
    reviewed = reviewing.start_review(waits, by=REVIEWERS[0], revision=STAMP)
    first = publish(reviewed, REVIEWERS[0])
    assert (first.status, first.subject, first.facts) == (before.status, before.subject, before.facts)
    updated = publish(first, REVIEWERS[1])
    assert (updated.status, updated.pending, updated.last_shown) == ("updated", None, None)
    assert binding_changes(updated, wanted.resolved()) == []
    assert len(updated.approvals) == 2


@pytest.mark.parametrize("path", TRACES | TERMS)
def test_a_fresh_trace_and_the_terms_change_at_once(path: str) -> None:
    before = published(complete("red"))
    updated = update(before, (TRACES | TERMS)[path])
    assert (updated.status, updated.pending) == ("updated" if AT_ONCE[path].told is Told.ALL else "published", None)
    assert binding_changes(before, updates.entry_of(updated)) == []
    assert path in AT_ONCE


@pytest.mark.parametrize("path", TERMS)
def test_the_terms_of_an_update_that_waits_change_at_once_and_stay_when_it_is_published(path: str) -> None:
    """A bureau that is barred meanwhile is not admitted again by the update."""
    wanted = {**TERMS[path], "facts": "Held up two jewellers."}
    before = published(complete("red"))
    waits = update(before, wanted)
    assert waits.pending is not None
    assert (getattr(waits, path), waits.facts) == (getattr(entry(wanted), path), before.facts)
    barred = waits.next_version(NOW, restricted=("KE",))
    reviewed = reviewing.start_review(barred, by=REVIEWERS[0], revision=STAMP)
    updated = publish(reviewed, *REVIEWERS[:2])
    assert (updated.restricted, updated.facts) == (("KE",), "Held up two jewellers.")


def members(kind: type[Any], prefix: str = "") -> set[str]:
    return {f"{prefix}{name}" for name in kind.model_fields}


def test_every_member_that_changes_at_once_exists_and_says_why() -> None:
    """So a member that is renamed binds until somebody decides otherwise."""
    known = members(CommonEntry).union(*(members(kind) for kind in KINDS.values()))
    known = known.union(*(members(kind, "subject.") for kind in (Person, Organisation, Thing)))
    assert AT_ONCE.keys() <= known
    assert all(each.article.startswith("RPD ") and each.why for each in AT_ONCE.values())


def test_the_page_on_notices_lists_every_member_that_changes_at_once() -> None:
    """With its article and the reason."""
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "notices.md").read_text()
    listed = [line for line in page.splitlines() if "| RPD " in line]
    assert listed == [
        f"| `{path}` | {each.kind} | {each.article} | {each.why} | {each.told} |" for path, each in AT_ONCE.items()
    ]


def test_the_address_of_an_organisation_binds() -> None:
    """It may be that of another one, which would be searched."""
    held = {"kind": "entity", "name": "Blue Harbour Trading", "address": "1 Quay Street"}
    before = published(complete("orange", subject=held))
    assert update(before, complete("orange", subject={**held, "address": "2 Quay Street"})).pending is not None


def test_a_place_is_screened_before_it_changes_at_once() -> None:
    """It is a short text, and a text all the same."""
    before = published(complete("yellow"))
    insult = update(before, complete("yellow", last_known_place="Where he insulted the President of the Republic"))
    assert (insult.pending is None, insult.last_known_place) == (False, before.last_known_place)
    assert update(before, complete("yellow", last_known_place="Marville")).last_known_place == "Marville"


def test_everything_a_supervised_bureau_changes_waits() -> None:
    """A trace too, and of a diffusion as well; a member's diffusion changes at once."""
    draft = rules.draft(entry(complete("red")), by=FRANCE, revision=STAMP)
    diffusion = rules.diffuse(draft, by=FRANCE, revision=STAMP)
    for in_force in (published(complete("red")), diffusion):
        waits = update(in_force, red_about(languages=["FRE"]), by=SUPERVISED)
        assert waits.pending is not None
        assert waits.subject == in_force.subject
    assert update(diffusion, red_about(name="Courtaine")).pending is None


def test_a_further_update_replaces_the_one_that_waits() -> None:
    """It is to be reviewed from the start; one that changes nothing that binds leaves it as it is."""
    waits = update(published(complete("red")), red_about(name="Courtaine"))
    reviewed = publish(reviewing.start_review(waits, by=REVIEWERS[0], revision=STAMP), REVIEWERS[0])
    again = update(reviewed, red_about(name="Courtin"))
    assert again.pending is not None
    assert (again.pending.status, again.pending.approvals) == ("submitted", ())
    with pytest.raises(IllegalStep):
        publish(again, REVIEWERS[1])
    assert update(again, red_about(languages=["FRE"])).pending == again.pending
    assert rules.withdraw_update(again, by=FRANCE, revision=STAMP).pending is None
    with pytest.raises(IllegalStep, match="no update"):
        rules.withdraw_update(published(complete("red")), by=FRANCE, revision=STAMP)


def test_a_refused_update_leaves_the_notice_in_force() -> None:
    """Its issuer reads the reason, and may enter another."""
    waits = update(published(complete("blue")), complete("blue", facts="Others."))
    reviewed = reviewing.start_review(waits, by=REVIEWERS[0], revision=STAMP)
    refused = reviewing.refuse(reviewed, DECISION, by=REVIEWERS[0], revision=STAMP)
    assert refused.pending is not None
    assert (refused.status, refused.decision, refused.pending.decision) == ("published", None, DECISION)
    with pytest.raises(IllegalStep):
        publish(refused, REVIEWERS[0])
    assert open_update(update(refused, complete("blue", facts="New ones."))) is not None


def test_photographs_of_a_notice_in_force_wait_with_the_update() -> None:
    before = published(complete("blue"))
    waits = updates.with_photographs(before, [PICTURE], by=FRANCE, revision=STAMP)
    assert (waits.photographs, open_update(waits) is None) == ((), False)
    waits = update(waits, complete("blue", facts="Others."))
    published_again = publish(reviewing.start_review(waits, by=REVIEWERS[0], revision=STAMP), REVIEWERS[0])
    assert (published_again.photographs, published_again.facts) == ((PICTURE,), "Others.")
    draft = rules.draft(entry(complete("blue")), by=FRANCE, revision=STAMP)
    assert updates.with_photographs(draft, [PICTURE], by=FRANCE, revision=STAMP).photographs == (PICTURE,)


CONTENTS = {**BINDING, **TRACES, **TERMS, "nothing": complete("red")}
OFFICERS = {
    "france": FRANCE,
    "france's second": officer("FR", "ben"),
    "supervised": SUPERVISED,
    "anna": REVIEWERS[0],
    "ben": REVIEWERS[1],
    "unit": REVIEWERS[2],
}
officers = st.sampled_from(sorted(OFFICERS))


class Review(RuleBasedStateMachine):
    """Any officers take any steps with a notice of France, or of the Secretariat, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.notice: NoticeRecord | None = None
        self.approved: set[tuple[str, str]] = set()

    @initialize(who=officers, colour=st.sampled_from(["red", "blue"]))
    def draft(self, who: str, colour: str) -> None:
        self.notice = rules.draft(entry(complete(colour)), by=OFFICERS[who], revision=STAMP)

    @rule(who=officers, step=st.sampled_from(["submit", "review", "withdraw", "diffuse", "ask", "drop", "answer"]))
    def step(self, who: str, step: str) -> None:
        by, notice = OFFICERS[who], self._notice
        steps: dict[str, Any] = {
            "submit": lambda: rules.submit(notice, 7, by=by, revision=STAMP),
            "review": lambda: reviewing.start_review(notice, by=by, revision=STAMP),
            "withdraw": lambda: rules.withdraw_update(notice, by=by, revision=STAMP),
            "diffuse": lambda: rules.diffuse(notice, by=by, revision=STAMP),
            "ask": lambda: reviewing.ask(notice, Question(text="Well?"), by=by, revision=STAMP),
            "drop": lambda: reviewing.withdraw_question(notice, QuestionWithdrawal(question=1), by=by, revision=STAMP),
            "answer": lambda: rules.answer(notice, IssuerAnswer(text="So."), by=by, revision=STAMP),
        }
        self._take(steps[step], by_review=False)

    @rule(who=officers, path=st.sampled_from(sorted(CONTENTS)))
    def edit(self, who: str, path: str) -> None:
        content = CONTENTS[path] if self._notice.colour is Colour.RED else complete("blue", facts=path)
        self._take(lambda: update(self._notice, content, OFFICERS[who]), by_review=False)

    @rule(who=officers, releases=st.booleans())
    def publish(self, who: str, releases: bool) -> None:
        act = reviewing.release if releases else reviewing.publish
        self._take(lambda: act(self._notice, NOTHING, by=OFFICERS[who], revision=STAMP), by_review=True)

    @rule(who=officers)
    def refuse(self, who: str) -> None:
        refuse = reviewing.refuse
        self._take(lambda: refuse(self._notice, DECISION, by=OFFICERS[who], revision=STAMP), by_review=False)

    @property
    def _notice(self) -> NoticeRecord:
        assert self.notice is not None
        return self.notice

    def _take(self, act: Any, *, by_review: bool) -> None:
        before = self._notice
        try:
            after: NoticeRecord = act()
        except Refusal:
            return
        self.notice = after
        if before.status in IN_FORCE and before.status is not NoticeStatus.DIFFUSED and not by_review:
            # Whatever was done, the content that binds is the one that was reviewed.
            assert binding_changes(before, updates.entry_of(after)) == []
        if after.status in PUBLISHED and by_review and after.pending is None:
            approving = {(each.bureau, each.officer) for each in after.approvals}
            assert len(approving) >= approvals_needed(after)
            assert not {(after.owner, name) for name in after.drafted_by} & approving

    @invariant()
    def two_officers_published_a_red_notice(self) -> None:
        """No sequence of steps of one officer publishes one, nor of officers of one bureau that is no reviewer's."""
        notice = self.notice
        if notice is not None and notice.status in PUBLISHED and approvals_needed(notice) == 2:
            assert len({(each.bureau, each.officer) for each in notice.approvals}) >= 2

    @invariant()
    def what_others_see_has_no_trace_of_the_review(self) -> None:
        """Nor of what waits."""
        if self.notice is not None:
            shown = self.notice.shown_to(officer("DE", "dora"))
            assert (shown.pending, shown.exchanges, shown.approvals, shown.drafted_by) == (None, (), (), ())


Review.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_no_officer_publishes_alone_and_only_what_was_reviewed_replaces_a_version_in_force = Review.TestCase
