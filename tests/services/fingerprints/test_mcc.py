"""Cylinders have the bits that the definition states, which is computed here one cell at a time.

Source: Cappelli, Ferrara, Maltoni, "Minutia Cylinder-Code", IEEE TPAMI 32(12), 2010, equations 1 to 11 and table 1.
"""

import math
from collections.abc import Sequence
from itertools import permutations, product
from operator import mul
from typing import NamedTuple

import numpy as np
import pytest

from services.fingerprints.mcc import Cylinders, Words, cylinders_of
from services.fingerprints.minutiae import Template

# Table 1. The code here computes with 32 bits and 512 directions: a sum this close to the threshold may exceed it.
RADIUS, SIDE, LAYERS = 70, 16, 6
SIGMA_S, SIGMA_D = 28 / 3, 2 * math.pi / 9
THRESHOLD, TOO_CLOSE = 0.005, 0.0002
BEYOND_HULL, MIN_VISIBLE, MIN_NEIGHBOURS = 50, 0.75, 2

Point = tuple[float, float]
Cell = tuple[int, int, int]


class Minutia(NamedTuple):
    x: float
    y: float  # upwards
    direction: float
    quality: float


def template_of(minutiae: Sequence[Minutia]) -> Template:
    x, y, direction, quality = (np.array(column) for column in zip(*minutiae, strict=True))
    return Template.of(x, 2000 - y, direction, quality)


def read_back(template: Template) -> list[Minutia]:
    """Return the minutiae as a template rounds them."""
    columns = (template.x, -template.y.astype(float), template.direction, template.quality)
    return [Minutia(*map(float, each)) for each in zip(*columns, strict=True)]


def scattered(seed: int, count: int) -> list[Minutia]:
    draw = np.random.default_rng(seed)
    return [
        Minutia(*draw.uniform(600, 780, 2), draw.uniform(-math.pi, math.pi), draw.uniform(0.5, 1)) for _ in range(count)
    ]


def turned(angle: float) -> float:
    """Return an angle between -pi and pi (eq. 7)."""
    return (angle + math.pi) % (2 * math.pi) - math.pi


def centre(of: Minutia, i: int, j: int) -> Point:
    """Return the middle of a cell (eq. 1)."""
    along, across = ((index - (SIDE - 1) / 2) * 2 * RADIUS / SIDE for index in (i, j))
    cosine, sine = math.cos(of.direction), math.sin(of.direction)
    return of.x + along * cosine - across * sine, of.y + along * sine + across * cosine


def in_place(of: Minutia, other: Minutia, i: int, j: int) -> float:
    """Return what another minutia contributes to a cell by its position (eq. 5 and 6)."""
    away = math.dist(centre(of, i, j), (other.x, other.y))
    return math.exp(-(away**2) / (2 * SIGMA_S**2)) / (SIGMA_S * math.sqrt(2 * math.pi))


def in_direction(of: Minutia, other: Minutia, k: int) -> float:
    """Return what another minutia contributes to a cell by its direction (eq. 8 to 11)."""
    width = 2 * math.pi / LAYERS
    off = turned(-math.pi + (k + 0.5) * width - turned(of.direction - other.direction))
    return below(off + width / 2) - below(off - width / 2)


def below(angle: float) -> float:
    """Return the share of the normal distribution of directions below an angle (eq. 11)."""
    return (1 + math.erf(angle / (SIGMA_D * math.sqrt(2)))) / 2


def is_seen(place: Point, of: Minutia, hull: Sequence[tuple[Point, Point]]) -> bool:
    """Return whether a cell is within the radius, and not too far beyond any side of the hull (eq. 4)."""
    inside = all(to_the_left(edge, place) >= -BEYOND_HULL for edge in hull)
    return math.dist(place, (of.x, of.y)) <= RADIUS and inside


def hull_of(minutiae: Sequence[Minutia]) -> list[tuple[Point, Point]]:
    """Return the sides of the convex hull: each line through two minutiae that has all others on its left."""
    places = [(one.x, one.y) for one in minutiae]
    return [edge for edge in permutations(places, 2) if all(to_the_left(edge, place) >= -1e-9 for place in places)]


def to_the_left(edge: tuple[Point, Point], place: Point) -> float:
    (ax, ay), (bx, by) = edge
    return ((bx - ax) * (place[1] - ay) - (by - ay) * (place[0] - ax)) / math.dist(*edge)


class Defined:
    """The cylinder of one minutia among others, by definition."""

    def __init__(self, of: Minutia, minutiae: Sequence[Minutia]) -> None:
        others = [one for one in minutiae if one is not of]
        hull = hull_of(minutiae)
        self.seen = {(i, j): is_seen(centre(of, i, j), of, hull) for i, j in product(range(SIDE), repeat=2)}
        directions = [[in_direction(of, other, k) for other in others] for k in range(LAYERS)]
        places = {(i, j): [in_place(of, other, i, j) for other in others] for i, j in self.seen}
        self.sums = {
            (i, j, k): sum(map(mul, places[i, j], directions[k])) for (i, j), k in product(places, range(LAYERS))
        }
        within = sum(math.dist(centre(of, i, j), (of.x, of.y)) <= RADIUS for i, j in self.seen)
        near = [other for other in others if math.dist(other[:2], of[:2]) <= RADIUS + 3 * SIGMA_S]
        self.is_valid = sum(self.seen.values()) >= MIN_VISIBLE * within and len(near) >= MIN_NEIGHBOURS

    def coarse(self, i: int, j: int, k: int) -> float:
        """Return the mean of four cells, which is compared first here, though not in the paper."""
        return sum(self.sums[2 * i + right, 2 * j + up, k] for right, up in product(range(2), repeat=2)) / 4


def bits(words: Words) -> list[bool]:
    return [bit == "1" for word in words.ravel().tolist() for bit in f"{word:064b}"[::-1]]


def layered(bits: Sequence[bool], side: int) -> dict[Cell, bool]:
    places = [(i, j, k) for k in range(LAYERS) for j in range(side) for i in range(side)]
    return dict(zip(places, bits, strict=True))


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Defined, Cylinders, int]]:
    """Return each cylinder by definition with the cylinders that were computed, and its index in them."""
    template = template_of([*scattered(3, 14), Minutia(1100, 700, 1, 0.9), Minutia(1120, 700, 2, 0.8)])
    minutiae = read_back(template)
    defined = [(one, Defined(one, minutiae)) for one in minutiae]
    valid = sorted((each for each in defined if each[1].is_valid), key=lambda each: -each[0].quality)
    made = cylinders_of(template)
    assert 5 < len(valid) < len(minutiae)
    assert [(one.x, one.y) for one, _ in valid] == list(zip(made.x.tolist(), made.y.tolist(), strict=True))
    return [(each, made, place) for place, (_, each) in enumerate(valid)]


def test_a_cell_is_set_where_the_contributions_exceed_the_threshold(
    pairs: list[tuple[Defined, Cylinders, int]],
) -> None:
    """In each direction of each valid cell."""
    compared = 0
    for defined, made, place in pairs:
        for (i, j, k), is_set in layered(bits(made.cells[:, :, place]), SIDE).items():
            total = defined.sums[i, j, k]
            if abs(total - THRESHOLD) > TOO_CLOSE:
                compared += 1
                assert is_set == (defined.seen[i, j] and total > THRESHOLD), (place, i, j, k, total)
    assert compared > 0.9 * len(pairs) * SIDE * SIDE * LAYERS


def test_a_cell_is_valid_within_the_radius_and_near_the_hull(pairs: list[tuple[Defined, Cylinders, int]]) -> None:
    """Some cells are beyond both, and some within the radius but too far from all minutiae."""
    for defined, made, place in pairs:
        seen = bits(made.valid[:, place])
        assert seen == [defined.seen[i, j] for j, i in product(range(SIDE), repeat=2)]
    assert len({sum(defined.seen.values()) for defined, *_ in pairs}) > 1


def test_a_coarse_cell_is_set_by_the_mean_of_four_cells(pairs: list[tuple[Defined, Cylinders, int]]) -> None:
    """Whether or not they are valid."""
    for defined, made, place in pairs:
        for (i, j, k), is_set in layered(bits(made.coarse[:, place]), SIDE // 2).items():
            total = defined.coarse(i, j, k)
            if abs(total - THRESHOLD) > TOO_CLOSE:
                assert is_set == (total > THRESHOLD), (place, i, j, k, total)
