"""What a worker answers to a photograph: a picture, which is checked, as the worker reads untrusted files."""

import struct
from typing import Final

from shared.images.jpeg_files import is_plain, read_jpeg
from shared.images.messages import Garbled
from shared.images.picture import (
    MAX_DESCRIPTION_BYTES,
    MAX_PICTURE_BYTES,
    MAX_THUMBNAIL_BYTES,
    SHOWN_SIDE,
    THUMBNAIL_SIDE,
    Picture,
)
from shared.images.refusals import ImageRefused

PICTURE: Final = b"P"
_HEAD: Final = struct.Struct(">HHII")


def picture_to_bytes(picture: Picture) -> bytes:
    """Return a picture as it is sent to the service."""
    head = _HEAD.pack(picture.width, picture.height, len(picture.jpeg), len(picture.thumbnail))
    return head + picture.jpeg + picture.thumbnail + picture.description


def picture_of(body: bytes) -> Picture:
    """Return the picture that a worker sent: two JPEG files within the bounds, and nothing else. Raises Garbled.

    Does NOT look into its description: the service that has some does.
    """
    if len(body) < _HEAD.size:
        raise Garbled("a picture without its size")
    width, height, length, small = _HEAD.unpack_from(body)
    at, end = _HEAD.size + length, _HEAD.size + length + small
    jpeg, thumbnail, description = body[_HEAD.size : at], body[at:end], body[end:]
    _require_plain(jpeg, MAX_PICTURE_BYTES, SHOWN_SIDE)
    _require_plain(thumbnail, MAX_THUMBNAIL_BYTES, THUMBNAIL_SIDE)
    if not is_plain(jpeg, width, height):
        raise Garbled("a picture of another size than stated")
    if len(description) > MAX_DESCRIPTION_BYTES:
        raise Garbled("a description out of bounds")
    return Picture(jpeg, thumbnail, width, height, description)


def _require_plain(jpeg: bytes, most: int, side: int) -> None:
    try:
        stated = read_jpeg(jpeg)
    except ImageRefused as refused:
        raise Garbled("a picture that is no JPEG") from refused
    fits = 0 < max(stated.width, stated.height) <= side and len(jpeg) <= most
    if not fits or not is_plain(jpeg, stated.width, stated.height):
        raise Garbled("a picture out of bounds, or with more than a picture in its file")
