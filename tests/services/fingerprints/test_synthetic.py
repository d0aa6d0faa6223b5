"""Synthetic fingers are the same for the same seed, and unlike each other as real ones are."""

import cmath
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.fingerprints.images import decode
from services.fingerprints.matching import score
from services.fingerprints.minutiae import extract
from services.fingerprints.models import LIKELY_SAME_FINGER
from services.fingerprints.ridge_flow import Pattern, draw_flow
from services.fingerprints.synthetic_prints import Finger
from services.fingerprints.synthetic_templates import draw_template, impression_of
from tests.extent import FAST_EXAMPLES, by_extent

seeds = st.integers(0, 2**32)


def test_the_same_seeds_give_the_same_image() -> None:
    """An impression can be drawn again at any time."""
    assert np.array_equal(Finger(3).impression(1), Finger(3).impression(1))


def test_other_seeds_give_other_images() -> None:
    """Neither two impressions nor two fingers are the same pixels."""
    assert not np.array_equal(Finger(3).impression(1), Finger(3).impression(2))
    assert not np.array_equal(Finger(3).impression(1), Finger(4).impression(1))


@pytest.mark.parametrize("pattern", list(Pattern))
def test_an_impression_is_dark_ridges_on_light_ground(pattern: Pattern) -> None:
    """Half of the middle is ink, the corners are paper."""
    image = Finger(5, pattern).impression()
    assert image.shape == (400, 320)
    assert 0.25 < (image[150:250, 110:210] < 128).mean() < 0.75
    assert image[:20, :20].mean() > 200


def test_the_png_states_its_resolution() -> None:
    """The file passes the checks of the service and holds the same pixels."""
    finger = Finger(3)
    assert np.array_equal(decode(finger.png(2)), finger.impression(2))


def test_extraction_tells_two_fingers_apart_by_their_images() -> None:
    """Two impressions of each finger are alike, those of different fingers are not."""
    first, again, other = (extract(Finger(seed).impression(number)) for seed, number in ((1, 0), (1, 1), (2, 0)))
    assert score(first, again) > 1.5 * LIKELY_SAME_FINGER
    assert score(first, other) < LIKELY_SAME_FINGER


@given(seed=seeds)
def test_the_ridges_turn_half_around_at_a_core_and_back_at_a_delta(seed: int) -> None:
    """Once around a core the orientation turns by pi, around a delta by minus pi: else it is neither."""
    flow = draw_flow(np.random.default_rng(seed), Pattern.LEFT_LOOP)
    circle = 5 * np.exp(1j * np.linspace(0, 2 * math.pi, 60))
    for places, expected in ((flow.cores, math.pi), (flow.deltas, -math.pi)):
        angles = flow.orientation(places[0] + circle)
        steps = (np.diff(angles) + math.pi / 2) % math.pi - math.pi / 2
        assert steps.sum() == pytest.approx(expected, abs=1e-6)


def test_patterns_are_as_frequent_as_among_people() -> None:
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
    """Up to 60 minutiae within the image, the same for the same seed, and none upon another."""
    template = draw_template(seed)
    assert template == draw_template(seed)
    assert 20 <= len(template) <= 60
    places = template.x + 1j * template.y
    distances = np.abs(places[:, None] - places) + 1000 * np.eye(len(places))
    assert distances.min() > 13
    assert all(cmath.isfinite(place) for place in places)


@settings(deadline=None, max_examples=by_extent(FAST_EXAMPLES, 30))
@given(seed=seeds)
def test_a_drawn_impression_is_of_the_same_finger(seed: int) -> None:
    """Lost, spurious and moved minutiae leave enough to tell whose they are."""
    template = draw_template(seed)
    assert score(template, impression_of(template, np.random.default_rng(seed))) > LIKELY_SAME_FINGER
