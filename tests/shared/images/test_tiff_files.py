"""A TIFF file gives its first image to the decoder and nothing else, and what is no such image is refused."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from shared.images.photograph_files import read_photograph, rewrite_photograph
from shared.images.pictures import picture_of
from shared.images.refusals import ImageRefused
from shared.images.tiff_files import MAX_STRIPS, read_tiff, rewrite_tiff
from tests.shared.images.files import SECRET, drawn, mutants, opened, saved, with_metadata

COMPRESSIONS = (None, "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits")
MODES = ("RGB", "RGBA", "L", "LA", "P", "1", "CMYK")


def changed(file: bytes, tag: int, value: int) -> bytes:
    """Return a file whose directory states another value of a tag that it has."""
    (place,) = struct.unpack_from("<I", file, 4)
    (entries,) = struct.unpack_from("<H", file, place)
    written = bytearray(file)
    for at in range(place + 2, place + 2 + 12 * entries, 12):
        found, kind, count = struct.unpack_from("<HHI", file, at)
        if found == tag:
            struct.pack_into("<HHII", written, at, found, 4 if kind == 4 else kind, count, value)
    return bytes(written)


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("mode", MODES)
def test_a_file_that_is_written_anew_shows_the_same_image(mode: str, compression: str | None) -> None:
    """In all forms that are accepted."""
    file = saved(drawn(mode), "TIFF", compression=compression)
    again = opened(rewrite_tiff(read_tiff(file)))
    assert np.array_equal(np.asarray(opened(file).convert("RGBA")), np.asarray(again.convert("RGBA")))


def test_the_bytes_of_a_big_endian_file_keep_their_order() -> None:
    """As samples of sixteen bits have the order of their file."""
    pixels = np.linspace(0, 65_535, 100 * 80).astype(">u2").reshape(80, 100)
    sizes = [(256, 3, 1, 100), (257, 3, 1, 80), (258, 3, 1, 16), (259, 3, 1, 1), (262, 3, 1, 1), (278, 3, 1, 80)]
    entries = [*sizes, (273, 4, 1, 8), (279, 4, 1, pixels.nbytes)]
    # A short value stands at the beginning of its four bytes.
    written = (
        struct.pack(">HHI", *each[:3])
        + (struct.pack(">HH", each[3], 0) if each[1] == 3 else struct.pack(">I", each[3]))
        for each in sorted(entries)
    )
    directory = struct.pack(">H", len(entries)) + b"".join(written) + bytes(4)
    file = b"MM\0*" + struct.pack(">I", 8 + pixels.nbytes) + pixels.tobytes() + directory
    shown = np.asarray(opened(picture_of(file).jpeg))
    assert int(shown[0, 0]) < 10
    assert int(shown[-1, -1]) > 245


def test_nothing_but_the_image_is_passed_on() -> None:
    """Neither descriptions, nor copyright, nor profiles, nor what follows the end."""
    file = with_metadata("TIFF")
    assert file.count(SECRET) >= 3
    assert SECRET not in rewrite_photograph(file, "TIFF")


def test_of_several_images_the_first_is_shown() -> None:
    """As others are thumbnails and pages."""
    other = Image.new("RGB", (400, 400), "white")
    file = saved(drawn(), "TIFF", save_all=True, append_images=[other])
    assert (read_tiff(file).width, read_tiff(file).height) == drawn().size
    assert opened(rewrite_tiff(read_tiff(file))).n_frames == 1


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"II+\0" + bytes(20), "a BigTIFF"),
        (b"II*\0", "cut short"),
        (changed(saved(drawn(), "TIFF"), 256, 2**31), "scale it down"),
        (changed(saved(drawn(), "TIFF"), 257, 0), "damaged|at least 64"),
        (changed(saved(drawn(), "TIFF"), 259, 7), "a form that is not read here"),
        (changed(saved(drawn(), "TIFF"), 262, 6), "colours that are not read here"),
        (changed(saved(drawn(), "TIFF"), 278, 0), "number of strips"),
        (changed(saved(drawn(), "TIFF"), 279, 2**31), "overlap|cut short"),
        (changed(saved(drawn("L"), "TIFF"), 273, 2**31), "cut short"),
    ],
)
def test_what_cannot_be_given_to_the_decoder_is_refused_with_what_to_do(file: bytes, reason: str) -> None:
    """Before anything in it is decoded."""
    with pytest.raises(ImageRefused, match=reason):
        read_photograph(file)


def test_strips_that_name_the_same_bytes_are_refused() -> None:
    """As a small file would become a large one."""
    strips = MAX_STRIPS - 1
    entries = [(256, 3, 1, 64), (257, 3, 1, strips), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (278, 3, 1, 1)]
    after = 8 + 2 + 12 * 8 + 4
    entries += [(273, 4, strips, after), (279, 4, strips, after + 4 * strips)]
    directory = struct.pack("<H", 8) + b"".join(struct.pack("<HHII", *each) for each in sorted(entries)) + bytes(4)
    file = b"II*\0" + struct.pack("<I", 8) + directory + struct.pack(f"<{strips}I", *[8] * strips)
    file += struct.pack(f"<{strips}I", *[40_000] * strips)
    with pytest.raises(ImageRefused, match="overlap"):
        read_photograph(file)


@given(st.integers(0, 2**32 - 1), st.sampled_from(COMPRESSIONS), st.sampled_from(MODES))
def test_a_damaged_file_is_shown_or_refused(seed: int, compression: str | None, mode: str) -> None:
    """No change of a file makes the parser or the decoder fail in any other way."""
    for file in mutants(saved(drawn(mode), "TIFF", compression=compression), 4, seed):
        try:
            picture = picture_of(file)
        except ImageRefused:
            continue
        assert max(picture.width, picture.height) <= 1024
