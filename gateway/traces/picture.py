"""Draws the chain of a trace as SVG: a box for each country with the links within it, an arrow for each other. Pure.

It is made of text, without a library: boxes in rows and arrows between them need none. All that is stated by others is
escaped, and is codes of lists and dates besides; the picture has no script, no link and no reference.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from gateway.traces.chain import Chain, ChainLink
from shared.bureaus import BureauCode, name_of

# So many boxes fit across a page.
IN_A_ROW: Final = 4
BOX_WIDTH: Final = 170
HEAD: Final = 50
WITHIN: Final = 36
"""The height of a link within a country: its kind, and its date below."""

GAP: Final = 160
MARGIN: Final = 24
BETWEEN_ROWS: Final = 84
WIDTH_OF_SIGN: Final = 7.0
"""At most, of the font below."""

MAX_NAME: Final = 22
_STYLE: Final = (
    "text{font-family:sans-serif;font-size:12px;text-anchor:middle;fill:#1b1b1b}"
    ".code{font-size:18px;font-weight:bold}.box{fill:#eef3fa;stroke:#27496d;stroke-width:1.5}"
    ".open{fill:#fff;stroke-dasharray:4 3}.way{stroke:#27496d;stroke-width:1.5;fill:none;marker-end:url(#tip)}"
    ".unknown{stroke:#8a8f96;stroke-width:1.5;stroke-dasharray:2 4;fill:none}.within{stroke:#b9c7d8}"
)
_TIP: Final = (
    '<marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0L10 5L0 10z" fill="#27496d"/></marker>'
)
NOT_KNOWN: Final = "not known"
ASKED_NEXT: Final = "to be asked"


@dataclass(frozen=True, slots=True)
class Numbered:
    """A link, and its place in the chain."""

    number: int
    link: ChainLink

    @property
    def words(self) -> tuple[str, str]:
        """What is written of it, in two lines."""
        return f"{self.number}. {self.link.kind.value}", self.link.on


@dataclass(slots=True)
class Station:
    """A country as the firearm was in it, once; it may come back to it."""

    code: str
    reached: Numbered | None = None
    """The link by which it came; None if no answer says."""

    within: list[Numbered] = field(default_factory=list)
    """The links by which it changed hands there."""

    is_open: bool = False
    """Whether its bureau is to be asked next."""

    @property
    def height(self) -> int:
        """The height of its box."""
        return HEAD + WITHIN * len(self.within)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the box of a station is drawn."""

    station: Station
    x: int
    y: int

    @property
    def middle(self) -> float:
        """Its middle, from the left."""
        return self.x + BOX_WIDTH / 2

    @property
    def arrow(self) -> int:
        """Where arrows reach and leave it, from the top."""
        return self.y + HEAD // 2


def draw_chain(chain: Chain) -> str:
    """Return the picture of a chain."""
    places = list(_places(stations_of(chain)))
    width = 2 * MARGIN + max(1, min(IN_A_ROW, len(places))) * (BOX_WIDTH + GAP) - GAP
    height = MARGIN + max((each.y + each.station.height for each in places), default=HEAD)
    parts = [part for each in places for part in _box(each)]
    parts += [part for before, place in pairwise(places) for part in _way(before, place)]
    if not places:
        parts = [_text(width / 2, height / 2, "no answer yet")]
    title = f"The chain of trace {chain.trace}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label={quoteattr(title)}><title>{escape(title)}</title><style>{_STYLE}</style>'
        f"<defs>{_TIP}</defs>{''.join(parts)}</svg>"
    )


def stations_of(chain: Chain) -> Sequence[Station]:
    """Return the countries in the order of the links.

    A link that does not begin where the one before it ended has a station for its beginning, which nothing reaches:
    there is a gap.
    """
    found: list[Station] = []
    for numbered in (Numbered(number, link) for number, link in enumerate(chain.links, 1)):
        if not found or found[-1].code != numbered.link.origin:
            found.append(Station(numbered.link.origin))
        if numbered.link.origin == numbered.link.to:
            found[-1].within.append(numbered)
        else:
            found.append(Station(numbered.link.to, numbered))
    if chain.next is not None:
        if not found or found[-1].code != chain.next:
            found.append(Station(chain.next))
        found[-1].is_open = True
    return found


def _places(stations: Sequence[Station]) -> Iterator[Place]:
    y = MARGIN
    for first in range(0, len(stations), IN_A_ROW):
        row = stations[first : first + IN_A_ROW]
        for column, station in enumerate(row):
            yield Place(station, MARGIN + column * (BOX_WIDTH + GAP), y)
        y += max(station.height for station in row) + BETWEEN_ROWS


def _box(place: Place) -> Iterator[str]:
    station, name = place.station, name_of(BureauCode(place.station.code))
    looks = "box open" if station.is_open else "box"
    shown = name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"
    yield f'<rect class="{looks}" x="{place.x}" y="{place.y}" width="{BOX_WIDTH}" height="{station.height}" rx="6"/>'
    yield _text(place.middle, place.y + 22, station.code, "code")
    yield _text(place.middle, place.y + 40, shown)
    for line, numbered in enumerate(station.within):
        top = place.y + HEAD + WITHIN * line
        yield f'<path class="within" d="M{place.x + 12} {top}H{place.x + BOX_WIDTH - 12}"/>'
        yield from _lines(place.middle, top + 15, numbered.words)


def _way(before: Place, place: Place) -> Iterator[str]:
    """Yield what leads from one box to the next: an arrow with its link, or a broken line where none is known."""
    reached = place.station.reached
    looks = "unknown" if reached is None else "way"
    otherwise = ASKED_NEXT if place.station.is_open and not place.station.within else NOT_KNOWN
    words = (otherwise,) if reached is None else reached.words
    if place.y == before.y:
        start, middle = before.x + BOX_WIDTH, (before.x + BOX_WIDTH + place.x) / 2
        yield f'<path class="{looks}" d="M{start} {before.arrow}H{place.x}"/>'
        yield from _lines(middle, before.arrow - 8 - 15 * (len(words) - 1), words)
        return
    # To the first box of the next row: down, back to the left, and down again.
    turn = place.y - BETWEEN_ROWS // 4
    down = before.y + before.station.height
    yield f'<path class="{looks}" d="M{before.middle:g} {down}V{turn}H{place.middle:g}V{place.y}"/>'
    yield from _lines((before.middle + place.middle) / 2, turn - 8 - 15 * (len(words) - 1), words)


def _lines(x: float, y: float, lines: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield _text(x, y + 15 * number, line)


def _text(x: float, y: float, text: str, looks: str = "") -> str:
    named = f' class="{looks}"' if looks else ""
    return f'<text{named} x="{x:g}" y="{y:g}">{escape(text)}</text>'
