"""The messages between the service and its workers over pipes: a file becomes pixels, and a view becomes minutiae.

A worker reads untrusted files, so its answers are untrusted as well.
"""

import struct
from typing import Final

import numpy as np

from services.fingerprints.images import Box, Pixels
from services.fingerprints.minutiae import MAX_MINUTIAE, Floats, View
from shared.images.messages import Garbled

DECODE, DETECT = b"I", b"V"
PIXELS, MINUTIAE = b"P", b"M"

_VIEW: Final = struct.Struct(">HHHHHH")
_AREA: Final = struct.Struct(">HHHH")
_VALUES: Final = 4


def view_to_bytes(view: View) -> bytes:
    """Return a view as it is sent to a worker."""
    tile = view.tile
    return _VIEW.pack(*view.pixels.shape, tile.left, tile.top, tile.right, tile.bottom) + view.pixels.tobytes()


def view_of(body: bytes) -> View:
    """Return the view that the service sent."""
    height, width, *tile = _VIEW.unpack_from(body)
    return View(np.frombuffer(body, np.uint8, offset=_VIEW.size).reshape(height, width), Box(*tile))


def area_to_bytes(pixels: Pixels, box: Box) -> bytes:
    """Return the part of an impression that has ridges as it is sent to the service."""
    return _AREA.pack(box.left, box.top, box.right, box.bottom) + pixels.tobytes()


def area_of(body: bytes, width: int, height: int) -> tuple[Pixels, Box]:
    """Return a part of an impression of so many pixels, and where it is. Raises Garbled."""
    if len(body) < _AREA.size:
        raise Garbled("a part of an impression without its place")
    box = Box(*_AREA.unpack_from(body))
    if not (box.left < box.right <= width and box.top < box.bottom <= height):
        raise Garbled("a part that is outside of its impression")
    pixels = np.frombuffer(body, np.uint8, offset=_AREA.size)
    if pixels.size != (box.right - box.left) * (box.bottom - box.top):
        raise Garbled("a part of an impression with another number of pixels")
    return pixels.reshape(box.bottom - box.top, box.right - box.left), box


def minutiae_to_bytes(found: Floats) -> bytes:
    """Return minutiae as they are sent to the service."""
    return found.astype("<f4").tobytes()


def minutiae_of(body: bytes, view: View) -> Floats:
    """Return the minutiae of a view: x, y, direction, quality. Raises Garbled."""
    if len(body) % (4 * _VALUES) or len(body) > 4 * _VALUES * MAX_MINUTIAE:
        raise Garbled("another number of values than minutiae have")
    found = np.frombuffer(body, "<f4").reshape(_VALUES, -1).astype(np.float32)
    height, width = view.pixels.shape
    most = np.array([[width], [height], [np.inf], [np.inf]])
    if not np.isfinite(found).all() or (found[[0, 1, 3]] < 0).any() or (found > most).any():
        raise Garbled("minutiae outside of their view")
    return found
