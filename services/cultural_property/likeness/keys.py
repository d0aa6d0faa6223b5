"""The keys by which a picture is found: bands of its hashes, and words, which are 28 bits of the code of a point.

A picture that has one of the keys that are sought is a candidate, and one that has many is compared. A key is a number
of a database, so that a search reads by key, whatever the number of pictures.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from services.cultural_property.likeness.hashes import bands_of
from services.cultural_property.likeness.points import Codes, Points

# Which bits of a code a word has: little alike, as often set as not, and seldom changed by another view. Chosen on
# drawn pictures of all styles but the one held out.
WORD_BITS: Final = (
    *(63, 77, 43, 12, 96, 89, 23, 100, 60, 113, 0, 85, 51, 116),
    *(57, 3, 105, 24, 95, 37, 67, 101, 53, 15, 9, 121, 83, 111),
)
PROBED_BITS: Final = 2
"""Of each point that is sought, so many bits that are least certain are tried both ways: 4 words."""

_BAND, _WORD = 1 << 40, 2 << 40
_BAND_PLACE: Final = 32
_POWERS: Final = 1 << np.arange(len(WORD_BITS), dtype=np.int64)

Words = npt.NDArray[np.int64]


def keys_of(points: Points) -> frozenset[int]:
    """Return the keys of a picture that is stored; they follow from what is stored of it."""
    return frozenset(band_keys(points.hashes) | word_keys(points.codes))


def band_keys(hashes: Iterable[int]) -> set[int]:
    """Return the keys of the bands of hashes."""
    return {_BAND | band << _BAND_PLACE | bits for value in hashes for band, bits in bands_of(value)}


def word_keys(codes: Codes) -> set[int]:
    """Return the keys of the words of a picture that is stored."""
    return {_WORD | word for word in _words(_bits_of(codes)).tolist()}


def sought_word_keys(descriptors: npt.NDArray[np.float32]) -> set[int]:
    """Return the keys of the words of a picture that is sought, also with bits that may have changed."""
    if not len(descriptors):
        return set()
    margins = descriptors[:, WORD_BITS] - np.median(descriptors, axis=1, keepdims=True)
    bits = margins > 0
    uncertain = np.argsort(np.abs(margins), axis=1, kind="stable")[:, :PROBED_BITS]
    found = set[int]()
    for chosen in range(1 << PROBED_BITS):
        tried = bits.copy()
        for number in range(PROBED_BITS):
            if chosen >> number & 1:
                column = uncertain[:, number : number + 1]
                np.put_along_axis(tried, column, ~np.take_along_axis(tried, column, 1), 1)
        found.update(_WORD | word for word in _words(tried).tolist())
    return found


def _bits_of(codes: Codes) -> npt.NDArray[np.bool_]:
    return np.unpackbits(codes, axis=1)[:, WORD_BITS].astype(bool)


def _words(bits: npt.NDArray[np.bool_]) -> Words:
    words: Words = bits @ _POWERS
    return words
