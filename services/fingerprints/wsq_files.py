"""Read a WSQ file into what an image is made of, and write that as a new file (IAFIS-IC-0110v3, annex A and B).

A decoder trusts its input: it ignores the length of a segment, accepts a second frame header, and writes as many
coefficients as there are codes. So it gets only numbers that were read here, each within its bounds, and codes that
were followed to their end. Comments are left out.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from services.fingerprints.wsq_codes import MAX_CODE_BITS, QUANTIZED, SUBBANDS, CodeReader, CodeTable, subband_areas
from shared.images.refusals import ImageRefused, damaged, require

_require: Final = partial(require, of="WSQ")

_START, _END, _FRAME, _BLOCK = 0xFFA0, 0xFFA1, 0xFFA2, 0xFFA3
_FILTERS, _QUANTIZATION, _CODES, _COMMENT = 0xFFA4, 0xFFA5, 0xFFA6, 0xFFA8
_MAX_SEGMENTS: Final = 64
_MAX_BLOCKS: Final = 8
_MAX_TABLES: Final = 8
# Those of the encoders that the FBI has certified, with 9 and 7 or twice 8 coefficients, of which half are written.
_FILTER_SIZES: Final = ((9, 7), (8, 8))
_MAX_SCALE: Final = 16  # a number is divided by 10 so many times

_FRAME_FORM: Final = struct.Struct(">BBHHBHBHBH")
_COEFFICIENT_FORM: Final = struct.Struct(">BBI")
_BIN_FORM: Final = struct.Struct(">BHBH")


@dataclass(frozen=True, slots=True)
class _Block:
    """A part of the coded image, and the table that its codes are from."""

    table: CodeTable
    content: bytes


@dataclass(slots=True)
class _Parts:
    frame: tuple[int, ...] = ()
    filters: bytes = b""
    quantization: bytes = b""
    is_coded: list[bool] = field(default_factory=list)
    tables: dict[int, CodeTable] = field(default_factory=dict)
    blocks: list[_Block] = field(default_factory=list)


def rewrite_wsq(image: bytes) -> bytes:
    """Return a new file of the same image. Raises ImageRefused."""
    parts = _Parts()
    try:
        for marker, content, coded in _segments(image):
            _take(parts, marker, content, coded)
    except (struct.error, IndexError) as error:
        raise damaged("cut short", of="WSQ") from error
    _check_complete(parts)
    return _written(parts)


def _segments(image: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield marker, content and what is coded after it, for each segment between start and end."""
    place = 2
    for _ in range(_MAX_SEGMENTS):
        (marker,) = struct.unpack_from(">H", image, place)
        if marker == _END:
            return
        (length,) = struct.unpack_from(">H", image, place + 2)
        content = image[place + 4 : place + 2 + length]
        _require(len(content) == length - 2, "cut short")
        place += 2 + length
        coded = _coded(image, place) if marker == _BLOCK else b""
        place += len(coded)
        yield marker, content, coded
    raise damaged(f"made of more than {_MAX_SEGMENTS} segments", of="WSQ")


def _coded(image: bytes, start: int) -> bytes:
    """Return what goes on until the next marker: a byte FF is data if a zero follows it."""
    place = start
    while (place := image.find(b"\xff", place)) >= 0:
        if image[place + 1]:
            return image[start:place]
        place += 2
    raise damaged("cut short", of="WSQ")


def _take(parts: _Parts, marker: int, content: bytes, coded: bytes) -> None:
    if marker == _FRAME:
        _require(not parts.frame and not parts.blocks, "with a second frame header")
        parts.frame = _frame(content)
    elif marker == _FILTERS:
        _require(not parts.filters, "with a second table of filters")
        parts.filters = _checked_filters(content)
    elif marker == _QUANTIZATION:
        _require(not parts.quantization and not parts.blocks, "with a second table of quantization")
        parts.quantization, parts.is_coded = _checked_quantization(content)
    elif marker == _CODES:
        _take_tables(parts.tables, content)
    elif marker == _BLOCK:
        _require(len(content) == 1 and content[0] in parts.tables, "without the Huffman table of a block")
        _require(len(parts.blocks) < _MAX_BLOCKS, f"made of more than {_MAX_BLOCKS} blocks")
        parts.blocks.append(_Block(parts.tables[content[0]], coded))
    else:
        _require(marker == _COMMENT, f"with the marker {marker:04X}")


def _frame(content: bytes) -> tuple[int, ...]:
    _require(len(content) == _FRAME_FORM.size, "with a frame header of another length")
    frame = _FRAME_FORM.unpack(content)
    _require(frame[4] <= _MAX_SCALE and frame[6] <= _MAX_SCALE, "with a scale out of bounds")
    return frame


def _checked_filters(content: bytes) -> bytes:
    sizes = (content[0], content[1])
    if sizes not in _FILTER_SIZES:
        raise ImageRefused(f"the WSQ file has filters of {sizes[0]} and {sizes[1]} coefficients: send the image as PNG")
    written = sum((size + 1) // 2 for size in sizes)
    _require(len(content) == 2 + written * _COEFFICIENT_FORM.size, "with a table of filters of another length")
    for sign, scale, _ in _COEFFICIENT_FORM.iter_unpack(content[2:]):
        _require(sign <= 1 and scale <= _MAX_SCALE, "with a filter out of bounds")
    return content


def _checked_quantization(content: bytes) -> tuple[bytes, list[bool]]:
    """Return the table without subbands that are never coded, and for each subband whether it is."""
    _require(len(content) == 3 + SUBBANDS * _BIN_FORM.size, "with a table of quantization of another length")
    bins = list(_BIN_FORM.iter_unpack(content[3:]))
    _require(
        content[0] <= _MAX_SCALE and all(max(scale, zero_scale) <= _MAX_SCALE for scale, _, zero_scale, _ in bins),
        "with a quantization out of bounds",
    )
    bins[QUANTIZED:] = [(0, 0, 0, 0)] * (SUBBANDS - QUANTIZED)
    return content[:3] + b"".join(_BIN_FORM.pack(*each) for each in bins), [size > 0 for _, size, _, _ in bins]


def _take_tables(tables: dict[int, CodeTable], content: bytes) -> None:
    place = 0
    while place < len(content):
        number, counts = content[place], content[place + 1 : place + 1 + MAX_CODE_BITS]
        place += 1 + MAX_CODE_BITS + sum(counts)
        table = CodeTable(counts, content[place - sum(counts) : place])
        _require(place <= len(content) and len(counts) == MAX_CODE_BITS, "with a Huffman table of another length")
        _require(number < _MAX_TABLES and table.is_possible(), "with a Huffman table that cannot be")
        tables[number] = table


def _check_complete(parts: _Parts) -> None:
    _require(all((parts.frame, parts.filters, parts.quantization, parts.blocks)), "without all of its tables")
    _, _, height, width, *_ = parts.frame
    coded = sum(len(block.content) for block in parts.blocks)
    _require(coded <= width * height, "larger than the pixels that it holds")
    areas = subband_areas(width, height)
    missing = sum(area for area, is_coded in zip(areas, parts.is_coded, strict=True) if is_coded)
    for block in parts.blocks:
        made = CodeReader(block.table).count(block.content.replace(b"\xff\x00", b"\xff"), at_most=missing)
        _require(made is not None, "with codes that cannot be followed")
        missing -= made or 0
    _require(missing == 0, "with another number of coefficients than its size asks for")


def _written(parts: _Parts) -> bytes:
    pieces = [
        _START.to_bytes(2),
        _segment(_FILTERS, parts.filters),
        _segment(_QUANTIZATION, parts.quantization),
        _segment(_FRAME, _FRAME_FORM.pack(*parts.frame)),
    ]
    for number, block in enumerate(parts.blocks):
        name = bytes([number])
        pieces.append(_segment(_CODES, name + block.table.counts + block.table.values))
        pieces += [_segment(_BLOCK, name), block.content]
    return b"".join([*pieces, _END.to_bytes(2)])


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">HH", marker, len(content) + 2) + content
