"""The life cycle of a notice, and the requirements of each colour."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices import rules
from services.notices.colours import PURPOSES, STATUSES, Colour
from services.notices.criteria.requirements import IDENTIFYING, Incomplete, faults_of, require_complete
from services.notices.examples import EXAMPLES
from services.notices.lifecycle import (
    IN_FORCE,
    TRANSITIONS,
    NoticeStatus,
    SecretariatOnly,
    Step,
    after,
)
from services.notices.models import NoticeRecord
from services.notices.queries import NoticeQuery
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
from services.notices.subjects.matching import births_sought
from services.notices.subjects.models import Person, names_of
from shared.bureaus import BureauCode
from shared.errors import IllegalStep, NotTheOwner, Refusal
from shared.identity import Caller, Purpose
from shared.ids import uuid7
from shared.people import StatusOfPerson
from shared.records.fitting import PurposeDoesNotFit, StatusDoesNotFit
from shared.records.policy import DEFAULT_RETENTION, Revision
from shared.standing import BureauStanding, Measure
from tests.conftest import NOW
from tests.services.notices.examples import COMPLETE, PERSON, WARRANT, complete, entry, red_about
from tests.support import caller

ISSUER = caller("FR", "notices:read", "notices:write")
REVIEWER = caller("IPSG", "notices:read", "notices:review")
# Despite their scopes none of them may review, and only the issuer may act for the issuer.
SUPERVISED = msgspec.structs.replace(
    ISSUER, standing=BureauStanding("supervised", Measure(reason="compliance", since=NOW.timestamp()))
)
STRANGER = caller("PL", "notices:read", "notices:write", "notices:review")
OVERREACHING_ISSUER = caller("FR", "notices:read", "notices:write", "notices:review")
CLERK = caller("IPSG", "notices:read", "notices:write")
STAMP = Revision(uuid7(NOW), NOW)
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
UNABLE = {"kind": "person", "person_status": "unable-to-identify", "height": 170}
FURTHER = ["/warrants/0/further_charges/0/law", "/warrants/0/further_charges/0/offence"]


def offending(category: str, **stated: Any) -> dict[str, Any]:
    """Return a red notice for an offence of a category."""
    return complete("red", warrants=[{**WARRANT, "offence": {"category": category, **stated}}])


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


@pytest.mark.parametrize("colour", list(Colour))
def test_a_complete_notice_of_each_colour_meets_the_requirements(colour: Colour) -> None:
    require_complete(entry(complete(colour)), NOW.date())


UNRECOGNISABLE = {"kind": "person", "forename": "Noël"}


@pytest.mark.parametrize(
    ("content", "pointers"),
    [
        (red_about(name=None), ["/subject/name"]),
        (red_about(forename=None), ["/subject/forename"]),
        (red_about(sex="U"), ["/subject/sex"]),
        (red_about(date_of_birth=None), ["/subject/date_of_birth"]),
        (red_about(height=None), ["/subject"]),
        (red_about(height=None, evidence=["photograph"]), []),
        (red_about(height=None, documents=[{"kind": "passport", "number": "19AK00417", "country": "FR"}]), []),
        (red_about(date_of_birth="1980"), []),
        (complete("red", warrants=[]), ["/warrants"]),
        (complete("red", warrants=[{**WARRANT, "charge": None}]), ["/warrants/0/charge"]),
        (complete("red", warrants=[{**WARRANT, "law": None}]), ["/warrants/0/law"]),
        (complete("red", warrants=[{**WARRANT, "reference": None}]), ["/warrants/0/reference"]),
        (complete("red", warrants=[WARRANT, {**WARRANT, "issuing_country": None}]), ["/warrants/1/issuing_country"]),
        (complete("red", warrants=[{**WARRANT, "maximum_penalty_months": 23}]), ["/warrants/0/maximum_penalty_months"]),
        (complete("red", warrants=[{**WARRANT, "maximum_penalty_months": 24}]), []),
        (complete("red", warrants=[{**WARRANT, "maximum_penalty_months": 6}, WARRANT]), []),
        (complete("red", warrants=[{**WARRANT, "stage": "sentence"}]), ["/warrants/0/sentence_imposed_months"]),
        (
            complete("red", warrants=[{**WARRANT, "stage": "sentence", "sentence_imposed_months": 5}]),
            ["/warrants/0/sentence_imposed_months"],
        ),
        (complete("red", warrants=[{**WARRANT, "stage": "sentence", "sentence_imposed_months": 6}]), []),
        (complete("red", facts=None), ["/facts"]),
        (complete("red", event=None), ["/event/date", "/event/place"]),
        (complete("red", event={"date": "2026-02"}), ["/event/place"]),
        (complete("red", event={"date": "2026-07", "place": "Vernbourg"}), ["/event/date"]),
        (complete("red", event={"date": "1979", "place": "Vernbourg"}), ["/event/date"]),
        (red_about(date_of_birth="2031"), ["/subject/date_of_birth", "/event/date"]),
        (complete("red", event={"date": "2026-02/2026-08", "place": "Vernbourg"}), []),
        (complete("red", event={"date": "1979/1980-05", "place": "Vernbourg"}), []),
        (complete("red", event={"date": "1979/1980-04", "place": "Vernbourg"}), ["/event/date"]),
        (red_about(date_of_birth="2026-02-12/2027"), ["/event/date"]),
        (complete("blue", facts=None, subject=UNRECOGNISABLE), ["/subject/name", "/facts", "/subject/person_status"]),
        (
            complete("green", facts=None, subject={"kind": "person"}),
            ["/subject/name", "/subject", "/facts", "/offence", "/subject/person_status"],
        ),
        ({"colour": "yellow", "subject": PERSON}, ["/police_report", "/last_known_place", "/circumstances"]),
        (complete("yellow", subject=UNABLE, last_known_place=None, circumstances=None), []),
        (red_about(name=None, forename=None, single_name="Wirahadi"), []),
        (complete("red", extradition_sought=False), ["/extradition_sought"]),
        (complete("red", warrants=[{**WARRANT, "offence": None}]), ["/warrants/0/offence"]),
        (complete("red", warrants=[{**WARRANT, "further_charges": [{"charge": "Recel"}]}]), FURTHER),
        (offending("family"), ["/warrants/0/offence/category"]),
        (offending("family", serves_serious_crime="Sale of the child."), []),
        (offending("political", serves_serious_crime="Terrorism."), ["/warrants/0/offence/category"]),
        (complete("black", subject=PERSON), ["/subject/evidence"]),
        (complete("black", event=None), ["/event/date", "/event/place"]),
        (complete("orange", subject={"kind": "object"}, facts=None), ["/subject/name", "/facts"]),
        (complete("purple", subject={"kind": "object"}), ["/subject/name", "/subject/description"]),
        (complete("silver", facts=None), ["/facts"]),
        (complete("un-special", un_listing=None), ["/un_listing"]),
    ],
)
def test_each_missing_requirement_is_reported_with_its_pointer(content: dict[str, Any], pointers: list[str]) -> None:
    """The pointer leads to where the missing value belongs."""
    faults = list(faults_of(entry(content), NOW.date()))
    assert [fault.pointer for fault in faults] == pointers


def test_a_refused_submission_lists_all_missing_requirements() -> None:
    """Both in its errors and in its sentence."""
    lacking = rules.draft(entry({"colour": "red", "subject": PERSON}), by=ISSUER, revision=STAMP)
    with pytest.raises(Incomplete) as refused:
        rules.submit(lacking, 7, by=ISSUER, revision=STAMP)
    pointers = [error["pointer"] for error in refused.value.members["errors"]]
    assert pointers == ["/warrants", "/extradition_sought", "/facts", "/event/date", "/event/place"]
    assert all(f" {pointer.removeprefix('/')}: " in refused.value.detail for pointer in pointers)


@pytest.mark.parametrize("colour", Colour)
def test_the_documented_notice_of_each_colour_can_be_submitted(colour: Colour) -> None:
    """It is whole: a newcomer copies it."""
    issuer = drafter_of(colour)
    submitted = rules.submit(drafted(EXAMPLES[colour]), 7, by=issuer, revision=STAMP)
    assert (submitted.colour, submitted.status) == (colour, NoticeStatus.SUBMITTED)


@pytest.mark.parametrize("member", IDENTIFYING)
def test_each_member_that_is_asked_for_as_a_means_of_identification_is_enough(member: str) -> None:
    """The refusal names all of them."""
    bare = {"kind": "person", "name": "Marlow", "person_status": StatusOfPerson.CONVICTED}
    content = {"colour": "green", "facts": "A danger.", "subject": bare}
    [lacking] = faults_of(entry(content), NOW.date())
    assert (lacking.pointer, member in lacking.detail) == ("/subject", True)
    values = {"height": 180, "weight": 80, "eyes": ["BLU"], "hair": ["BLA"], "distinguishing_marks": "A scar."}
    listed = {"evidence": ["photograph"], "documents": [{"kind": "passport", "number": "X1", "country": "FR"}]}
    subject = Person.model_construct(**{**bare, member: {**values, **listed}[member]})
    identified = entry(content).model_copy(update={"subject": subject})
    assert [*faults_of(identified, NOW.date())] == []


@pytest.mark.parametrize(
    ("query", "spans"),
    [
        ({"date_of_birth": "1980"}, [(date(1980, 1, 1), date(1980, 12, 31))]),
        ({"date_of_birth": "1980-02"}, [(date(1980, 2, 1), date(1980, 2, 29))]),
        ({"date_of_birth": "1979-12/1980-05-06"}, [(date(1979, 12, 1), date(1980, 5, 6))]),
        ({"date_of_birth": "1980-05-06"}, [(date(1980, 5, 6), date(1980, 5, 6))]),
        ({"age_min": 46, "age_max": 46}, [(date(1979, 6, 2), date(1980, 6, 1))]),
        ({"age_max": 1}, [(date(2024, 6, 2), date(2026, 6, 1))]),
        ({"age_min": 30, "age_max": 40, "age_on": "2019-06-14"}, [(date(1978, 6, 15), date(1989, 6, 14))]),
        ({"age_min": 130}, [(date(1895, 6, 2), date(1896, 6, 1))]),
        ({"colour": "red"}, []),
    ],
)
def test_a_search_by_birth_or_age_becomes_a_range_of_birth_dates(
    query: dict[str, Any], spans: list[tuple[date, date]]
) -> None:
    """For a year, a month, a day, a range, an age today, and one on another day."""
    assert [tuple(each.days) for each in births_sought(NoticeQuery.model_validate(query), NOW)] == spans


def test_the_searchable_names_of_a_subject_are_complete() -> None:
    """The name, the name at birth, those in other scripts and the aliases."""
    named = red_about(birth_name="Rouard", names_in_other_scripts=["Этьен Марвелье"], aliases=["Le Grand"])
    names = names_of(entry(named).subject)
    assert names == ["Étienne Noël Marvellier", "Étienne Noël Rouard", "Этьен Марвелье", "Le Grand"]
    assert names_of(entry(complete("orange")).subject) == ["Parcel bomb"]
    assert set(COMPLETE) == set(Colour)


def drafter_of(colour: str) -> Caller:
    """Return the officer who drafts notices of a colour: of the Security Council's that of the Secretariat."""
    return CLERK if colour == "un-special" else ISSUER


def drafted(content: dict[str, Any]) -> NoticeRecord:
    return rules.draft(entry(content), by=drafter_of(content["colour"]), revision=STAMP)


def about(colour: str, status: str | None, **changes: Any) -> dict[str, Any]:
    return {"colour": colour, "subject": {**PERSON, "person_status": status}, **changes}


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("colour", Colour)
def test_a_notice_is_issued_for_a_purpose_that_fits_its_colour(colour: Colour, purpose: Purpose) -> None:
    """Whatever the purpose of the request; an edit keeps the rule. A red notice is never a security check."""
    content = complete(colour)
    officer = caller(drafter_of(colour).bureau, "notices:write", purpose=purpose)
    notice = rules.draft(entry(content), by=officer, revision=STAMP)
    assert notice.purpose is PURPOSES[colour][0]
    assert (purpose in PURPOSES[Colour.RED]) == (purpose is Purpose.WANTED_PERSON)
    stated = {**content, "purpose": purpose}
    if purpose in PURPOSES[colour]:
        assert drafted(stated).purpose is purpose
        return
    with pytest.raises(PurposeDoesNotFit) as refused:
        drafted(stated)
    assert all(fitting in refused.value.detail for fitting in PURPOSES[colour])
    with pytest.raises(PurposeDoesNotFit):
        rules.edit(notice, entry(stated), by=officer, revision=STAMP)


@pytest.mark.parametrize("status", [None, *StatusOfPerson])
@pytest.mark.parametrize("colour", STATUSES)
def test_the_status_of_a_person_fits_the_colour_of_the_notice(colour: Colour, status: StatusOfPerson | None) -> None:
    """Not stated it is derived where the colour has a usual one, and may be missing in a draft."""
    content = about(colour, status)
    if status in STATUSES[colour].fitting or status is None:
        subject = drafted(content).subject
        assert subject.kind == "person"
        assert subject.person_status == (status or STATUSES[colour].derived)
        return
    with pytest.raises(StatusDoesNotFit) as refused:
        drafted(content)
    assert refused.value.pointer == "/subject/person_status"


@pytest.mark.parametrize(
    ("colour", "derived"),
    [
        ("red", "wanted"),
        ("yellow", "missing"),
        ("black", "deceased"),
        ("un-special", "other"),
        ("blue", None),
        ("green", None),
        ("orange", None),
        ("silver", None),
    ],
)
def test_the_status_of_a_person_is_derived_where_the_colour_says_it(colour: str, derived: str | None) -> None:
    """Otherwise nobody is taken for an offender: submission asks for it."""
    subject = drafted(about(colour, None)).subject
    assert subject.kind == "person"
    assert subject.person_status == derived
    content = entry(about(colour, None)).resolved()
    pointers = [fault.pointer for fault in faults_of(content, NOW.date())]
    assert ("/subject/person_status" in pointers) == (derived is None)


def test_a_person_wanted_to_serve_a_sentence_is_convicted() -> None:
    """Derived from the warrant; anything else contradicts it."""
    to_serve = [WARRANT, {**WARRANT, "stage": "sentence", "sentence_imposed_months": 24}]
    subject = drafted(about("red", None, warrants=to_serve)).subject
    assert subject.kind == "person"
    assert subject.person_status is StatusOfPerson.CONVICTED
    for status in ("wanted", "charged", "suspect"):
        with pytest.raises(StatusDoesNotFit, match="it must be convicted"):
            drafted(about("red", status, warrants=to_serve))


def test_a_person_unable_to_identify_themselves_is_to_be_identified_first() -> None:
    """Not located, as a missing person is."""
    assert drafted(about("yellow", "unable-to-identify")).purpose is Purpose.IDENTIFICATION
    assert drafted(about("yellow", "missing")).purpose is Purpose.LOCATE
