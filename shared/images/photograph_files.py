"""Look at the file of a photograph before anything is decoded: its real form, its size, and how it must be turned.

A file that is too large, or declares too many pixels, is refused here, before memory is reserved for it. Pure Python.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from shared.images.jpeg_files import JPEG_START, read_jpeg, rewrite_jpeg
from shared.images.orientation import UPRIGHT, orientation_of
from shared.images.png_files import MAX_CHUNKS, PNG_SIGNATURE, rewrite_png
from shared.images.refusals import ImageRefused, damaged
from shared.images.tiff_files import BIG_TIFF_STARTS, TIFF_STARTS, read_tiff, rewrite_tiff

MAX_FILE_BYTES: Final = 3 * 1024 * 1024
MIN_SIDE: Final = 64
MAX_SIDE: Final = 6_000
# A camera of 16 megapixels. Decoded, it takes 48 MB.
MAX_PIXELS: Final = 16_000_000

# What is often sent instead, by how it begins.
_OTHERS: Final = (
    (b"GIF8", "a GIF"),
    (b"RIFF", "a WEBP"),
    (b"BM", "a BMP"),
    (b"%PDF", "a PDF"),
    (b"PK", "a ZIP archive"),
    (b"\0\0\0", "a HEIC or AVIF"),
    (b"<", "an SVG, HTML or XML"),
)


Form = Literal["JPEG", "PNG", "TIFF"]


@dataclass(frozen=True, slots=True)
class PhotographFile:
    """What a file says about itself: its form, width and height in pixels, and how it must be turned (Exif, 1 to 8)."""

    form: Form
    width: int
    height: int
    orientation: int = UPRIGHT


def read_photograph(image: bytes) -> PhotographFile:
    """Return what a JPEG, PNG or TIFF file says about itself, if it is within all bounds. Raises ImageRefused."""
    if not image:
        raise ImageRefused("the body is empty: send the file of the photograph")
    if len(image) > MAX_FILE_BYTES:
        raise ImageRefused(f"the file has {len(image):,} bytes, at most {MAX_FILE_BYTES:,} are accepted")
    found = _recognise(image)
    size = f"the photograph is {found.width} x {found.height} pixels"
    if min(found.width, found.height) < MIN_SIDE:
        raise ImageRefused(f"{size}: each side must have at least {MIN_SIDE}")
    if max(found.width, found.height) > MAX_SIDE or found.width * found.height > MAX_PIXELS:
        raise ImageRefused(
            f"{size}: at most {MAX_SIDE:,} on a side and {MAX_PIXELS:,} in all are accepted, scale it down"
        )
    return found


def rewrite_photograph(image: bytes, form: Form) -> bytes:
    """Return a new file of the same image, for a decoder. Raises ImageRefused."""
    if form == "TIFF":
        return rewrite_tiff(read_tiff(image))
    return rewrite_jpeg(read_jpeg(image)) if form == "JPEG" else rewrite_png(image)


def _recognise(image: bytes) -> PhotographFile:
    if image.startswith(PNG_SIGNATURE):
        return _png(image)
    if image.startswith(JPEG_START):
        jpeg = read_jpeg(image)
        return PhotographFile("JPEG", jpeg.width, jpeg.height, orientation_of(jpeg.exif))
    if image.startswith((*TIFF_STARTS, *BIG_TIFF_STARTS)):
        tiff = read_tiff(image)
        return PhotographFile("TIFF", tiff.width, tiff.height, orientation_of(image))
    what = next((name for start, name in _OTHERS if image.lstrip().startswith(start)), "something else")
    raise ImageRefused(f"the file is neither JPEG, PNG nor TIFF but {what}: save the photograph as one of these")


def _png(image: bytes) -> PhotographFile:
    orientation, size = UPRIGHT, (0, 0)
    try:
        for name, content in _chunks(image):
            if name == b"IHDR":
                size = struct.unpack_from(">II", content)
            elif name == b"acTL":
                raise ImageRefused("the PNG file is an animation: send one image")
            elif name == b"eXIf":
                orientation = orientation_of(content)
    except struct.error as error:
        raise damaged("cut short", of="PNG") from error
    return PhotographFile("PNG", *size, orientation)


def _chunks(image: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the content of each chunk up to the end."""
    place = len(PNG_SIGNATURE)
    for _ in range(MAX_CHUNKS):
        length, name = struct.unpack_from(">I4s", image, place)
        if name == b"IEND":
            return
        yield name, image[place + 8 : place + 8 + length] if name != b"IDAT" else b""
        place += 12 + length
    raise damaged(f"made of more than {MAX_CHUNKS:,} chunks", of="PNG")
