"""One edit: the enumeration covers one sign wrong, dropped or added and two neighbours swapped, and is symmetric."""

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.numbers import ENGINE_NUMBER, LEAST_SIGNS, PLATE, SERIAL_NUMBER, VIN, NumberKind, neighbourhood, shortened
from shared.numbers.confusions import CONFUSED, TYPED_BESIDE, weight_of
from shared.numbers.edits import edit_between, neighbours_of

KINDS = (VIN, PLATE, ENGINE_NUMBER, SERIAL_NUMBER)
SMALL = "01A"


def by_hand(signs: str, alphabet: str) -> Iterator[str]:
    """Yield what each kind of edit makes of a number, written down plainly."""
    places = range(len(signs))
    yield from (signs[:at] + signs[at + 1 :] for at in places)
    yield from (signs[:at] + sign + signs[at + 1 :] for at in places for sign in alphabet)
    yield from (signs[:at] + sign + signs[at:] for at in range(len(signs) + 1) for sign in alphabet)
    yield from (signs[:at] + signs[at + 1] + signs[at] + signs[at + 2 :] for at in places[:-1])


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_the_enumeration_is_exactly_all_numbers_one_edit_away(length: int) -> None:
    """For every number of a small alphabet, whatever repeats in it."""
    for signs in map("".join, product(SMALL, repeat=length)):
        expected = {*by_hand(signs, SMALL)} - {signs}
        assert {each.signs for each in neighbours_of(signs, SMALL)} == expected


@pytest.mark.parametrize("length", [1, 2, 3])
def test_two_numbers_are_one_edit_apart_exactly_if_one_is_among_the_neighbours_of_the_other(length: int) -> None:
    """In both directions, among all numbers of a small alphabet."""
    numbers = ["".join(signs) for each in range(length + 2) for signs in product(SMALL, repeat=each)]
    for asked in map("".join, product(SMALL, repeat=length)):
        near = {each.signs for each in neighbours_of(asked, SMALL)}
        for found in numbers:
            assert (edit_between(asked, found, SMALL) is not None) == (found in near), (asked, found)
            assert (edit_between(found, asked, SMALL) is not None) == (found in near), (asked, found)


@given(kind=st.sampled_from(KINDS), data=st.data())
def test_the_neighbourhood_of_a_number_has_every_slip_in_its_look_alike_form(
    kind: NumberKind, data: st.DataObject
) -> None:
    """A number as long as real ones; a neighbour has the number among its own, with the same weight."""
    signs = data.draw(st.text(kind.alphabet, min_size=LEAST_SIGNS, max_size=17))
    slip = data.draw(st.sampled_from(sorted({*by_hand(signs, kind.alphabet)} - {signs})))
    if len(slip) < LEAST_SIGNS:
        assert slip not in neighbourhood(signs, kind)
        return
    assert slip in neighbourhood(signs, kind)
    assert signs in neighbourhood(slip, kind)
    assert shortened(signs) & shortened(slip)
    there, back = edit_between(signs, slip, kind.alphabet), edit_between(slip, signs, kind.alphabet)
    assert there is not None
    assert back is not None
    assert weight_of(there, signs, slip) == weight_of(back, slip, signs)


def test_a_neighbourhood_is_about_a_thousand_numbers_for_a_vin_and_four_hundred_for_a_plate() -> None:
    """Each once, the likeliest first, and not the number itself."""
    for signs, kind, size in (("2AR93700005123456", VIN, 973), ("F2512KL", PLATE, 419)):
        near = neighbourhood(signs, kind)
        assert (len(near), len(set(near))) == (size, size)
        assert signs not in near
        edits = [edit_between(signs, each, kind.alphabet) for each in near]
        weights = [weight_of(edit, signs, each) for edit, each in zip(edits, near, strict=True) if edit]
        assert weights == sorted(weights, reverse=True)
        assert len(weights) == size


def test_a_sign_typed_beside_the_right_one_and_one_left_out_come_before_any_other() -> None:
    """Next to it, above or below it, on a keyboard and on a numeric keypad."""
    near = neighbourhood("F2512KL", PLATE)
    others = near.index("F2512KH")
    for slip in ("F5512KL", "F3512KL", "F2812KL", "F2542KL", "F2510KL", "V2512KL", "F2512ML", "F212KL", "F25912KL"):
        assert near.index(slip) < others, slip


def test_a_number_of_fewer_than_four_signs_has_no_neighbourhood() -> None:
    """Nearly each of its neighbours is on a vehicle."""
    assert neighbourhood("A12", PLATE) == ()
    assert all(len(each) >= LEAST_SIGNS for each in neighbourhood("A123", PLATE))


def test_a_sign_of_another_script_is_swapped_but_never_guessed() -> None:
    """So that the relation stays symmetric."""
    assert edit_between("AB12س", "AB1س2", PLATE.alphabet) is not None
    assert edit_between("AB12س", "AB12", PLATE.alphabet) is None
    assert edit_between("AB12س", "AB12ش", PLATE.alphabet) is None


def test_the_confusions_are_pairs_of_signs_that_are_not_look_alikes() -> None:
    """Look-alikes are one sign already, so such a pair would never apply."""
    assert all(len(pair) == 2 for pair in CONFUSED | TYPED_BESIDE)
    assert all(sign in PLATE.alphabet for pair in CONFUSED for sign in pair)
