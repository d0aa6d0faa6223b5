"""Files of photographs as cameras, programs and attackers make them."""

import io
import struct
from collections.abc import Iterator
from functools import cache
from random import Random

import numpy as np
from PIL import Image

from tests.services.fingerprints.files import chunk, png_of

SECRET = b"Jean Dupont, 12 rue du Pont, Marville"
GPS = 0x8825
WIDTH, HEIGHT = 300, 200


@cache
def drawn(mode: str = "RGB", width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """Return an image whose quarters differ, so that it shows how it is turned: the first is red, or dark."""
    pixels = np.full((height, width, 3), 235, np.uint8)
    pixels[: height // 2, : width // 2] = (200, 20, 20)
    pixels[height // 2 :, : width // 2] = (20, 20, 200)
    return Image.fromarray(pixels).convert(mode)


def saved(image: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def opened(file: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(file))
    image.load()
    return image


def exif_of(orientation: int = 1) -> Image.Exif:
    """Return Exif as a camera writes it: who took the photograph, where, and how it must be turned."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(GPS)[2] = (46.0, 12.0, 8.5)
    return exif


def with_metadata(form: str, orientation: int = 1) -> bytes:
    """Return a file with all the metadata that Pillow can write, an unknown segment, and a file after the end."""
    options: dict[str, object] = {"exif": exif_of(orientation), "icc_profile": b"profile of " + SECRET}
    if form == "JPEG":
        file = saved(drawn(), form, comment=SECRET, xmp=b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>", **options)
        own = b"\xff\xeb" + struct.pack(">H", len(SECRET) + 2) + SECRET
        return file[:2] + own + file[2:] + b"PK\x03\x04" + SECRET
    if form == "TIFF":
        tags = {"tiffinfo": {0x0112: orientation, 0x010E: SECRET.decode(), 0x8298: SECRET.decode()}}
        return saved(drawn(), form, compression="tiff_lzw", icc_profile=b"profile of " + SECRET, **tags) + SECRET
    file = saved(drawn(), form, **options)
    return file[:33] + chunk(b"tEXt", b"Author\0" + SECRET) + file[33:] + b"PK\x03\x04" + SECRET


def png_stating(width: int, height: int) -> bytes:
    """Return a small PNG file whose header states a size."""
    file = saved(drawn(), "PNG")
    return png_of(chunk(b"IHDR", struct.pack(">II", width, height) + file[24:29]), file[33:])


def jpeg_stating(width: int, height: int) -> bytes:
    """Return a small JPEG file whose frame states a size."""
    file = bytearray(saved(drawn()))
    frame = file.index(b"\xff\xc0")
    file[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(file)


def animated_png() -> bytes:
    frames = [drawn(), drawn().rotate(180)]
    return saved(frames[0], "PNG", save_all=True, append_images=frames[1:])


def mutants(file: bytes, number: int, seed: int) -> Iterator[bytes]:
    """Yield files in which bits are flipped or bytes replaced, removed or repeated, most near the beginning."""
    random = Random(seed)  # noqa: S311 - the same seed must draw the same
    for _ in range(number):
        changed = bytearray(file)
        for _ in range(random.choice((1, 1, 2, 4))):
            place = random.randrange(min(len(changed), 700) if random.random() < 0.8 else len(changed))
            match random.randrange(4):
                case 0:
                    changed[place] ^= 1 << random.randrange(8)
                case 1:
                    changed[place] = random.choice((0, 1, 0x7F, 0xC0, 0xC4, 0xDA, 0xFF, random.randrange(256)))
                case 2:
                    del changed[place : place + random.randrange(1, 9)]
                case _:
                    other = random.randrange(len(changed))
                    changed[place:place] = changed[other : other + random.randrange(1, 200)]
        yield bytes(changed)
