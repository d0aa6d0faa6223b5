"""What the process that compares pictures sends is checked, as it reads files of strangers."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cultural_property.likeness import messages
from services.cultural_property.likeness.messages import Pair, Score
from shared.images.messages import Garbled

READERS: tuple[Callable[[bytes], object], ...] = (
    lambda body: messages.parts_of(body, 3),
    messages.points_sent,
    messages.keys_sent,
    lambda body: messages.scores_sent(body, 2),
    messages.pairs_sent,
)


@given(st.binary(max_size=300), st.sampled_from(READERS))
def test_any_bytes_are_read_or_garbled(body: bytes, read: Callable[[bytes], object]) -> None:
    """Nothing else is raised."""
    with contextlib.suppress(Garbled):
        read(body)


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_parts_are_read_back(parts: list[bytes]) -> None:
    """All of them, or none if they are too many."""
    sent = messages.parts_to_bytes(*parts)
    assert messages.parts_of(sent, 5) == parts
    if len(parts) > 2:
        with pytest.raises(Garbled):
            messages.parts_of(sent, 2)


keys = st.frozensets(st.integers(0, 2**63 - 1), max_size=30)


@given(keys, keys)
def test_keys_are_read_back(straight: frozenset[int], mirrored: frozenset[int]) -> None:
    """Those of the picture, and those of its mirror image."""
    assert messages.keys_sent(messages.keys_to_bytes(straight, mirrored)) == (straight, mirrored)


@pytest.mark.parametrize("score", [Score(5, 4), Score(3, 201)])
def test_an_impossible_score_is_garbled(score: Score) -> None:
    """More agree than were paired, or more than a picture has."""
    with pytest.raises(Garbled):
        messages.scores_sent(messages.scores_to_bytes([score]), 1)


@pytest.mark.parametrize("place", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_place_outside_of_the_picture_is_garbled(place: float) -> None:
    """Pairs are drawn where they say."""
    with pytest.raises(Garbled):
        messages.pairs_sent(messages.pairs_to_bytes([Pair((place, 0.5), (0.5, 0.5))]))
