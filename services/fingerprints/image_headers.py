"""Read size and resolution from the header of a PNG or WSQ file, without decoding anything.

A file that declares too many pixels or another resolution is refused here, before memory is reserved for it and before
the decoders, which are written in C, read it. Does NOT check that the rest of the file can be decoded.
"""

import struct
from dataclasses import dataclass
from typing import Final, Literal

from shared.images.png_files import PNG_SIGNATURE
from shared.images.refusals import ImageRefused

# An 8-bit gray image of the largest size fits, even if nothing in it can be compressed. Two fit into one request to
# compare them: the largest request of a gateway (`I247_BODY_LIMIT`) is 6 MiB unless its operator lowers it.
MAX_BYTES: Final = 3_000_000
MIN_SIDE: Final = 100  # pixels: 5 mm at 500 dpi, less holds no comparable print
# Pixels: 3.2 x 3.0 inches at 500 dpi, a slap of four fingers of a live scanner.
MAX_WIDTH: Final = 1600
MAX_HEIGHT: Final = 1500
DPI: Final = 500
DPI_TOLERANCE: Final = 0.01  # ANSI/NIST-ITL allows 1 %
METRES_PER_INCH: Final = 0.0254

_PNG_UNIT_METRE: Final = 1
_WSQ_START, _WSQ_FRAME, _WSQ_COMMENT = 0xFFA0, 0xFFA2, 0xFFA8
# Tables and comments may precede the frame header of a WSQ file (IAFIS-IC-0110v3, 2.1).
_WSQ_TABLES: Final = frozenset({0xFFA4, 0xFFA5, 0xFFA6, 0xFFA7, _WSQ_COMMENT})
_MAX_SEGMENTS: Final = 64


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says about itself: format, width and height in pixels, dots per inch (500 if it has none)."""

    format: Literal["PNG", "WSQ"]
    width: int
    height: int
    dpi: float


def read_header(image: bytes) -> Header:
    """Return the header of a PNG or WSQ file that is within all bounds, or raise ImageRefused."""
    if not image:
        raise ImageRefused("the image is empty")
    if len(image) > MAX_BYTES:
        raise ImageRefused(f"the image has {len(image):,} bytes, at most {MAX_BYTES:,} are accepted")
    header = _recognise(image)
    size = f"the image is {header.width} x {header.height} pixels"
    if min(header.width, header.height) < MIN_SIDE:
        raise ImageRefused(f"{size}: each side must have at least {MIN_SIDE}")
    if header.width > MAX_WIDTH or header.height > MAX_HEIGHT:
        raise ImageRefused(f"{size}: at most {MAX_WIDTH} x {MAX_HEIGHT} are accepted, crop it")
    if abs(header.dpi - DPI) > DPI * DPI_TOLERANCE:
        raise ImageRefused(
            f"the image states {header.dpi:.0f} dpi: resample it to {DPI} dpi and state that in the file"
        )
    return header


def _recognise(image: bytes) -> Header:
    try:
        if image.startswith(PNG_SIGNATURE):
            return _png_header(image)
        if image.startswith(_WSQ_START.to_bytes(2)):
            return _wsq_header(image)
    except (struct.error, ValueError) as error:
        if isinstance(error, ImageRefused):
            raise
        raise ImageRefused("the image is cut short or damaged in its header") from error
    raise ImageRefused("the image is neither PNG nor WSQ: send one of these")


def _png_header(image: bytes) -> Header:
    """Read IHDR and pHYs (ISO/IEC 15948, 11.2.2 and 11.3.5.3); pHYs precedes the image data."""
    length, kind, width, height = struct.unpack_from(">I4sII", image, 8)
    if kind != b"IHDR" or length != 13:
        raise ImageRefused("the PNG does not start with its header chunk")
    offset = 8
    for _ in range(_MAX_SEGMENTS):
        length, kind = struct.unpack_from(">I4s", image, offset)
        if kind == b"IDAT":
            return Header("PNG", width, height, float(DPI))
        if kind == b"pHYs":
            return Header("PNG", width, height, _png_dpi(image, offset + 8))
        offset += 12 + length
    raise ImageRefused("the PNG has too many chunks before its image data: remove its metadata")


def _png_dpi(image: bytes, offset: int) -> float:
    across, down, unit = struct.unpack_from(">IIB", image, offset)
    if unit != _PNG_UNIT_METRE:
        return float(DPI)
    if across != down:
        raise ImageRefused("the resolution across and down differs: resample the image to square pixels")
    return float(across * METRES_PER_INCH)


def _wsq_header(image: bytes) -> Header:
    """Walk over tables and comments to the frame header (IAFIS-IC-0110v3, annex A)."""
    offset, dpi = 2, float(DPI)
    for _ in range(_MAX_SEGMENTS):
        marker, length = struct.unpack_from(">HH", image, offset)
        if marker == _WSQ_FRAME:
            height, width = struct.unpack_from(">HH", image, offset + 6)
            return Header("WSQ", width, height, dpi)
        if marker not in _WSQ_TABLES:
            raise ImageRefused(f"the WSQ file has marker {marker:04X} before its frame header")
        if marker == _WSQ_COMMENT:
            dpi = _wsq_dpi(image[offset + 4 : offset + 2 + length], dpi)
        offset += 2 + length
    raise ImageRefused("the WSQ file has no frame header")


def _wsq_dpi(comment: bytes, otherwise: float) -> float:
    """Read the line `PPI 500` of a NISTCOM comment; -1 stands for unknown."""
    for line in comment.splitlines():
        name, _, number = line.partition(b" ")
        if name == b"PPI":
            dpi = float(int(number))
            return dpi if dpi > 0 else otherwise
    return otherwise
