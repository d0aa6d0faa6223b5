"""Draws landscapes: sky, ranges of hills from noise, water, trees and houses."""

import numpy as np
from PIL import Image, ImageDraw

from services.cultural_property.synthesis.pictures.hands import Hand, grained, noise


def draw_landscape(hand: Hand) -> Image.Image:
    """Return a landscape."""
    image = Image.fromarray(_sky(hand))
    draw = ImageDraw.Draw(image)
    x, y = hand.place()
    around = hand.length(0.03, 0.08)
    draw.ellipse((x - around, y / 3 - around, x + around, y / 3 + around), fill=hand.shade(3))
    ranges = hand.motif.randint(3, 5)
    for number in range(ranges):
        level = 0.35 + 0.5 * (number + hand.motif.random()) / ranges
        ridge = _ridge(hand, hand.near(level, 0.03))
        draw.polygon([(0, hand.height), *enumerate(ridge), (hand.width, hand.height)], fill=hand.shade(number + 1))
        _things(draw, hand, ridge, number)
    return grained(image, hand.detail, 8)


def _sky(hand: Hand) -> np.ndarray:
    clouds = noise(hand.detail, hand.width, hand.height, 5)[:, :, np.newaxis]
    low, high = np.array(hand.shade(0), np.float32), np.array(hand.shade(2), np.float32)
    sky: np.ndarray = (low * clouds + high * (1 - clouds)).astype(np.uint8)
    return sky


def _ridge(hand: Hand, level: float) -> list[float]:
    coarse = [hand.near(hand.motif.uniform(-0.1, 0.1), 0.02) for _ in range(9)]
    fine = [hand.detail.uniform(-0.02, 0.02) for _ in range(40)]
    across = np.arange(hand.width)
    heights = np.interp(across, np.linspace(0, hand.width, 9), coarse)
    heights += np.interp(across, np.linspace(0, hand.width, 40), fine)
    return [float(each) for each in (level + heights) * hand.height]


def _things(draw: ImageDraw.ImageDraw, hand: Hand, ridge: list[float], number: int) -> None:
    for each in range(hand.motif.randint(4, 10)):
        at = min(hand.width - 1, max(0, int(hand.near(hand.motif.random()) * hand.width)))
        foot, tall = ridge[at] + hand.detail.uniform(0, 14), hand.length(0.03, 0.1)
        if (each + number) % 3:
            _tree(draw, hand, (at, foot), tall)
        else:
            _house(draw, hand, (at, foot), tall)


def _tree(draw: ImageDraw.ImageDraw, hand: Hand, foot: tuple[float, float], tall: float) -> None:
    x, y = foot
    draw.line((x, y, x, y - tall), fill=hand.shade(5), width=3)
    for _ in range(hand.detail.randint(4, 8)):
        a, b, around = x + hand.detail.uniform(-9, 9), y - tall + hand.detail.uniform(-9, 9), hand.detail.randint(3, 8)
        draw.ellipse((a - around, b - around, a + around, b + around), fill=hand.shade(4, 30))


def _house(draw: ImageDraw.ImageDraw, hand: Hand, foot: tuple[float, float], tall: float) -> None:
    x, y = foot
    wide = tall * hand.near(1.2, 0.3)
    draw.rectangle((x, y - tall * 0.6, x + wide, y), fill=hand.shade(6), outline=hand.shade(5))
    draw.polygon(
        [(x - 3, y - tall * 0.6), (x + wide / 2, y - tall), (x + wide + 3, y - tall * 0.6)], fill=hand.shade(3)
    )
    for window in range(hand.detail.randint(1, 3)):
        left = x + 3 + window * wide / 3
        draw.rectangle((left, y - tall * 0.45, left + 4, y - tall * 0.25), fill=hand.shade(0))
