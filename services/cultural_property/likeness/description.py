"""Describe a picture: its hashes, and its most distinct points with what surrounds them. Calls OpenCV.

For a file of a stranger a process of its own calls this module.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from services.cultural_property.likeness.hashes import hashes_of, sought_hashes
from services.cultural_property.likeness.keys import band_keys, sought_word_keys
from services.cultural_property.likeness.points import CODE_BYTES, MAX_POINTS, Points, codes_of, mirrored

SIDE: Final = 400
"""Pixels of the longer side of what is described: details that are smaller do not survive a photograph."""

_CONTRAST: Final = 0.02
_BLUR: Final = 1.6

Descriptors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Sought:
    """What is sought with a picture: its points, and the keys of it and of its mirror image."""

    points: Points
    keys: frozenset[int]
    mirror_keys: frozenset[int]


def describe(image: Image.Image) -> Points:
    """Return what is stored of a picture."""
    return _described(_gray(image))[0]


def seek(image: Image.Image) -> Sought:
    """Return what is sought with a picture."""
    gray = _gray(image)
    points, descriptors = _described(gray)
    keys, mirror_keys = (
        frozenset(band_keys(sought_hashes(gray, is_mirrored=is_mirrored)) | sought_word_keys(seen))
        for seen, is_mirrored in ((descriptors, False), (mirrored(descriptors), True))
    )
    return Sought(points, keys, mirror_keys)


def _described(gray: npt.NDArray[np.uint8]) -> tuple[Points, Descriptors]:
    height, width = gray.shape
    places, descriptors = _features(gray)
    return Points(width, height, hashes_of(gray), places, codes_of(descriptors)), descriptors


def _gray(image: Image.Image) -> npt.NDArray[np.uint8]:
    """Return the picture in gray, scaled to one size: what is told apart must not depend on the camera."""
    longest = max(image.size)
    width, height = (max(1, round(each * SIDE / longest)) for each in image.size)
    resampling = Image.Resampling.BICUBIC if longest < SIDE else Image.Resampling.BOX
    return np.asarray(image.convert("L").resize((width, height), resampling), np.uint8)


def _features(gray: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.float32], Descriptors]:
    """Return the places and descriptors of the most distinct points, at most 200, the most distinct first."""
    found, descriptors = _detector().detectAndCompute(gray, None)
    if descriptors is None or not len(found):
        return np.zeros((0, 2), np.float32), np.zeros((0, CODE_BYTES * 8), np.float32)
    order = np.argsort([-each.response for each in found], kind="stable")[:MAX_POINTS]
    height, width = gray.shape
    places = np.array([found[number].pt for number in order], np.float32)
    return np.clip(places, 0, (width, height)).astype(np.float32), descriptors[order]


@cache
def _detector() -> Any:
    # A process that may start no thread calls this.
    cv2.setNumThreads(1)
    detector: Any = cv2.SIFT_create(nfeatures=MAX_POINTS, contrastThreshold=_CONTRAST, sigma=_BLUR)  # type: ignore[attr-defined]
    return detector
