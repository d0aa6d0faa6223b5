"""An image is decoded to gray values of the stated size, or refused with a reason; there is no other outcome."""

import io
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
import wsq  # noqa: F401 - enters the format into Pillow
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.fingerprints.image_headers import MAX_BYTES, read_header
from services.fingerprints.images import Box, Pixels, crop_to_foreground, decode
from shared.images.refusals import ImageRefused
from tests.extent import FAST_EXAMPLES, by_extent

RIDGES = np.asarray(128 + 100 * np.sin(np.arange(120) * 0.7)[:, None] * np.ones(110), np.uint8)


def saved(image: Image.Image | Pixels, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(file, kind, **options)
    return file.getvalue()


def with_size(png: bytes, width: int, height: int) -> bytes:
    """Return the file with another size in its header, and a valid checksum."""
    header = b"IHDR" + struct.pack(">II", width, height) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


def test_a_gray_png_is_decoded_to_its_pixels() -> None:
    """The pixels of an 8-bit gray PNG of 500 dpi are unchanged."""
    impression = decode(saved(RIDGES))
    assert np.array_equal(impression, RIDGES)


def test_a_wsq_file_is_decoded_to_nearly_the_original_pixels() -> None:
    """WSQ is lossy, but preserves the ridges."""
    pixels = decode(saved(RIDGES, "WSQ"))
    assert pixels.shape == RIDGES.shape
    assert np.abs(pixels.astype(int) - RIDGES).mean() < 10


@given(dpi=st.integers(200, 1200))
def test_only_500_dpi_within_one_percent_is_accepted(dpi: int) -> None:
    """Another resolution is refused, and the message says what to do."""
    image = saved(RIDGES, dpi=(dpi, dpi))
    if 496 <= dpi <= 504:
        assert read_header(image).dpi == pytest.approx(dpi, abs=0.1)
    elif not 494 <= dpi <= 506:
        with pytest.raises(ImageRefused, match="resample it to 500 dpi"):
            read_header(image)


def test_a_wsq_comment_with_another_resolution_is_refused() -> None:
    """The resolution in the NISTCOM comment is checked as that of a PNG is."""
    with pytest.raises(ImageRefused, match="999 dpi"):
        read_header(saved(RIDGES, "WSQ").replace(b"PPI 500\n", b"PPI 999\n"))


def test_pixels_that_are_not_square_are_refused() -> None:
    """A stretched print cannot be compared."""
    with pytest.raises(ImageRefused, match="square pixels"):
        read_header(saved(RIDGES, dpi=(500, 250)))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_gray_stored_as_colour_or_palette_is_accepted(mode: str) -> None:
    """Files that hold nothing but gray are converted."""
    assert np.array_equal(decode(saved(Image.fromarray(RIDGES).convert(mode))), RIDGES)


def test_sixteen_bit_gray_keeps_its_upper_eight_bits() -> None:
    """Extraction uses 8 bits."""
    deep = Image.fromarray(RIDGES.astype(np.uint16) * 256 + 77)
    assert np.array_equal(decode(saved(deep)), RIDGES)


@pytest.mark.parametrize("mode", ["RGB", "P"])
def test_a_coloured_image_is_refused(mode: str) -> None:
    """A scan of a print, as the network exchanges it, is gray."""
    coloured = np.stack([RIDGES, RIDGES // 2, RIDGES], axis=2)
    with pytest.raises(ImageRefused, match="8-bit gray"):
        decode(saved(Image.fromarray(coloured).convert(mode)))


def test_a_transparent_image_is_refused() -> None:
    """Its background is unknown."""
    with pytest.raises(ImageRefused, match="transparent"):
        decode(saved(np.stack([RIDGES, RIDGES], axis=2)))


@pytest.mark.parametrize(
    ("width", "height", "reason"),
    [
        (0, 0, "at least 100"),
        (99, 300, "at least 100"),
        (300, 1501, "at most 1600 x 1500"),
        (1601, 300, "at most 1600 x 1500"),
        (2**31 - 1, 2**31 - 1, "at most"),
    ],
)
def test_a_size_out_of_bounds_is_refused_by_the_header_alone(width: int, height: int, reason: str) -> None:
    """Neither a tiny image nor a decompression bomb is decoded."""
    with pytest.raises(ImageRefused, match=reason):
        decode(with_size(saved(RIDGES), width, height))


def test_a_wsq_frame_of_huge_size_is_refused_by_the_header_alone() -> None:
    """The frame header of a WSQ file is checked as that of a PNG is."""
    image = bytearray(saved(RIDGES, "WSQ"))
    frame = image.index(b"\xff\xa2\x00\x11")
    image[frame + 6 : frame + 10] = b"\xff\xff\xff\xff"
    with pytest.raises(ImageRefused, match="at most 1600 x 1500"):
        decode(bytes(image))


def test_a_png_that_holds_fewer_rows_than_it_states_is_refused() -> None:
    """Even if its size is within the bounds."""
    with pytest.raises(ImageRefused, match="damaged"):
        decode(with_size(saved(RIDGES), 1500, 1500))


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (b"", "empty"),
        (b"GIF89a", "neither PNG nor WSQ"),
        (b"\x89PNG\r\n\x1a\n", "cut short"),
        (b"\xff\xa0\xff\xa2\x00", "cut short"),
        (b"\xff\xa0\xff\xa3\x00\x02", "marker FFA3"),
        (b"\xff\xa0" + b"\xff\xa8\x00\x02" * 100, "no frame header"),
        (bytes(MAX_BYTES + 1), "at most"),
    ],
)
def test_a_file_that_is_no_image_is_refused_with_a_reason(image: bytes, reason: str) -> None:
    """Each kind of fault has its own message."""
    with pytest.raises(ImageRefused, match=reason):
        decode(image)


@given(
    start=st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xa0", b"\xff\xa0\xff\xa8"]), rest=st.binary(max_size=200)
)
def test_random_bytes_are_refused(start: bytes, rest: bytes) -> None:
    """No bytes make the header parser fail in any other way."""
    with pytest.raises(ImageRefused):
        read_header(start + rest)


@settings(max_examples=by_extent(FAST_EXAMPLES, 60), deadline=None)
@given(data=st.data())
def test_a_damaged_png_is_decoded_or_refused(data: st.DataObject) -> None:
    """Changed, missing and truncated bytes end in pixels or in a refusal, never in another error."""
    image = bytearray(saved(RIDGES))
    place = data.draw(st.integers(0, len(image) - 1))
    image[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    cut = data.draw(st.integers(1, len(image)))
    with suppress(ImageRefused):
        assert decode(bytes(image[:cut])).dtype == np.uint8


def test_an_image_is_cropped_to_its_ridges() -> None:
    """Of a large white field with one small print, little more than the print remains."""
    field = np.full((700, 800), 250, np.uint8)
    field[320:440, 480:590] = RIDGES
    cropped, box = crop_to_foreground(field)
    assert cropped.shape == (box.bottom - box.top, box.right - box.left)
    assert 280 <= box.top <= 320
    assert 440 <= box.bottom <= 480
    assert 440 <= box.left <= 480
    assert 590 <= box.right <= 630


def test_a_print_at_the_edge_of_an_image_is_cropped_at_the_edge() -> None:
    """The margin around the ridges ends with the image."""
    field = np.full((700, 800), 250, np.uint8)
    field[:120, :110] = RIDGES
    field[-120:, -110:] = RIDGES
    assert crop_to_foreground(field)[1] == Box(0, 0, 800, 700)


def test_an_image_without_ridges_is_refused() -> None:
    """As that of an empty scanner is."""
    noise = np.random.default_rng(1).normal(230, 4, (300, 300)).astype(np.uint8)
    with pytest.raises(ImageRefused, match="no print"):
        crop_to_foreground(noise)
