"""Numbers of which a part is unknown: which can be looked up, and what they find."""

from random import Random

import pytest
from pydantic_core import PydanticCustomError

from shared.numbers import (
    PLATE,
    VIN,
    NumberPattern,
    has_wildcards,
    is_in_stars,
    masks_of,
    number_of,
    require_searchable,
)

FZ512KL = number_of("FZ 512 KL", PLATE).look


@pytest.mark.parametrize(
    "text", ["FZ512KL", "FZ51*", "*12KL", "FZ?12?L", "?Z512K?", "fz-51*", "FZ51*L", "F*12KL", "???12KL"]
)
def test_a_number_that_can_be_looked_up_is_accepted(text: str) -> None:
    """By its beginning, its end, or all signs but two."""
    assert require_searchable(text) == text
    assert NumberPattern(text, PLATE).fits(FZ512KL)


@pytest.mark.parametrize("text", ["FZ5*", "*2KL", "F?5?2?L", "FZ*KL", "?*FZ512KL*", "?*"])
def test_a_number_with_too_few_known_signs_is_refused_and_told_what_to_state(text: str) -> None:
    """Anything else would read the whole table."""
    with pytest.raises(PydanticCustomError, match="state at least 4 signs in a row at the beginning or at the end"):
        require_searchable(text)


@pytest.mark.parametrize("text", ["*FZ512KL*", " * FZ 512 KL * ", "*A1*"])
def test_stars_before_and_after_a_number_are_those_that_are_stamped_around_it(text: str) -> None:
    """They show that no sign is missing, so the number is whole; a question mark beside them is a wildcard."""
    assert require_searchable(text) == text
    assert is_in_stars(text)
    assert not has_wildcards(text)
    assert number_of(text, VIN) == number_of(text.replace("*", ""), VIN)
    for part in ("*", "**", "FZ51*", "*FZ51", "*FZ?1*", "FZ512KL"):
        assert not is_in_stars(part)


def test_the_numbers_of_a_pattern_that_cannot_be_looked_up_are_not_enumerated() -> None:
    """Whichever kind forgets to refuse it."""
    with pytest.raises(ValueError, match="require_searchable"):
        list(NumberPattern("??????", PLATE).numbers())


def test_more_than_two_gaps_are_refused() -> None:
    """To compare many takes a time that grows with each."""
    with pytest.raises(PydanticCustomError, match="more than 2"):
        require_searchable("FZ51*2*K*L")


def test_a_question_mark_is_one_sign_and_an_asterisk_any_number_of_them() -> None:
    """None as well."""
    assert NumberPattern("FZ512KL*", PLATE).fits(FZ512KL)
    assert not NumberPattern("FZ512KL?", PLATE).fits(FZ512KL)
    assert NumberPattern("FZ51?KL", PLATE).fits(FZ512KL)
    assert not NumberPattern("FZ5?KL", PLATE).fits(FZ512KL)


def test_the_numbers_of_a_mask_are_all_that_fit_it_and_a_number_yields_a_coarser_one() -> None:
    """So a saved search with unknown signs is found by one of few masks of a number."""
    random = Random(3)  # noqa: S311 - nothing secret is drawn
    for length in (3, 7, 12):
        look = "".join(random.choices(VIN.alphabet, k=length))
        at = sorted(random.sample(range(length), 2))
        text = "".join("?" if place in at else sign for place, sign in enumerate(look))
        pattern = NumberPattern(text, VIN)
        numbers = list(pattern.numbers())
        assert len(set(numbers)) == len(VIN.alphabet) ** 2
        assert look in numbers
        assert all(pattern.fits(each) for each in numbers)
        assert pattern.coarse_mask in masks_of(look)
        assert len(masks_of(look)) <= 10
