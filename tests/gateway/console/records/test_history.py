"""What differs between two versions of a record."""

from typing import Any

import pytest

from gateway.console.records.descriptions import DESCRIPTIONS, NOTICES
from gateway.console.records.history import MAX_WORDS, Change, changes
from gateway.console.records.teeth import chart_of

VEHICLE = DESCRIPTIONS["stolen-vehicles"]


def one(old: dict[str, Any], new: dict[str, Any]) -> Change:
    [change] = changes(old, new, VEHICLE)
    return change


def test_a_text_differs_by_its_words() -> None:
    change = one({"marks": "dent in the left door"}, {"marks": "dent in the right door"})
    assert [piece.text for piece in change.pieces_before if piece.is_changed] == ["left"]
    assert [piece.text for piece in change.pieces_after if piece.is_changed] == ["right"]
    assert "".join(piece.text for piece in change.pieces_after) == "dent in the right door"


def test_a_list_differs_by_its_entries() -> None:
    change = one({"links": ["a", "b"]}, {"links": ["b", "c"]})
    assert (len(change.before), len(change.after), change.kept) == (1, 1, 1)


def test_the_same_entries_in_another_order_differ() -> None:
    change = one({"links": ["a", "b"]}, {"links": ["b", "a"]})
    assert (len(change.before), len(change.after), change.kept) == (2, 2, 0)


@pytest.mark.parametrize(("old", "new"), [(None, "red"), ("red", None), ("red", "blue")])
def test_what_was_put_in_and_taken_out_differs(old: str | None, new: str | None) -> None:
    change = one({"colour": old}, {"colour": new})
    assert bool(change.before or change.pieces_before) == (old is not None)
    assert bool(change.after or change.pieces_after) == (new is not None)


def test_what_differs_in_each_version_is_not_told() -> None:
    assert (
        changes({"version": 1, "updated": "a", "make": "Fiat"}, {"version": 2, "updated": "b"}, VEHICLE)[0].name
        == "make"
    )
    assert changes({"version": 1, "marks": None}, {"version": 2, "marks": ""}, VEHICLE) == []


def test_members_of_a_subject_differ_one_by_one_in_the_order_of_the_page() -> None:
    old = {"subject": {"name": "Aurlund", "height": 170}, "facts": "Seen."}
    new = {"subject": {"name": "Aurlund", "height": 172, "sex": "F"}, "facts": "Seen twice."}
    assert [each.name for each in changes(old, new, NOTICES["blue"])] == ["sex", "height", "facts"]


def test_long_texts_differ_as_a_whole() -> None:
    words = "a b " * MAX_WORDS
    assert len(one({"marks": words}, {"marks": f"{words}c"}).pieces_before) == 1


def test_a_dental_chart_has_the_right_side_on_the_left_and_milk_teeth_if_one_is_stated() -> None:
    upper, lower = chart_of([{"tooth": "11", "state": "crowned"}])
    assert upper.quadrants[0][-1].number == "11"
    assert upper.quadrants[1][0].number == "21"
    assert lower.quadrants[0][0].number == "48"
    assert upper.quadrants[0][-1].state == "crowned"
    assert len(chart_of([{"tooth": "51", "state": "sound"}])) == 4
