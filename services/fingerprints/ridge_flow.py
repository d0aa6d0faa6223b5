"""The flow of the ridges of an imagined finger: zeros (cores) and poles (deltas) of the orientation field.

Source: Sherlock and Monro, "A model for interpreting fingerprint topology", Pattern Recognition 26(7), 1993. Places are
pixels at 500 dpi from the middle of the print, x to the right and y UPWARDS.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.complex128]
Angles = npt.NDArray[np.float64]

_SPREAD: Final = 15.0  # pixels by which a core or delta strays from its usual place
_REACH_OF_ARCH: Final = 90.0  # pixels


class Pattern(StrEnum):
    """The class of a print (Henry), tented arches counted among the loops they nearly are."""

    ARCH = "arch"
    LEFT_LOOP = "left loop"
    RIGHT_LOOP = "right loop"
    WHORL = "whorl"


# How frequent each is: Wilson, Candela, Watson, "Neural network fingerprint classification", 1994.
_FREQUENCIES: Final = {
    Pattern.ARCH: 0.066,
    Pattern.LEFT_LOOP: 0.338,
    Pattern.RIGHT_LOOP: 0.317,
    Pattern.WHORL: 0.279,
}
# Usual places of cores and deltas, x + iy.
_SINGULARITIES: Final[dict[Pattern, tuple[tuple[complex, ...], tuple[complex, ...]]]] = {
    Pattern.ARCH: ((), ()),
    Pattern.LEFT_LOOP: ((10 + 15j,), (80 - 115j,)),
    Pattern.RIGHT_LOOP: ((-10 + 15j,), (-80 - 115j,)),
    Pattern.WHORL: ((30j, -20j), (-95 - 115j, 95 - 115j)),
}


@dataclass(frozen=True, slots=True)
class RidgeFlow:
    """Where the cores and deltas of a finger lie, and how steeply (radians) its ridges rise from both sides."""

    pattern: Pattern
    cores: tuple[complex, ...]
    deltas: tuple[complex, ...]
    rise: float

    @property
    def singularities(self) -> Places:
        """The cores and deltas; the middle of the print for an arch, which has none."""
        return np.array(self.cores + self.deltas or (0j,))

    def orientation(self, places: Places) -> Angles:
        """Return the angle of the ridges at each place, radians counterclockwise; defined but for multiples of pi."""
        angle = -self.rise * np.tanh(places.real / _REACH_OF_ARCH)
        if self.pattern is Pattern.ARCH:
            angle = -self.rise * np.sin(places.real * (math.pi / 150)) * np.exp(-((places.imag / 150) ** 2))
        for core in self.cores:
            angle += np.angle(places - core) / 2
        for delta in self.deltas:
            angle -= np.angle(places - delta) / 2
        return angle


def draw_flow(rng: np.random.Generator, pattern: Pattern | None = None) -> RidgeFlow:
    """Draw the flow of one finger, of a pattern as frequent as among people unless one is named."""
    if pattern is None:
        pattern = tuple(_FREQUENCIES)[int(np.searchsorted(_CUMULATED, rng.random()))]
    cores, deltas = _SINGULARITIES[pattern]
    strays = rng.normal(0, _SPREAD, (len(cores) + 2 * len(deltas), 2)) @ (1, 1j)
    placed = tuple(complex(place + stray) for place, stray in zip(cores + deltas, strays, strict=False))
    rise = rng.uniform(0.4, 1.0) if pattern is Pattern.ARCH else rng.uniform(0.0, 0.4)
    return RidgeFlow(pattern, placed[: len(cores)], placed[len(cores) :], rise)


_CUMULATED: Final = np.cumsum(list(_FREQUENCIES.values()))[:-1]
