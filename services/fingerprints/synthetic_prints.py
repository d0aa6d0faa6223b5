"""Draw fingerprints of nobody: images that extraction and comparison treat like real ones.

The ridges grow out of noise by filtering it again and again along the flow of the ridges, as in SFinGe (Cappelli,
"Synthetic fingerprint generation", Handbook of Fingerprint Recognition, chapter 6); minutiae arise where they meet. An
impression is the same ridges turned, stretched, pressed more or less hard and partly missing. Everything follows from
the seeds. Real scanners differ more: accuracy on these prints is an upper bound.
"""

import io
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from services.fingerprints.images import Pixels
from services.fingerprints.minutiae import Floats
from services.fingerprints.ridge_flow import Pattern, draw_flow

WIDTH: Final = 320  # pixels of an impression, at 500 dpi
HEIGHT: Final = 400
DPI: Final = 500

# The ridges are grown at half the resolution, 4.5 pixels a ridge, on an area that leaves room to move the finger.
_GROWN_SHAPE: Final = (256, 216)
_ORIENTATIONS: Final = 24
_GROWTH_STEPS: Final = 16
_FILTER_SIGMA: Final = 4.0  # pixels: about one ridge
_SATURATION: Final = 3.0
_WAVES: Final = 0.16  # radians by which the ridges stray from the flow

_PAPER, _INK = 235.0, 35.0  # gray values


@dataclass(frozen=True)
class Finger:
    """A finger that nobody has; the same seed gives the same finger, an impression's seed the same impression."""

    seed: int
    pattern: Pattern | None = None

    @cached_property
    def ridges(self) -> Floats:
        """The ridges as a relief from -1 (valley) to 1 (ridge), (512, 432) at 500 dpi."""
        rng = np.random.default_rng((self.seed, 0))
        rows, columns = _GROWN_SHAPE
        down, right = np.mgrid[:rows, :columns]
        places = (right - columns / 2) * 2 - (down - rows / 2) * 2j
        orientation = draw_flow(rng, self.pattern).orientation(places)
        # Without waves of its own, fingers of one pattern would meet themselves at the same places.
        orientation += _WAVES * _smooth_noise(rng, 32, _GROWN_SHAPE)
        grown = _grow(orientation, rng.uniform(8.4, 9.8) / 2, rng)
        return _enlarged(grown, (2 * rows, 2 * columns))

    def impression(self, seed: int = 0) -> Pixels:
        """Return one impression, (400, 320) gray values at 500 dpi: dark ridges on light ground."""
        rng = np.random.default_rng((self.seed, 1, seed))
        relief = _sampled(self.ridges, *_pose(rng))
        pressure = rng.uniform(-0.25, 0.25) + 0.2 * _smooth_noise(rng, 60)
        inked = 1 / (1 + np.exp(-5 * (relief + pressure + 0.2 * _smooth_noise(rng, 3))))
        inked *= _contact(rng) * (1 - 0.25 * np.abs(_smooth_noise(rng, 40)))
        gray: Floats = _PAPER - (_PAPER - _INK) * inked + 6 * rng.standard_normal(inked.shape, np.float32)
        return gray.clip(0, 255).astype(np.uint8)

    def png(self, seed: int = 0) -> bytes:
        """Return an impression as a PNG that states its 500 dpi."""
        file = io.BytesIO()
        Image.fromarray(self.impression(seed)).save(file, "PNG", dpi=(DPI, DPI))
        return file.getvalue()


def _grow(orientation: npt.NDArray[np.float64], period: float, rng: np.random.Generator) -> Floats:
    """Return ridges of a period in pixels that follow an orientation, both (rows, columns)."""
    filters = _filters(period)
    bins = np.rint(orientation * (_ORIENTATIONS / math.pi)).astype(np.intp) % _ORIENTATIONS
    turned = [np.nonzero(bins == number) for number in range(_ORIENTATIONS)]
    relief = rng.standard_normal(_GROWN_SHAPE, np.float32)
    for _ in range(_GROWTH_STEPS):
        spectrum = np.fft.rfft2(relief)
        for where, response in zip(turned, filters, strict=True):
            relief[where] = np.fft.irfft2(spectrum * response, s=_GROWN_SHAPE)[where]
        relief = np.tanh(relief * (_SATURATION / relief.std()))
    return relief


def _filters(period: float) -> Floats:
    """Return the Gabor filters of all orientations in the half plane of rfft2: (24, rows, columns / 2 + 1)."""
    down = np.fft.fftfreq(_GROWN_SHAPE[0])[:, np.newaxis]
    right = np.fft.rfftfreq(_GROWN_SHAPE[1])
    across = np.arange(_ORIENTATIONS)[:, np.newaxis, np.newaxis] * (math.pi / _ORIENTATIONS) + math.pi / 2
    wave_right, wave_down = np.cos(across) / period, -np.sin(across) / period
    width = (2 * math.pi * _FILTER_SIGMA) ** 2 / 2
    lobes = (np.exp(-width * ((right - sign * wave_right) ** 2 + (down - sign * wave_down) ** 2)) for sign in (-1, 1))
    return sum(lobes, start=np.zeros(1)).astype(np.float32)


def _pose(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return from which column and row of the ridges each pixel of an impression comes."""
    angle = rng.normal(0, 0.12)
    down, right = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    down, right = down - HEIGHT / 2, right - WIDTH / 2
    columns = right * math.cos(angle) - down * math.sin(angle) + _GROWN_SHAPE[1] + rng.normal(0, 10)
    rows = right * math.sin(angle) + down * math.cos(angle) + _GROWN_SHAPE[0] + rng.normal(0, 12)
    return columns + 3 * _smooth_noise(rng, 110), rows + 3 * _smooth_noise(rng, 110)


def _sampled(relief: Floats, columns: Floats, rows: Floats) -> Floats:
    columns, rows = columns.clip(0, relief.shape[1] - 1.01), rows.clip(0, relief.shape[0] - 1.01)
    left, top = columns.astype(np.intp), rows.astype(np.intp)
    right_share, low_share = columns - left, rows - top
    upper = relief[top, left] * (1 - right_share) + relief[top, left + 1] * right_share
    lower = relief[top + 1, left] * (1 - right_share) + relief[top + 1, left + 1] * right_share
    sampled: Floats = upper * (1 - low_share) + lower * low_share
    return sampled


def _contact(rng: np.random.Generator) -> Floats:
    """Return 1 where the finger touches, 0 outside of an uneven ellipse, (400, 320)."""
    down, right = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    across = (right - WIDTH / 2) / (WIDTH * rng.uniform(0.36, 0.43))
    along = (down - HEIGHT / 2) / (HEIGHT * rng.uniform(0.37, 0.44))
    distance = np.hypot(across, along) + 0.05 * _smooth_noise(rng, 25)
    touched: Floats = 1 / (1 + np.exp(40 * (distance - 1)))
    return touched


def _smooth_noise(rng: np.random.Generator, scale: int, shape: tuple[int, int] = (HEIGHT, WIDTH)) -> Floats:
    """Return noise of about unit deviation that varies over about `scale` pixels."""
    coarse = rng.standard_normal((shape[0] // scale + 3, shape[1] // scale + 3), np.float32)
    return _enlarged(coarse, shape)


def _enlarged(values: Floats, shape: tuple[int, int]) -> Floats:
    resized = Image.fromarray(values).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    return np.asarray(resized, np.float32)
