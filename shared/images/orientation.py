"""Read how an image must be turned from the metadata that cameras write (Exif 3.0, 4.6.5; TIFF 6.0)."""

import struct
from typing import Final

UPRIGHT: Final = 1
_MOST: Final = 8
_ORDERS: Final = {b"II": "<", b"MM": ">"}
_MAGIC, _ORIENTATION, _SHORT = 42, 0x0112, 3
_ENTRY_BYTES: Final = 12
_MAX_ENTRIES: Final = 512


def orientation_of(exif: bytes) -> int:
    """Return the orientation that Exif states, 1 to 8; 1, which is upright, if it states none that can be read."""
    order = _ORDERS.get(exif[:2])
    if order is None:
        return UPRIGHT
    try:
        stated = _stated(exif, order)
    except struct.error:
        return UPRIGHT
    return stated if UPRIGHT <= stated <= _MOST else UPRIGHT


def _stated(exif: bytes, order: str) -> int:
    magic, place = struct.unpack_from(f"{order}HI", exif, 2)
    if magic != _MAGIC:
        return UPRIGHT
    (entries,) = struct.unpack_from(f"{order}H", exif, place)
    for number in range(min(entries, _MAX_ENTRIES)):
        tag, kind, count, value = struct.unpack_from(f"{order}HHIH", exif, place + 2 + number * _ENTRY_BYTES)
        if (tag, kind, count) == (_ORIENTATION, _SHORT, 1):
            return int(value)
    return UPRIGHT
