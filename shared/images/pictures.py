"""Decode the file of a photograph, turn it upright, scale it down, and encode it anew as JPEG with a thumbnail.

What is encoded has nothing of the file but its pixels. The decoders are C libraries: for files of strangers a process
of its own calls this module (see `photographs.py`).
"""

import io
from typing import Final

import numpy as np
from PIL import Image

from shared.images.photograph_files import PhotographFile, read_photograph, rewrite_photograph
from shared.images.picture import MAX_PICTURE_BYTES, MAX_THUMBNAIL_BYTES, SHOWN_SIDE, THUMBNAIL_SIDE, Picture
from shared.images.refusals import ImageRefused, damaged

# The best whose file is small enough is taken; the last is always.
_QUALITIES: Final = (85, 75, 60, 45, 30, 15)
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def picture_of(file: bytes) -> Picture:
    """Return the picture in a JPEG, PNG or TIFF file. Raises ImageRefused, with what to change."""
    stated = read_photograph(file)
    fresh = rewrite_photograph(file, stated.form)
    try:
        with Image.open(io.BytesIO(fresh), formats=(stated.form,)) as opened:
            return picture_from(_upright(opened, stated))
    except ImageRefused:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, Image.DecompressionBombError) as error:
        raise damaged("and cannot be decoded", of=stated.form) from error


def picture_from(image: Image.Image) -> Picture:
    """Return the picture of an image that is RGB, or gray."""
    shown = _scaled(image, SHOWN_SIDE)
    thumbnail = _encoded(_scaled(shown, THUMBNAIL_SIDE), MAX_THUMBNAIL_BYTES)
    return Picture(_encoded(shown, MAX_PICTURE_BYTES), thumbnail, *shown.size)


def _upright(opened: Image.Image, stated: PhotographFile) -> Image.Image:
    if opened.size != (stated.width, stated.height):
        raise ImageRefused(f"the {stated.form} file holds another number of pixels than its header states")
    # A large JPEG is decoded at a half, a quarter or an eighth of its size.
    opened.draft("RGB", (SHOWN_SIDE, SHOWN_SIDE))
    image = _opaque(_scaled(_in_plain_colours(opened), SHOWN_SIDE))
    turn = _TURNS.get(stated.orientation)
    return image if turn is None else image.transpose(turn)


def _in_plain_colours(opened: Image.Image) -> Image.Image:
    """Return the image as gray, RGB, or RGBA if part of it may be transparent."""
    if opened.mode.startswith("I"):  # 16 bits of gray
        return Image.fromarray((np.asarray(opened).astype(np.uint32) >> 8).astype(np.uint8))
    if opened.mode in {"1", "L"} and "transparency" not in opened.info:
        return opened.convert("L")
    if opened.mode in {"RGB", "CMYK"} and "transparency" not in opened.info:
        return opened.convert("RGB")
    return opened.convert("RGBA")


def _opaque(image: Image.Image) -> Image.Image:
    """Return the image on white."""
    if image.mode != "RGBA":
        return image
    plain = Image.new("RGB", image.size, "white")
    plain.paste(image, mask=image.getchannel("A"))
    return plain


def _scaled(image: Image.Image, side: int) -> Image.Image:
    """Return the image with no side longer than this; a smaller one is not enlarged."""
    longest = max(image.size)
    if longest <= side:
        return image
    width, height = (max(1, round(each * side / longest)) for each in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=1.5)


def _encoded(image: Image.Image, most: int) -> bytes:
    # A comment, a profile or a resolution of the file would be written as well.
    image.info.clear()
    for quality in _QUALITIES:
        written = io.BytesIO()
        image.save(written, "JPEG", quality=quality, optimize=True)
        if written.tell() <= most:
            break
    return written.getvalue()
