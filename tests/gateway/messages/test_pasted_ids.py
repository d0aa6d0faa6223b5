"""The ids of records in a text, however they are written there."""

from itertools import islice, product
from time import process_time
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.messages.pasted_ids import MAX_IDS, ids_in
from shared.errors import Invalid
from shared.ids import uuid7
from shared.protocol.messages import MAX_BODY
from tests.conftest import NOW

ID = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
DIGITS = ID.replace("-", "")
FULL_WIDTH = ID.translate({ord(each): ord(each) + 0xFEE0 for each in "0123456789abcdef-"})
WIDE_BOLD = ID.translate({ord(str(figure)): 0x1D7CE + figure for figure in range(10)})
# What a program, a mail or a person puts between the digits of an id.
SEPARATORS = (
    "",
    "-",
    "\u2011",
    "\u2013",
    "\u00ad",
    "\u200b",
    "\ufeff",
    "\u0301",
    " ",
    "\n",
    "\r\n> ",
    "%2d",
    "%2D",
    ".",
)


@pytest.mark.parametrize(
    "text",
    [
        ID,
        ID.upper(),
        f"See:{ID}, please",
        f"https://example.org/{ID}/x",
        f"record{ID}",
        f"1{ID}",
        f"{ID}a",
        f"{ID}{ID}",
        DIGITS,
        ID.translate({ord(str(figure)): 0x660 + figure for figure in range(10)}),
        ID.replace("-", "&#45;"),
        "".join(f"%{ord(each):02x}" for each in ID),
        FULL_WIDTH,
        WIDE_BOLD,
        *(ID.replace("-", separator) for separator in SEPARATORS),
        "\n".join(DIGITS),
    ],
)
def test_an_id_is_found_however_it_is_written(text: str) -> None:
    assert ID in ids_in("A car", text)


@given(
    at=st.integers(0, len(DIGITS)),
    separators=st.lists(st.sampled_from(SEPARATORS), min_size=len(DIGITS), max_size=len(DIGITS)),
    before=st.text(max_size=20),
    after=st.text(max_size=20),
    chance=st.binary(min_size=10, max_size=10),
)
def test_no_text_beside_an_id_and_no_separator_in_it_hides_it(
    at: int, separators: list[str], before: str, after: str, chance: bytes
) -> None:
    """Nor a break between subject and body."""
    expected = uuid7(NOW, lambda _: chance)
    digits = [digit + separator for digit, separator in zip(expected.replace("-", ""), separators, strict=True)]
    assert expected in ids_in(before + "".join(digits[:at]), "".join(digits[at:]) + after)


@pytest.mark.parametrize(
    "text",
    ["", "A car", ID[:-1], DIGITS.replace("7c3a", "4c3a"), DIGITS.replace("9f20", "cf20"), f"{ID[:10]} or {ID[10:]}"],
)
def test_what_is_no_id_is_only_text(text: str) -> None:
    assert ids_in("A car", text) == set()


def test_two_ids_are_found_where_one_begins_in_the_other() -> None:
    """The digits before an id may look like one as well: it is found nevertheless."""
    longer = f"{ID[:14]}7c3a-9f20-4d5e6f708192"
    assert ID in ids_in("", longer + ID)


def test_every_character_is_read_in_its_compatibility_form() -> None:
    """Each that stands for a hexadecimal digit, wherever Unicode has it."""
    of_a_digit = [
        each
        for each in map(chr, (*range(0x80, 0xD800), *range(0xE000, 0x110000)))
        if len(form := normalize("NFKC", each).lower()) == 1 and form in "0123456789abcdef"
    ]
    assert len(of_a_digit) > 200
    for each in of_a_digit:
        assert ID in ids_in(ID.replace(normalize("NFKC", each).lower(), each))


def test_as_many_ids_as_a_body_may_have_are_found() -> None:
    ids = [uuid7(NOW) for _ in range(MAX_BODY // 37)]
    assert ids_in("", "\n".join(ids)) >= set(ids)


def test_more_ids_than_a_body_may_have_are_refused() -> None:
    """Of digits that are an id from every second position."""
    different = islice(product("89ab", repeat=8), MAX_BODY // 16)
    digits = (f"7777{''.join(each[:4])}7777{''.join(each[4:])}" for each in different)
    with pytest.raises(Invalid) as refused:
        ids_in("A car", "".join(digits))
    assert [error["pointer"] for error in refused.value.members["errors"]] == ["/body"]
    assert MAX_IDS == 16_384


@pytest.mark.parametrize(
    "text",
    [
        "7" * MAX_BODY,
        "a-" * (MAX_BODY // 2),
        "0123456789abcdef" * (MAX_BODY // 16),
        "\u0301\u0323" * (MAX_BODY // 2),
        "\ufdfa" * MAX_BODY,
        "\u33a5" * MAX_BODY,
        "".join(chr(0x20 + each % 0xD000) for each in range(MAX_BODY)),
    ],
    ids=["digits", "separators", "hexadecimal", "accents", "long forms", "units", "all characters"],
)
def test_no_text_takes_long(text: str) -> None:
    """The accents would take minutes if the text were normalized as a whole."""
    ids_in(ID)
    begun = process_time()
    ids_in("A car", text)
    assert process_time() - begun < 1
