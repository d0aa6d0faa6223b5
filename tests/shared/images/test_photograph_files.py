"""A file is recognised by its content, and refused with a reason before anything in it is decoded."""

import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.images.orientation import orientation_of
from shared.images.photograph_files import MAX_FILE_BYTES, PhotographFile, read_photograph
from shared.images.refusals import ImageRefused
from tests.shared.images.files import animated_png, drawn, exif_of, jpeg_stating, png_stating, saved, with_metadata


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
def test_a_photograph_is_recognised_with_its_size_and_orientation(form: str) -> None:
    """Whatever metadata it has."""
    found = read_photograph(with_metadata(form, orientation=6))
    assert found == PhotographFile(form, 300, 200, 6)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"", "empty"),
        (b"hello", "something else"),
        (saved(drawn(), "GIF"), "but a GIF"),
        (saved(drawn(), "WEBP"), "but a WEBP"),
        (saved(drawn(), "BMP"), "but a BMP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "an SVG, HTML or XML"),
        (b"\n <!doctype html><script>alert(1)</script>", "an SVG, HTML or XML"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04", "a ZIP"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (bytes(MAX_FILE_BYTES + 1), "at most 3,145,728"),
        (animated_png(), "animation"),
        (saved(drawn(width=63), "PNG"), "at least 64"),
        (saved(drawn(height=63)), "at least 64"),
        (png_stating(6001, 100), "at most 6,000"),
        (png_stating(4001, 4000), "16,000,000"),
        (png_stating(2**31 - 1, 2**31 - 1), "scale it down"),
        (png_stating(0, 0), "at least 64"),
        (jpeg_stating(65_535, 65_535), "scale it down"),
        (jpeg_stating(300, 0), "at least 64"),
    ],
)
def test_what_is_no_photograph_is_refused_with_what_to_do(file: bytes, reason: str) -> None:
    """Without decoding it, however large the image is that it announces."""
    with pytest.raises(ImageRefused, match=reason):
        read_photograph(file)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_file_that_is_cut_short_is_refused(form: str) -> None:
    """Wherever it ends."""
    file = saved(drawn(), form)
    for end in range(12, len(file), 7):
        with pytest.raises(ImageRefused):
            read_photograph(file[: min(end, len(file) - 2)])


@given(
    start=st.sampled_from(
        [
            b"",
            b"II*\0\x08\0\0\0",
            b"MM\0*\0\0\0\x08",
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff",
            b"\xff\xd8\xff\xe1\x00\x10Exif\0\0",
        ]
    ),
    rest=st.binary(max_size=300),
)
def test_random_bytes_are_refused(start: bytes, rest: bytes) -> None:
    """No bytes make the parsers fail in any other way."""
    with pytest.raises(ImageRefused):
        read_photograph(start + rest)


@pytest.mark.parametrize(
    "file",
    [
        b"\xff\xd8" + b"\xff" * (MAX_FILE_BYTES - 2),
        b"\xff\xd8" + b"\xff\xfe\x00\x02" * 700_000,
        b"\xff\xd8\xff\xda\x00\x02" + b"\xff\x00" * 1_500_000,
        b"\xff\xd8\xff\xda\x00\x02" + b"\xff" * 3_000_000,
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0abcd\0\0\0\0" * 260_000,
    ],
    ids=["fill bytes", "segments", "stuffed", "fill bytes in a scan", "chunks"],
)
def test_no_file_takes_long_to_be_refused(file: bytes) -> None:
    """However many parts it has."""
    began = time.process_time()
    with pytest.raises(ImageRefused):
        read_photograph(file)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_read_in_both_orders_of_bytes(order: str, orientation: int) -> None:
    mark = b"II" if order == "<" else b"MM"
    entry = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    assert orientation_of(mark + struct.pack(f"{order}HIH", 42, 8, 1) + entry) == orientation


def test_the_orientation_is_read_as_a_library_writes_it() -> None:
    assert orientation_of(exif_of(6).tobytes()[6:]) == 6


@given(exif=st.binary(max_size=60).filter(lambda exif: not exif.startswith((b"II", b"MM"))))
def test_an_orientation_that_cannot_be_read_is_upright(exif: bytes) -> None:
    """Without a mark of the order of bytes there is nothing to read."""
    assert orientation_of(exif) == 1


@given(entries=st.binary(max_size=60))
def test_any_orientation_that_is_read_is_one_of_the_eight(entries: bytes) -> None:
    """Never an error: what is none of them is upright."""
    assert orientation_of(b"II*\0\x08\0\0\0" + entries) in range(1, 9)


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_an_orientation_that_does_not_exist_is_upright(orientation: int) -> None:
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    assert orientation_of(b"II" + struct.pack("<HIH", 42, 8, 1) + entry) == 1
