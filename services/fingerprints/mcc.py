"""Minutia Cylinder-Code: describe each minutia by the minutiae around it, in bits that do not depend on the pose.

Source: Cappelli, Ferrara, Maltoni, "Minutia Cylinder-Code", IEEE TPAMI 32(12), 2010, section 3 and table 1. Every
parameter is the paper's for the bit-based code. Since the Gaussian of a cell is separable along the axes of the
minutia, all cells of a template are one matrix product.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from services.fingerprints.minutiae import Floats, Template

Words = npt.NDArray[np.uint64]
Bits = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]

MAX_CYLINDERS: Final = 100  # the surest; bounds the memory of a finger
LAYERS: Final = 6  # directions of a cylinder
SIDE: Final = 16  # cells along a side of a cylinder

RADIUS: Final = 70.0  # pixels
_SPATIAL_SIGMA: Final = 28 / 3  # pixels
_DIRECTION_SIGMA: Final = 2 * math.pi / 9
_CELL_THRESHOLD: Final = 0.005
_BEYOND_HULL: Final = 50.0  # pixels outside the convex hull of the minutiae that still count as seen
_MIN_VISIBLE: Final = 0.75  # of the cells within the radius
_MIN_NEIGHBOURS: Final = 2
_DIRECTION_STEPS: Final = 512  # entries of the table of directional contributions

# The middles of the cells in pixels from the minutia: along one side (16,), and of all as (2, 256).
_CENTRES: Final = ((np.arange(SIDE) - (SIDE - 1) / 2) * (2 * RADIUS / SIDE)).astype(np.float32)
_PLACES: Final = np.stack([np.tile(_CENTRES, SIDE), np.repeat(_CENTRES, SIDE)])
_WITHIN: Final = np.hypot(_PLACES[0], _PLACES[1]) <= RADIUS
CELLS_WITHIN: Final = int(_WITHIN.sum())


@dataclass(frozen=True, slots=True)
class Cylinders:
    """The valid cylinders of one impression, `n` of them, the surest first, at most 100.

    cells: packed bits (6, 4, n). valid: which cells could be seen, the same in all layers (4, n). coarse: the cells at
    half the resolution (6, n), all taken as seen. x, y: pixels, y upwards; direction: radians; all (n,).
    """

    cells: Words
    valid: Words
    coarse: Words
    x: Floats
    y: Floats
    direction: Floats

    def __len__(self) -> int:
        return len(self.x)


def cylinders_of(template: Template) -> Cylinders:
    """Return the cylinders of all minutiae that have enough neighbours within sight; perhaps none."""
    x, y, direction = template.x, -template.y, template.direction
    along, across = _neighbours(x, y, direction)
    visible = _visible_cells(x, y, direction)
    kept = _usable(along, across, visible, template.quality)
    sums, visible = _cell_sums(along[kept], across[kept], _turns(direction, kept)), visible[kept]
    cells = (sums > _CELL_THRESHOLD) & visible[:, np.newaxis]
    packed = (_packed(cells).reshape(LAYERS, 4, len(kept)), _packed(visible), _packed(_coarse_cells(sums)))
    return Cylinders(*packed, x[kept], y[kept], direction[kept])


def _neighbours(x: Floats, y: Floats, direction: Floats) -> tuple[Floats, Floats]:
    """Return where each minutia sees every other, along and across its direction; both (n, n) in pixels."""
    right, up = x - x[:, np.newaxis], y - y[:, np.newaxis]
    cosine, sine = np.cos(direction)[:, np.newaxis], np.sin(direction)[:, np.newaxis]
    return right * cosine + up * sine, up * cosine - right * sine


def _turns(direction: Floats, kept: Indices) -> Indices:
    """Return the differences of direction from each kept minutia to every one, as rows of the directional table."""
    steps = (direction[kept, np.newaxis] - direction) * (_DIRECTION_STEPS / (2 * math.pi))
    turns: Indices = np.rint(steps).astype(np.intp) % _DIRECTION_STEPS
    return turns


def _cell_sums(along: Floats, across: Floats, turns: Indices) -> Floats:
    """Return what all neighbours contribute to each cell as (kept, 6, 16, 16) (paper, eq. 5 to 11).

    The paper cuts contributions at three standard deviations; here the tail stays, a tenth of the threshold.
    """
    kept, count = turns.shape
    by_place = _gaussian(across)
    by_place[(along == 0) & (across == 0)] = 0  # a minutia is no neighbour of its own
    rows = _directional_table()[turns][:, :, :, np.newaxis] * by_place[:, :, np.newaxis, :]
    rows = rows.reshape(kept, count, LAYERS * SIDE).transpose(0, 2, 1)
    density = 1 / (_SPATIAL_SIGMA * math.sqrt(2 * math.pi))
    sums: Floats = np.multiply(rows @ _gaussian(along), density, dtype=np.float32)
    return sums.reshape(kept, LAYERS, SIDE, SIDE)


def _coarse_cells(sums: Floats) -> Bits:
    """Return cells of twice the width, by the mean of the four within: (kept, 6, 8, 8)."""
    rows = sums[:, :, 0::2] + sums[:, :, 1::2]
    coarse: Bits = rows[:, :, :, 0::2] + rows[:, :, :, 1::2] > 4 * _CELL_THRESHOLD
    return coarse


def _gaussian(distance: Floats) -> Floats:
    away = (distance[:, :, np.newaxis] - _CENTRES) * np.float32(1 / _SPATIAL_SIGMA)
    weight: Floats = np.exp(away * away * np.float32(-0.5))
    return weight


@cache
def _directional_table() -> Floats:
    """Return the share of each layer for a difference of directions: (512, 6) (paper, eq. 9 to 11)."""
    difference = np.arange(_DIRECTION_STEPS) * (2 * math.pi / _DIRECTION_STEPS)
    layer = -math.pi + (np.arange(LAYERS) + 0.5) * (2 * math.pi / LAYERS)
    away = (difference[:, np.newaxis] - layer + math.pi) % (2 * math.pi) - math.pi
    error_function = np.vectorize(math.erf)
    scale, half = _DIRECTION_SIGMA * math.sqrt(2), math.pi / LAYERS
    share = (error_function((away + half) / scale) - error_function((away - half) / scale)) / 2
    return np.asarray(share, np.float32)


def _visible_cells(x: Floats, y: Floats, direction: Floats) -> Bits:
    """Return the cells within the radius and near the convex hull of the minutiae: (n, 16, 16)."""
    corners = _convex_hull(x, y)
    if len(corners) < 3:
        return np.zeros((len(x), SIDE, SIDE), np.bool_)
    edges = np.roll(corners, -1, axis=0) - corners
    inwards = np.stack([-edges[:, 1], edges[:, 0]], axis=1) / np.hypot(edges[:, :1], edges[:, 1:])
    depth = np.stack([x, y], axis=1) @ inwards.T - (corners * inwards).sum(axis=1)
    cosine, sine = np.cos(direction)[:, np.newaxis], np.sin(direction)[:, np.newaxis]
    along, across = inwards[:, 0] * cosine + inwards[:, 1] * sine, inwards[:, 1] * cosine - inwards[:, 0] * sine
    cells = np.stack([along, across], axis=2) @ _PLACES + depth[:, :, np.newaxis]
    visible: Bits = _WITHIN & (cells.min(axis=1) >= -_BEYOND_HULL)
    return visible.reshape(-1, SIDE, SIDE)


def _convex_hull(x: Floats, y: Floats) -> Floats:
    """Return the corners counterclockwise as (corners, 2) (Andrew's monotone chain)."""
    points = sorted(set(zip(x.tolist(), y.tolist(), strict=True)))
    return np.array(_chain(points)[:-1] + _chain(points[::-1])[:-1], np.float32).reshape(-1, 2)


def _chain(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    chain: list[tuple[float, float]] = []
    for point in points:
        while len(chain) > 1:
            (x, y), (to_x, to_y) = chain[-2:]
            # A corner turns left.
            if (to_x - x) * (point[1] - y) > (to_y - y) * (point[0] - x):
                break
            chain.pop()
        chain.append(point)
    return chain


def _usable(along: Floats, across: Floats, visible: Bits, quality: Floats) -> Indices:
    """Return the indices of the minutiae whose cylinders are worth comparing (paper, 3.1.3), the surest 100."""
    reach = RADIUS + 3 * _SPATIAL_SIGMA
    neighbours = (np.hypot(along, across) <= reach).sum(axis=1) - 1
    enough = (neighbours >= _MIN_NEIGHBOURS) & (visible.sum(axis=(1, 2)) >= _MIN_VISIBLE * CELLS_WITHIN)
    usable = np.flatnonzero(enough)
    return usable[np.argsort(-quality[usable], kind="stable")][:MAX_CYLINDERS]


def _packed(bits: Bits) -> Words:
    """Return bits (n, ...) as words (words, n)."""
    flat = bits.reshape(len(bits), math.prod(bits.shape[1:]))
    packed = np.packbits(flat, axis=1, bitorder="little").view(np.uint64)
    return np.ascontiguousarray(packed.T)
