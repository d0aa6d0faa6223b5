"""Numbers of some kinds are found without the letters before and after their figures, in both directions."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.numbers import SERIAL_NUMBER, NumberKind, number_of, reading
from shared.numbers.confusions import LOOK_ALIKE, WITHOUT_LETTERS
from shared.numbers.written import LEAST_CORE, parts_of

LETTERED: Final = NumberKind("a serial number", SERIAL_NUMBER.look_alikes, found_without_letters=True)
SIGNS: Final = st.text("ABGIOX01289", max_size=9)


@pytest.mark.parametrize(
    ("signs", "parts"),
    [
        ("GXK204881V", ("GXK", "204881", "V")),
        ("204881", ("", "204881", "")),
        ("A12B34C", ("A", "12B34", "C")),
        ("AB123", ("", "AB123", "")),
        ("ABCDE", ("", "ABCDE", "")),
        ("", ("", "", "")),
        ("Ж1234س", ("Ж", "1234", "س")),
    ],
)
def test_a_number_has_letters_and_a_core_that_begins_and_ends_with_a_figure(
    signs: str, parts: tuple[str, str, str]
) -> None:
    """Of fewer than four signs there is no core: the whole is compared."""
    assert parts_of(signs) == parts


@pytest.mark.parametrize(
    ("asked", "found", "words"),
    [
        ("204881", "GXK204881", "the letters GXK before the figures were not asked for"),
        ("GXK204881", "204881", "the letters GXK before the figures are not in the record"),
        ("204881", "204881V", "the letters V after the figures were not asked for"),
        ("GXK204881", "GXK204881V", "the letters V after the figures were not asked for"),
        (
            "204881",
            "GXK204881V",
            "the letters GXK before the figures were not asked for; the letters V after the figures were not asked for",
        ),
        (
            "GXK2O4881",
            "204881",
            "the letters GXK before the figures are not in the record; the 5th sign: asked O, found 0",
        ),
    ],
)
def test_letters_that_one_leaves_out_are_named(asked: str, found: str, words: str) -> None:
    """It is a hit, with a lower score for each side and each sign that looks alike."""
    met = reading(number_of(asked, LETTERED), number_of(found, LETTERED))
    assert met is not None
    assert (met.is_near, met.words) == (False, words)
    sides, alike = words.count("the letters"), words.count(" sign: asked ")
    assert met.score == round(WITHOUT_LETTERS**sides * LOOK_ALIKE**alike, 4)
    plain = reading(number_of(asked, SERIAL_NUMBER), number_of(found, SERIAL_NUMBER))
    assert plain is None or plain.is_near


@pytest.mark.parametrize(
    ("asked", "found"), [("ABC204881", "GXK204881"), ("GXK204881", "204881V"), ("GXK204881V", "204881W"), ("A12", "12")]
)
def test_other_letters_are_of_another_number(asked: str, found: str) -> None:
    """So are those that each leaves out on another side, and those beside few figures."""
    assert reading(number_of(asked, LETTERED), number_of(found, LETTERED)) is None


@given(asked=SIGNS, found=SIGNS)
def test_numbers_that_meet_without_letters_share_their_core(asked: str, found: str) -> None:
    """As it is by their core that they are looked up; and they meet in both directions with one score."""
    one, other = number_of(asked, LETTERED), number_of(found, LETTERED)
    there, back = reading(one, other), reading(other, one)
    assert (there and (there.score, there.is_near)) == (back and (back.score, back.is_near))
    if there is not None and "letters" in there.words:
        assert one.parts.core == other.parts.core
        assert len(one.parts.core) >= LEAST_CORE
