"""Follow the Huffman codes of a WSQ file, to count the coefficients that a decoder would make of them.

A decoder writes as many as there are codes, so a file is decoded only if its image has exactly as many. numpy looks up
all places at which a code could begin at once; Python only goes from one code to the next.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

SUBBANDS: Final = 64
QUANTIZED: Final = 60  # of these; the last four are the highest frequencies, which are never kept
MAX_CODE_BITS: Final = 16
MAX_CODES: Final = 256
_EIGHT_MORE_BITS, _SIXTEEN_MORE_BITS = (101, 102, 105), (103, 104, 106)
_RUN_BY_EIGHT_BITS, _RUN_BY_SIXTEEN_BITS = 105, 106
_LONGEST_RUN: Final = 100
_IMPOSSIBLE: Final = 1 << 30  # more coefficients than any image has
_PADDING_BITS: Final = 7
_CHUNK_BYTES: Final = 16 * 1024
_LOOKAHEAD_BYTES: Final = 5  # of a code that begins in the last bit, and of the 16 bits that may follow it


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A Huffman table as its file defines it: how many codes there are of 1 to 16 bits, and what they stand for."""

    counts: bytes
    values: bytes

    def is_possible(self) -> bool:
        """Return whether its codes are unambiguous and all assigned (IAFIS-IC-0110v3, table 12)."""
        if not self.values or len(self.values) > MAX_CODES or {0, 255} & set(self.values):
            return False
        spent = sum(count << (MAX_CODE_BITS - size) for size, count in enumerate(self.counts, 1))
        return spent <= 1 << MAX_CODE_BITS


class CodeReader:
    """Counts the coefficients in blocks that are coded with one table, which must be possible."""

    def __init__(self, table: CodeTable) -> None:
        steps = np.zeros(1 << MAX_CODE_BITS, np.int32)
        made = np.full(1 << MAX_CODE_BITS, _IMPOSSIBLE, np.int32)
        self._values = np.zeros(1 << MAX_CODE_BITS, np.uint8)
        start, place = 0, 0
        for size, count in enumerate(table.counts, 1):
            width = 1 << (MAX_CODE_BITS - size)
            for value in table.values[place : place + count]:
                here = slice(start, start + width)
                more = 8 if value in _EIGHT_MORE_BITS else 16 if value in _SIXTEEN_MORE_BITS else 0
                steps[here], made[here] = size + more, value if value <= _LONGEST_RUN else 1
                self._values[here] = value
                start += width
            place += count
        self._steps, self._made = steps, made

    def count(self, block: bytes, at_most: int) -> int | None:
        """Return how many coefficients a block without stuffed bytes makes; None if that is damaged or too many."""
        end, place, made = len(block) * 8, 0, 0
        for start in range(0, len(block), _CHUNK_BYTES):
            steps, counts = self._look_up(block, start)
            first, last = start * 8, min(end, (start + _CHUNK_BYTES) * 8)
            while place < last:
                step = steps[place - first]
                if place + step > end or not step:
                    # The bits after the last code fill up a byte.
                    return made if end - place <= _PADDING_BITS else None
                made += counts[place - first]
                place += step
            if made > at_most:
                return None
        return made

    def _look_up(self, block: bytes, start: int) -> tuple[list[int], list[int]]:
        """Return, for each bit of a part of a block, how long what begins there is, and how many coefficients it is."""
        part = block[start : start + _CHUNK_BYTES]
        codes = _sixteen_bits_from_each(block[start : start + _CHUNK_BYTES + _LOOKAHEAD_BYTES])
        here = codes[: len(part) * 8]
        made, values = self._made[here], self._values[here]
        for value, size in ((_RUN_BY_EIGHT_BITS, 8), (_RUN_BY_SIXTEEN_BITS, 16)):
            runs = np.flatnonzero(values == value)
            # How long the run is follows its code.
            made[runs] = codes[runs + self._steps[here[runs]] - size] >> (16 - size)
        return self._steps[here].tolist(), made.tolist()


def _sixteen_bits_from_each(part: bytes) -> npt.NDArray[np.int32]:
    """Return the 16 bits that begin at each bit; zeros follow the last."""
    whole = np.frombuffer(part + bytes(_LOOKAHEAD_BYTES), np.uint8).astype(np.int32)
    three = (whole[:-2] << 16) | (whole[1:-1] << 8) | whole[2:]
    codes: npt.NDArray[np.int32] = (three[:, np.newaxis] >> np.arange(8, 0, -1, dtype=np.int32)) & 0xFFFF
    return codes.ravel()


def subband_areas(width: int, height: int) -> list[int]:
    """Return how many coefficients each subband has; those of all are as many as the image has pixels.

    Three levels divide the image (IAFIS-IC-0110v3, figures 5 to 7). Where a length is odd the longer half is the one of
    low frequencies: the left or upper one, unless the part is mirrored.
    """
    left, right = _halves(_longer(width))
    upper, lower = _halves(_longer(height))
    areas = [0] * SUBBANDS
    areas[3:19] = _sixteen(left, upper)
    areas[19:35] = _sixteen(right, upper, mirrored_across=True)
    areas[48:64] = _sixteen(width, height)
    areas[35:51] = _sixteen(left, lower, mirrored_down=True)
    areas[0:4] = [high * wide for high in _halves(_quarter(upper)) for wide in _halves(_quarter(left))]
    return areas


def _sixteen(width: int, height: int, *, mirrored_across: bool = False, mirrored_down: bool = False) -> list[int]:
    across, down = _quarters(width, mirrored=mirrored_across), _quarters(height, mirrored=mirrored_down)
    return [
        down[2 * lower + row] * across[2 * right + column]
        for lower in (0, 1)
        for right in (0, 1)
        for row in (0, 1)
        for column in (0, 1)
    ]


def _quarters(length: int, *, mirrored: bool) -> tuple[int, int, int, int]:
    first, second = reversed(_halves(length)) if mirrored else _halves(length)
    return (*_halves(first), second // 2, _longer(second))


def _halves(length: int) -> tuple[int, int]:
    return _longer(length), length // 2


def _quarter(length: int) -> int:
    return _longer(_longer(length))


def _longer(length: int) -> int:
    return (length + 1) // 2
