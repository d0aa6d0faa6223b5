"""A picture that this project encoded, and its bounds. Needs no decoder."""

from typing import Final, NamedTuple

# Pixels on the longer side.
SHOWN_SIDE: Final = 1024
THUMBNAIL_SIDE: Final = 160
MAX_PICTURE_BYTES: Final = 300_000
MAX_THUMBNAIL_BYTES: Final = 20_000
MAX_DESCRIPTION_BYTES: Final = 8_000


class Picture(NamedTuple):
    """A picture as JPEG, its thumbnail as well, its width and height in pixels, and what it is found by, if that is."""

    jpeg: bytes
    thumbnail: bytes
    width: int
    height: int
    description: bytes = b""
    """Of a service that finds pictures by pictures, in a form of its own."""
