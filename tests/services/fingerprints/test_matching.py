"""Scores separate impressions of one finger from those of different fingers, however they were taken."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from services.fingerprints.matching import _pairs, compare, score, score_cylinders
from services.fingerprints.mcc import MAX_CYLINDERS, cylinders_of
from services.fingerprints.minutiae import Template
from services.fingerprints.models import LIKELY_SAME_FINGER
from services.fingerprints.synthetic_templates import draw_template, impression_of
from tests.extent import FAST_EXAMPLES, by_extent

seeds = st.integers(0, 10_000)


def moved(template: Template, turn: float, right: float, down: float) -> Template:
    """Return the template rotated about its middle (radians, counterclockwise as seen), and shifted (pixels)."""
    x, y = template.x - 160, template.y - 200
    columns = x * np.cos(turn) + y * np.sin(turn) + right, y * np.cos(turn) - x * np.sin(turn) + down
    return Template.of(*columns, template.direction + turn, template.quality)


def reordered(template: Template, seed: int) -> Template:
    order = np.random.default_rng(seed).permutation(len(template))
    return Template.of(template.x[order], template.y[order], template.direction[order], template.quality[order])


@settings(deadline=None, max_examples=by_extent(FAST_EXAMPLES, 40))
@given(first=seeds, second=seeds)
def test_a_score_lies_between_0_and_1_and_is_symmetric(first: int, second: int) -> None:
    """It makes no difference which of two prints is searched and which is found."""
    one = draw_template(first)
    other = impression_of(draw_template(second), np.random.default_rng(first))
    assert 0 <= score(one, other) <= 1
    assert score(one, other) == pytest.approx(score(other, one), abs=1e-6)


similarities = arrays(
    np.float32, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.sampled_from((0, 0.25, 0.5, 0.75, 1))
)


@given(similarity=similarities)
def test_each_minutia_is_in_one_pair_at_most_and_the_most_similar_pair_first(similarity: np.ndarray) -> None:
    """No pair could be better for both of its minutiae, and exchanging the impressions exchanges only the sides."""
    rows, columns = _pairs(similarity)
    chosen = similarity[rows, columns]
    assert len({*rows}) == len({*columns}) == len(rows)
    assert (chosen > 0).all()
    assert (np.diff(chosen) <= 0).all()
    best_of_row, best_of_column = np.zeros(similarity.shape[0]), np.zeros(similarity.shape[1])
    best_of_row[rows], best_of_column[columns] = chosen, chosen
    assert (similarity <= np.maximum(best_of_row[:, np.newaxis], best_of_column)).all()
    others, back = _pairs(np.ascontiguousarray(similarity.T))
    assert {*zip(rows, columns, strict=True)} == {*zip(back, others, strict=True)}


@pytest.mark.thorough
def test_rotating_and_shifting_a_print_hardly_changes_its_score() -> None:
    """Except for a few prints, which are aligned in another way."""
    draw, changes = np.random.default_rng(247), []
    for seed in range(120):
        template = draw_template(seed)
        other = impression_of(template, np.random.default_rng(seed))
        turned = moved(template, draw.uniform(-1.2, 1.2), draw.uniform(600, 3000), draw.uniform(600, 3000))
        expected = score(template, other)
        changes.append(abs(score(turned, other) - expected) / expected)
    assert np.median(changes) < 0.01
    assert np.quantile(changes, 0.95) < 0.1


@settings(deadline=None, max_examples=20)
@given(seed=seeds)
def test_the_order_of_minutiae_does_not_change_the_score(seed: int) -> None:
    """A template is a set of minutiae."""
    template, other = draw_template(seed), draw_template(seed + 1)
    assert score(reordered(template, seed), other) == pytest.approx(score(template, other), abs=0.01)


@pytest.mark.thorough
def test_impressions_of_one_finger_score_above_all_of_different_fingers() -> None:
    """Genuine and impostor scores of 20 fingers do not overlap, and the threshold lies between them."""
    rng = np.random.default_rng(1)
    fingers = [draw_template(seed) for seed in range(20)]
    others = [cylinders_of(impression_of(finger, rng)) for finger in fingers]
    scores = np.array([[score_cylinders(cylinders_of(one), other) for other in others] for one in fingers])
    impostors = scores[~np.eye(20, dtype=bool)]
    assert impostors.max() < LIKELY_SAME_FINGER < scores.diagonal().min()


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_template_of_too_few_minutiae_scores_zero(count: int) -> None:
    """Even against itself, as a handful of minutiae is no evidence."""
    few = Template.of(np.arange(count) * 20.0, np.zeros(count), np.zeros(count), np.ones(count))
    assert score(few, few) == 0
    assert score(few, draw_template(1)) == 0


def test_a_template_with_all_minutiae_at_one_place_is_scored_without_error() -> None:
    """As one that was made up to break the geometry."""
    pile = Template.of(np.full(20, 100.0), np.full(20, 100.0), np.zeros(20), np.ones(20))
    assert 0 <= score(pile, pile) <= 1


def test_the_number_of_cylinders_of_a_finger_is_limited() -> None:
    """Of the largest template, the hundred minutiae of the best quality are kept."""
    rng = np.random.default_rng(3)
    largest = Template.of(rng.random(255) * 700, rng.random(255) * 700, rng.random(255) * 6, rng.random(255))
    assert len(cylinders_of(largest)) == MAX_CYLINDERS


def test_the_pairs_that_count_are_the_same_minutiae_of_both_prints() -> None:
    """What adds most comes first, all shares are the score, and no minutia is in two pairs."""
    template = draw_template(7)
    turned = moved(template, 0.3, 400, 400)
    counted, pairs = compare(template, turned)
    assert (len(pairs), counted) == (12, pytest.approx(score(template, turned)))
    assert sum(pair.share for pair in pairs) == pytest.approx(counted)
    assert [pair.share for pair in pairs] == sorted((pair.share for pair in pairs), reverse=True)
    for pair in pairs:
        back = moved(Template.of([pair.first.x], [pair.first.y], [pair.first.direction], [1]), 0.3, 400, 400)
        assert np.hypot(back.x[0] - pair.second.x, back.y[0] - pair.second.y) < 1
        assert np.cos(back.direction[0] - pair.second.direction) > 0.99
    assert len({pair.first for pair in pairs}) == len({pair.second for pair in pairs}) == 12


def test_prints_without_cylinders_have_no_pairs() -> None:
    nothing = Template.of([], [], [], [])
    assert compare(nothing, draw_template(7)) == (0.0, [])
