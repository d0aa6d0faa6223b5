"""Draws portraits of nobody: a head, hair and clothes from ellipses, and a patterned wall."""

from PIL import Image, ImageDraw

from services.cultural_property.synthesis.pictures.hands import Hand, grained


def draw_portrait(hand: Hand) -> Image.Image:
    """Return a portrait."""
    image = Image.new("RGB", (hand.width, hand.height), hand.shade(0))
    draw = ImageDraw.Draw(image)
    _wall(draw, hand)
    x, y = hand.near(0.5) * hand.width, hand.near(0.42) * hand.height
    half = hand.length(0.14, 0.2)
    tall = half * hand.near(1.35, 0.1)
    _clothes(draw, hand, (x, y + tall), half)
    _head(draw, hand, (x, y), (half, tall))
    return grained(image, hand.detail, 6)


def _wall(draw: ImageDraw.ImageDraw, hand: Hand) -> None:
    step, kind = hand.motif.randint(26, 44), hand.motif.randrange(3)
    for row in range(0, hand.height + step, step):
        for column in range(0, hand.width + step, step):
            x, y = column + hand.detail.randint(-6, 6), row + hand.detail.randint(-6, 6)
            size, colour = hand.detail.randint(3, 9), hand.shade(1 + (row + column) % 2, 30)
            if kind == 0:
                draw.ellipse((x, y, x + size, y + size), fill=colour)
            elif kind == 1:
                draw.line((x, y, x + size * 2, y + size), fill=colour, width=3)
            else:
                draw.polygon([(x, y), (x + size * 2, y), (x + size, y + size * 2)], fill=colour)


def _clothes(draw: ImageDraw.ImageDraw, hand: Hand, neck: tuple[float, float], half: float) -> None:
    x, y = neck
    wide = half * hand.near(2.1, 0.2)
    draw.rectangle((x - half * 0.35, y - half * 0.6, x + half * 0.35, y + half * 0.5), fill=(201, 160, 128))
    draw.ellipse((x - wide, y + half * 0.1, x + wide, hand.height * 1.4), fill=hand.shade(2))
    for number in range(hand.motif.randint(8, 18)):
        a, b = x + hand.near(hand.motif.uniform(-0.8, 0.8), 0.1) * wide, y + hand.detail.uniform(0.4, 1.6) * half
        size = hand.detail.randint(2, 8)
        draw.rectangle((a, b, a + size, b + size * 2), fill=hand.shade(3 + number))
    draw.arc(
        (x - half, y - half * 0.4, x + half, y + half), 20, 160, fill=hand.shade(4), width=hand.motif.randint(3, 8)
    )


def _head(draw: ImageDraw.ImageDraw, hand: Hand, middle: tuple[float, float], size: tuple[float, float]) -> None:
    (x, y), (half, tall) = middle, size
    skin, hair = hand.motif.choice(((241, 201, 165), (217, 160, 102), (141, 90, 59), (107, 66, 38))), hand.shade(5)
    draw.ellipse((x - half * 1.2, y - tall * 1.2, x + half * 1.2, y + tall * hand.near(0.4, 0.3)), fill=hair)
    draw.ellipse((x - half, y - tall * 0.9, x + half, y + tall), fill=skin, outline=hand.shade(6))
    for side in (-1, 1):
        eye, level = x + side * half * hand.near(0.42, 0.05), y - tall * hand.near(0.1, 0.05)
        draw.ellipse((eye - 9, level - 5, eye + 9, level + 5), fill="#f2efe8", outline=hair)
        draw.ellipse((eye - 4, level - 4, eye + 4, level + 4), fill=hand.shade(6))
        draw.line((eye - 12, level - 12, eye + 12, level - hand.detail.randint(10, 18)), fill=hair, width=3)
    nose, mouth = y + tall * hand.near(0.25, 0.05), y + tall * hand.near(0.55, 0.05)
    draw.line([(x, y), (x - half * 0.15, nose), (x + half * 0.1, nose)], fill=hand.shade(6), width=2)
    draw.arc((x - half * 0.4, mouth - 8, x + half * 0.4, mouth + 8), 0, 180, fill=(140, 50, 50), width=3)
    for _ in range(hand.motif.randint(6, 16)):
        lock = x + hand.detail.uniform(-1.1, 1.1) * half
        draw.line((lock, y - tall, lock + hand.detail.randint(-9, 9), y - tall * 0.7), fill=hand.shade(4), width=2)
