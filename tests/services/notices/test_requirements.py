"""What a notice of each colour must contain."""

from typing import Any

import pytest

from services.notices import rules
from services.notices.colours import Colour
from services.notices.criteria.requirements import IDENTIFYING, Incomplete, faults_of, require_complete
from services.notices.examples import EXAMPLES
from services.notices.lifecycle import NoticeStatus
from services.notices.subjects.models import Person
from shared.people import StatusOfPerson
from tests.conftest import NOW
from tests.services.notices.drafts import ISSUER, STAMP, drafted, drafter_of
from tests.services.notices.examples import PERSON, WARRANT, complete, entry, red_about

UNABLE = {"kind": "person", "person_status": "unable-to-identify", "height": 170}
FURTHER = ["/warrants/0/further_charges/0/law", "/warrants/0/further_charges/0/offence"]


def offending(category: str, **stated: Any) -> dict[str, Any]:
    """Return a red notice for an offence of a category."""
    return complete("red", warrants=[{**WARRANT, "offence": {"category": category, **stated}}])


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
