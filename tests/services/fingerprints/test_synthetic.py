"""Synthetic fingers are the same for the same seed, and differ from each other as real ones do."""

import cmath
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.fingerprints.images import decode
from services.fingerprints.matching import score
from services.fingerprints.models import LIKELY_SAME_FINGER
from services.fingerprints.ridge_flow import Pattern, draw_flow
from services.fingerprints.synthetic_prints import Finger
from services.fingerprints.synthetic_templates import draw_template, impression_of
from tests.extent import FAST_EXAMPLES, by_extent
from tests.services.fingerprints.extracting import extracted

seeds = st.integers(0, 2**32)


@pytest.mark.thorough
def test_the_same_seeds_give_the_same_image() -> None:
    """An impression can be drawn again at any time."""
    assert np.array_equal(Finger(3).impression(1), Finger(3).impression(1))


@pytest.mark.thorough
def test_other_seeds_give_other_images() -> None:
    """Two impressions of a finger differ, and so do two fingers."""
    assert not np.array_equal(Finger(3).impression(1), Finger(3).impression(2))
    assert not np.array_equal(Finger(3).impression(1), Finger(4).impression(1))


@pytest.mark.thorough
@pytest.mark.parametrize("pattern", list(Pattern))
def test_an_impression_shows_dark_ridges_on_a_light_background(pattern: Pattern) -> None:
    """About half of the middle is dark, and the corner is light."""
    image = Finger(5, pattern).impression()
    assert image.shape == (400, 320)
    assert 0.25 < (image[150:250, 110:210] < 128).mean() < 0.75
    assert image[:20, :20].mean() > 200


@pytest.mark.thorough
def test_the_png_states_its_resolution() -> None:
    """It passes the checks of the service, and has the same pixels."""
    finger = Finger(3)
    assert np.array_equal(decode(finger.png(2)), finger.impression(2))


@pytest.mark.thorough
def test_extraction_distinguishes_two_fingers_by_their_images() -> None:
    """Two impressions of one finger are similar, those of different fingers are not."""
    first, again, other = (extracted(Finger(seed).impression(number)) for seed, number in ((1, 0), (1, 1), (2, 0)))
    assert score(first, again) > 1.5 * LIKELY_SAME_FINGER
    assert score(first, other) < LIKELY_SAME_FINGER


@given(seed=seeds)
def test_the_orientation_turns_by_pi_around_a_core_and_by_minus_pi_around_a_delta(seed: int) -> None:
    """This is what defines them (the Poincaré index)."""
    flow = draw_flow(np.random.default_rng(seed), Pattern.LEFT_LOOP)
    circle = 5 * np.exp(1j * np.linspace(0, 2 * math.pi, 60))
    for places, expected in ((flow.cores, math.pi), (flow.deltas, -math.pi)):
        angles = flow.orientation(places[0] + circle)
        steps = (np.diff(angles) + math.pi / 2) % math.pi - math.pi / 2
        assert steps.sum() == pytest.approx(expected, abs=1e-6)


def test_patterns_are_as_frequent_as_in_the_population() -> None:
    """A third each are loops to the left and right, a quarter whorls, a few arches."""
    rng = np.random.default_rng(1)
    drawn = [draw_flow(rng).pattern for _ in range(1000)]
    shares = {pattern: drawn.count(pattern) / 1000 for pattern in Pattern}
    assert shares[Pattern.ARCH] < 0.1
    assert 0.24 < shares[Pattern.WHORL] < 0.32
    assert 0.28 < shares[Pattern.LEFT_LOOP] < 0.39


@settings(deadline=None)
@given(seed=seeds)
def test_a_drawn_template_is_plausible(seed: int) -> None:
    """20 to 60 minutiae within the image, the same for the same seed, and no two at one place."""
    template = draw_template(seed)
    assert template == draw_template(seed)
    assert 20 <= len(template) <= 60
    places = template.x + 1j * template.y
    distances = np.abs(places[:, None] - places) + 1000 * np.eye(len(places))
    assert distances.min() > 13
    assert all(cmath.isfinite(place) for place in places)


@settings(deadline=None, max_examples=by_extent(FAST_EXAMPLES, 30))
@given(seed=seeds)
def test_a_drawn_impression_matches_its_finger(seed: int) -> None:
    """Despite lost, spurious and moved minutiae."""
    template = draw_template(seed)
    assert score(template, impression_of(template, np.random.default_rng(seed))) > LIKELY_SAME_FINGER
