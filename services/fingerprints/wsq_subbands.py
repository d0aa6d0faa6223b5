"""The sizes of the 64 subbands into which WSQ divides an image (IAFIS-IC-0110v3, figures 5 to 7).

Three levels divide the image as its halves say, and where a length is odd the longer half is the one of low
frequencies: the left or upper one, unless the part is mirrored.
"""

from typing import Final

SUBBANDS: Final = 64
QUANTIZED: Final = 60  # of these; the last four are the highest frequencies, which are never kept


def subband_areas(width: int, height: int) -> list[int]:
    """Return how many coefficients each subband has; those of all are as many as the image has pixels."""
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
        down[2 * below + row] * across[2 * beside + column]
        for below in (0, 1)
        for beside in (0, 1)
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
