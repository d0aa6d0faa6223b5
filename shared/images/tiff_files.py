"""Read a TIFF file into what its first image is made of, and write that as a new file (TIFF 6.0).

The decoder gets the size, the form of the samples, the palette and the strips. Metadata, profiles, thumbnails, further
images and tiles are left out. Does NOT follow the codes of the strips: the decoder reads of each no more than its rows.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from shared.images.refusals import ImageRefused, damaged, require

TIFF_STARTS: Final = (b"II*\0", b"MM\0*")
BIG_TIFF_STARTS: Final = (b"II+\0", b"MM\0+")
MAX_ENTRIES: Final = 512
# Each row of the tallest image that is accepted may be a strip of its own.
MAX_STRIPS: Final = 6_000

_require: Final = partial(require, of="TIFF")
_ENTRY_BYTES: Final = 12
_HEADER_BYTES: Final = 8
_SHORT, _LONG = 3, 4
_KINDS: Final = {_SHORT: "H", _LONG: "I"}
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_OFFSETS, _SAMPLES, _ROWS, _BYTE_COUNTS, _PLANAR = 273, 277, 278, 279, 284
_PREDICTOR, _PALETTE, _EXTRA, _FILL_ORDER, _TILE_WIDTH = 317, 320, 338, 266, 322
_SINGLE: Final = (_WIDTH, _HEIGHT, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _ROWS, _PLANAR, _PREDICTOR)
_DEFAULTS: Final = {_COMPRESSION: 1, _SAMPLES: 1, _PLANAR: 1, _PREDICTOR: 1, _ROWS: 2**32 - 1, _FILL_ORDER: 1}
# None, LZW, deflate by both of its numbers, and PackBits.
_COMPRESSIONS: Final = frozenset({1, 5, 8, 32946, 32773})
# White is zero, black is zero, RGB, palette, CMYK: with the samples of a pixel that each has without transparency.
_COLOURS: Final = {0: 1, 1: 1, 2: 3, 3: 1, 5: 4}
_BY_PALETTE: Final = 3
_DEPTHS: Final = frozenset({1, 8, 16})
_SAVE: Final = "save the photograph as JPEG, PNG, or as a TIFF in strips, uncompressed or with LZW or ZIP"

Tags = Mapping[int, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Tiff:
    """What the first image of a TIFF file is made of: the order of its bytes, its tags, and its strips."""

    order: str
    tags: Tags
    strips: tuple[bytes, ...]

    @property
    def width(self) -> int:
        """In pixels."""
        return self.tags[_WIDTH][0]

    @property
    def height(self) -> int:
        """In pixels."""
        return self.tags[_HEIGHT][0]


def read_tiff(image: bytes) -> Tiff:
    """Return what the first image of a TIFF file is made of. Raises ImageRefused."""
    if image.startswith(BIG_TIFF_STARTS):
        raise ImageRefused(f"the file is a BigTIFF: {_SAVE}")
    order = "<" if image.startswith(b"II") else ">"
    try:
        tags = _tags(image, order)
        _require_readable(tags)
        return Tiff(order, tags, _strips(image, tags))
    except struct.error as error:
        raise damaged("cut short", of="TIFF") from error


def rewrite_tiff(tiff: Tiff) -> bytes:
    """Return a new file of the same image."""
    tags = {tag: values for tag, values in tiff.tags.items() if tag not in (_OFFSETS, _BYTE_COUNTS, _FILL_ORDER)}
    lengths = [len(strip) for strip in tiff.strips]
    tags[_BYTE_COUNTS] = lengths
    # The strips come right after the header, and the directory after them.
    starts = [_HEADER_BYTES + sum(lengths[:place]) for place in range(len(lengths))]
    tags[_OFFSETS] = starts
    data = b"".join(tiff.strips)
    data += b"\0" * (len(data) % 2)
    start = _HEADER_BYTES + len(data)
    header = (b"II" if tiff.order == "<" else b"MM") + struct.pack(f"{tiff.order}HI", 42, start)
    return header + data + _directory(tags, tiff.order, start)


def _tags(image: bytes, order: str) -> Tags:
    (place,) = struct.unpack_from(f"{order}I", image, 4)
    (entries,) = struct.unpack_from(f"{order}H", image, place)
    _require(entries <= MAX_ENTRIES, f"with more than {MAX_ENTRIES} tags")
    found: dict[int, Sequence[int]] = {tag: (value,) for tag, value in _DEFAULTS.items()}
    known = (*_SINGLE, _BITS, _OFFSETS, _BYTE_COUNTS, _PALETTE, _EXTRA, _FILL_ORDER, _TILE_WIDTH)
    for number in range(entries):
        at = place + 2 + number * _ENTRY_BYTES
        tag, kind, count = struct.unpack_from(f"{order}HHI", image, at)
        if tag in known and kind in _KINDS:
            found[tag] = _values(image, order, at + 8, kind, count)
    return found


def _values(image: bytes, order: str, at: int, kind: int, count: int) -> Sequence[int]:
    _require(1 <= count <= MAX_STRIPS, "with a tag of too many values")
    size = struct.calcsize(_KINDS[kind]) * count
    place = at if size <= 4 else int(struct.unpack_from(f"{order}I", image, at)[0])
    return struct.unpack_from(f"{order}{count}{_KINDS[kind]}", image, place)


def _require_readable(tags: Tags) -> None:
    """Require a form that the decoder is given. Raises ImageRefused."""
    _require(all(len(tags.get(tag, ())) == 1 for tag in _SINGLE), "without its size")
    if _TILE_WIDTH in tags or tags[_COMPRESSION][0] not in _COMPRESSIONS or tags[_PLANAR][0] != 1:
        raise ImageRefused(f"the TIFF file has a form that is not read here: {_SAVE}")
    samples, photometric, bits = tags[_SAMPLES][0], tags[_PHOTOMETRIC][0], tags.get(_BITS, (1,))
    known = _COLOURS.get(photometric)
    if known is None or samples not in (known, known + 1) or {*bits} - _DEPTHS or len({*bits}) > 1:
        raise ImageRefused(f"the TIFF file has colours that are not read here: {_SAVE}")
    _require(len(bits) == samples, "with another number of samples than it states")
    if bits[0] == 1 and (samples, photometric) not in {(1, 0), (1, 1)}:
        raise ImageRefused(f"the TIFF file has colours that are not read here: {_SAVE}")
    if photometric == _BY_PALETTE:
        _require(len(tags.get(_PALETTE, ())) == 3 << bits[0] and bits[0] <= 8, "without its palette")
    if tags[_PREDICTOR][0] not in (1, 2) or tags[_FILL_ORDER][0] != 1:
        raise ImageRefused(f"the TIFF file has a form that is not read here: {_SAVE}")


def _strips(image: bytes, tags: Tags) -> tuple[bytes, ...]:
    rows, height = min(tags[_ROWS][0], tags[_HEIGHT][0]), tags[_HEIGHT][0]
    offsets, lengths = tags.get(_OFFSETS, ()), tags.get(_BYTE_COUNTS, ())
    _require(rows > 0 and len(offsets) == len(lengths) == -(-height // rows), "with another number of strips")
    _require(sum(lengths) <= len(image), "with strips that overlap")
    pairs = list(zip(offsets, lengths, strict=True))
    _require(all(at + length <= len(image) for at, length in pairs), "cut short")
    return tuple(image[at : at + length] for at, length in pairs)


def _directory(tags: Tags, order: str, start: int) -> bytes:
    """Return the directory of a file, which begins at a place, with the values that do not fit into it after it."""
    entries, more = b"", b""
    after = start + 2 + len(tags) * _ENTRY_BYTES + 4
    for tag in sorted(tags):
        kind = _SHORT if tag in (_BITS, _PALETTE, _EXTRA, _PHOTOMETRIC, _COMPRESSION, _SAMPLES) else _LONG
        packed = struct.pack(f"{order}{len(tags[tag])}{_KINDS[kind]}", *tags[tag])
        if len(packed) > 4:
            place = struct.pack(f"{order}I", after + len(more))
            more += packed + b"\0" * (len(packed) % 2)
        else:
            place = packed.ljust(4, b"\0")
        entries += struct.pack(f"{order}HHI", tag, kind, len(tags[tag])) + place
    return struct.pack(f"{order}H", len(tags)) + entries + struct.pack(f"{order}I", 0) + more
