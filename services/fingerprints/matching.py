"""Compare two impressions: local similarities of cylinders, consolidated by Local Similarity Sort with Relaxation.

Source: Cappelli, Ferrara, Maltoni, IEEE TPAMI 32(12), 2010, sections 3.2 and 4.2, parameters of table 1. The paper
takes the most similar pairs, of which several may have the same minutia; here each is in one pair at most (ADR 69).
numpy alone takes 0.45 ms a pair; a compiled kernel (numba) would be about twice as fast but costs 1.2 s and 100 MB to
load. A score orders candidates. Does NOT identify anybody: that is the examiner's decision.
"""

import math
from typing import Final, NamedTuple

import numpy as np

from services.fingerprints.mcc import CELLS_WITHIN, MAX_CYLINDERS, Cylinders, Indices, Words, cylinders_of
from services.fingerprints.minutiae import Floats, Template

_PAIRS_THAT_COUNT: Final = 12
_MIN_COMMON_CELLS: Final = 0.6  # of the cells within the radius
_MAX_TURN: Final = math.pi / 2  # between the directions of two minutiae that may be the same
_RELAXATIONS: Final = 5
_OWN_WEIGHT: Final = 0.5  # of a pair's previous value in a relaxation
# Midpoint and steepness of the three compatibilities: distance in pixels, direction and bearing in radians.
_DISTANCE: Final = (5.0, -8 / 5)
_DIRECTION: Final = (math.pi / 12, -30.0)
_BEARING: Final = (math.pi / 12, -30.0)
_TURN: Final = np.float32(2 * math.pi)

_PLACES: Final = np.arange(MAX_CYLINDERS, dtype=np.float64)
# Orders equal similarities alike whichever impression is the first; together less than a step of a similarity.
_TIES: Final = np.add.outer(_PLACES, _PLACES) * 2.0**-36 + np.abs(np.subtract.outer(_PLACES, _PLACES)) * 2.0**-44


class Placed(NamedTuple):
    """A minutia in its impression: pixels from the upper left corner, and radians."""

    x: float
    y: float
    direction: float


class Pair(NamedTuple):
    """Two minutiae that agree, and what they add to the score."""

    first: Placed
    second: Placed
    share: float


class _Counted(NamedTuple):
    """The pairs that count for a score: which cylinders they are of, and their values."""

    rows: Indices
    columns: Indices
    values: Floats


def score(first: Template, second: Template) -> float:
    """Return how alike two impressions are, 0 to 1: of different fingers about 0.015, of one mostly 0.1 to 0.5."""
    return score_cylinders(cylinders_of(first), cylinders_of(second))


def score_cylinders(first: Cylinders, second: Cylinders) -> float:
    """Return the same score from cylinders that were computed before."""
    # Divided by 12 even if there are fewer: few agreeing minutiae are little evidence.
    return float(_counted(first, second).values.sum() / _PAIRS_THAT_COUNT)


def compare(first: Template, second: Template) -> tuple[float, list[Pair]]:
    """Return the same score, and the pairs that it counts, at most 12, what adds most first."""
    one, other = cylinders_of(first), cylinders_of(second)
    rows, columns, values = _counted(one, other)
    pairs = [
        Pair(_placed(one, row), _placed(other, column), value / _PAIRS_THAT_COUNT)
        for row, column, value in zip(rows.tolist(), columns.tolist(), values.tolist(), strict=True)
    ]
    return float(values.sum() / _PAIRS_THAT_COUNT), sorted(pairs, key=lambda pair: -pair.share)


def _placed(cylinders: Cylinders, number: int) -> Placed:
    x, y, direction = cylinders.x[number], -cylinders.y[number], cylinders.direction[number]
    return Placed(float(x), float(y), float(direction))


def _counted(first: Cylinders, second: Cylinders) -> _Counted:
    similarity = _local_similarities(first, second)
    rows, columns = _pairs(similarity)
    if len(rows) < 2:
        nothing = np.array([], np.intp)
        return _Counted(nothing, nothing, np.array([], np.float32))
    initial = similarity[rows, columns]
    relaxed = _relax(initial, _compatibility(first, second, rows, columns))
    gain = relaxed / np.maximum(initial, np.float32(1e-9))
    counted = np.argsort(-gain, kind="stable")[:_PAIRS_THAT_COUNT]
    return _Counted(rows[counted], columns[counted], relaxed[counted])


def _local_similarities(first: Cylinders, second: Cylinders) -> Floats:
    """Return the similarity of every cylinder to every other over the cells valid in both (eq. 15 and 18)."""
    cells, other = first.cells[:, :, :, np.newaxis], second.cells[:, :, np.newaxis, :]
    valid, other_valid = first.valid[:, :, np.newaxis], second.valid[:, np.newaxis, :]
    common = valid & other_valid
    norms = np.sqrt(_set_bits(cells & other_valid)) + np.sqrt(_set_bits(other & valid))
    similarity: Floats = 1 - np.sqrt(_set_bits((cells ^ other) & common)) / np.maximum(norms, np.float32(1e-9))
    enough = np.bitwise_count(common).sum(axis=0, dtype=np.uint16) >= _MIN_COMMON_CELLS * CELLS_WITHIN
    turn = _angle(first.direction[:, np.newaxis] - second.direction)
    similarity[~enough | (turn > _MAX_TURN) | (norms == 0)] = 0
    return similarity


def _pairs(similarity: Floats) -> tuple[Indices, Indices]:
    """Pair each minutia with one of the other impression at most, the most similar first: rows and columns."""
    count, width = min(similarity.shape), similarity.shape[1]
    comparable = np.flatnonzero(similarity)
    keys = (similarity - _TIES[: len(similarity), :width]).ravel()[comparable]
    rows, columns = np.divmod(comparable[np.argsort(-keys)], width)
    paired: dict[int, int] = {}
    taken: set[int] = set()
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        if row not in paired and column not in taken:
            paired[row] = column
            taken.add(column)
            if len(taken) == count:
                break
    return np.array([*paired], np.intp), np.array([*paired.values()], np.intp)


def _set_bits(words: Words) -> Floats:
    """Count the bits of words (6, 4, n, m) over all layers: (n, m)."""
    counts: Floats = np.bitwise_count(words).sum(axis=(0, 1), dtype=np.uint16).astype(np.float32)
    return counts


def _relax(initial: Floats, compatibility: Floats) -> Floats:
    """Let pairs that agree in geometry raise each other (eq. 24)."""
    support = compatibility * np.float32((1 - _OWN_WEIGHT) / (len(initial) - 1))
    value = initial
    for _ in range(_RELAXATIONS):
        # Not a matrix product: the threads of BLAS cost fifty times the product when other processes are busy.
        value = (support * value).sum(axis=1) + value * np.float32(_OWN_WEIGHT)
    return value


def _compatibility(first: Cylinders, second: Cylinders, rows: Indices, columns: Indices) -> Floats:
    """Return how well each two pairs agree in distance, direction and bearing: (pairs, pairs) (eq. 25 to 27)."""
    distance, turn, bearing = _geometry(first, rows)
    other_distance, other_turn, other_bearing = _geometry(second, columns)
    compatible = (
        _sigmoid(np.abs(distance - other_distance), *_DISTANCE)
        * _sigmoid(_angle(turn - other_turn), *_DIRECTION)
        * _sigmoid(_angle(bearing - other_bearing), *_BEARING)
    )
    np.fill_diagonal(compatible, 0)
    return compatible


def _geometry(cylinders: Cylinders, chosen: Indices) -> tuple[Floats, Floats, Floats]:
    """Return distance, difference of direction and bearing from each chosen minutia to each other."""
    x, y, direction = cylinders.x[chosen], cylinders.y[chosen], cylinders.direction[chosen]
    right, up = x - x[:, np.newaxis], y - y[:, np.newaxis]
    own = direction[:, np.newaxis]
    return np.hypot(right, up), own - direction, own - np.arctan2(up, right)


def _sigmoid(value: Floats, midpoint: float, steepness: float) -> Floats:
    exponent = np.minimum((value - np.float32(midpoint)) * np.float32(-steepness), 60)
    share: Floats = 1 / (1 + np.exp(exponent))
    return share


def _angle(difference: Floats) -> Floats:
    """Return the angle between two directions, 0 to pi: the same for the opposite difference, bit for bit."""
    angle: Floats = np.abs(difference - np.rint(difference / _TURN) * _TURN)
    return angle
