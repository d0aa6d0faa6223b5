"""The rules of quoted records, without input or output."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.messages.quote_rules import (
    Basis,
    Carried,
    OnwardSharing,
    by_record,
    merged,
    not_shown,
    places,
    quotes_of,
    require_released,
    withheld,
)
from shared.errors import Invalid
from shared.mailbox.stores.quotes import Stated
from shared.protocol.quotes import MAX_QUOTES, QuotedRecord

ID = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
BUREAUS = ("FR", "DE", "KE", "PL")
BUREAU = st.sampled_from(BUREAUS)


def quote(**changed: Any) -> QuotedRecord:
    """Return a quote of a record of France that may not be passed on."""
    plain: dict[str, Any] = {
        "service": "vehicles",
        "kind": "vehicle",
        "record": ID,
        "version": 1,
        "owner": "FR",
        "handling": "RESTRICTED",
        "conditions": ("H2",),
    }
    return QuotedRecord(**(plain | changed))


def carried(*quotes: QuotedRecord) -> list[Carried]:
    """Return quotes that nobody has yet."""
    return [Carried(each) for each in quotes]


FREE = quote(conditions=("H1",))


@given(
    owner=BUREAU, by=BUREAU, to=st.lists(BUREAU, unique=True), released=st.sets(BUREAU), holders=st.frozensets(BUREAU)
)
def test_a_bound_quote_reaches_owner_holders_and_released_bureaus_only(
    owner: str, by: str, to: list[str], released: set[str], holders: frozenset[str]
) -> None:
    """From every sender but the owner."""
    bound = quote(owner=owner)
    known = {(owner, "vehicles", ID, bureau) for bureau in released}
    missing = withheld([Carried(bound, holders)], by, to, known).get(Carried(bound, holders), [])
    allowed = {owner} | released | holders
    assert missing == ([] if by == owner else [each for each in to if each not in allowed])
    assert withheld([Carried(quote(owner=owner, conditions=("H0", "H1")), holders)], by, to, set()) == {}


@pytest.mark.parametrize(
    "released",
    [
        ("DE", "vehicles", ID, "PL"),
        ("FR", "persons", ID, "PL"),
        ("FR", "vehicles", ID.replace("0197", "0198"), "PL"),
        ("FR", "vehicles", ID, "KE"),
    ],
)
def test_a_release_counts_for_its_owner_record_and_bureau_alone(released: tuple[str, str, str, str]) -> None:
    with pytest.raises(OnwardSharing):
        require_released(carried(quote()), "DE", ["PL"], {released})
    require_released(carried(quote()), "DE", ["PL"], {("FR", "vehicles", ID, "PL")})


def test_a_refusal_names_few_of_many_recipients() -> None:
    with pytest.raises(OnwardSharing, match="and 20 more"):
        require_released(carried(quote()), "DE", [f"R{number}" for number in range(30)], set())


@pytest.mark.parametrize(
    ("read", "inherited", "pasted", "expected"),
    [
        pytest.param([FREE], [], [], [FREE], id="what is quoted"),
        pytest.param([], [quote()], [], [quote()], id="what is inherited"),
        pytest.param([quote()], [quote()], [quote()], [quote()], id="each once"),
        pytest.param([], [], [quote()], [quote()], id="a pasted id"),
        pytest.param([FREE], [], [quote()], [FREE], id="a pasted id of what is quoted now"),
        pytest.param([FREE], [], [quote(service="x", owner="KE")], [FREE], id="whatever its service is said to be"),
        pytest.param([FREE], [quote()], [], [FREE, quote()], id="an inherited mark stays"),
        pytest.param([], [quote(version=2)], [quote()], [quote(version=2)], id="a pasted id of what is inherited"),
        pytest.param([], [FREE], [quote()], [FREE, quote()], id="an unmarked quote does not free a pasted id"),
        pytest.param([], [quote(owner="DE")], [quote()], [quote(owner="DE"), quote()], id="nor does another owner"),
    ],
)
def test_a_message_carries_what_it_quotes_inherits_and_pastes(
    read: list[QuotedRecord], inherited: list[QuotedRecord], pasted: list[QuotedRecord], expected: list[QuotedRecord]
) -> None:
    found = merged(read, carried(*inherited), [Carried(each, basis=Basis.STATED) for each in pasted])
    assert [each.quote for each in found] == expected


def test_the_senders_of_one_quote_are_all_its_holders() -> None:
    twice = [Carried(quote(), frozenset({"DE"})), Carried(quote(), frozenset({"KE"}))]
    assert merged([], twice, []) == [Carried(quote(), frozenset({"DE", "KE"}))]


def test_more_quotes_than_a_content_may_have_are_refused() -> None:
    """The refusal points to the text if the ids in it are too many."""
    many = carried(*(quote(version=number) for number in range(1, MAX_QUOTES + 2)))
    assert len(quotes_of(many[1:])) == MAX_QUOTES
    for too_many, pointer in ((many, "/quotes"), ([*many[1:], Carried(quote(), basis=Basis.SHOWN)], "/body")):
        with pytest.raises(Invalid) as refused:
            quotes_of(too_many)
        assert [error["pointer"] for error in refused.value.members["errors"]] == [pointer]


# --- ids in the text


def test_a_pasted_id_adds_one_quote_however_many_bureaus_claim_the_record() -> None:
    """And each of these must have released it: any of them may be the owner."""
    claims = [Stated(quote(owner=owner), owner) for owner in BUREAUS]
    pasted = not_shown(claims, may_exist=True)
    assert quotes_of([*carried(FREE), *pasted]) == (FREE, quote(owner="FR"))
    released = {(owner, "vehicles", ID, "PL") for owner in BUREAUS}
    require_released(pasted, "DE", ["PL"], released)
    with pytest.raises(OnwardSharing, match=r"says so: let an officer send it who may read"):
        require_released(pasted, "DE", ["PL"], released - {("KE", "vehicles", ID, "PL")})


def test_what_its_service_states_of_a_record_counts_before_the_claims_of_bureaus() -> None:
    """They add no place to read it from either."""
    of_service, claim = Stated(quote(), "vehicles"), Stated(quote(owner="KE", service="x"), "KE")
    [found] = by_record([claim, of_service])
    assert found == [of_service]
    assert [(place.service, place.kind) for place in places(found)] == [("vehicles", "vehicle")]
    [(stated, _, basis)] = not_shown(found, may_exist=False)
    assert (stated, basis) == (quote(), Basis.STATED)


def test_a_record_is_read_once_wherever_bureaus_say_that_it_is() -> None:
    claims = [
        Stated(quote(owner=owner, service=service), owner) for owner, service in zip(BUREAUS, "abab", strict=True)
    ]
    assert [place.service for place in places(claims)] == ["a", "b"]


def test_ids_of_more_records_than_a_content_may_quote_are_refused() -> None:
    many = [Stated(quote(record=f"{number:08x}{ID[8:]}"), "vehicles") for number in range(MAX_QUOTES + 1)]
    assert len(by_record(many[1:])) == MAX_QUOTES
    with pytest.raises(Invalid) as refused:
        by_record(many)
    assert [error["pointer"] for error in refused.value.members["errors"]] == ["/body"]
