"""Decoders read only files that were rewritten here, from the parts of the files received."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.fingerprints.image_headers import read_header
from services.fingerprints.images import decode
from services.fingerprints.wsq_codes import subband_areas
from services.fingerprints.wsq_files import rewrite_wsq
from shared.images.png_files import rewrite_png
from shared.images.refusals import ImageRefused
from tests.services.fingerprints.files import chunk, header, png_of, ridges, saved_as, segment, unfiltered

WSQ, PNG = saved_as("WSQ"), saved_as("PNG")
FRAME, FILTERS, QUANTIZATION, CODES, BLOCK = (bytes((0xFF, low)) for low in (0xA2, 0xA4, 0xA5, 0xA6, 0xA3))
# The parts of the file of 120 x 110 pixels, each from its marker to the next.
PARTS = {
    name: WSQ[(start := WSQ.index(name)) : start + 2 + struct.unpack_from(">H", WSQ, start + 2)[0]]
    for name in (FRAME, FILTERS, QUANTIZATION, CODES)
}
HUGE_FRAME = PARTS[FRAME][:6] + struct.pack(">HH", 20_000, 20_000) + PARTS[FRAME][10:]


def pixels_of(file: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(file)) as image:
        return np.asarray(image.convert("L"))


@pytest.mark.parametrize(("width", "height"), [(100, 100), (101, 103), (131, 250), (320, 400), (277, 333)])
def test_a_rewritten_wsq_file_is_the_same_image(width: int, height: int) -> None:
    """To the last pixel, whatever its size; only its comments are removed."""
    file = saved_as("WSQ", width, height)
    fresh = rewrite_wsq(file)
    assert np.array_equal(pixels_of(fresh), pixels_of(file))
    assert b"NIST_COM" in file
    assert b"NIST_COM" not in fresh
    assert rewrite_wsq(fresh) == fresh


@given(width=st.integers(100, 1500), height=st.integers(100, 1500))
def test_the_subbands_have_as_many_coefficients_as_the_image_has_pixels(width: int, height: int) -> None:
    """Also for odd lengths."""
    assert sum(subband_areas(width, height)) == width * height


def test_a_second_frame_header_hidden_in_a_table_is_refused() -> None:
    """A decoder that goes by the content of a table would find it; one such file took 3.1 GB and a minute."""
    filters, frame = PARTS[FILTERS], PARTS[FRAME]
    # Of another length: a decoder that goes by the length reads the frame header among the coefficients.
    short = filters[:2] + b"\0\x04" + filters[4:6] + frame + filters[6 + len(frame) :]
    hidden = WSQ.replace(frame, HUGE_FRAME).replace(filters, short)
    assert (read_header(hidden).width, read_header(hidden).height) == (120, 110)
    with pytest.raises(ImageRefused, match="table of filters of another length"):
        decode(hidden)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (BLOCK + b"\0\x03", HUGE_FRAME + BLOCK + b"\0\x03", "second frame header"),
        (PARTS[FILTERS], PARTS[FILTERS] * 2, "second table of filters"),
        (PARTS[QUANTIZATION], PARTS[QUANTIZATION] * 2, "second table of quantization"),
        (PARTS[QUANTIZATION], b"", "without all of its tables"),
        (PARTS[FILTERS], segment(0xFFA4, bytes((3, 3)) + bytes(24)), "filters of 3 and 3"),
        (PARTS[FRAME], PARTS[FRAME][:10] + b"\xff" + PARTS[FRAME][11:], "scale out of bounds"),
        (PARTS[CODES], PARTS[CODES][:4] + b"\x09" + PARTS[CODES][5:], "Huffman table that cannot be"),
        (PARTS[CODES], segment(0xFFA6, b"\0\x03" + bytes(15) + b"\x01\x02\x03"), "Huffman table that cannot be"),
        (PARTS[CODES], segment(0xFFA6, b"\0\0\xff" + bytes(14)), "Huffman table of another length"),
        (BLOCK + b"\0\x03\0", BLOCK + b"\0\x03\x07", "without the Huffman table"),
        (b"\xff\xa1", b"", "cut short"),
        (b"\xff\xa1", segment(0xFFA7, b"\0\x01") + b"\xff\xa1", "marker FFA7"),
    ],
)
def test_a_malformed_wsq_file_is_refused(old: bytes, new: bytes, reason: str) -> None:
    """With its reason, before any decoder reads it."""
    assert old in WSQ
    with pytest.raises(ImageRefused, match=reason):
        decode(WSQ.replace(old, new, 1))


def test_a_wsq_file_with_more_or_fewer_coefficients_than_pixels_is_refused() -> None:
    """A decoder would write past the end of its memory, or show what another image has left there."""
    for height in (109, 111):
        frame = PARTS[FRAME][:6] + struct.pack(">H", height) + PARTS[FRAME][8:]
        with pytest.raises(ImageRefused, match=r"coefficients|followed"):
            decode(WSQ.replace(PARTS[FRAME], frame))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
@settings(max_examples=5)
@given(width=st.integers(100, 130), height=st.integers(100, 130))
def test_a_rewritten_png_file_is_the_same_image(mode: str, width: int, height: int) -> None:
    """To the last pixel, in all modes."""
    gray = ridges(width, height)
    image = Image.fromarray(gray.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(gray).convert(mode)
    file = io.BytesIO()
    image.save(file, "PNG")
    assert np.array_equal(pixels_of(rewrite_png(file.getvalue())), pixels_of(file.getvalue()))


def test_a_rewritten_interlaced_png_file_is_the_same_image() -> None:
    """Its seven passes are inflated to the expected number of bytes."""
    gray = ridges(101, 103)
    starts = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = b"".join(unfiltered(gray[top::down, left::across]) for left, top, across, down in starts)
    file = png_of(header(101, 103, interlace=1), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    assert np.array_equal(pixels_of(rewrite_png(file)), gray)
    assert np.array_equal(decode(file), gray)


def test_chunks_without_image_data_are_removed_from_a_png_file() -> None:
    """Text, profiles and animations reach no decoder, nor do bytes after the end."""
    bomb = chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(1_000_000)))
    extra = bomb + chunk(b"acTL", bytes(8)) + chunk(b"iCCP", b"y\0\0" + zlib.compress(bytes(1_000_000)))
    fresh = rewrite_png(PNG[:33] + extra + PNG[33:] + b"and more")
    assert fresh == rewrite_png(PNG)
    assert [name for name in (b"zTXt", b"acTL", b"iCCP", b"and more", b"pHYs") if name in fresh] == []


ROWS = unfiltered(ridges())
DATA, END = chunk(b"IDAT", zlib.compress(ROWS)), chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("chunks", "reason"),
    [
        ((header(120, 110), chunk(b"IDAT", zlib.compress(bytes(60_000_000))), END), "number of pixels"),
        ((header(120, 110), chunk(b"IDAT", zlib.compress(ROWS[:-1])), END), "number of pixels"),
        ((header(120, 110), header(1000, 1000), DATA, END), "second header"),
        ((header(120, 110), chunk(b"ABCD", b""), DATA, END), "no decoder has to know"),
        ((header(120, 110, depth=3), DATA, END), "no known form"),
        ((header(120, 110, kind=3), DATA, END), "without its palette"),
        ((header(120, 110, kind=3), chunk(b"PLTE", bytes(771)), DATA, END), "palette of another length"),
        ((header(120, 110), chunk(b"tRNS", bytes(3)), DATA, END), "transparency of another length"),
        ((header(120, 110), DATA[:-1] + b"\0", END), "checksum"),
        ((header(120, 110), chunk(b"IDAT", zlib.compress(b"\5" + ROWS[1:])), END), "unknown filter"),
        ((header(120, 110), chunk(b"IDAT", zlib.compress(ROWS)[:-2]), END), "number of pixels|cut short"),
        ((header(120, 110), DATA), "cut short"),
        ((header(120, 110), *[chunk(b"tEXt", b"")] * 20_000, DATA, END), "chunks"),
    ],
)
def test_a_malformed_png_file_is_refused(chunks: tuple[bytes, ...], reason: str) -> None:
    """With its reason, before any decoder reads it; no more is inflated than the header announces."""
    with pytest.raises(ImageRefused, match=reason):
        rewrite_png(png_of(*chunks))
