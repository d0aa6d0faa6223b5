"""What of an update waits for review, what changes at once, and what becomes of an update that waits."""

from pathlib import Path
from typing import Any

import pytest

from services.notices import notice_photographs, rules, updates
from services.notices.binding import AT_ONCE, Told, binding_changes
from services.notices.criteria.requirements import Incomplete
from services.notices.entries import CommonEntry
from services.notices.lifecycle import IN_FORCE, QuestionOpen
from services.notices.models import KINDS
from services.notices.review import rules as reviewing
from services.notices.review_models import Question
from services.notices.subjects.models import Evidence, Organisation, Person, Thing
from services.notices.updates import open_update
from shared.errors import IllegalStep
from tests.conftest import NOW
from tests.services.notices.examples import complete, entry, red_about
from tests.services.notices.reviews import (
    BINDING,
    DECISION,
    FRANCE,
    PICTURE,
    REVIEWERS,
    STAMP,
    SUPERVISED,
    TERMS,
    TRACES,
    officer,
    publish,
    published,
    update,
)


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
    taken = refused.pending.decision
    assert (refused.status, refused.decision) == ("published", None)
    assert taken is not None
    assert (taken.reason, taken.officer) == (DECISION.reason, REVIEWERS[0].officer)
    unnamed = refused.without_reviewers().pending
    assert unnamed is not None
    assert unnamed.decision == taken.model_copy(update={"officer": None})
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
