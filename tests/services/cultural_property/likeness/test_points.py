"""What is stored of a photograph, and the keys that follow from it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.cultural_property.likeness.description import describe, seek
from services.cultural_property.likeness.hashes import hashes_of, sought_hashes
from services.cultural_property.likeness.keys import keys_of
from services.cultural_property.likeness.points import MAX_BYTES, NotPoints, mirror_of, points_of
from shared.images.picture import MAX_DESCRIPTION_BYTES
from tests.services.cultural_property.likeness.pictures import plain, work


def test_points_are_stored_in_few_bytes_and_read_back() -> None:
    """The same picture has the same bytes."""
    described = describe(work().draw())
    stored = described.to_bytes()
    assert len(stored) <= MAX_BYTES <= MAX_DESCRIPTION_BYTES
    read = points_of(stored)
    assert read.to_bytes() == stored == describe(work().draw()).to_bytes()
    assert (read.codes == described.codes).all()
    assert np.abs(read.places - described.places).max() <= 1 / 32


def test_keys_follow_from_what_is_stored() -> None:
    """So they can be deleted without an index that leads from a photograph to them."""
    described = describe(work().draw())
    keys = keys_of(described)
    assert keys_of(points_of(described.to_bytes())) == keys
    assert 100 < len(keys) <= 224
    assert all(0 < key < 2**63 for key in keys)


def test_a_picture_shares_its_keys_with_itself_and_its_mirror_image_with_the_keys_for_that() -> None:
    """Few of its keys are those of its mirror image."""
    image = work().draw()
    keys = keys_of(describe(image))
    assert keys <= seek(image).keys
    other = seek(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    assert len(keys & other.mirror_keys) > len(keys) // 2
    assert len(keys & other.keys) < len(keys) // 10


def test_points_of_the_mirror_image_are_computed_without_it() -> None:
    """Most are those that its own description has."""
    image = work().draw()
    computed = mirror_of(describe(image))
    found = describe(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    away = np.linalg.norm(computed.places[:, np.newaxis] - found.places[np.newaxis], axis=2)
    near = [(ours, theirs) for ours, theirs in enumerate(away.argmin(axis=1)) if away[ours, theirs] < 1.5]
    assert len(near) > 150
    bits = [np.bitwise_count(computed.codes[ours] ^ found.codes[theirs]).sum() for ours, theirs in near]
    assert np.median(bits) < 10


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_a_turned_picture_shares_a_hash(turn: int) -> None:
    """By a quarter, a half and three quarters; and the mirror image."""
    gray = np.asarray(work().draw().convert("L"))
    whole = hashes_of(gray)[0]
    assert any((whole ^ each).bit_count() <= 6 for each in sought_hashes(np.rot90(gray, turn), is_mirrored=False))
    mirrored = np.ascontiguousarray(np.fliplr(gray))
    assert any((whole ^ each).bit_count() <= 6 for each in sought_hashes(mirrored, is_mirrored=True))


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (64, 64), (2000, 3), (1024, 1024)])
def test_a_picture_of_one_colour_and_any_size_is_described(size: tuple[int, int]) -> None:
    """It has no points, and its keys are few."""
    described = describe(plain(*size))
    assert len(described) == 0
    assert points_of(described.to_bytes()).to_bytes() == described.to_bytes()
    assert len(keys_of(described)) <= 24
    assert len(mirror_of(described)) == 0


@given(st.binary(max_size=400))
def test_other_bytes_are_refused(stored: bytes) -> None:
    """Whatever a process sends or a store has."""
    try:
        read = points_of(stored)
    except NotPoints:
        return
    assert read.to_bytes() == stored


@pytest.mark.thorough
@given(st.integers(0, MAX_BYTES), st.integers(0, 255))
def test_changed_bytes_are_refused_or_stay_within_bounds(place: int, value: int) -> None:
    """No change leads to points outside of their picture."""
    stored = bytearray(describe(work().draw()).to_bytes())
    stored[place % len(stored)] = value
    try:
        read = points_of(bytes(stored))
    except NotPoints:
        return
    assert (read.places <= (read.width, read.height)).all()
    assert keys_of(read)
