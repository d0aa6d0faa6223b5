"""What the screening finds in the particulars of a notice, in its category, and in what was refused before."""

from typing import Any

import pytest

from services.notices.review_models import NoticeRefusalReason, Weight
from services.notices.screening.particulars import EarlierRefusal
from shared.standing import BureauStanding
from tests.services.notices.examples import PERSON, complete
from tests.services.notices.screening.screened import ISSUED, found, red, stops


def test_a_provision_counts_in_the_country_that_issued_the_warrant() -> None:
    """The number 299 means something else in another code."""
    assert "known-provision" in stops(red("Stole a car.", law="TCK 299", issuing_country="TR"))
    assert stops(red("Stole a car.", law="Code pénal 299", issuing_country="FR")) == set()


def test_a_missing_persons_notice_is_not_stopped_for_a_dispute_about_a_child() -> None:
    """RPD article 83 is about persons who are sought for an offence."""
    dispute = "The father took the child, contrary to the custody order, after the divorce."
    assert stops(complete("yellow", circumstances=dispute)) == set()
    assert "custody-of-child" in stops(red(dispute))


@pytest.mark.parametrize(
    ("content", "code", "weight"),
    [
        (complete("red"), "judicial-data-missing", Weight.ASKS),
        (red("Stole a car.", maximum_penalty_months=26), "threshold-nearly-missed", Weight.ASKS),
        (red("See attached file."), "placeholder", Weight.STOPS),
        (red("Held up a bank.", reference="to be confirmed"), "placeholder", Weight.STOPS),
        (red("Theft."), "facts-too-short", Weight.ASKS),
        (red("Held up a bаnk in the town."), "mixed-scripts", Weight.ASKS),
        (
            complete("red", subject={**PERSON, "date_of_birth": "2018"}, warrants=[ISSUED]),
            "child-at-the-facts",
            Weight.STOPS,
        ),
    ],
)
def test_particulars_that_are_missing_or_doubtful_are_found(content: dict[str, Any], code: str, weight: Weight) -> None:
    assert (code, weight) in {(each.code, each.weight) for each in found(content)}


@pytest.mark.parametrize("standing", ["supervised", "restricted"])
def test_the_standing_of_the_bureau_is_a_question(standing: Any) -> None:
    [finding] = found(red("Held up a bank in town."), standing=BureauStanding(standing))
    assert (finding.code, finding.weight, finding.words) == ("bureau-under-measure", Weight.ASKS, standing)


@pytest.mark.parametrize("reason", NoticeRefusalReason)
def test_an_earlier_refusal_by_the_constitution_stops_and_another_asks(reason: NoticeRefusalReason) -> None:
    [finding] = found(red("Held up a bank in town."), earlier=[EarlierRefusal("0197", reason)])
    expected = Weight.ASKS if reason is NoticeRefusalReason.OTHER else Weight.STOPS
    assert (finding.code, finding.reason, finding.weight) == ("earlier-refusal", reason, expected)


def test_a_private_matter_stops_beside_one_of_the_constitution() -> None:
    """To overrule the one does not publish the other."""
    assert stops(red("He insulted the president, and his cheque bounced.")) == {"insult-of-head-of-state", "cheque"}


@pytest.mark.parametrize(
    ("category", "facts", "charge", "reason"),
    [
        ("other", "Has grey eyes and a limp.", "Conduct", NoticeRefusalReason.OTHER),
        ("other", "Waved a lamp near the parliament.", "Conduct", NoticeRefusalReason.ARTICLE_3),
        (
            "terrorism",
            "Went to the house of a cousin at night.",
            "Membership of an armed group",
            NoticeRefusalReason.ARTICLE_3,
        ),
    ],
)
def test_a_notice_that_tells_no_ordinary_crime_is_stopped(
    category: str, facts: str, charge: str, reason: NoticeRefusalReason
) -> None:
    """Whatever words it avoids; a label such as terrorism tells none."""
    notice = red(facts, offence={"category": category}, charge=charge, charge_translation=None)
    assert {(each.code, each.reason) for each in found(notice) if each.weight is Weight.STOPS} == {
        ("terrorism-without-violence" if category == "terrorism" else "no-ordinary-crime", reason)
    }


def test_a_notice_of_another_category_may_tell_its_crime_in_other_words() -> None:
    assert stops(red("Has grey eyes and a limp.")) == set()
