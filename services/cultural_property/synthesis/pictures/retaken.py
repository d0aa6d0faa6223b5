"""Photographs a picture again: from another side, in other light, cut, in a frame, or stored badly."""

import io
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

import numpy as np
from PIL import Image, ImageFilter

from services.cultural_property.synthesis.pictures.hands import noise

Corners = tuple[float, float, float, float, float, float, float, float]


def crop(random: Random, image: Image.Image) -> Image.Image:
    """Return four fifths of the width and of the height."""
    width, height = image.size
    left, top = random.uniform(0, 0.2) * width, random.uniform(0, 0.2) * height
    return image.crop((int(left), int(top), int(left + 0.8 * width), int(top + 0.8 * height)))


def turn(random: Random, image: Image.Image) -> Image.Image:
    """Return the picture turned by 15 degrees, before a wall."""
    angle = random.choice((-15, 15))
    return image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=_wall(random))


def perspective(random: Random, image: Image.Image) -> Image.Image:
    """Return the picture seen from a side: each corner moves in by up to 15 % of a side."""
    (width, height), wall = image.size, _wall(random)
    corners = [(0, 0), (width, 0), (width, height), (0, height)]
    signs = [(1, 1), (-1, 1), (-1, -1), (1, -1)]
    seen = [
        (x + a * random.uniform(0, 0.15) * width, y + b * random.uniform(0, 0.15) * height)
        for (x, y), (a, b) in zip(corners, signs, strict=True)
    ]
    return image.transform(
        image.size, Image.Transform.PERSPECTIVE, _projection(seen, corners), Image.Resampling.BICUBIC, fillcolor=wall
    )


def jpeg(random: Random, image: Image.Image) -> Image.Image:
    """Return the picture stored at quality 30, at some other size."""
    size = random.uniform(0.7, 1.2)
    return stored(image.resize((int(image.width * size), int(image.height * size)), Image.Resampling.BICUBIC), 30)


def light(random: Random, image: Image.Image) -> Image.Image:
    """Return the picture 30 % lighter or darker."""
    return _lit(image, np.float32(random.choice((0.7, 1.3))))


def glare(random: Random, image: Image.Image) -> Image.Image:
    """Return the picture with the reflection of a lamp on about a sixth of it."""
    width, height = image.size
    x, y = random.uniform(0.2, 0.8) * width, random.uniform(0.2, 0.8) * height
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    away = ((across - x) / (0.2 * width)) ** 2 + ((down - y) / (0.2 * height)) ** 2
    pixels = np.asarray(image, np.float32) + 320 * np.exp(-away)[:, :, np.newaxis]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def frame(random: Random, image: Image.Image) -> Image.Image:
    """Return the picture in a carved frame, before a wall."""
    border, edge = int(0.12 * max(image.size)), int(0.05 * max(image.size))
    width, height = image.width + 2 * (border + edge), image.height + 2 * (border + edge)
    framed = Image.new("RGB", (width, height), _wall(random))
    carved = noise(random, width - 2 * edge, height - 2 * edge, 30, 2)[:, :, np.newaxis]
    wood = np.array((random.randint(90, 190), random.randint(60, 140), random.randint(20, 80)), np.float32)
    framed.paste(Image.fromarray((wood * (0.5 + 0.5 * carved)).astype(np.uint8)), (edge, edge))
    framed.paste(image, (border + edge, border + edge))
    return framed


def shadow(random: Random, image: Image.Image) -> Image.Image:
    """Return the picture with about half of it in shadow, which has a slanting and soft edge."""
    down, across = np.mgrid[0 : image.height, 0 : image.width].astype(np.float32)
    slant = across / image.width - 0.5 + random.uniform(-0.5, 0.5) * (down / image.height - 0.5)
    lit = 1 / (1 + np.exp(-random.choice((-1, 1)) * 40 * slant))
    return _lit(image, (0.4 + 0.6 * lit)[:, :, np.newaxis])


def mirror(_random: Random, image: Image.Image) -> Image.Image:
    """Return the mirror image, as a slide put in the wrong way round."""
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def quarter_turn(random: Random, image: Image.Image) -> Image.Image:
    """Return the picture on its side or head."""
    turns = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
    return image.transpose(random.choice(turns))


def snapshot(random: Random, image: Image.Image) -> Image.Image:
    """Return the picture as a visitor takes it: from a side, in other light, a little blurred, stored at 50."""
    seen = light(random, perspective(random, image)).filter(ImageFilter.GaussianBlur(0.7))
    return stored(seen, 50)


CHANGES: Final[Mapping[str, Callable[[Random, Image.Image], Image.Image]]] = {
    "crop": crop,
    "turn": turn,
    "perspective": perspective,
    "jpeg": jpeg,
    "light": light,
    "glare": glare,
    "frame": frame,
    "shadow": shadow,
    "mirror": mirror,
    "quarter turn": quarter_turn,
    "snapshot": snapshot,
}


def stored(image: Image.Image, quality: int) -> Image.Image:
    """Return the image as a JPEG of a quality shows it."""
    return opened(as_jpeg(image, quality))


def opened(jpeg: bytes) -> Image.Image:
    """Return the image in a file of this module."""
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
        return image.convert("RGB")


def as_jpeg(image: Image.Image, quality: int = 85) -> bytes:
    """Return the file of an image."""
    written = io.BytesIO()
    image.save(written, "JPEG", quality=quality)
    return written.getvalue()


def _lit(image: Image.Image, by: "np.ndarray | np.float32") -> Image.Image:
    return Image.fromarray(np.clip(np.asarray(image, np.float32) * by, 0, 255).astype(np.uint8))


def _wall(random: Random) -> tuple[int, int, int]:
    gray = random.randint(120, 230)
    return (gray, min(255, gray + random.randint(-12, 12)), min(255, gray + random.randint(-12, 12)))


def _projection(seen: list[tuple[float, float]], corners: list[tuple[int, int]]) -> Corners:
    """Return the coefficients by which each place that is seen is found in the picture."""
    rows, right = [], []
    for (x, y), (u, v) in zip(seen, corners, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    found = np.linalg.solve(np.array(rows, np.float64), np.array(right, np.float64))
    a, b, c, d, e, f, g, h = (float(each) for each in found)
    return (a, b, c, d, e, f, g, h)
