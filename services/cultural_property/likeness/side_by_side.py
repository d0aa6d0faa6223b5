"""Show two pictures side by side with a line for each point that agrees, as SVG.

The file is made of numbers and of two JPEG files that the project encoded; no text of anybody is in it.
"""

from base64 import b64encode
from collections.abc import Sequence
from typing import Final, NamedTuple
from xml.sax.saxutils import quoteattr

from services.cultural_property.likeness.messages import Pair

HEIGHT: Final = 400
GAP: Final = 24
COLOURS: Final = ("#d62728", "#1f77b4", "#2ca02c", "#ff7f0e", "#9467bd", "#17becf")


class Shown(NamedTuple):
    """A picture that is shown: its file, a JPEG, and its size in pixels."""

    jpeg: bytes
    width: int
    height: int

    @property
    def shown_width(self) -> int:
        """Return its width in the whole."""
        return max(1, round(self.width * HEIGHT / self.height))


class Line(NamedTuple):
    """A line from a point of the one to that of the other, in pixels of the whole."""

    x: float
    y: float
    to_x: float
    to_y: float
    colour: str


def width_of(sought: Shown, found: Shown) -> int:
    """Return the width of both together."""
    return sought.shown_width + GAP + found.shown_width


def lines_of(sought: Shown, found: Shown, pairs: Sequence[Pair]) -> list[Line]:
    """Return the lines between two pictures."""
    right = sought.shown_width + GAP
    return [
        Line(
            round(pair.sought[0] * sought.shown_width, 1),
            round(pair.sought[1] * HEIGHT, 1),
            round(right + pair.found[0] * found.shown_width, 1),
            round(pair.found[1] * HEIGHT, 1),
            COLOURS[number % len(COLOURS)],
        )
        for number, pair in enumerate(pairs)
    ]


def svg_of(sought: Shown, found: Shown, pairs: Sequence[Pair]) -> bytes:
    """Return both pictures with their lines as an SVG file: what is sought on the left."""
    width, right = width_of(sought, found), sought.shown_width + GAP
    parts = [
        _tag("svg", close=False, xmlns="http://www.w3.org/2000/svg", width=width, height=HEIGHT, role="img"),
        f"<title>{len(pairs)} points agree</title>",
        _tag("rect", width=width, height=HEIGHT, fill="#ffffff"),
        _image(sought, 0),
        _image(found, right),
        *(_drawn(line) for line in lines_of(sought, found, pairs)),
        "</svg>",
    ]
    return "\n".join(parts).encode()


def _image(shown: Shown, x: int) -> str:
    href = "data:image/jpeg;base64," + b64encode(shown.jpeg).decode("ascii")
    return _tag("image", x=x, y=0, width=shown.shown_width, height=HEIGHT, preserveAspectRatio="none", href=href)


def _drawn(line: Line) -> str:
    ends = (
        _tag("circle", cx=x, cy=y, r=3, fill="none", stroke=line.colour)
        for x, y in ((line.x, line.y), (line.to_x, line.to_y))
    )
    return _tag("line", x1=line.x, y1=line.y, x2=line.to_x, y2=line.to_y, stroke=line.colour) + "".join(ends)


def _tag(name: str, *, close: bool = True, **attributes: object) -> str:
    written = "".join(f" {each}={quoteattr(str(value))}" for each, value in attributes.items())
    return f"<{name}{written}{'/' if close else ''}>"
