"""Draws pictures for synthetic records: flat shapes on a plain ground with the word SYNTHETIC, and never a likeness.

Of people, and of what is marked on a firearm. The same state of `random` draws the same picture. A picture with its
thumbnail takes less than 4 KB.
"""

from functools import cache
from io import BytesIO
from random import Random
from typing import TYPE_CHECKING, Final

from shared.images.picture import Picture

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

WIDTH, HEIGHT = 120, 150
MAX_DRAWN_BYTES: Final = 4_000
_QUALITY: Final = 35
WORDS: Final = "SYNTHETIC"

_GROUNDS: Final = ("#d8e2dc", "#cfe1f2", "#f6e3c5", "#e4dcf1", "#dfe8c8", "#f2d7d9")
_SKINS: Final = ("#f1c9a5", "#d9a066", "#b07d4f", "#8d5a3b", "#6b4226", "#e8b48c")
_HAIRS: Final = ("#1c1a18", "#4a2f1b", "#8a5a2b", "#c9a24b", "#9a9a9a", "#b5452c")
_EYES: Final = ("#2d4a7a", "#3f6b3c", "#5b3a1e", "#26231f")
_CLOTHES: Final = ("#394a6d", "#6d3939", "#3d5d45", "#5a4a6d", "#444444")


def drawn_picture(random: Random) -> Picture:
    """Return a picture of nobody: head, hair and eyes are ellipses of a size and colour drawn by `random`."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH, HEIGHT), random.choice(_GROUNDS))
    _draw(ImageDraw.Draw(image), random)
    _stamp(image)
    return Picture(_encoded(image), _encoded(image.reduce(2)), WIDTH, HEIGHT)


def drawn_markings(*markings: str) -> Picture:
    """Return a picture of a piece of metal with what is marked on it, line by line."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (HEIGHT, WIDTH), "#8b9096")
    draw = ImageDraw.Draw(image)
    draw.rectangle((6, 12, HEIGHT - 7, WIDTH - 30), fill="#6d737a", outline="#50565c", width=2)
    for line, marking in enumerate(markings):
        place = (HEIGHT // 2, 32 + 26 * line)
        draw.text(place, marking, fill="#e3e6e8", anchor="mm", font=ImageFont.load_default(15))
    _stamp(image)
    return Picture(_encoded(image), _encoded(image.reduce(2)), *image.size)


def _encoded(image: "Image") -> bytes:
    written = BytesIO()
    # Flat shapes need no better; codes of their own would be shorter, and take twice as long.
    image.save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()


def _draw(draw: "ImageDraw", random: Random) -> None:
    skin, hair, middle = random.choice(_SKINS), random.choice(_HAIRS), WIDTH // 2
    half, top, bottom = random.randrange(22, 32), random.randrange(18, 28), random.randrange(92, 104)
    draw.ellipse((middle - 48, 110, middle + 48, HEIGHT + 40), fill=random.choice(_CLOTHES))
    draw.rectangle((middle - 9, bottom - 8, middle + 9, 116), fill=skin)
    draw.ellipse((middle - half - 3, top - 5, middle + half + 3, bottom - random.choice((0, 20, 40))), fill=hair)
    draw.ellipse((middle - half, top + random.randrange(4, 16), middle + half, bottom), fill=skin)
    level, apart = (top + bottom) // 2, half // 2
    eye, size = random.choice(_EYES), random.choice((2, 3))
    for place in (middle - apart, middle + apart):
        draw.ellipse((place - size, level - size, place + size, level + size), fill=eye)
    draw.line((middle, level + 6, middle, level + 16), fill=hair, width=2)
    mouth = random.choice((5, 8, 11))
    draw.line((middle - mouth, bottom - 15, middle + mouth, bottom - 15), fill="#7a2e2e", width=2)


def _stamp(image: "Image") -> None:
    """Write the words over the foot of the picture."""
    width, height = image.size
    image.paste("white", (0, height - 17, width, height))
    image.paste(_label(), ((width - WIDTH) // 2, height - 17))


@cache
def _label() -> "Image":
    from PIL import Image, ImageDraw, ImageFont

    label = Image.new("RGB", (WIDTH, 17), "white")
    ImageDraw.Draw(label).text((WIDTH // 2, 8), WORDS, fill="black", anchor="mm", font=ImageFont.load_default(14))
    return label
