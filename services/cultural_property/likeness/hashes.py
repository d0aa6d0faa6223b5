"""Perceptual hashes: 64 bits of the low frequencies of a picture, which survive scaling, JPEG and other light.

Of a stored picture the whole and five crops are hashed; of one that is sought, its mirror image and its quarter turns
as well, so that 6 x 4 keys are stored, not 48 x 4. Numpy only: `ImageHash` needs scipy and PyWavelets for this.
"""

from collections.abc import Iterator
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

Gray = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SIDE: Final = 32
LOW: Final = 8
BITS: Final = LOW * LOW
BANDS: Final = 4
"""Hashes that differ in fewer bits than this share a band of bits at least."""

BAND_BITS: Final = BITS // BANDS
TURNS: Final = 4
# Of the width and of the height.
_CROPPED: Final = 0.8
# The whole, the middle and the corners: left and top, as parts of what is left over.
_CROPS: Final = ((0.5, 0.5), (0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))
HASHES: Final = 1 + len(_CROPS)


def hashes_of(gray: Gray) -> tuple[int, ...]:
    """Return the hashes of the whole picture and of its five crops."""
    return tuple(_hash_of(tile) for tile in _tiles(gray))


def sought_hashes(gray: Gray, *, is_mirrored: bool) -> tuple[int, ...]:
    """Return the hashes of a picture or of its mirror image, and of their quarter turns."""
    tiles = list(_tiles(gray))
    seen = [np.fliplr(tile) for tile in tiles] if is_mirrored else tiles
    return tuple(dict.fromkeys(_hash_of(np.rot90(tile, turn)) for tile in seen for turn in range(TURNS)))


def bands_of(value: int) -> Iterator[tuple[int, int]]:
    """Yield the number and the bits of each band of a hash."""
    for band in range(BANDS):
        yield band, value >> (band * BAND_BITS) & ((1 << BAND_BITS) - 1)


def _tiles(gray: Gray) -> Iterator[Floats]:
    """Yield the whole and its crops, scaled to one small square each."""
    image = Image.fromarray(gray)
    width, height = image.size
    yield _scaled(image, (0, 0, width, height))
    for left, top in _CROPS:
        x, y = left * (1 - _CROPPED) * width, top * (1 - _CROPPED) * height
        yield _scaled(image, (x, y, x + _CROPPED * width, y + _CROPPED * height))


def _scaled(image: Image.Image, box: tuple[float, float, float, float]) -> Floats:
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX, box=box), np.float32)


def _hash_of(tile: Floats) -> int:
    """Return which of the low frequencies are above their median; the lowest, the mean brightness, is left out."""
    low = (_cosines() @ tile @ _cosines().T).ravel()
    bits = low > np.median(low[1:])
    bits[0] = False
    return int.from_bytes(np.packbits(bits).tobytes())


@cache
def _cosines() -> Floats:
    """Return the first rows of the discrete cosine transform (type II)."""
    at, rows = np.arange(SIDE) + 0.5, np.arange(LOW)
    return np.cos(np.pi / SIDE * rows[:, np.newaxis] * at).astype(np.float32)
