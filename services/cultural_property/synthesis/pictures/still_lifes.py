"""Draws still lifes: jugs, bowls and fruit in light and shade on a table, before a wall."""

import numpy as np
from PIL import Image, ImageDraw

from services.cultural_property.synthesis.pictures.hands import Hand, grained, noise


def draw_still_life(hand: Hand) -> Image.Image:
    """Return a still life."""
    image = _room(hand)
    draw = ImageDraw.Draw(image)
    edge = hand.height * hand.near(0.62, 0.03)
    _cloth(draw, hand, edge)
    for number in range(hand.motif.randint(2, 4)):
        _jug(draw, hand, edge, number)
    for number in range(hand.motif.randint(4, 9)):
        _fruit(draw, hand, edge, number)
    return grained(image, hand.detail, 7)


def _room(hand: Hand) -> Image.Image:
    tone = 0.6 + 0.4 * noise(hand.detail, hand.width, hand.height, 4)
    wall = np.array(hand.shade(0), np.float32) * tone[:, :, np.newaxis]
    return Image.fromarray(np.clip(wall, 0, 255).astype(np.uint8))


def _cloth(draw: ImageDraw.ImageDraw, hand: Hand, edge: float) -> None:
    draw.rectangle((0, edge, hand.width, hand.height), fill=hand.shade(1))
    for number in range(hand.motif.randint(6, 14)):
        x = hand.near(hand.motif.random()) * hand.width
        slant = hand.detail.uniform(-40, 40)
        draw.line((x, edge, x + slant, hand.height), fill=hand.shade(2 + number % 2), width=hand.detail.randint(1, 4))


def _jug(draw: ImageDraw.ImageDraw, hand: Hand, edge: float, number: int) -> None:
    x, half, tall = hand.place()[0], hand.length(0.06, 0.12), hand.length(0.25, 0.5)
    foot = edge + hand.near(0.1, 0.05) * hand.height
    neck, body, light = half * hand.motif.uniform(0.35, 0.8), hand.shade(3 + number), hand.shade(4 + number, 30)
    draw.ellipse((x - half, foot - tall * 0.7, x + half, foot), fill=body, outline=hand.shade(2))
    draw.rectangle((x - neck, foot - tall, x + neck, foot - tall * 0.5), fill=body, outline=hand.shade(2))
    draw.ellipse((x - neck * 1.3, foot - tall - 5, x + neck * 1.3, foot - tall + 6), fill=light)
    draw.arc((x + neck, foot - tall, x + half * 2, foot - tall * 0.4), 250, 90, fill=body, width=5)
    for ring in range(hand.motif.randint(1, 4)):
        down = foot - tall * hand.near(0.15 + 0.12 * ring, 0.03)
        _ring(draw, hand, (x, down, half * 0.8), number + ring)
    draw.ellipse((x - half * 0.6, foot - tall * 0.6, x - half * 0.3, foot - tall * 0.3), fill=light)


def _ring(draw: ImageDraw.ImageDraw, hand: Hand, where: tuple[float, float, float], number: int) -> None:
    x, y, half = where
    marks = hand.detail.randint(3, 7)
    for mark in range(marks):
        left = x - half + 2 * half * mark / marks
        draw.rectangle(
            (left, y, left + hand.detail.randint(2, 6), y + hand.detail.randint(2, 6)), fill=hand.shade(number)
        )


def _fruit(draw: ImageDraw.ImageDraw, hand: Hand, edge: float, number: int) -> None:
    x, around = hand.place()[0], hand.length(0.03, 0.07)
    y = edge + hand.near(0.16, 0.1) * hand.height
    colour = hand.shade(5 + number)
    draw.ellipse((x - around, y - around, x + around, y + around), fill=colour, outline=hand.shade(2))
    draw.ellipse((x - around * 0.5, y - around * 0.6, x - around * 0.1, y - around * 0.2), fill="#f4efe0")
    draw.line((x, y - around, x + hand.detail.randint(-6, 6), y - around * 1.6), fill=hand.shade(2), width=2)
    for _ in range(hand.detail.randint(2, 6)):
        a, b = x + hand.detail.uniform(-0.7, 0.7) * around, y + hand.detail.uniform(-0.7, 0.7) * around
        draw.ellipse((a - 1, b - 1, a + 2, b + 2), fill=hand.shade(number))
