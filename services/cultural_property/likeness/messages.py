"""The messages between the service and the process that decodes and compares pictures.

It reads files of strangers, so its answers are untrusted as well: each is checked for its length and bounds.
"""

import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from services.cultural_property.likeness.points import MAX_POINTS, NotPoints, Points, points_of
from shared.images.messages import Garbled

SEEK, COMPARE, PAIRS, DRAW = b"S", b"C", b"A", b"D"
SOUGHT, COMPARED, PAIRED, DRAWN = b"s", b"c", b"a", b"d"

MAX_CANDIDATES: Final = 200
"""Pairs of pictures that one message has compared at most."""

MAX_KEYS: Final = 4_000
MAX_DRAWN_BYTES: Final = 3_500_000

_LENGTH: Final = struct.Struct(">I")
_KEY_COUNTS: Final = struct.Struct(">HH")
_PAIR_SIZE: Final = 4


class Candidate(NamedTuple):
    """The points of a picture that is compared, and whether with the mirror image of what is sought."""

    points: bytes
    is_mirrored: bool


class Score(NamedTuple):
    """In how many points two pictures agree, of those that are each other's most alike."""

    agreeing: int
    paired: int


class Pair(NamedTuple):
    """Where one point is in what is sought and in what was found, as parts of width and height."""

    sought: tuple[float, float]
    found: tuple[float, float]


def parts_to_bytes(*parts: bytes) -> bytes:
    """Return parts, each with its length before it."""
    return b"".join(_LENGTH.pack(len(part)) + part for part in parts)


def parts_of(body: bytes, at_most: int) -> list[bytes]:
    """Return the parts of a message. Raises Garbled."""
    place, parts = 0, list[bytes]()
    while place < len(body):
        if len(parts) == at_most or len(body) - place < _LENGTH.size:
            raise Garbled("too many parts, or one cut short")
        (length,) = _LENGTH.unpack_from(body, place)
        place += _LENGTH.size
        if length > len(body) - place:
            raise Garbled("a part cut short")
        parts.append(body[place : place + length])
        place += length
    return parts


def points_sent(body: bytes) -> Points:
    """Return the points of a picture that a worker sent. Raises Garbled."""
    try:
        return points_of(body)
    except NotPoints as error:
        raise Garbled("points that are none") from error


def keys_to_bytes(keys: frozenset[int], mirror_keys: frozenset[int]) -> bytes:
    """Return keys as they are sent."""
    numbers = np.array([*sorted(keys), *sorted(mirror_keys)], ">i8")
    return _KEY_COUNTS.pack(len(keys), len(mirror_keys)) + numbers.tobytes()


def keys_sent(body: bytes) -> tuple[frozenset[int], frozenset[int]]:
    """Return keys that a worker sent. Raises Garbled."""
    if len(body) < _KEY_COUNTS.size:
        raise Garbled("keys without their number")
    straight, mirrored = _KEY_COUNTS.unpack_from(body)
    if max(straight, mirrored) > MAX_KEYS or len(body) != _KEY_COUNTS.size + 8 * (straight + mirrored):
        raise Garbled("another number of keys than stated")
    numbers = np.frombuffer(body, ">i8", offset=_KEY_COUNTS.size).tolist()
    return frozenset(numbers[:straight]), frozenset(numbers[straight:])


def candidates_to_bytes(sought: Sequence[Points], candidates: Sequence[Candidate]) -> bytes:
    """Return what is to be compared, each that is sought with each candidate, as it is sent to a worker."""
    flagged = (bytes((each.is_mirrored,)) + each.points for each in candidates)
    return parts_to_bytes(parts_to_bytes(*(each.to_bytes() for each in sought)), *flagged)


def scores_to_bytes(scores: Sequence[Score]) -> bytes:
    """Return scores as they are sent."""
    return np.array(scores, ">u2").reshape(-1, 2).tobytes()


def scores_sent(body: bytes, count: int) -> list[Score]:
    """Return the scores of so many pictures that a worker sent. Raises Garbled."""
    if len(body) != 4 * count:
        raise Garbled("another number of scores than pictures")
    scores = [Score(*pair) for pair in np.frombuffer(body, ">u2").reshape(-1, 2).tolist()]
    if any(each.agreeing > each.paired or each.paired > MAX_POINTS for each in scores):
        raise Garbled("more points than a picture has")
    return scores


def pairs_to_bytes(pairs: Sequence[Pair]) -> bytes:
    """Return pairs as they are sent."""
    return np.array([(*each.sought, *each.found) for each in pairs], ">f4").tobytes()


def pairs_sent(body: bytes) -> list[Pair]:
    """Return the pairs that a worker sent. Raises Garbled."""
    if len(body) % (4 * _PAIR_SIZE) or len(body) > 4 * _PAIR_SIZE * MAX_POINTS:
        raise Garbled("another number of places than pairs have")
    places = np.frombuffer(body, ">f4").reshape(-1, _PAIR_SIZE)
    if not np.isfinite(places).all() or (places < 0).any() or (places > 1).any():
        raise Garbled("places outside of a picture")
    return [Pair((x, y), (u, v)) for x, y, u, v in places.tolist()]
