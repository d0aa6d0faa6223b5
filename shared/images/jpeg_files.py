"""Read a JPEG file into what an image is made of, and write that as a new file (ITU-T T.81).

The decoder gets the tables, the frame, the scans, and which colours they stand for. Comments, profiles, thumbnails,
other images and what follows the end are left out. Does NOT follow the codes of the scans.
"""

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from shared.images.refusals import ImageRefused, damaged, require

JPEG_START: Final = b"\xff\xd8\xff"
# Cameras write up to 255 segments with a profile, and some with a preview.
MAX_SEGMENTS: Final = 2_000
# Each goes over the whole image. Encoders write ten or so.
MAX_SCANS: Final = 32
MAX_COMPONENTS: Final = 4

_require: Final = partial(require, of="JPEG")
_START, _END, _RESTART_INTERVAL, _SCAN, _CODES, _QUANTIZATION = 0xD8, 0xD9, 0xDD, 0xDA, 0xC4, 0xDB
_JFIF, _EXIF, _ADOBE, _COMMENT = 0xE0, 0xE1, 0xEE, 0xFE
_BASELINE, _EXTENDED, _PROGRESSIVE = 0xC0, 0xC1, 0xC2
_FRAMES: Final = (_BASELINE, _EXTENDED, _PROGRESSIVE)
_TABLES: Final = (_CODES, _QUANTIZATION, _RESTART_INTERVAL)
_LEFT_OUT: Final = {*range(0xE0, 0xF0), _COMMENT}
# Within a scan 0 stands for a byte FF of data, and D0 to D7 for places from which a decoder can go on.
_next_marker: Final = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]").search
_fill_bytes: Final = re.compile(rb"\xff+").match
_EXIF_BEGIN, _JFIF_BEGIN, _ADOBE_BEGIN = b"Exif\0\0", b"JFIF\0", b"Adobe"
_JFIF_CONTENT: Final = _JFIF_BEGIN + bytes((1, 1, 0, 0, 1, 0, 1, 0, 0))
_ADOBE_BYTES: Final = 12
_FRAME: Final = struct.Struct(">BHHB")
_CODE_LENGTHS: Final = 16


class Segment(NamedTuple):
    """A marker with its content, and the data of a scan after it."""

    marker: int
    content: bytes
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Jpeg:
    """What a JPEG file is made of: its size, its segments, and the directory of Exif if it has one."""

    width: int
    height: int
    segments: tuple[Segment, ...]
    exif: bytes = b""


def read_jpeg(image: bytes) -> Jpeg:
    """Return what a JPEG file is made of, up to its end. Raises ImageRefused."""
    try:
        segments = tuple(_segments(image))
        frames = [segment for segment in segments if segment.marker in _FRAMES]
        _require(len(frames) == 1, "without one frame")
        _require(any(segment.marker == _SCAN for segment in segments), "without a scan")
        width, height = _size(frames[0].content)
    except (struct.error, IndexError) as error:
        raise damaged("cut short", of="JPEG") from error
    exif = next((each.content for each in segments if each.marker == _EXIF and _begins(each, _EXIF_BEGIN)), b"")
    return Jpeg(width, height, segments, exif[len(_EXIF_BEGIN) :])


def rewrite_jpeg(jpeg: Jpeg) -> bytes:
    """Return a new file of an image. Raises ImageRefused."""
    parts = [bytes((0xFF, _START))]
    if any(each.marker == _JFIF and _begins(each, _JFIF_BEGIN) for each in jpeg.segments):
        parts.append(_written(Segment(_JFIF, _JFIF_CONTENT)))
    adobe = next((each for each in jpeg.segments if each.marker == _ADOBE and _begins(each, _ADOBE_BEGIN)), None)
    if adobe is not None and len(adobe.content) >= _ADOBE_BYTES:
        # Its last byte says which colours the components stand for.
        parts.append(_written(Segment(_ADOBE, adobe.content[:_ADOBE_BYTES])))
    for segment in jpeg.segments:
        if segment.marker not in _LEFT_OUT:
            _require_whole(segment)
            parts.append(_written(segment))
    return b"".join((*parts, bytes((0xFF, _END))))


def is_plain(image: bytes, width: int, height: int) -> bool:
    """Return whether a file is a JPEG of this size with an image and nothing else: no metadata, no byte after it."""
    try:
        jpeg = read_jpeg(image)
        fresh = rewrite_jpeg(jpeg)
    except ImageRefused:
        return False
    return fresh == image and (jpeg.width, jpeg.height) == (width, height)


def _begins(segment: Segment, name: bytes) -> bool:
    return segment.content.startswith(name)


def _segments(image: bytes) -> Iterator[Segment]:
    """Yield the segments up to the end of the image; what follows is not read."""
    place, scans = 2, 0
    for _ in range(MAX_SEGMENTS):
        marker, place = _marker(image, place)
        if marker == _END:
            return
        _require_known(marker)
        (length,) = struct.unpack_from(">H", image, place)
        content = image[place + 2 : place + length]
        _require(length >= 2 and len(content) == length - 2, "cut short")
        place += length
        data = b""
        if marker == _SCAN:
            scans += 1
            if scans > MAX_SCANS:
                raise ImageRefused(f"the JPEG file has more than {MAX_SCANS} scans: save the image anew")
            found = _next_marker(image, place)
            _require(found is not None, "cut short")
            end = found.start() if found else place
            data, place = image[place:end], end
        yield Segment(marker, content, data)
    raise damaged(f"made of more than {MAX_SEGMENTS:,} segments", of="JPEG")


def _marker(image: bytes, place: int) -> tuple[int, int]:
    """Return the marker at a place, which may have more bytes FF before it, and the place after it."""
    filled = _fill_bytes(image, place)
    if filled is None:
        raise damaged("without a marker where one must be" if place < len(image) else "cut short", of="JPEG")
    return image[filled.end()], filled.end() + 1


def _require_known(marker: int) -> None:
    if marker in _LEFT_OUT or marker in _FRAMES or marker in _TABLES or marker == _SCAN:
        return
    raise ImageRefused(
        f"the JPEG file has the marker FF{marker:02X}, which few programs read: save it as a baseline JPEG"
    )


def _size(frame: bytes) -> tuple[int, int]:
    depth, height, width, components = _FRAME.unpack_from(frame)
    if depth != 8 or components not in (1, 3, 4):
        raise ImageRefused(f"the JPEG file has {components} components of {depth} bits: save it as 8-bit colour")
    _require(len(frame) == _FRAME.size + 3 * components, "with a frame of another length")
    _require(all(1 <= each >> 4 <= 4 and 1 <= each & 15 <= 4 for each in frame[7::3]), "with an unknown sampling")
    return width, height


def _require_whole(segment: Segment) -> None:
    """Require that a table or the head of a scan has its length, as a decoder may go by its content."""
    content = segment.content
    match segment.marker:
        case marker if marker == _QUANTIZATION:
            _require(_tables_fit(content, _quantization_bytes), "with a table of quantization of another length")
        case marker if marker == _CODES:
            _require(_tables_fit(content, _codes_bytes), "with a table of codes of another length")
        case marker if marker == _RESTART_INTERVAL:
            _require(len(content) == 2, "with an interval of another length")
        case marker if marker == _SCAN:
            components = content[0] if content else 0
            fits = 1 <= components <= MAX_COMPONENTS and len(content) == 4 + 2 * components
            _require(fits, "with the head of a scan of another length")


def _tables_fit(content: bytes, length_of: Callable[[bytes, int], int]) -> bool:
    place = 0
    while place < len(content):
        place += length_of(content, place)
    return place == len(content) > 0


def _quantization_bytes(content: bytes, place: int) -> int:
    return 129 if content[place] >> 4 else 65


def _codes_bytes(content: bytes, place: int) -> int:
    return 1 + _CODE_LENGTHS + sum(content[place + 1 : place + 1 + _CODE_LENGTHS])


def _written(segment: Segment) -> bytes:
    return struct.pack(">BBH", 0xFF, segment.marker, len(segment.content) + 2) + segment.content + segment.data
