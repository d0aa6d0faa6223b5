"""A picture has the pixels of the photograph, upright and within bounds, and nothing else of its file."""

import time

import numpy as np
import pytest
from PIL import Image

from shared.images.jpeg_files import is_plain
from shared.images.picture import MAX_PICTURE_BYTES, MAX_THUMBNAIL_BYTES, SHOWN_SIDE, THUMBNAIL_SIDE
from shared.images.pictures import picture_of
from shared.images.refusals import ImageRefused
from tests.shared.images.files import SECRET, drawn, opened, png_stating, saved, with_metadata

RED, BLUE, LIGHT = (200, 20, 20), (20, 20, 200), (235, 235, 235)


def near(image: Image.Image, across: float, down: float) -> tuple[int, ...]:
    """Return the colour at a place, as it was drawn."""
    pixel = image.convert("RGB").getpixel((int(image.width * across), int(image.height * down)))
    assert isinstance(pixel, tuple)
    distance = {each: sum(abs(a - b) for a, b in zip(each, pixel, strict=True)) for each in (RED, BLUE, LIGHT)}
    best = min(distance, key=lambda each: distance[each])
    assert distance[best] < 90, pixel
    return best


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
def test_no_metadata_of_the_file_is_left(form: str) -> None:
    """Neither Exif with the place, nor profile, comment, text, another application's data or another file after it."""
    file = with_metadata(form, orientation=6)
    assert file.count(SECRET) >= 3
    picture = picture_of(file)
    for jpeg in (picture.jpeg, picture.thumbnail):
        assert SECRET not in jpeg
        shown = opened(jpeg)
        assert dict(shown.getexif()) == {}
        assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert is_plain(jpeg, *shown.size)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize(
    ("orientation", "red", "blue"),
    [
        (1, (0.25, 0.25), (0.25, 0.75)),
        (2, (0.75, 0.25), (0.75, 0.75)),
        (3, (0.75, 0.75), (0.75, 0.25)),
        (4, (0.25, 0.75), (0.25, 0.25)),
        (5, (0.25, 0.25), (0.75, 0.25)),
        (6, (0.75, 0.25), (0.25, 0.25)),
        (7, (0.75, 0.75), (0.25, 0.75)),
        (8, (0.25, 0.75), (0.75, 0.75)),
    ],
)
def test_a_picture_is_upright(form: str, orientation: int, red: tuple[float, float], blue: tuple[float, float]) -> None:
    """As Exif says, which is gone afterwards: the same as what Pillow makes of it."""
    picture = picture_of(with_metadata(form, orientation))
    shown = opened(picture.jpeg)
    assert (picture.width, picture.height) == shown.size == ((300, 200) if orientation < 5 else (200, 300))
    assert (near(shown, *red), near(shown, *blue)) == (RED, BLUE)


@pytest.mark.parametrize(
    ("form", "mode"),
    [("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P")],
)
def test_colours_are_kept(form: str, mode: str) -> None:
    """Whatever form the file has them in."""
    shown = opened(picture_of(saved(drawn(mode), form)).jpeg)
    assert (near(shown, 0.25, 0.25), near(shown, 0.25, 0.75), near(shown, 0.75, 0.5)) == (RED, BLUE, LIGHT)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16"])
def test_gray_is_kept(mode: str) -> None:
    """Of one to sixteen bits."""
    gray = drawn("L")
    deep = Image.fromarray(np.asarray(gray).astype(np.uint16) * 257)
    shown = opened(picture_of(saved(deep if mode == "I;16" else gray.convert(mode), "PNG")).jpeg)
    assert np.asarray(shown.convert("L"))[50:150, 200:280].mean() > 200
    assert np.asarray(shown.convert("L"))[120:180, 20:120].mean() < 110


def test_what_is_transparent_becomes_white() -> None:
    """And not what the file has below it."""
    hidden = Image.new("RGBA", (100, 100), (20, 20, 200, 0))
    assert np.asarray(opened(picture_of(saved(hidden, "PNG")).jpeg)).min() > 250


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("width", "height", "shown"),
    [(300, 200, (300, 200)), (1024, 700, (1024, 700)), (4000, 4000, (1024, 1024)), (5000, 64, (1024, 13))],
)
def test_a_picture_is_scaled_down_and_never_up(width: int, height: int, shown: tuple[int, int]) -> None:
    """Its thumbnail as well."""
    picture = picture_of(saved(drawn("RGB", width, height)))
    assert (picture.width, picture.height) == opened(picture.jpeg).size == shown
    thumbnail = opened(picture.thumbnail).size
    assert max(thumbnail) == min(THUMBNAIL_SIDE, max(shown))
    assert thumbnail[0] / thumbnail[1] == pytest.approx(shown[0] / shown[1], rel=0.1 if shown[1] > 64 else 1)


def test_a_picture_of_noise_is_within_the_bounds() -> None:
    """Its quality is lowered until it is."""
    noise = np.random.default_rng(247).integers(0, 256, (1000, 1000, 3), np.uint8)
    picture = picture_of(saved(Image.fromarray(noise), quality=90))
    assert max(picture.width, picture.height) <= SHOWN_SIDE
    assert len(picture.jpeg) <= MAX_PICTURE_BYTES
    assert len(picture.thumbnail) <= MAX_THUMBNAIL_BYTES


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (png_stating(4000, 4000), "another number of pixels"),
        (saved(drawn(), "PNG").replace(b"IDAT", b"IDAU", 1), "damaged"),
    ],
)
def test_a_damaged_file_is_refused(file: bytes, reason: str) -> None:
    """Although its header is within all bounds."""
    with pytest.raises(ImageRefused, match=reason):
        picture_of(file)


def test_the_same_file_gives_the_same_picture() -> None:
    """Also without its metadata, so that one sent twice is recognised."""
    assert picture_of(with_metadata("JPEG")) == picture_of(saved(drawn()))


@pytest.mark.thorough
def test_the_largest_photograph_takes_a_few_seconds_at_most() -> None:
    """A photograph of 16 megapixels, in the form that takes longest."""
    file = saved(drawn("RGBA", 4000, 4000), "PNG")
    began = time.process_time()
    picture_of(file)
    assert time.process_time() - began < 4
