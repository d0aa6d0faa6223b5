"""Image files as senders make them: prints as WSQ and PNG, and files in which bytes were changed."""

import io
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from random import Random

import numpy as np
import wsq  # noqa: F401 - enters the format into Pillow
from PIL import Image

INTERESTING = (0, 1, 0x7F, 0xA2, 0xA3, 0xFE, 0xFF)


@cache
def ridges(width: int = 120, height: int = 110, depth: int = 100) -> np.ndarray:
    """Return an image that looks like ridges to an encoder, with other phases in each column."""
    phases = np.cumsum(np.random.default_rng(width).normal(0, 0.3, width))
    return (128 + depth * np.sin(np.arange(height)[:, None] * 0.7 + phases)).clip(0, 255).astype(np.uint8)


@cache
def saved_as(kind: str, width: int = 120, height: int = 110) -> bytes:
    file = io.BytesIO()
    Image.fromarray(ridges(width, height)).save(file, kind)
    return file.getvalue()


def segment(marker: int, content: bytes) -> bytes:
    """Return a segment of a WSQ file."""
    return struct.pack(">HH", marker, len(content) + 2) + content


def chunk(name: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG file."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_of(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def header(width: int, height: int, depth: int = 8, kind: int = 0, interlace: int = 0) -> bytes:
    """Return the header chunk of a PNG file."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlace))


def mutants(kind: str, number: int, seed: int) -> Iterator[bytes]:
    """Yield files in which bits are flipped or bytes replaced, removed, inserted or repeated; most near the beginning.

    In half of the PNG files this is done to header and rows before they are compressed, and all checksums are valid.
    """
    random = Random(seed)  # noqa: S311 - the same seed must draw the same
    file, inside = saved_as(kind), struct.pack(">IIBBBBB", 120, 110, 8, 0, 0, 0, 0) + unfiltered(ridges())
    for count in range(number):
        changed = bytearray(inside if kind == "PNG" and count % 2 else file)
        for _ in range(random.choice((1, 1, 1, 2, 4))):
            _change(changed, random)
        if kind == "WSQ":
            yield bytes(changed)
        elif count % 2:
            rows = zlib.compress(changed[13:], 1)
            yield png_of(chunk(b"IHDR", bytes(changed[:13])), chunk(b"IDAT", rows), chunk(b"IEND", b""))
        else:
            yield _with_fitting_checksums(bytes(changed))


def unfiltered(pixels: np.ndarray) -> bytes:
    """Return the rows of an image as a PNG file has them before compression."""
    return b"".join(b"\0" + row.tobytes() for row in pixels)


def _change(file: bytearray, random: Random) -> None:
    place = random.randrange(min(len(file), 900) if random.random() < 0.7 else len(file))
    kind = random.choice(["turn", "replace", "replace", "take", "put", "repeat"])
    if kind == "turn":
        file[place] ^= 1 << random.randrange(8)
    elif kind == "replace":
        file[place] = random.choice((*INTERESTING, random.randrange(256)))
    elif kind == "take" and len(file) > 100:
        del file[place : place + random.randrange(1, 9)]
    elif kind == "put":
        file[place:place] = random.randbytes(random.randrange(1, 9))
    else:
        other = random.randrange(len(file))
        file[place:place] = file[other : other + random.randrange(1, 200)]


def _with_fitting_checksums(png: bytes) -> bytes:
    """Return a PNG file with valid checksums as far as its chunks can be parsed: they are not all that is tested."""
    fitting, place = bytearray(png), 8
    while place + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, place)
        end = place + 8 + length
        if end + 4 > len(png):
            break
        fitting[end : end + 4] = struct.pack(">I", zlib.crc32(png[place + 4 : end]))
        place = end + 4
    return bytes(fitting)
