"""The purposes of a notice, and the statuses of its person, that fit its colour."""

from typing import Any

import pytest

from services.notices import rules
from services.notices.colours import PURPOSES, STATUSES, Colour
from services.notices.criteria.requirements import faults_of
from shared.identity import Purpose
from shared.people import StatusOfPerson
from shared.records.fitting import PurposeDoesNotFit, StatusDoesNotFit
from tests.conftest import NOW
from tests.services.notices.drafts import STAMP, drafted, drafter_of
from tests.services.notices.examples import PERSON, WARRANT, complete, entry
from tests.support import caller


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
