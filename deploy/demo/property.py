"""The part of the story about a stolen painting: entered by Object ID, photographed, and found."""

from random import Random
from typing import Any, Final

from deploy.demo.actors import Officer
from deploy.demo.story_printer import StoryPrinter, missing_hit
from services.synthetic_pictures import drawn_picture

WORKS: Final = "/api/cultural-property"
PAINTING: Final[dict[str, Any]] = {
    "type": "painting",
    "subtype": "marine",
    "title": "Harbour in a Storm",
    "maker": "Jan van Nergens",
    "made": "1630/1640",
    "materials": ["óleo", "lienzo"],
    "measurements": [
        {"dimension": "height", "value": 62.5, "unit": "cm"},
        {"dimension": "width", "value": 36.5, "unit": "in"},
    ],
    "features": ["old tear repaired above the mast"],
    "event_date": "2026-03-14",
    "event_country": "ES",
    "public": True,
}
_PICTURE: Final = 41


class StolenPainting:
    """The steps on a work of art."""

    def __init__(self, cast: dict[str, Officer], printer: StoryPrinter) -> None:
        self._cast = cast
        self._printer = printer

    async def play(self) -> tuple[Officer, str]:
        """Play the steps; return the owner and the path of the record."""
        spain, germany = self._cast["ES"], self._cast["DE"]
        painting = await spain.post(WORKS, PAINTING)
        self._printer.say("Spain enters a stolen painting, its size in two units", painting, 201)
        path = f"{WORKS}/{painting.body['id']}"
        picture = drawn_picture(Random(_PICTURE)).jpeg  # noqa: S311 - nothing secret is drawn
        image: dict[str, Any] = {"content": picture, "headers": {"Content-Type": "image/jpeg"}}
        self._printer.say("Spain adds a photograph", await spain.call("POST", f"{path}/photographs", **image), 201)
        found = await germany.get(f"{WORKS}/search", title="harbor, storm", height_mm="600", words="repaired tear")
        self._printer.say(
            "Germany finds it by title, size and a repaired tear", found, 200, missing_hit(found, painting.body["id"])
        )
        return spain, path
