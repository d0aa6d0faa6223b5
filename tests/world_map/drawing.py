"""The map of the console, projected once: the land as a picture, and the place of each member and office on it.

The shapes are those of Natural Earth (public domain), as `world-atlas` (ISC) has them; `d3-geo` (ISC) projects them to
Equal Earth, in which all areas are to scale. There are no borders: the network takes no part in disputes about them.
"""

import json
from pathlib import Path
from typing import Any, Final

from babel.core import get_global

from gateway.console.network import PLACES_FILE
from gateway.console.rendering import FILES
from shared.bureaus import MEMBERS
from tests.interop.node import Node

SOURCES: Final = Path(__file__).parent
PICTURE_FILE: Final = FILES / "world.svg"
WIDTH: Final = 960
# The offices that lie elsewhere than a country's bureau: each in the city of its seat, by longitude and latitude.
CITIES: Final = (
    ("IPSG", 4.85, 45.78),
    ("RB-ABJ", -4.02, 5.34),
    ("RB-BUE", -58.38, -34.6),
    ("RB-HRE", 31.05, -17.83),
    ("RB-NBO", 36.82, -1.29),
    ("RB-SAL", -89.19, 13.69),
    ("RB-YAO", 11.52, 3.87),
)
PICTURE: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">
<!-- Made with Natural Earth. Projected by tests/world_map -->
<style>path{{fill:#cfd6df}}
@media (prefers-color-scheme:dark){{path{{fill:#38424f}}}}
@media print{{path{{fill:#dfe3e8}}}}</style>
<path d="{land}"/>
</svg>
"""


def draw(folder: Path) -> dict[Path, str]:
    """Return the two files of the map; `folder` is for the program that projects."""
    drawn: Any = Node(folder, SOURCES).run("project.mjs", json.dumps(WIDTH), json.dumps(CITIES))
    numbers = get_global("territory_aliases")
    places = {numbers[code][0] if code.isdecimal() else code: place for code, place in drawn["places"].items()}
    known = {code: places[code] for code in sorted(places) if code in MEMBERS or len(code) > 2}
    lines = ",\n".join(f"    {json.dumps(code)}: {json.dumps(place)}" for code, place in known.items())
    written = f'{{\n  "width": {WIDTH},\n  "height": {drawn["height"]},\n  "places": {{\n{lines}\n  }}\n}}\n'
    picture = PICTURE.format(width=WIDTH, height=drawn["height"], land=drawn["land"])
    return {PICTURE_FILE: picture, PLACES_FILE: written}
