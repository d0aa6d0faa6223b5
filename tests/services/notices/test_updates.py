"""Updates of notices in force: what they leave as it was, what others receive, and what is always reviewed."""

from typing import Any

import pytest

from services.notices import notice_photographs, rules, updates
from services.notices.binding import AT_ONCE, Told, changes
from services.notices.models import NoticeRecord
from services.notices.review import rules as reviewing
from services.notices.review_models import Clearance, Overruled, Question
from shared.bureaus import BureauCode
from shared.errors import Invalid
from shared.protocol.payloads import Publication
from shared.records.photographs.rules import Photograph
from shared.records.publications.rules import Announced, SentTo, due_to, form_of, notifications_of
from tests.conftest import NOW
from tests.services.notices.examples import COMPLETE, PERSON, complete, entry, red_about
from tests.services.notices.reviews import (
    ASKS,
    DECISION,
    FRANCE,
    NOTHING,
    PICTURE,
    REVIEWERS,
    STAMP,
    STOPS,
    SUPERVISED,
    officer,
    publish,
    published,
    update,
)

GERMANY = officer("DE", "dora")
OTHER_PICTURE = PICTURE.model_copy(update={"id": "62412750"})
YELLOW = complete("yellow")
OTHER_FACTS = complete("yellow", circumstances="Left for school and did not arrive.")


def reviewed(notice: NoticeRecord, *officers: Any) -> NoticeRecord:
    """Return a notice whose update was published by these officers, the first two reviewers if none are given."""
    started = reviewing.start_review(notice, by=REVIEWERS[0], revision=STAMP)
    return publish(started, *(officers or REVIEWERS[:1]))


def pictured(notice: NoticeRecord, *pictures: Photograph, by: Any = FRANCE) -> NoticeRecord:
    return updates.with_photographs(notice, pictures or (PICTURE,), by=by, revision=STAMP)


def waiting(content: dict[str, Any], changed: dict[str, Any]) -> NoticeRecord:
    """Return a notice in force whose update is approved by one officer of the two, or under review."""
    started = reviewing.start_review(update(published(content), changed), by=REVIEWERS[0], revision=STAMP)
    return publish(started, REVIEWERS[0]) if content["colour"] == "red" else started


def test_an_update_of_photographs_alone_keeps_the_findings_and_the_thread_of_the_notice() -> None:
    """The words are the same, so what was found in them is; what it stops is overruled again."""
    question = reviewing.ask(
        reviewing.start_review(
            rules.submit(rules.draft(entry(complete("blue")), by=FRANCE, revision=STAMP), 7, by=FRANCE, revision=STAMP),
            by=REVIEWERS[0],
            revision=STAMP,
        ),
        Question(text="Which court?"),
        by=REVIEWERS[0],
        revision=STAMP,
    )
    answered = rules.answer(question, rules.IssuerAnswer(text="That."), by=FRANCE, revision=STAMP)
    found = answered.model_copy(update={"findings": (STOPS, ASKS)})
    overruling = Clearance(overruled=(Overruled(code="insult", remark="No."),))
    before = reviewing.publish(found, overruling, by=REVIEWERS[0], revision=STAMP)
    started = reviewing.start_review(pictured(before), by=REVIEWERS[0], revision=STAMP)
    asked = reviewing.ask(started, Question(text="Who is it?"), by=REVIEWERS[0], revision=STAMP)
    told = rules.answer(asked, rules.IssuerAnswer(text="They."), by=FRANCE, revision=STAMP)
    after = reviewing.publish(told, overruling, by=REVIEWERS[0], revision=STAMP)
    assert (after.photographs, after.findings) == ((PICTURE,), before.findings)
    assert [each.question for each in after.exchanges] == ["Which court?", "Who is it?"]
    assert after.approvals[0].findings == (STOPS,)


def diffusion_with_waiting_photograph() -> NoticeRecord:
    draft = rules.draft(entry(complete("blue")), by=SUPERVISED, revision=STAMP)
    sent = rules.diffuse(draft, by=SUPERVISED, revision=STAMP)
    released = reviewing.release(sent, NOTHING, by=REVIEWERS[0], revision=STAMP)
    waits = notice_photographs.add_photograph(released, PICTURE, by=SUPERVISED, revision=STAMP)
    assert (waits.photographs, waits.pending is None) == ((), False)
    return waits


def test_photographs_that_wait_do_not_escape_when_the_supervision_ends() -> None:
    """Neither with another photograph, nor with another content, nor by a deletion: all waits for the review."""
    waits = diffusion_with_waiting_photograph()
    changes = (
        notice_photographs.add_photograph(waits, OTHER_PICTURE, by=FRANCE, revision=STAMP),
        update(waits, complete("blue", facts="Others.")),
        notice_photographs.remove_photograph(
            pictured(waits, PICTURE, OTHER_PICTURE, by=SUPERVISED), OTHER_PICTURE.id, by=FRANCE, revision=STAMP
        ),
    )
    for changed in changes:
        assert (changed.photographs, changed.facts) == ((), waits.facts)
        assert changed.pending is not None
        assert PICTURE in (changed.pending.photographs or ())
        assert reviewed(changed).photographs[0] == PICTURE


def test_the_content_that_waits_does_not_escape_when_the_supervision_ends() -> None:
    """Of a diffusion of a bureau that is a member again: the same sent again waits, and another as well."""
    diffusion = rules.diffuse(
        rules.draft(entry(complete("blue")), by=FRANCE, revision=STAMP), by=FRANCE, revision=STAMP
    )
    waits = update(diffusion, complete("blue", facts="Others."), by=SUPERVISED)
    again = update(waits, complete("blue", facts="Others."))
    assert again == waits
    more = update(waits, complete("blue", facts="Quite others."))
    assert (more.facts, more.pending is None) == (waits.facts, False)
    withdrawn = rules.withdraw_update(more, by=FRANCE, revision=STAMP)
    assert update(withdrawn, complete("blue", facts="Quite others.")).facts == "Quite others."


ADDENDA: dict[str, dict[str, Any]] = {
    "last_known_place": {"last_known_place": "Courlieu"},
    "subject.languages": {"subject": {**PERSON, "languages": ["FRE"]}},
    "handling": {"handling": "RESTRICTED"},
    "conditions": {"conditions": ["H1"]},
    "restricted": {"restricted": ["PL"]},
    "addressed": {"addressed": ["DE"]},
    "public": {"public": True},
    "reference": {"reference": "2026/1"},
    "links": {"links": ["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"]},
}


@pytest.mark.parametrize("is_restated", [False, True])
@pytest.mark.parametrize("path", ADDENDA)
def test_an_addendum_takes_effect_at_once_and_leaves_the_update_that_waits(path: str, is_restated: bool) -> None:
    """Also where the bureau states what waits again with it; and what waits is published onto the newer version."""
    waits = waiting(YELLOW, OTHER_FACTS)
    added = update(waits, {**(OTHER_FACTS if is_restated else YELLOW), **ADDENDA[path]})
    assert added.pending == waits.pending
    wanted = entry({**YELLOW, **ADDENDA[path]})
    assert changed_paths(waits, added) == [path]
    after = reviewing.publish(added, NOTHING, by=REVIEWERS[0], revision=STAMP)
    assert getattr(after, "circumstances") == OTHER_FACTS["circumstances"]  # noqa: B009 - of one colour alone
    member = path.partition(".")[0]
    assert getattr(after, member) == getattr(wanted.resolved(), member)


def changed_paths(before: NoticeRecord, after: NoticeRecord) -> list[str]:
    return changes(before, updates.entry_of(after))


def test_the_newest_statement_of_a_trace_is_published() -> None:
    """An addendum to what an update that waits changes as well was stated after it."""
    waits = update(published(YELLOW), {**OTHER_FACTS, "last_known_place": "Courlieu"})
    added = update(waits, {**YELLOW, "last_known_place": "Port Marle"})
    assert reviewed(added).model_dump()["last_known_place"] == "Port Marle"
    assert reviewed(waits).model_dump()["last_known_place"] == "Courlieu"


def test_an_addendum_that_waits_joins_the_update_that_waits() -> None:
    """As it is stopped by the screening, or its bureau is supervised: no update is lost by it."""
    insult = "Where he insulted the President of the Republic"
    waits = waiting(YELLOW, OTHER_FACTS)
    for place, by in ((insult, FRANCE), ("Courlieu", SUPERVISED)):
        joined = update(waits, {**YELLOW, "last_known_place": place}, by=by)
        assert joined.pending is not None
        assert joined.pending.content["circumstances"] == OTHER_FACTS["circumstances"]
        assert joined.pending.content["last_known_place"] == place
        assert joined.model_dump()["last_known_place"] == YELLOW["last_known_place"]


@pytest.mark.parametrize("colour", sorted(COMPLETE.keys() - {"un-special"}))
def test_an_update_that_changes_nothing_makes_no_version(colour: str) -> None:
    before = published(complete(colour))
    assert update(before, complete(colour)) is before


@pytest.mark.parametrize("path", ADDENDA)
def test_who_is_sent_a_change_made_at_once(path: str) -> None:
    """All of what they act by; nobody of the issuer's own order, and no version of what is the issuer's alone."""
    before = published(YELLOW)
    after = update(before, {**YELLOW, **ADDENDA[path]})
    told = AT_ONCE[path].told
    assert due_to(before, after) == {Told.ALL: SentTo.ALL, Told.READERS: None, Told.NOBODY: None}[told]
    assert after.status == ("updated" if told is Told.ALL else "published")
    seen, shown = before.shown_to(GERMANY), after.shown_to(GERMANY)
    if path == "links":
        assert shown == seen
    else:
        assert shown.version > seen.version
    admitted = update(update(before, {**YELLOW, "restricted": ["PL"]}), YELLOW)
    assert due_to(update(before, {**YELLOW, "restricted": ["PL"]}), admitted) is SentTo.NEW


def test_links_and_terms_leave_a_diffusion_compliant() -> None:
    """What was reviewed did not change; a trace did."""
    diffusion = rules.diffuse(rules.draft(entry(YELLOW), by=FRANCE, revision=STAMP), by=FRANCE, revision=STAMP)
    compliant = reviewing.find_compliant(diffusion, NOTHING, by=REVIEWERS[0], revision=STAMP)
    for path, change in ADDENDA.items():
        keeps = path not in {"last_known_place", "subject.languages"}
        assert (update(compliant, {**YELLOW, **change}).compliant is not None) is keeps


def test_the_words_of_a_condition_wait_and_its_code_with_them() -> None:
    """All read them; the other conditions bind at once."""
    before = published(complete("blue"))
    wanted = complete("blue", conditions=["H1", "H3"], other_condition="Ask us before any act.")
    waits = update(before, wanted)
    assert (waits.conditions, waits.other_condition) == (("H1",), None)
    after = reviewed(waits)
    assert (after.conditions, after.other_condition) == (("H1", "H3"), "Ask us before any act.")
    lifted = update(after, complete("blue", conditions=["H2"]))
    assert (lifted.conditions, lifted.other_condition) == (("H2", "H3"), "Ask us before any act.")
    assert (reviewed(lifted).conditions, reviewed(lifted).other_condition) == (("H2",), None)


def test_what_identifies_a_body_waits() -> None:
    """What the issuer holds of it is what the criteria of a black notice ask for."""
    before = published(complete("black"))
    waits = update(before, complete("black", subject={"kind": "person", "evidence": ["fingerprints"]}))
    assert (waits.subject, waits.pending is None) == (before.subject, False)


def test_a_refused_update_is_remembered_with_its_subject() -> None:
    """Also after its issuer has withdrawn or replaced it, and the notice is not deleted before its time."""
    waits = update(published(complete("red")), red_about(name="Courtaine", documents=[]))
    started = reviewing.start_review(waits, by=REVIEWERS[0], revision=STAMP)
    refused = reviewing.refuse(started, DECISION, by=REVIEWERS[0], revision=STAMP)
    for later in (
        rules.withdraw_update(refused, by=FRANCE, revision=STAMP),
        update(refused, red_about(forename="Hugo")),
        rules.withdraw(refused, by=FRANCE, revision=STAMP),
    ):
        [remembered] = later.refused_updates
        assert (remembered.reason, remembered.subject.name) == (DECISION.reason, "Courtaine")
        with pytest.raises(rules.IllegalStep, match="screening"):
            rules.require_deletable(later)
        assert later.shown_to(GERMANY).refused_updates == ()


def test_a_reference_says_nothing_that_the_screening_stops() -> None:
    """All are shown it at once, and nobody reviews it."""
    before = published(complete("blue"))
    with pytest.raises(Invalid) as refused:
        update(before, complete("blue", reference="He insulted the President of the Republic"))
    assert refused.value.members["errors"][0]["pointer"] == "/reference"


def test_the_version_that_others_are_told_of_is_the_one_they_see() -> None:
    """In a message, a quote or a later hit, while an update waits; its owner sees the last one."""
    waits = waiting(YELLOW, OTHER_FACTS)
    seen = waits.shown_to(GERMANY).version
    assert waits.version > seen == waits.shown_version
    form = form_of(waits, Announced(act="published"), "notices", NOW)
    sent = notifications_of(waits, form, {BureauCode("DE"): False, BureauCode("FR"): True}, NOW)
    told = {each.recipients[0]: each.form.version for each in sent if isinstance(each.form, Publication)}
    assert told == {"DE": seen, "FR": waits.version}
    assert {quote.version for each in sent for quote in each.quotes} == {seen}
