"""Turn the bytes of a PNG or WSQ file into a print: 8-bit gray values at 500 dpi.

Does NOT assess the quality of the print. The decoders are C libraries that a malformed file may crash:
`extraction.py` therefore calls this module in a process of its own.
"""

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from services.fingerprints.image_headers import read_header
from services.fingerprints.wsq_files import rewrite_wsq
from shared.images.png_files import rewrite_png
from shared.images.refusals import ImageRefused

Pixels = npt.NDArray[np.uint8]
"""One print of one finger: gray values (rows, columns) at 500 dpi, dark ridges on light ground."""

_BLOCK: Final = 16  # pixels: about two ridges at 500 dpi
_RIDGES_DEVIATE_BY: Final = 12.0  # gray values (standard deviation in a block); paper and empty glass stay below
_MARGIN: Final = 16  # pixels kept around the foreground, so that no minutia lies on the edge
_PAPER: Final = 255  # white
_MIN_BLOCKS: Final = 2  # a row or column with fewer ridge blocks is dust, or a line of the form


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; right and bottom are the first column and row outside."""

    left: int
    top: int
    right: int
    bottom: int


def decode(image: bytes) -> Pixels:
    """Decode a PNG or WSQ file; raise ImageRefused, with what to change, if it cannot be used.

    The decoder reads a file that was written here, from what this one is made of.
    """
    header = read_header(image)
    try:
        pixels = _png_pixels(rewrite_png(image)) if header.format == "PNG" else _wsq_pixels(rewrite_wsq(image))
    except ImageRefused:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, Image.DecompressionBombError) as error:
        raise ImageRefused("the PNG file is damaged and cannot be decoded") from error
    if pixels.shape != (header.height, header.width):
        raise ImageRefused(f"the {header.format} file holds another number of pixels than its header states")
    return pixels


def crop_to_foreground(pixels: Pixels, *, unless_within: int = 0) -> tuple[Pixels, Box]:
    """Return the part that has ridges, and where it was; raise ImageRefused if there is none.

    A rolled print covers a small part of its field on the card, and extraction takes time in proportion to area.
    An image with no side above `unless_within` pixels stays whole: there is little to gain, and LEADER finds
    fewer minutiae in faint prints that are cut closely.
    """
    box = foreground(pixels)
    height, width = pixels.shape
    if max(height, width) <= unless_within:
        box = Box(0, 0, width, height)
    return pixels[box.top : box.bottom, box.left : box.right], box


def foreground(pixels: Pixels) -> Box:
    """Return the box around all blocks whose gray values vary as ridges do, or raise ImageRefused."""
    ridged = _block_deviation(pixels) >= _RIDGES_DEVIATE_BY
    rows = np.flatnonzero(ridged.sum(axis=1) >= _MIN_BLOCKS)
    columns = np.flatnonzero(ridged.sum(axis=0) >= _MIN_BLOCKS)
    if not len(rows) or not len(columns):
        raise ImageRefused("the image shows no print: no part of it has the contrast of ridges")
    height, width = pixels.shape
    return Box(
        left=max(0, int(columns[0]) * _BLOCK - _MARGIN),
        top=max(0, int(rows[0]) * _BLOCK - _MARGIN),
        right=min(width, (int(columns[-1]) + 1) * _BLOCK + _MARGIN),
        bottom=min(height, (int(rows[-1]) + 1) * _BLOCK + _MARGIN),
    )


def png_of(pixels: Pixels, box: Box, width: int, height: int) -> bytes:
    """Return an impression of a size as a PNG: a part of it where it was, and paper around that."""
    whole = np.full((height, width), _PAPER, np.uint8)
    whole[box.top : box.bottom, box.left : box.right] = pixels
    file = io.BytesIO()
    Image.fromarray(whole).save(file, "PNG")
    return file.getvalue()


def has_ridges(pixels: Pixels) -> bool:
    """Return whether any part of some pixels varies as ridges do; what is smaller than a block counts as ridges."""
    deviation = _block_deviation(pixels)
    return not deviation.size or bool((deviation >= _RIDGES_DEVIATE_BY).any())


def _block_deviation(pixels: Pixels) -> npt.NDArray[np.float32]:
    rows, columns = pixels.shape[0] // _BLOCK, pixels.shape[1] // _BLOCK
    whole = pixels[: rows * _BLOCK, : columns * _BLOCK].astype(np.float32)
    deviation: npt.NDArray[np.float32] = whole.reshape(rows, _BLOCK, columns, _BLOCK).std(axis=(1, 3))
    return deviation


def _png_pixels(image: bytes) -> Pixels:
    with Image.open(io.BytesIO(image), formats=("PNG",)) as opened:
        if opened.mode.startswith("I"):  # 16 bits a pixel: the upper 8 hold all that a scanner resolves
            return (np.asarray(opened).astype(np.uint32) >> 8).astype(np.uint8)
        if opened.mode in {"1", "L"} and "transparency" not in opened.info:
            return np.asarray(opened.convert("L"))
        return _gray_of_colours(np.asarray(opened.convert("RGBA")))


def _gray_of_colours(colours: Pixels) -> Pixels:
    """Return (rows, columns) of a (rows, columns, 4) image that uses neither colour nor transparency."""
    red, green, blue, alpha = np.moveaxis(colours, 2, 0)
    if (alpha != 255).any():
        raise ImageRefused("the image is partly transparent: save it as 8-bit gray without an alpha channel")
    if (red != green).any() or (green != blue).any():
        raise ImageRefused("the image has colours: convert it to 8-bit gray")
    return np.ascontiguousarray(green)


def _wsq_pixels(image: bytes) -> Pixels:
    # The import enters WSQ into Pillow's list of formats; nothing else of the module is needed.
    import wsq  # noqa: F401

    try:
        with Image.open(io.BytesIO(image), formats=("WSQ",)) as opened:
            return np.asarray(opened.convert("L"))
    except Exception as error:  # its decoder raises no narrower class
        raise ImageRefused("the WSQ file is damaged and cannot be decoded") from error
