"""Which steps a fingerprint record allows, and the verdict of a score."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.fingerprints import rules
from services.fingerprints.models import (
    LEAST_MINUTIAE,
    LIKELY_SAME_FINGER,
    PURPOSES,
    STATUSES,
    FingerprintRecord,
    PrintCategory,
    PrintKind,
    RecordStatus,
)
from shared.errors import IllegalStep, NotTheOwner
from shared.identity import Caller, Purpose
from shared.people import StatusOfPerson
from shared.records.fitting import PurposeDoesNotFit, StatusDoesNotFit
from tests.services.fingerprints.samples import (
    NOON,
    SPAIN,
    described,
    drawn,
    entered,
    of_few_minutiae,
    placed,
    revision_at,
    spanning,
)
from tests.support import caller

LATER = revision_at(NOON + timedelta(days=10))
ACTS: dict[str, Callable[[FingerprintRecord, Caller], FingerprintRecord]] = {
    "correct": lambda record, by: rules.correct(record, described(), by=by, revision=LATER),
    "enrol": lambda record, by: rules.enrol(record, drawn(1), placed(2), by=by, revision=LATER),
    "withdraw": lambda record, by: rules.withdraw(record, by=by, revision=LATER),
}


@pytest.mark.parametrize("category", PrintCategory)
def test_the_retention_of_a_record_depends_on_its_category(category: PrintCategory) -> None:
    """Fifteen years for an unidentified body, otherwise five."""
    record = entered(category=category)
    years = 15 if category is PrintCategory.UNIDENTIFIED_BODY else 5
    assert record.expires == NOON + timedelta(days=years * 365)
    assert (record.owner, record.version, record.status, record.prints) == ("ES", 1, RecordStatus.ACTIVE, ())


def test_a_corrected_category_changes_the_retention() -> None:
    """Counted from the entry, so that corrections do not prolong it."""
    corrected = rules.correct(entered(), described(category="unidentified-body"), by=SPAIN, revision=LATER)
    assert corrected.expires == NOON + timedelta(days=15 * 365)


@pytest.mark.parametrize(
    ("years", "days_left"),
    [(1, 4 * 365), (4.9, 183), (6, 183), (14.9, 36.5)],
    ids=["as its category says", "soon over", "over", "over as it was before"],
)
def test_a_category_with_a_shorter_retention_does_not_delete_a_record_at_once(years: float, days_left: float) -> None:
    """The owner is asked first, as for any record; a retention that ends sooner is not prolonged."""
    at = NOON + timedelta(days=years * 365)
    body = entered(category="unidentified-body")
    corrected = rules.correct(body, described(category="missing-person"), by=SPAIN, revision=revision_at(at))
    assert corrected.expires == at + timedelta(days=days_left)


def test_a_correction_keeps_the_prints() -> None:
    record = ACTS["enrol"](entered(), SPAIN)
    corrected = rules.correct(record, described(remark="Scar", sex=None), by=SPAIN, revision=LATER)
    assert (corrected.remark, corrected.sex, corrected.prints) == ("Scar", None, record.prints)


def test_a_new_print_of_a_finger_replaces_the_former() -> None:
    """A record has one print of each finger, in the order of fingers; each enrolment makes a new version."""
    record = entered()
    for finger, position in ((1, 7), (2, 2), (3, 7)):
        record = rules.enrol(record, drawn(finger), placed(position, PrintKind.PLAIN), by=SPAIN, revision=LATER)
    assert [(held.position, held.minutiae) for held in record.prints] == [
        (2, drawn(2).minutiae),
        (7, drawn(3).minutiae),
    ]
    assert (record.version, record.updated) == (4, LATER.at)


@pytest.mark.parametrize("act", ACTS)
def test_a_step_of_another_bureau_is_refused_without_revealing_the_state(act: str) -> None:
    """Ownership is checked first; not even the Secretariat changes the record of a bureau."""
    for status in RecordStatus:
        for other in ("PL", "IPSG"):
            with pytest.raises(NotTheOwner):
                ACTS[act](entered().model_copy(update={"status": status}), caller(other))


@pytest.mark.parametrize("act", ACTS)
def test_a_withdrawn_record_refuses_all_further_steps(act: str) -> None:
    """An owner who withdrew it in error enters it again."""
    withdrawn = rules.withdraw(entered(), by=SPAIN, revision=LATER)
    with pytest.raises(IllegalStep):
        ACTS[act](withdrawn, SPAIN)


@pytest.mark.parametrize("count", [0, 1, LEAST_MINUTIAE - 1])
def test_a_print_of_too_few_minutiae_is_refused_with_their_number(count: int) -> None:
    """The officer at the scanner learns how many are missing."""
    with pytest.raises(rules.TooFewMinutiae, match=f"shows {count} minutiae") as refused:
        rules.enrol(entered(), of_few_minutiae(count), placed(1), by=SPAIN, revision=LATER)
    [error] = refused.value.members["errors"]
    assert (error["in"], error["pointer"]) == ("body", "")
    assert refused.value.members == {"errors": [error], "minutiae": count, "needed": LEAST_MINUTIAE}


def test_a_print_with_the_least_number_of_minutiae_is_accepted() -> None:
    record = rules.enrol(entered(), of_few_minutiae(LEAST_MINUTIAE), placed(1), by=SPAIN, revision=LATER)
    assert (record.prints[0].minutiae, record.prints[0].quality) == (LEAST_MINUTIAE, 1)


@pytest.mark.parametrize(
    ("width", "height", "several"),
    [(800, 1000, False), (1000, 800, False), (801, 801, True), (1001, 100, True), (100, 1001, True), (1400, 700, True)],
)
def test_minutiae_that_lie_further_apart_than_those_of_one_finger_are_of_several(
    width: int, height: int, several: bool
) -> None:
    """Such a print is searched with a warning, and neither enrolled nor compared."""
    taken = spanning(width, height)
    fault = rules.more_than_a_finger(taken.template)
    if not several:
        assert fault is None
        rules.enrol(entered(), taken, placed(1), by=SPAIN, revision=LATER)
        return
    assert f"{width} x {height} pixels" in str(fault)
    with pytest.raises(rules.SeveralFingers, match=f"{width} x {height} pixels.*crop"):
        rules.enrol(entered(), taken, placed(1), by=SPAIN, revision=LATER)


@pytest.mark.parametrize(
    ("score", "match"), [(0, False), (LIKELY_SAME_FINGER - 1e-6, False), (LIKELY_SAME_FINGER, True), (1, True)]
)
def test_two_prints_match_at_or_above_the_threshold(score: float, match: bool) -> None:
    """The verdict states the score, the threshold, and the minutiae of both."""
    verdict = rules.verification_of(score, [], drawn(1), drawn(2))
    assert (verdict.match, verdict.threshold) == (match, LIKELY_SAME_FINGER)
    assert verdict.first.minutiae == drawn(1).minutiae
    assert rules.explain(10, score).startswith("finger 10 (left little), " + ("at or above" if match else "below"))


@pytest.mark.parametrize(
    "changes",
    [{"category": "witness"}, {"reference": ""}, {"reference": "x" * 61}, {"remark": "x" * 501}, {"name": "Doe"}],
)
def test_a_description_that_is_too_long_or_has_a_name_is_refused(changes: dict[str, Any]) -> None:
    """All unknown fields and categories are refused."""
    with pytest.raises(ValidationError):
        described(**changes)


@pytest.mark.parametrize("category", PrintCategory)
@pytest.mark.parametrize("status", StatusOfPerson)
def test_the_status_of_the_person_fits_the_category_of_the_prints(
    category: PrintCategory, status: StatusOfPerson
) -> None:
    if status in STATUSES[category].fitting:
        assert entered(category=category, person_status=status).person_status is status
        return
    with pytest.raises(StatusDoesNotFit, match="person_status"):
        entered(category=category, person_status=status)


def test_prints_of_a_criminal_case_say_whether_they_are_a_suspects_or_a_convicts() -> None:
    """Of other categories the status is derived."""
    with pytest.raises(StatusDoesNotFit, match="must be stated: suspect, charged, convicted or wanted"):
        entered(person_status=None)
    derived = {
        each: entered(category=each).person_status for each in PrintCategory if each is not PrintCategory.CRIMINAL
    }
    assert derived == {"non-criminal": "other", "missing-person": "missing", "unidentified-body": "deceased"}


@pytest.mark.parametrize("category", PrintCategory)
@pytest.mark.parametrize("purpose", Purpose)
def test_prints_are_kept_for_a_purpose_that_fits_their_category(category: PrintCategory, purpose: Purpose) -> None:
    assert entered(category=category).purpose is PURPOSES[category][0]
    if purpose in PURPOSES[category]:
        assert entered(category=category, purpose=purpose).purpose is purpose
        return
    with pytest.raises(PurposeDoesNotFit):
        entered(category=category, purpose=purpose)


def test_another_category_has_the_purpose_that_fits_it() -> None:
    """Derived anew, unless the correction states one."""
    record = entered()
    assert record.purpose is Purpose.CRIMINAL_INVESTIGATION
    body = described(category="unidentified-body")
    assert rules.correct(record, body, by=SPAIN, revision=LATER).purpose is Purpose.IDENTIFICATION
    stated = described(category="unidentified-body", purpose="forensic-analysis")
    assert rules.correct(record, stated, by=SPAIN, revision=LATER).purpose is Purpose.FORENSIC_ANALYSIS
