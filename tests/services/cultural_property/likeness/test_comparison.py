"""Which pictures agree, and how that is said."""

import pytest

from services.cultural_property.likeness.comparison import compare
from services.cultural_property.likeness.description import describe, seek
from services.cultural_property.likeness.messages import Score
from services.cultural_property.likeness.points import mirror_of
from services.cultural_property.likeness.scoring import is_hit, share, words
from services.cultural_property.synthesis.pictures.retaken import CHANGES
from services.cultural_property.synthesis.pictures.works import STYLES, DrawnWork
from tests.services.cultural_property.likeness.pictures import plain, retaken, work


def score_of(drawn: DrawnWork, change: str, other: DrawnWork) -> Score:
    """Return how a picture that is photographed again, or its mirror image, agrees with another."""
    sought, found = seek(retaken(drawn, change)).points, describe(other.draw())
    agreements = (compare(sought, found), compare(mirror_of(sought), found))
    best = max(agreements, key=lambda each: each.agreeing)
    return Score(best.agreeing, best.paired)


@pytest.mark.parametrize("change", CHANGES)
def test_a_picture_that_is_photographed_again_agrees(change: str) -> None:
    """From another side, in other light, cut, in a frame, mirrored, on its side or stored badly."""
    assert is_hit(score_of(work(), change, work()))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("change", ["light", "perspective"])
def test_another_work_of_the_series_does_not_agree(style: str, change: str) -> None:
    """By one hand, with the same motif."""
    assert not is_hit(score_of(work(style), change, work(style, detail=1)))


@pytest.mark.thorough
@pytest.mark.parametrize("style", STYLES)
def test_another_work_of_the_hand_does_not_agree(style: str) -> None:
    """Nor a work of another hand."""
    assert not is_hit(score_of(work(style), "light", work(style, number=1)))
    assert not is_hit(score_of(work(style), "light", work(style, number=40)))


def test_a_picture_of_one_colour_agrees_with_nothing() -> None:
    """Not even with itself."""
    nothing, something = describe(plain()), describe(work().draw())
    for one, other in ((nothing, nothing), (nothing, something), (something, nothing)):
        assert compare(one, other).agreeing == 0


def test_points_that_agree_are_each_once() -> None:
    """In both pictures."""
    found = compare(seek(retaken(work(), "snapshot")).points, describe(work().draw()))
    assert len(set(found.sought.tolist())) == len(set(found.found.tolist())) == found.agreeing <= found.paired


@pytest.mark.parametrize(
    ("score", "expected"), [(Score(41, 60), True), (Score(12, 12), True), (Score(7, 7), False), (Score(24, 90), False)]
)
def test_a_hit_needs_many_points_and_a_large_part(score: Score, expected: bool) -> None:
    """Neither suffices alone."""
    assert is_hit(score) is expected


def test_the_score_is_said_in_words() -> None:
    """With the mirror image, if that agrees."""
    assert words(Score(41, 60), is_mirrored=False) == "41 of 60 points agree"
    assert words(Score(41, 60), is_mirrored=True) == "41 of 60 points agree, in the mirror image"
    assert (share(Score(41, 60)), share(Score(0, 0))) == (0.6833, 0.0)
