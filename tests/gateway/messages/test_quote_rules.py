"""The rules of quoted records, without input or output."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.messages.quote_rules import Carried, OnwardSharing, ids_in, merged, require_released, withheld
from shared.errors import Invalid
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
    missing = withheld([Carried(bound, holders)], by, to, known).get(bound, [])
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
        pytest.param([FREE], [quote()], [], [FREE, quote()], id="an inherited mark stays"),
        pytest.param([], [quote(version=2)], [quote()], [quote(version=2)], id="a pasted id of what is inherited"),
        pytest.param([], [FREE], [quote()], [FREE, quote()], id="an unmarked quote does not free a pasted id"),
        pytest.param([], [quote(owner="DE")], [quote()], [quote(owner="DE"), quote()], id="nor does another owner"),
    ],
)
def test_a_message_carries_what_it_quotes_inherits_and_pastes(
    read: list[QuotedRecord], inherited: list[QuotedRecord], pasted: list[QuotedRecord], expected: list[QuotedRecord]
) -> None:
    assert [each.quote for each in merged(read, carried(*inherited), pasted)] == expected


def test_the_senders_of_one_quote_are_all_its_holders() -> None:
    twice = [Carried(quote(), frozenset({"DE"})), Carried(quote(), frozenset({"KE"}))]
    assert merged([], twice, []) == [Carried(quote(), frozenset({"DE", "KE"}))]


def test_more_quotes_than_a_content_may_have_are_refused() -> None:
    many = [quote(version=number) for number in range(1, MAX_QUOTES + 2)]
    assert len(merged([], carried(*many[1:]), [])) == MAX_QUOTES
    with pytest.raises(Invalid):
        merged([], carried(*many), [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ID, True),
        (ID.upper(), True),
        (f"See:{ID}, please", True),
        (f"https://example.org/{ID}/x", True),
        (f"_{ID}_", True),
        (ID[:-1], False),
        (f"{ID}0", False),
        (ID.replace("-", ""), False),
        ("", False),
    ],
)
def test_an_id_is_found_wherever_it_stands_in_a_text(text: str, found: bool) -> None:
    assert ids_in("", text) == ({ID} if found else set())
