"""Draws carpets: borders and medallions that repeat in rows and mirror each other, knotted with small faults.

The search was not tuned on this style: it shows how well the search does on what it was not made for.
"""

from PIL import Image, ImageDraw

from services.cultural_property.synthesis.pictures.hands import Hand, grained


def draw_carpet(hand: Hand) -> Image.Image:
    """Return a carpet."""
    image = Image.new("RGB", (hand.width, hand.height), hand.shade(1))
    draw = ImageDraw.Draw(image)
    _borders(draw, hand)
    step = hand.motif.randint(36, 56)
    knots = [(hand.motif.randrange(4), hand.motif.randint(2, 6), hand.motif.randint(2, 15)) for _ in range(7)]
    for row, y in enumerate(range(34, hand.height - 34, step)):
        for column, x in enumerate(range(34, hand.width - 34, step)):
            _medallion(draw, hand, (x + step / 2, y + step / 2), (step, (row + column) % 2, knots))
    return grained(image, hand.detail, 7)


def _borders(draw: ImageDraw.ImageDraw, hand: Hand) -> None:
    for number, inset in enumerate((0, 10, 24)):
        box = (inset, inset, hand.width - inset, hand.height - inset)
        draw.rectangle(box, fill=hand.shade(number + 2))
    for x in range(14, hand.width - 14, 12):
        for y in (12, hand.height - 22):
            _knot(draw, hand, x, y, hand.detail.randint(4, 8))
    for y in range(14, hand.height - 14, 12):
        for x in (12, hand.width - 22):
            _knot(draw, hand, x, y, hand.detail.randint(4, 8))


def _knot(draw: ImageDraw.ImageDraw, hand: Hand, x: float, y: float, size: int) -> None:
    draw.polygon(
        [(x, y + size / 2), (x + size / 2, y), (x + size, y + size / 2), (x + size / 2, y + size)], fill=hand.shade(5)
    )


def _medallion(
    draw: ImageDraw.ImageDraw, hand: Hand, middle: tuple[float, float], of: tuple[int, int, list[tuple[int, int, int]]]
) -> None:
    (x, y), (step, turned, knots) = middle, of
    half = step * 0.42
    if turned:
        draw.polygon([(x - half, y), (x, y - half), (x + half, y), (x, y + half)], fill=hand.shade(3))
    else:
        draw.rectangle((x - half * 0.8, y - half * 0.8, x + half * 0.8, y + half * 0.8), fill=hand.shade(4))
    for quarter, size, away in knots:
        for side in (-1, 1):
            # The other half is knotted from memory.
            a = x + side * (away + hand.detail.uniform(-2.5, 2.5))
            b = y + (quarter - 1.5) * half * 0.35 + hand.detail.uniform(-2.5, 2.5)
            draw.rectangle((a - size / 2, b - size / 2, a + size / 2, b + size / 2), fill=hand.shade(6 - turned, 35))
