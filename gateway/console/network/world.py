"""The map: where each participant lies on it. The picture of the land is a file of the console, `world.svg`."""

from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple

import msgspec

from gateway.console.network import PLACES_FILE
from gateway.console.network.rules import STATES, Participant

# Where participants are so dense that they are shown a second time, larger: left, top, width, height.
EUROPE: Final = (446, 22, 150, 94)
# With more there is no space for their codes.
MOST_WITH_CODES: Final = 40
# Of a code in Europe, shown larger, in the units of the picture.
CODE_WIDTH: Final = 12
CODE_HEIGHT: Final = 5

Place = tuple[float, float]


class Places(msgspec.Struct, frozen=True):
    """Where members and offices lie, in the units of the picture."""

    width: int
    height: int
    places: dict[str, Place]


class Point(NamedTuple):
    """A participant on the map."""

    participant: Participant
    x: float
    y: float
    is_in_europe: bool
    has_code_before: bool
    """Whether its code stands before it, as another participant lies just behind it."""


class World(NamedTuple):
    """The map of a network."""

    width: int
    height: int
    points: list[Point]
    has_codes: bool
    is_dense: bool
    """Whether Europe is shown a second time."""


@cache
def _places() -> Places:
    return msgspec.json.decode(PLACES_FILE.read_bytes(), type=Places)


def world_of(shown: Iterable[Participant]) -> World:
    """Return the map of participants. Partners, units, the Commission and the public have no place on it."""
    known = _places()
    on_map = [(each, known.places[each.code]) for each in shown if each.code in known.places]
    points = [
        Point(each, *place, _is_in_europe(place), any(_is_just_behind(other, place) for _, other in on_map))
        for each, place in on_map
    ]
    # What is worst is drawn last, above the others.
    points.sort(key=lambda point: STATES.index(point.participant.state), reverse=True)
    is_dense = sum(point.is_in_europe for point in points) > 1
    return World(known.width, known.height, points, len(points) <= MOST_WITH_CODES, is_dense)


def _is_in_europe(place: Place) -> bool:
    left, top, width, height = EUROPE
    return left <= place[0] <= left + width and top <= place[1] <= top + height


def _is_just_behind(place: Place, other: Place) -> bool:
    return 0 < place[0] - other[0] < CODE_WIDTH and abs(place[1] - other[1]) < CODE_HEIGHT
