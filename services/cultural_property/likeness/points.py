"""The points of a picture that are compared with those of another: where each is, and a code of what surrounds it.

The code is 128 bits: which of the 128 gradients of its descriptor (SIFT) are above their median, so that neither light
nor contrast changes it. Format and order of bits are fixed; another way to make them gets another version.
"""

import struct
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.float32]

T = TypeVar("T", bound=np.generic)

VERSION: Final = 1
MAX_POINTS: Final = 200
CODE_BYTES: Final = 16
MAX_SIDE: Final = 1024
HASHES: Final = 6
_HEAD: Final = struct.Struct(f">BHHH{HASHES}Q")
_PLACES_PER_PIXEL: Final = 32
POINT_BYTES: Final = 4 + CODE_BYTES
MAX_BYTES: Final = _HEAD.size + MAX_POINTS * POINT_BYTES
"""Of what is stored of one picture."""


class NotPoints(ValueError):
    """The bytes are not those of the points of a picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """The points of a picture, the most distinct first: x and y in pixels of a picture of this size, and codes."""

    width: int
    height: int
    hashes: tuple[int, ...]
    """Of the whole picture, and of its five crops."""

    places: Places
    codes: Codes

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.codes)

    def to_bytes(self) -> bytes:
        """Return the points as they are stored: the same bytes of the same points."""
        places = np.rint(self.places * _PLACES_PER_PIXEL).astype(">u2")
        head = _HEAD.pack(VERSION, self.width, self.height, len(self), *self.hashes)
        return head + places.tobytes() + self.codes.tobytes()


def points_of(stored: bytes) -> Points:
    """Return the points that were stored. Raises NotPoints."""
    if len(stored) < _HEAD.size:
        raise NotPoints("cut short")
    version, width, height, count, *hashes = _HEAD.unpack_from(stored)
    if version != VERSION or count > MAX_POINTS or len(stored) != _HEAD.size + count * POINT_BYTES:
        raise NotPoints("of another version or length")
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise NotPoints("of a picture of no possible size")
    end = _HEAD.size + 4 * count
    numbers = np.frombuffer(stored[_HEAD.size : end], ">u2").reshape(count, 2)
    places = (numbers / _PLACES_PER_PIXEL).astype(np.float32)
    if count and (places > (width, height)).any():
        raise NotPoints("outside of the picture")
    codes = np.frombuffer(stored[end:], np.uint8).reshape(count, CODE_BYTES)
    return Points(width, height, tuple(hashes), places, codes)


def codes_of(descriptors: npt.NDArray[np.float32]) -> Codes:
    """Return the codes of descriptors."""
    if not len(descriptors):
        return np.zeros((0, CODE_BYTES), np.uint8)
    return np.packbits(descriptors > np.median(descriptors, axis=1, keepdims=True), axis=1)


def mirror_of(points: Points) -> Points:
    """Return the points of the mirror image. Its hashes are not those of the mirror image: a search needs none."""
    places = points.places.copy()
    places[:, 0] = points.width - places[:, 0]
    bits = np.unpackbits(points.codes, axis=1) if len(points) else points.codes
    return replace(points, places=places, codes=np.packbits(mirrored(bits), axis=1) if len(points) else bits)


def mirrored(descriptors: npt.NDArray[T]) -> npt.NDArray[T]:
    """Return the descriptors, or their bits, that the same points have in the mirror image.

    A descriptor has 4 x 4 cells of eight directions each, along the direction of its point and across it: across it is
    seen from the other side, and the directions turn the other way.
    """
    cells = descriptors.reshape(-1, 4, 4, 8)
    return np.ascontiguousarray(cells[:, ::-1, :, (0, 7, 6, 5, 4, 3, 2, 1)]).reshape(-1, 128)
