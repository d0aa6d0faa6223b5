"""Draw templates of nobody's fingers directly, thousands a second, to fill a gallery.

Minutiae keep a distance from each other, gather around cores and deltas and lie along the ridge flow, as real ones do.
Searches among them score a little lower than among real ones: accuracy measured with them is an upper bound.
"""

import math
from typing import Final

import numpy as np

from services.fingerprints.minutiae import Template
from services.fingerprints.ridge_flow import Angles, Places, draw_flow

WIDTH, HEIGHT = 320, 400  # pixels at 500 dpi
_MIDDLE: Final = complex(WIDTH / 2, HEIGHT / 2)
_CANDIDATES: Final = 110
_NEAR_SINGULARITIES: Final = 40  # of the candidates
_MIN_DISTANCE: Final = 14.0  # pixels: one and a half ridges
_MIN_MINUTIAE, _MAX_MINUTIAE = 28, 60

_DROPPED: Final = 0.15
_SPURIOUS: Final = 4.0  # on average
_PLACE_ERROR: Final = 1.5  # pixels
_DIRECTION_ERROR: Final = 0.08  # radians
_STRETCH: Final = 4.0  # pixels at the edge
_TURN: Final = 0.2  # radians
_SHIFT: Final = 12.0  # pixels


def draw_template(seed: int) -> Template:
    """Draw a finger's template of 28 to 60 minutiae; the same seed gives the same finger."""
    rng = np.random.default_rng(seed)
    flow = draw_flow(rng)
    places = _thinned(_candidates(flow.singularities, rng))[: int(rng.integers(_MIN_MINUTIAE, _MAX_MINUTIAE + 1))]
    directions = flow.orientation(places) + math.pi * rng.integers(0, 2, len(places))
    return _template(places, directions, rng.uniform(0.6, 1, len(places)))


def impression_of(template: Template, rng: np.random.Generator) -> Template:
    """Return the template of another impression: turned, stretched, some minutiae lost and some spurious."""
    kept = rng.random(len(template)) >= _DROPPED
    places = (template.x[kept] - 1j * template.y[kept]) + _MIDDLE.conjugate() * -1
    directions = template.direction[kept] + rng.normal(0, _DIRECTION_ERROR, int(kept.sum()))
    added = _uniform(int(rng.poisson(_SPURIOUS)), rng)
    places = _moved(np.concatenate([places, added]), rng)
    turn = rng.normal(0, _TURN)
    directions = np.concatenate([directions, rng.uniform(0, 2 * math.pi, len(added))]) + turn
    shift = complex(*rng.normal(0, _SHIFT, 2))
    quality = np.concatenate([template.quality[kept], rng.uniform(0.5, 0.7, len(added))])
    return _template(places * np.exp(1j * turn) + shift, directions, quality)


def _candidates(singularities: Places, rng: np.random.Generator) -> Places:
    """Return places from the middle of the print, in random order: some anywhere, some near cores and deltas."""
    anywhere = _uniform(_CANDIDATES - _NEAR_SINGULARITIES, rng)
    near = rng.choice(singularities, _NEAR_SINGULARITIES) + rng.normal(0, 35, (_NEAR_SINGULARITIES, 2)) @ (1, 1j)
    return rng.permutation(np.concatenate([anywhere, near]))


def _uniform(count: int, rng: np.random.Generator) -> Places:
    radius, angle = np.sqrt(rng.random(count)), rng.random(count) * (2 * math.pi)
    places: Places = radius * (0.45 * WIDTH * np.cos(angle) + 0.47j * HEIGHT * np.sin(angle))
    return places


def _thinned(places: Places) -> Places:
    """Return the places that have no earlier one within the least distance (Matern's second process)."""
    near = np.abs(places[:, np.newaxis] - places) < _MIN_DISTANCE
    return places[~np.tril(near, -1).any(axis=1)]


def _moved(places: Places, rng: np.random.Generator) -> Places:
    """Return places after errors of detection and a smooth stretch of the skin."""
    error = rng.normal(0, _PLACE_ERROR, (len(places), 2)) @ (1, 1j)
    sideways, lengthwise = places.real / (WIDTH / 2), places.imag / (HEIGHT / 2)
    terms = np.stack([sideways, lengthwise, sideways * lengthwise, sideways**2, lengthwise**2])
    weights = rng.normal(0, _STRETCH / 2, (5, 2)) @ (1, 1j)
    return places + error + weights @ terms


def _template(places: Places, directions: Angles, quality: Angles) -> Template:
    x, y = places.real + _MIDDLE.real, _MIDDLE.imag - places.imag
    inside = (x >= 0) & (x < WIDTH) & (y >= 0) & (y < HEIGHT)
    return Template.of(x[inside], y[inside], directions[inside], quality[inside])
