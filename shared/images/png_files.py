"""Read a PNG file into what an image is made of, and write that as a new file (ISO/IEC 15948).

The decoder gets the header, palette and transparency if there are any, and the rows, inflated here to the number of
bytes that the header implies. Text, profiles, animations and what follows the end are left out.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, starmap
from typing import Final

from shared.images.refusals import damaged, require

PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"

_require: Final = partial(require, of="PNG")
MAX_CHUNKS: Final = 16 * 1024
_HEADER_FORM: Final = struct.Struct(">IIBBBBB")
_GRAY, _COLOURS, _PALETTE, _GRAY_ALPHA, _COLOURS_ALPHA = 0, 2, 3, 4, 6
_CHANNELS: Final = {_GRAY: 1, _COLOURS: 3, _PALETTE: 1, _GRAY_ALPHA: 2, _COLOURS_ALPHA: 4}
_DEPTHS: Final = {
    _GRAY: (1, 2, 4, 8, 16),
    _COLOURS: (8, 16),
    _PALETTE: (1, 2, 4, 8),
    _GRAY_ALPHA: (8, 16),
    _COLOURS_ALPHA: (8, 16),
}
_TRANSPARENCY_BYTES: Final = {_GRAY: 2, _COLOURS: 6}
_LAST_FILTER: Final = 4
# Where the pixels of each pass of an interlaced image begin, and how far they are from each other (8.2, Adam7).
_PASSES: Final = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


@dataclass(frozen=True, slots=True)
class _Header:
    width: int
    height: int
    depth: int
    kind: int
    compression: int
    filtering: int
    interlace: int

    def is_possible(self) -> bool:
        """Return whether the standard allows such an image."""
        known = self.depth in _DEPTHS.get(self.kind, ()) and self.interlace in {0, 1}
        return known and not self.compression and not self.filtering

    def passes(self) -> Iterator[tuple[int, int]]:
        """Yield how many rows each pass has, and the bytes of one, with that which names its filter."""
        for left, top, across, down in _PASSES if self.interlace else ((0, 0, 1, 1),):
            columns, rows = -((left - self.width) // across), -((top - self.height) // down)
            if columns > 0 and rows > 0:
                yield rows, 1 + (columns * _CHANNELS[self.kind] * self.depth + 7) // 8


def rewrite_png(image: bytes) -> bytes:
    """Return a new file of the same image. Raises ImageRefused."""
    try:
        chunks = list(_chunks(image))
        header = _header(*chunks[0])
        rows = (b"IDAT", zlib.compress(_rows(header, chunks), 0))
        kept = [chunks[0], *_colours(header, chunks), rows, (b"IEND", b"")]
    except (struct.error, zlib.error, IndexError) as error:
        raise damaged("cut short", of="PNG") from error
    # In one piece: the rows may have 64 MB, and each copy of them costs as much as to decode a common photograph.
    return b"".join((PNG_SIGNATURE, *chain.from_iterable(starmap(_chunk, kept))))


def _chunks(image: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the content of each chunk that a decoder must know, and of the transparency."""
    place = len(PNG_SIGNATURE)
    for _ in range(MAX_CHUNKS):
        length, name = struct.unpack_from(">I4s", image, place)
        if name == b"IEND":
            return
        content = image[place + 8 : place + 8 + length]
        # The first letter of a chunk that a decoder must know is a capital.
        if name[:1].isupper() or name == b"tRNS":
            (checksum,) = struct.unpack_from(">I", image, place + 8 + length)
            _require(_checksum(name, content) == checksum, "with a chunk whose checksum does not fit")
            yield name, content
        place += 12 + length
    raise damaged(f"made of more than {MAX_CHUNKS:,} chunks", of="PNG")


def _header(name: bytes, content: bytes) -> _Header:
    _require(name == b"IHDR" and len(content) == _HEADER_FORM.size, "without a header")
    header = _Header(*_HEADER_FORM.unpack(content))
    _require(header.is_possible(), "with a header that states no known form")
    return header


def _colours(header: _Header, chunks: list[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    palette = [content for name, content in chunks if name == b"PLTE"]
    transparency = [content for name, content in chunks if name == b"tRNS"]
    _require(len(palette) <= 1 and len(transparency) <= 1, "with a second palette")
    most = _TRANSPARENCY_BYTES.get(header.kind, 0)
    if header.kind == _PALETTE:
        _require(len(palette) == 1, "without its palette")
        most, rest = divmod(len(palette[0]), 3)
        _require(not rest and 1 <= most <= 1 << header.depth, "with a palette of another length")
        yield b"PLTE", palette[0]
    if transparency and most:
        fits = len(transparency[0]) == most or (header.kind == _PALETTE and len(transparency[0]) < most)
        _require(fits, "with a transparency of another length")
        yield b"tRNS", transparency[0]


def _rows(header: _Header, chunks: list[tuple[bytes, bytes]]) -> bytes:
    """Return the rows as they are filtered, inflated to their number of bytes and no further."""
    others = {name for name, _ in chunks[1:]} - {b"PLTE", b"IDAT", b"tRNS"}
    _require(not others, "with a second header, or a chunk that no decoder has to know")
    size = sum(rows * length for rows, length in header.passes())
    inflate = zlib.decompressobj()
    rows = inflate.decompress(b"".join(content for name, content in chunks if name == b"IDAT"), size + 1)
    _require(len(rows) == size and inflate.eof, "with another number of pixels than its header states")
    _require(all(max(filters) <= _LAST_FILTER for filters in _filters(header, rows)), "with an unknown filter")
    return rows


def _filters(header: _Header, rows: bytes) -> Iterator[bytes]:
    place = 0
    for count, length in header.passes():
        yield rows[place : place + count * length : length]
        place += count * length


def _chunk(name: bytes, content: bytes) -> tuple[bytes, ...]:
    return struct.pack(">I", len(content)), name, content, struct.pack(">I", _checksum(name, content))


def _checksum(name: bytes, content: bytes) -> int:
    return zlib.crc32(content, zlib.crc32(name))
