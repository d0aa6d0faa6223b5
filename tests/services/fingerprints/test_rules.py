"""What may be done to a fingerprint record, and what a score says."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.fingerprints import rules
from services.fingerprints.models import (
    LEAST_MINUTIAE,
    LIKELY_SAME_FINGER,
    Category,
    FingerprintRecord,
    PrintKind,
    RecordStatus,
)
from shared.errors import IllegalStep, NotTheOwner
from shared.identity import Caller
from tests.services.fingerprints.samples import (
    NOON,
    SPAIN,
    described,
    drawn,
    entered,
    of_few_minutiae,
    placed,
    revision_at,
)
from tests.support import caller

LATER = revision_at(NOON + timedelta(days=10))
ACTS: dict[str, Callable[[FingerprintRecord, Caller], FingerprintRecord]] = {
    "correct": lambda record, by: rules.correct(record, described(), by=by, revision=LATER),
    "enrol": lambda record, by: rules.enrol(record, drawn(1), placed(2), by=by, revision=LATER),
    "withdraw": lambda record, by: rules.withdraw(record, by=by, revision=LATER),
}


@pytest.mark.parametrize("category", Category)
def test_a_record_is_kept_as_long_as_its_category_says(category: Category) -> None:
    """Five years, but fifteen for a body that nobody has named yet."""
    record = entered(category=category)
    years = 15 if category is Category.UNIDENTIFIED_BODY else 5
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
def test_a_category_that_is_kept_for_less_deletes_nothing_at_once(years: float, days_left: float) -> None:
    """Its owner is asked first, as of any record, and what would have ended sooner is not prolonged by it."""
    at = NOON + timedelta(days=years * 365)
    body = entered(category="unidentified-body")
    corrected = rules.correct(body, described(category="missing-person"), by=SPAIN, revision=revision_at(at))
    assert corrected.expires == at + timedelta(days=days_left)


def test_a_correction_leaves_the_prints() -> None:
    """The description is one thing, the prints another."""
    record = ACTS["enrol"](entered(), SPAIN)
    corrected = rules.correct(record, described(note="Scar", sex=None), by=SPAIN, revision=LATER)
    assert (corrected.note, corrected.sex, corrected.prints) == ("Scar", None, record.prints)


def test_a_new_print_of_a_finger_replaces_the_former() -> None:
    """One print for each finger, in the order of the fingers, and the version counts each."""
    record = entered()
    for finger, position in ((1, 7), (2, 2), (3, 7)):
        record = rules.enrol(record, drawn(finger), placed(position, PrintKind.PLAIN), by=SPAIN, revision=LATER)
    assert [(held.position, held.minutiae) for held in record.prints] == [
        (2, drawn(2).minutiae),
        (7, drawn(3).minutiae),
    ]
    assert (record.version, record.updated) == (4, LATER.at)


@pytest.mark.parametrize("act", ACTS)
def test_only_the_owner_acts_and_others_do_not_learn_the_state(act: str) -> None:
    """Ownership is looked at first; not even the Secretariat changes a bureau's record."""
    for status in RecordStatus:
        for other in ("PL", "IPSG"):
            with pytest.raises(NotTheOwner):
                ACTS[act](entered().model_copy(update={"status": status}), caller(other))


@pytest.mark.parametrize("act", ACTS)
def test_a_withdrawn_record_stays_as_it_is(act: str) -> None:
    """Nothing leads back: who withdrew in error enters the record anew."""
    withdrawn = rules.withdraw(entered(), by=SPAIN, revision=LATER)
    with pytest.raises(IllegalStep):
        ACTS[act](withdrawn, SPAIN)


@pytest.mark.parametrize("count", [0, 1, LEAST_MINUTIAE - 1])
def test_a_print_of_too_few_minutiae_is_refused_with_their_number(count: int) -> None:
    """The officer at the scanner learns how far off it is."""
    with pytest.raises(rules.TooFewMinutiae, match=f"shows {count} minutiae") as refused:
        rules.enrol(entered(), of_few_minutiae(count), placed(1), by=SPAIN, revision=LATER)
    assert refused.value.members == {"minutiae": count, "needed": LEAST_MINUTIAE}


def test_a_print_of_just_enough_minutiae_is_taken() -> None:
    """The limit itself is enough."""
    record = rules.enrol(entered(), of_few_minutiae(LEAST_MINUTIAE), placed(1), by=SPAIN, revision=LATER)
    assert (record.prints[0].minutiae, record.prints[0].quality) == (LEAST_MINUTIAE, 1)


@pytest.mark.parametrize(
    ("score", "match"), [(0, False), (LIKELY_SAME_FINGER - 1e-6, False), (LIKELY_SAME_FINGER, True), (1, True)]
)
def test_two_prints_match_from_the_threshold_on(score: float, match: bool) -> None:
    """The verdict comes with the score, the threshold, and what was found in both."""
    verdict = rules.verification_of(score, drawn(1), drawn(2))
    assert (verdict.match, verdict.threshold) == (match, LIKELY_SAME_FINGER)
    assert verdict.first.minutiae == drawn(1).minutiae
    assert rules.explain(10, score).startswith("finger 10 (left little), " + ("at or above" if match else "below"))


@pytest.mark.parametrize(
    "changes",
    [{"category": "witness"}, {"reference": ""}, {"reference": "x" * 61}, {"note": "x" * 501}, {"name": "Doe"}],
)
def test_a_description_is_bounded_and_holds_no_name(changes: dict[str, Any]) -> None:
    """What is not foreseen is refused, a name above all."""
    with pytest.raises(ValidationError):
        described(**changes)
