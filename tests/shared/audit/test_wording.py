"""The sentences that explain a leaf: who was answered, and why each record was shown."""

import pytest

from shared.audit.format.leaf import Leaf
from shared.audit.verify.wording import sentences
from shared.disclosure import How
from tests.conftest import NOW
from tests.shared.audit.logged_service import record

LEAF = Leaf(
    at=NOW.timestamp(),
    request="0197a3c2-9c4e-7f60-8d21-0e1f2a3b4c5d",
    bureau="DE",
    officer="de.officer",
    purpose="warning",
    operation="search_things",
    status=200,
    query=None,
    records=None,
    answer=None,
)
THING = "Version 3 of the thing 0197a3c2-5b1e-7c3a-9f20-000000000001 of FR"


def sentence_about(how: How = "search", rule: str = "members", **given: str) -> str:
    """Return the sentence about one record."""
    records = [(record("FR", how, **given), rule)]  # type: ignore[arg-type]
    _, sentence, _ = sentences("things", LEAF, records, others=None)
    return sentence


def test_the_first_sentence_states_who_was_answered_when_and_for_which_purpose() -> None:
    """Also if no record was shown."""
    sentence, _ = sentences("things", LEAF, [], others=0)
    assert sentence == (
        "On 2026-06-01 12:00:00 UTC de.officer of DE was answered `search_things` of things for the purpose warning, "
        "with the status 200."
    )


def test_a_change_without_an_answer_is_described_as_such() -> None:
    """It was made by a process that ended before it answered, or by the service itself."""
    leaf = Leaf(**{**{name: getattr(LEAF, name) for name in LEAF.__struct_fields__}, "status": 0})
    sentence, _ = sentences("things", leaf, [], others=0)
    assert sentence.endswith("in the name of de.officer of DE; no answer was sent.")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("members", "it is open to all members, and DE was not barred from it"),
        ("owner", "DE supplied it itself"),
        ("secretariat", "the General Secretariat reviews and keeps the records (RPD article 22)"),
        ("data-subject-request", "the Commission examined the request of the person concerned (RPD article 18)"),
        ("unheard-of", "the rule is not known here"),
    ],
)
def test_the_rule_that_allowed_a_disclosure_is_named_and_explained(rule: str, reason: str) -> None:
    assert sentence_about("read", rule) == f"{THING} was read by its id. Rule `{rule}`: {reason}."


@pytest.mark.parametrize(
    ("how", "way"),
    [
        ("search", "was found by a search (score 0.9: colour)"),
        ("near", "was near what a search asked for (score 0.9: colour)"),
        ("list", "was in a list"),
        ("change", "was made by this request"),
        ("subscription", "matched a subscription of DE (score 0.9: colour)"),
        ("delayed-inquiry", "matched an earlier search of DE (score 0.9: colour)"),
    ],
)
def test_the_way_in_which_a_record_was_shown_is_stated(how: How, way: str) -> None:
    """With score and match if it was found by a search."""
    assert sentence_about(how).startswith(f"{THING} {way}. ")


def test_an_erased_match_is_stated_as_erased() -> None:
    """It is personal data, and is erased with the record."""
    assert "(score 0.9: the match was erased)" in sentence_about(match="")


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        (
            None,
            "Only the bureau that asked and the General Secretariat see whether it showed anything else.",
        ),
        (0, "It showed no other record."),
        (2, "It showed 2 more that are not listed here."),
    ],
)
def test_the_last_sentence_states_whether_other_records_were_shown(others: int | None, sentence: str) -> None:
    """A reader who may not know gets the same sentence whether there are others or not."""
    for records in ([], [(record(), "members")]):
        *_, last = sentences("things", LEAF, records, others=others)
        assert last == sentence
