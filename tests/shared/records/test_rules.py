"""What may be done with any record, who may do it, and the result."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.bureaus import PUBLIC, BureauCode
from shared.errors import IllegalStep, Invalid, NotTheOwner
from shared.identity import Caller, Purpose
from shared.ids import uuid7
from shared.records.access import may_see
from shared.records.models import CommissionDecision, Restriction
from shared.records.policy import REVIEWED_BEFORE, Audience, Record, Revision, create_record
from shared.records.references import ReferenceTaken, entered_again
from shared.records.results import RecordQuery
from shared.records.rules import (
    CommissionOnly,
    NotPublic,
    corrected_input,
    holders,
    input_of,
    merged,
    renew,
    require_commission,
    require_history_access,
    require_public_terms,
    restrict,
)
from shared.validation import invalid
from tests.conftest import NOW
from tests.shared.records.record_kind import TERM, Thing, ThingDescription
from tests.support import caller

FRANCE, GERMANY, SECRETARIAT = caller("FR"), caller("DE"), caller("IPSG")
COMMISSION = caller("CCF", purpose=Purpose.DATA_SUBJECT_REQUEST)
LATER = NOW + timedelta(days=200)
BARRING_DE = Restriction(restricted=("DE",))


class AgeQuery(RecordQuery):
    """A search with a default, which nobody asks for."""

    name: str | None = None
    age_at: str = "event"


def thing(**stated: Any) -> Thing:
    return create_record(Thing, ThingDescription(**stated), by=FRANCE, revision=Revision(uuid7(NOW), NOW))


def test_the_public_is_told_of_what_it_sent_alone() -> None:
    """And not of the defaults of a search."""
    public = caller(PUBLIC)
    with pytest.raises(NotPublic, match=r"^name: the public may not ask by this"):
        require_public_terms(Thing, AgeQuery(name="Marlow"), public)
    with pytest.raises(NotPublic, match=r"^age_at: the public may .*; name: the public may not ask by this"):
        require_public_terms(Thing, AgeQuery(name="Marlow", age_at="event"), public)
    require_public_terms(Thing, AgeQuery(), public)
    require_public_terms(Thing, AgeQuery(name="Marlow"), FRANCE)


def test_a_restriction_replaces_the_list_of_barred_bureaus() -> None:
    """A bureau that was barred before and is not named is not barred afterwards."""
    restricted = restrict(thing(restricted=("KE",)), BARRING_DE, by=FRANCE, at=LATER)
    assert (restricted.restricted, restricted.version, restricted.updated) == (("DE",), 2, LATER)


def test_a_renewal_lasts_a_whole_term_from_now() -> None:
    """Not from the end of the former term: no record is kept for longer than a term without a new reason."""
    assert renew(thing(), TERM, by=FRANCE, at=LATER).expires == LATER + TERM


def test_a_renewal_that_does_not_extend_the_retention_is_refused() -> None:
    """It would leave a reason and change nothing, or shorten a longer retention."""
    with pytest.raises(IllegalStep, match="already kept until 2031-05-31"):
        renew(thing(), TERM, by=FRANCE, at=NOW)


@pytest.mark.parametrize("term", [timedelta(days=365), TERM, 3 * TERM], ids=str)
def test_a_record_is_renewed_from_half_a_year_after_its_term_began_or_once_review_was_asked(term: timedelta) -> None:
    """Not a second earlier: each renewal would be a version that gains seconds. The refusal says from when."""
    record = thing().model_copy(update={"expires": NOW + term})
    first = NOW + (REVIEWED_BEFORE if term >= TERM else term - REVIEWED_BEFORE)
    with pytest.raises(IllegalStep, match=f"renew it from {first:%Y-%m-%d %H:%M:%S} UTC on"):
        renew(record, term, by=FRANCE, at=first - timedelta(seconds=1))
    renewed = renew(record, term, by=FRANCE, at=first)
    with pytest.raises(IllegalStep):
        renew(renewed, term, by=FRANCE, at=first + timedelta(seconds=1))


@pytest.mark.parametrize("other", [GERMANY, SECRETARIAT, COMMISSION], ids=lambda who: f"{who.bureau} {who.purpose}")
def test_only_the_owner_may_restrict_and_renew_a_record(other: Caller) -> None:
    """Neither the Secretariat, nor the Commission, which makes decisions instead."""
    with pytest.raises(NotTheOwner):
        restrict(thing(), BARRING_DE, by=other, at=LATER)
    with pytest.raises(NotTheOwner):
        renew(thing(), TERM, by=other, at=LATER)


@pytest.mark.parametrize(
    ("who", "may_look", "may_decide"),
    [(FRANCE, True, False), (GERMANY, False, False), (SECRETARIAT, False, False), (COMMISSION, True, True)],
    ids=["owner", "other bureau", "Secretariat", "Commission"],
)
def test_only_owner_and_commission_see_recipients_and_only_the_commission_decides(
    who: Caller, may_look: bool, may_decide: bool
) -> None:
    """The Secretariat reviews records, but does not see their recipients."""
    record = thing()
    assert passes(lambda: require_history_access(record.owner, record.id, who), NotTheOwner) is may_look
    assert passes(lambda: require_commission(who), CommissionOnly) is may_decide


def passes(check: Any, refusal: type[Exception]) -> bool:
    try:
        check()
    except refusal:
        return False
    return True


# RFC 7396, appendix A.
@pytest.mark.parametrize(
    ("before", "patch", "after"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_follows_rfc_7396(before: Any, patch: Any, after: Any) -> None:
    assert merged(before, patch) == after


def test_a_correction_changes_only_the_members_that_it_names() -> None:
    corrected = corrected_input(thing(size=4, restricted=("KE",)), {"colour": "blue", "size": None})
    assert corrected == ThingDescription(
        colour="blue", size=None, restricted=(BureauCode("KE"),), purpose=Purpose.CRIMINAL_INVESTIGATION
    )


@pytest.mark.parametrize(
    "corrections",
    [{"size": "large"}, {"owner": "DE"}, {"version": 7}, {"colour": {"of": "the roof"}}, {"handling": None, "x": 1}],
)
def test_a_correction_that_the_owner_could_not_state_is_refused(corrections: dict[str, Any]) -> None:
    """It must match the model of the kind, and cannot change what the network sets; the error does not quote it."""
    with pytest.raises(Invalid) as refused:
        corrected_input(thing(), corrections)
    assert "large" not in refused.value.detail
    assert refused.value.members["errors"]


def test_the_entry_model_of_a_kind_states_what_may_be_corrected() -> None:
    """A kind that does not inherit one raises TypeError."""
    assert input_of(Thing) is ThingDescription
    with pytest.raises(TypeError, match="must inherit"):
        input_of(Record)


@pytest.mark.parametrize(
    "given",
    [
        {"decision": "correct"},
        {"decision": "correct", "corrections": {}},
        {"decision": "delete", "corrections": {"colour": "blue"}},
        {"decision": "delete", "reference": "the request of Mr. Nobody"},
    ],
)
def test_an_incomplete_decision_or_one_that_names_a_person_is_refused(given: dict[str, Any]) -> None:
    """Corrections go with a correction only, and the reference has no room for a name."""
    with pytest.raises(ValueError):
        CommissionDecision.model_validate({"reference": "CCF/2026/12", **given})


def nested(levels: int, innermost: Any) -> Any:
    value = innermost
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return {"colour": value}


@pytest.mark.parametrize("innermost", ["blue", {}, []])
def test_corrections_nested_deeper_than_records_are_refused(innermost: Any) -> None:
    """16 levels are accepted; a few hundred could be read, but not be written again."""
    decision = {"decision": "correct", "reference": "CCF/2026/12"}
    levels = 15 if innermost == "blue" else 14
    CommissionDecision.model_validate(decision | {"corrections": nested(levels, innermost)})
    for too_many in (levels + 1, 400, 900):
        with pytest.raises(ValueError, match="16 levels"):
            CommissionDecision.model_validate(decision | {"corrections": nested(too_many, innermost)})


BUREAUS = ("DE", "PL", "KE", "IPSG")
numbers = st.dictionaries(st.sampled_from(BUREAUS), st.integers(1, 5))


@given(shown=numbers, notified=numbers)
def test_a_bureau_that_was_shown_a_record_since_its_last_notification_has_a_copy(
    shown: dict[str, int], notified: dict[str, int]
) -> None:
    """A bureau that was notified of all it was shown is not notified again."""
    have = holders(codes(shown), codes(notified))
    assert have == {bureau: last for bureau, last in shown.items() if bureau not in notified or notified[bureau] < last}
    assert holders(codes(shown), {**codes(notified), **have}) == {}


def codes(by_bureau: dict[str, int]) -> dict[BureauCode, int]:
    return {BureauCode(bureau): version for bureau, version in by_bureau.items()}


@pytest.mark.parametrize(
    ("audience", "restricted", "expected"),
    [
        (Audience.ALL, (), {"FR", "DE", "PL", "KE", "IPSG"}),
        (Audience.ALL, ("DE", "KE"), {"FR", "PL", "IPSG"}),
        (Audience.SECRETARIAT, (), {"FR", "IPSG"}),
        (Audience.OWNER, (), {"FR"}),
        (Audience.OWNER, ("FR",), {"FR"}),
    ],
)
def test_audience_and_restriction_decide_which_bureaus_see_a_record(
    audience: Audience, restricted: tuple[str, ...], expected: set[str]
) -> None:
    """For one record as the SQL condition decides for rows."""
    record = thing().model_copy(update={"restricted": restricted})
    assert {code for code in ("FR", *BUREAUS) if may_see(BureauCode(code), record, audience)} == expected


@pytest.mark.parametrize(
    ("stated", "pointer"),
    [
        ({"restricted": ["KE", "FR"]}, "/restricted/1"),
        ({"addressed": ["FR"]}, "/addressed/0"),
    ],
    ids=str,
)
def test_the_owner_is_no_reader_of_its_own_record(stated: dict[str, Any], pointer: str) -> None:
    """It sees the record in any case: naming it can only be a mistake."""
    with pytest.raises(Invalid) as refused:
        thing(**stated)
    assert refused.value.members["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("stated", "pointer", "words"),
    [
        ({"partners": "ALL"}, "/partners", "must be all, or a list of partners"),
        ({"partners": ["partner-icc"]}, "/partners/0", "must be the code of a partner"),
        ({"restricted": ["ke"]}, "/restricted/0", "must be the code of a member"),
        ({"restricted": ["IPSG"]}, "/restricted/0", "must be the code of a member"),
        ({"addressed": ["de"]}, "/addressed/0", "must be the code of a member"),
        ({"reference": "2026/\u200b1"}, "/reference", "must have no invisible characters"),
        ({"reference": "2026/\u202e1"}, "/reference", "must have no invisible characters"),
        ({"reference": "2026" + "\u0301" * 5}, "/reference", "must have at most 4 marks on a letter"),
    ],
    ids=str,
)
def test_a_mistake_in_what_every_entry_states_is_one_error_in_words(
    stated: dict[str, Any], pointer: str, words: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        ThingDescription.model_validate_json(json.dumps(stated))
    [error] = invalid(refused.value.errors(), stated, place="body").members["errors"]
    assert error["pointer"] == pointer
    assert words in error["detail"]


def test_references_that_look_alike_are_the_same() -> None:
    """Letters with accents in one or two characters."""
    assert (
        ThingDescription(reference="Zu\u0308rich 1").reference == ThingDescription(reference="Z\u00fcrich 1").reference
    )


def test_an_entry_with_the_same_readers_in_another_order_is_the_same() -> None:
    first, again = thing(reference="1", restricted=("KE", "PL")), thing(reference="1", restricted=("PL", "KE"))
    assert entered_again(first, again, "/api/things/") is first
    with pytest.raises(ReferenceTaken, match="restricted"):
        entered_again(first, thing(reference="1", restricted=("KE",)), "/api/things/")
