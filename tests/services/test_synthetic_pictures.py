"""Pictures for synthetic people are drawn: small, different, and marked as what they are."""

from random import Random

import numpy as np

from services.synthetic_pictures import MAX_DRAWN_BYTES, drawn_picture
from shared.images.jpeg_files import is_plain
from tests.shared.images.files import opened


def drawing(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - the same seed must draw the same


def test_the_same_seed_draws_the_same_picture_and_another_another() -> None:
    """So that a seeded mesh is the same each time."""
    assert drawn_picture(drawing(7)) == drawn_picture(drawing(7))
    random = drawing(7)
    assert len({drawn_picture(random).jpeg for _ in range(200)}) == 200


def test_a_drawn_picture_is_small_and_plain() -> None:
    """With its thumbnail less than 4 KB, as a mesh may have tens of thousands."""
    random = drawing(247)
    for _ in range(300):
        picture = drawn_picture(random)
        assert len(picture.jpeg) + len(picture.thumbnail) < MAX_DRAWN_BYTES
        assert is_plain(picture.jpeg, picture.width, picture.height)
        assert is_plain(picture.thumbnail, *opened(picture.thumbnail).size)


def test_a_drawn_picture_is_marked_and_has_few_colours() -> None:
    """A white strip with black letters at its foot; above it flat shapes, which no photograph has."""
    picture = np.asarray(opened(drawn_picture(drawing(3)).jpeg).convert("RGB")).astype(int)
    strip, above = picture[-15:], picture[:-20]
    assert np.median(strip) > 245
    assert 0.03 < (strip.max(axis=2) < 110).mean() < 0.4
    changes = np.abs(np.diff(above, axis=1)).max(axis=2)
    assert (changes < 12).mean() > 0.85
