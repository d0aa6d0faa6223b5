"""Draws abstract compositions: polygons, discs, bars and strokes of one palette."""

import math

from PIL import Image, ImageDraw

from services.cultural_property.synthesis.pictures.hands import Hand, grained


def draw_abstract(hand: Hand) -> Image.Image:
    """Return a composition."""
    image = Image.new("RGB", (hand.width, hand.height), hand.shade(0))
    draw = ImageDraw.Draw(image)
    kinds = [hand.own.choice((_polygon, _disc, _bar, _stroke)) for _ in range(3)]
    for number in range(hand.motif.randint(14, 26)):
        kinds[number % len(kinds)](draw, hand, number + 1)
    for number in range(hand.motif.randint(10, 25)):
        _dot(draw, hand, number)
    return grained(image, hand.detail, 6)


def _polygon(draw: ImageDraw.ImageDraw, hand: Hand, number: int) -> None:
    x, y = hand.place()
    around, corners, turn = hand.length(0.06, 0.22), hand.motif.randint(3, 6), hand.near(hand.motif.random(), 0.1)
    angles = (2 * math.pi * (corner + turn) / corners for corner in range(corners))
    outline = [(x + around * math.cos(a) * hand.near(1, 0.2), y + around * math.sin(a)) for a in angles]
    draw.polygon(outline, fill=hand.shade(number), outline=hand.shade(number + 2))


def _disc(draw: ImageDraw.ImageDraw, hand: Hand, number: int) -> None:
    x, y = hand.place()
    around = hand.length(0.03, 0.14)
    draw.ellipse((x - around, y - around, x + around, y + around), fill=hand.shade(number))
    inner = around * hand.near(0.5, 0.2)
    draw.ellipse((x - inner, y - inner, x + inner, y + inner), outline=hand.shade(number + 3), width=3)


def _bar(draw: ImageDraw.ImageDraw, hand: Hand, number: int) -> None:
    x, y = hand.place()
    across, down = hand.length(0.03, 0.3), hand.length(0.02, 0.25)
    draw.rectangle((x, y, x + across, y + down), fill=hand.shade(number), outline=hand.shade(number + 1), width=2)


def _stroke(draw: ImageDraw.ImageDraw, hand: Hand, number: int) -> None:
    points = [hand.place(0.08) for _ in range(4)]
    draw.line(points, fill=hand.shade(number), width=hand.motif.randint(2, 9), joint="curve")


def _dot(draw: ImageDraw.ImageDraw, hand: Hand, number: int) -> None:
    x, y, around = hand.detail.random() * hand.width, hand.detail.random() * hand.height, hand.detail.randint(1, 5)
    draw.ellipse((x - around, y - around, x + around, y + around), fill=hand.shade(number))
