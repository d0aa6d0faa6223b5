"""Draws vessels with bands of ornaments before a plain ground, as catalogues show them."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from services.cultural_property.synthesis.pictures.hands import Colour, Hand, grained

Mark = Callable[[ImageDraw.ImageDraw, float, float, float, Colour], None]


def draw_ceramic(hand: Hand) -> Image.Image:
    """Return a vessel."""
    ground = Image.new("RGB", (hand.width, hand.height), hand.shade(0, 8))
    outline, profile = _outline(hand)
    mask = Image.new("L", ground.size, 0)
    ImageDraw.Draw(mask).polygon(outline, fill=255)
    body = Image.new("RGB", ground.size, hand.shade(1))
    _bands(ImageDraw.Draw(body), hand, profile)
    ground.paste(_round(body, hand), mask=mask)
    ImageDraw.Draw(ground).polygon(outline, outline=(50, 40, 35))
    return grained(ground, hand.detail, 5)


def _outline(hand: Hand) -> tuple[list[tuple[float, float]], tuple[float, float]]:
    top, foot, middle = hand.height * 0.08, hand.height * 0.93, hand.width / 2
    widths = [hand.near(hand.motif.uniform(0.16, 0.46), 0.015) * hand.width for _ in range(5)]
    levels = np.linspace(top, foot, 60)
    half = np.interp(levels, np.linspace(top, foot, 5), widths)
    right = [(middle + float(w), float(y)) for w, y in zip(half, levels, strict=True)]
    left = [(middle - float(w), float(y)) for w, y in zip(half[::-1], levels[::-1], strict=True)]
    return right + left, (top, foot)


def _bands(draw: ImageDraw.ImageDraw, hand: Hand, profile: tuple[float, float]) -> None:
    top, foot = profile
    y, number = top + 6, 0
    while y < foot - 12:
        tall = hand.motif.uniform(0.05, 0.12) * hand.height * hand.detail.uniform(0.85, 1.15)
        mark = hand.motif.choice(_MARKS)
        draw.rectangle((0, y, hand.width, y + 2), fill=hand.shade(2))
        step = tall * hand.motif.uniform(0.9, 1.6)
        x = -step * hand.detail.random()
        while x < hand.width:
            # Painted by hand: no two are the same.
            size = tall * hand.detail.uniform(0.25, 0.42)
            mark(
                draw,
                x + hand.detail.uniform(-3, 3),
                y + tall / 2 + hand.detail.uniform(-3, 3),
                size,
                hand.shade(3 + number),
            )
            x += step * hand.detail.uniform(0.85, 1.15)
        y, number = y + tall, number + 1


def _round(body: Image.Image, hand: Hand) -> Image.Image:
    """Return the body with light from the left."""
    across = np.linspace(-1, 1, hand.width)
    light = (0.55 + 0.5 * np.cos((across + 0.35) * 1.3)).astype(np.float32)
    return Image.fromarray(
        np.clip(np.asarray(body, np.float32) * light[np.newaxis, :, np.newaxis], 0, 255).astype(np.uint8)
    )


def _disc(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, colour: Colour) -> None:
    draw.ellipse((x - size, y - size, x + size, y + size), outline=colour, width=3)


def _zigzag(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, colour: Colour) -> None:
    draw.line([(x - size, y + size), (x, y - size), (x + size, y + size)], fill=colour, width=3)


def _leaf(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, colour: Colour) -> None:
    draw.polygon([(x - size, y), (x, y - size * 0.6), (x + size, y), (x, y + size * 0.6)], fill=colour)


def _meander(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, colour: Colour) -> None:
    points = [(-1, 1), (-1, -1), (1, -1), (1, 0.4), (-0.3, 0.4), (-0.3, -0.3)]
    draw.line([(x + a * size, y + b * size) for a, b in points], fill=colour, width=3)


def _star(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, colour: Colour) -> None:
    for ray in range(3):
        a, b = size * math.cos(ray * math.pi / 3), size * math.sin(ray * math.pi / 3)
        draw.line((x - a, y - b, x + a, y + b), fill=colour, width=2)


_MARKS: Final[tuple[Mark, ...]] = (_disc, _zigzag, _leaf, _meander, _star)
