"""Compare the points of two pictures: which belong together, and which of these one view of a plane explains.

A picture photographed from elsewhere is the same plane in another perspective (homography). Points of another work
agree by chance, and few of them. Calls OpenCV.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from services.cultural_property.likeness.points import Codes, Points

# Of 128 bits: half of the points of one place differ by 6 or less, of two places by 42 or more.
MAX_DISTANCE: Final = 32
MIN_PAIRS: Final = 8
_PIXELS: Final = 5.0
_ITERATIONS: Final = 1_500
_CONFIDENCE: Final = 0.995
# How much larger or smaller one picture may show what the other shows.
_MAX_SCALE: Final = 6.0

Indexes = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How two pictures agree: in so many points, of those that are each other's most alike, and which agree."""

    agreeing: int
    paired: int

    sought: Indexes
    """The places in the points that were sought, and, in the same order, those in the points that were found."""

    found: Indexes


NONE: Final = Agreement(0, 0, np.zeros(0, np.intp), np.zeros(0, np.intp))


def compare(sought: Points, found: Points) -> Agreement:
    """Return how the points that are sought agree with those of a picture."""
    ours, theirs = _pairs(sought, found)
    if len(ours) < MIN_PAIRS:
        return NONE
    view, mask = cv2.findHomography(
        sought.places[ours], found.places[theirs], cv2.USAC_MAGSAC, _PIXELS, None, _ITERATIONS, _CONFIDENCE
    )
    if view is None or not _is_possible(view.astype(np.float64), sought):
        return NONE
    agree = np.flatnonzero(mask.ravel())
    if len(agree) < MIN_PAIRS:
        return NONE
    return Agreement(len(agree), len(ours), ours[agree], theirs[agree])


def _pairs(sought: Points, found: Points) -> tuple[Indexes, Indexes]:
    """Return the points that are each other's most alike."""
    if not len(sought) or not len(found):
        return NONE.sought, NONE.found
    distances = _distances(sought.codes, found.codes)
    best, back = distances.argmin(axis=1), distances.argmin(axis=0)
    ours = np.arange(len(sought))
    kept = (back[best] == ours) & (distances[ours, best] <= MAX_DISTANCE)
    return ours[kept], best[kept]


def _distances(sought: Codes, found: Codes) -> npt.NDArray[np.uint8]:
    """Return in how many bits each code that is sought differs from each that is found."""
    ours, theirs = (np.ascontiguousarray(codes).view(np.uint64) for codes in (sought, found))
    differing: npt.NDArray[np.uint8] = np.bitwise_count(ours[:, np.newaxis, 0] ^ theirs[np.newaxis, :, 0])
    differing += np.bitwise_count(ours[:, np.newaxis, 1] ^ theirs[np.newaxis, :, 1])
    return differing


def _is_possible(view: npt.NDArray[np.float64], sought: Points) -> bool:
    """Return whether a camera may see one picture as the other: as a convex shape, of about its size, not mirrored."""
    width, height = sought.width, sought.height
    corners = np.array([(0, 0, 1), (width, 0, 1), (width, height, 1), (0, height, 1)], np.float64) @ view.T
    if not np.isfinite(corners).all() or (corners[:, 2] <= 0.05).any() or abs(np.linalg.det(view)) < 1e-9:
        return False
    flat = corners[:, :2] / corners[:, 2:]
    sides = np.roll(flat, -1, axis=0) - flat
    following = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
    if not (turns > 0).all():
        return False
    lengths = np.linalg.norm(sides, axis=1) / (width, height, width, height)
    return bool((lengths > 1 / _MAX_SCALE).all() and (lengths < _MAX_SCALE).all())
