"""What the works of one hand have in common, and how a drawing differs from its siblings.

A work is drawn by three sources of chance: the hand (palette, strokes), the motif (what is where), and the detail (all
that differs between two works of a series). The same three seeds draw the same work.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

Colour = tuple[int, int, int]
Gray = npt.NDArray[np.float32]

WIDTHS: Final = (280, 320, 360)
HEIGHTS: Final = (260, 320, 380)
_NEAR: Final = 0.05


@dataclass(frozen=True, slots=True)
class Hand:
    """A hand with its palette, and the chance of its motif and of the details of one work."""

    own: Random
    motif: Random
    detail: Random
    width: int
    height: int
    palette: tuple[Colour, ...]

    def shade(self, number: int, by: int = 18) -> Colour:
        """Return a colour of the palette, a little different in each work."""
        red, green, blue = self.palette[number % len(self.palette)]
        return (self._off(red, by), self._off(green, by), self._off(blue, by))

    def _off(self, value: int, by: int) -> int:
        return min(255, max(0, value + self.detail.randint(-by, by)))

    def near(self, value: float, spread: float = _NEAR) -> float:
        """Return about the same value: where siblings differ, by a part of the whole picture."""
        return value + self.detail.uniform(-spread, spread)

    def place(self, spread: float = _NEAR) -> tuple[float, float]:
        """Return a place of the motif in pixels, moved a little in each work."""
        across, down = self.motif.random(), self.motif.random()
        return self.near(across, spread) * self.width, self.near(down, spread) * self.height

    def length(self, least: float, most: float) -> float:
        """Return a length of the motif in pixels, between two parts of the width; siblings differ by a tenth."""
        return self.motif.uniform(least, most) * self.width * self.detail.uniform(0.9, 1.1)


def hand_of(hand: int, motif: int, detail: int) -> Hand:
    """Return the hand with these seeds."""
    own, subject, chance = (Random(seed) for seed in (hand, motif, detail))  # noqa: S311 - nothing secret is drawn
    ground = own.randint(120, 235)
    palette = [(ground, own.randint(100, 230), own.randint(80, 220))]
    palette += [(own.randrange(256), own.randrange(256), own.randrange(256)) for _ in range(6)]
    return Hand(own, subject, chance, own.choice(WIDTHS), own.choice(HEIGHTS), tuple(palette))


def noise(random: Random, width: int, height: int, cells: int, octaves: int = 3) -> Gray:
    """Return smooth noise from 0 to 1: coarse values between which is interpolated, and finer ones added to them."""
    total, weight = np.zeros((height, width), np.float32), 1.0
    for octave in range(octaves):
        across = cells << octave
        down = max(2, across * height // width)
        coarse = Image.frombytes("L", (across, down), random.randbytes(across * down))
        smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float32)
        total += weight * smooth
        weight /= 2
    scaled: Gray = (total - total.min()) / max(float(np.ptp(total)), 1.0)
    return scaled


def grained(image: Image.Image, random: Random, strength: float) -> Image.Image:
    """Return the image on canvas or paper, whose grain is of this work alone."""
    width, height = image.size
    fine = np.frombuffer(random.randbytes(width * height), np.uint8).reshape(height, width).astype(np.float32)
    grain = (fine / 255 - 0.5) * 2 * strength + (noise(random, width, height, 12, 2) - 0.5) * 2 * strength
    pixels = np.asarray(image, np.float32) + grain[:, :, np.newaxis]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
