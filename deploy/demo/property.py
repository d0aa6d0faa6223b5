"""The part of the story about a stolen painting: entered by Object ID, photographed, found by words and a picture."""

from random import Random
from typing import Any, Final

from deploy.demo.actors import Officer
from deploy.demo.story_printer import StoryPrinter, missing_hit
from services.cultural_property.synthesis.pictures.retaken import as_jpeg, snapshot
from services.cultural_property.synthesis.pictures.works import DrawnWork

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
_PICTURE: Final = DrawnWork("landscape", 43, 0, 0)


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
        photograph = await spain.call("POST", f"{path}/photographs", **_file(as_jpeg(_PICTURE.draw())))
        self._printer.say("Spain adds a photograph", photograph, 201)
        found = await germany.get(f"{WORKS}/search", title="harbor, storm", height_mm="600", words="repaired tear")
        self._printer.say(
            "Germany finds it by title, size and a repaired tear", found, 200, missing_hit(found, painting.body["id"])
        )
        await self._find_by_picture(germany, painting.body["id"])
        return spain, path

    async def _find_by_picture(self, germany: Officer, painting: str) -> None:
        """Find the painting by a photograph taken askew, and show both side by side."""
        askew = as_jpeg(snapshot(Random(1), _PICTURE.draw()))  # noqa: S311 - nothing secret is drawn
        found = await germany.call("POST", f"{WORKS}/similar", **_file(askew))
        missing = missing_hit(found, painting)
        self._printer.say("A photograph of the painting taken askew finds it", found, 200, missing)
        if missing is None:
            compared = next(each for each in found.body["compared"] if each["record_id"] == painting)
            shown = (await germany.ask("GET", compared["side_by_side"])).content
            agree = f"{compared['agreeing']} of {compared['paired']} points agree"
            self._printer.line("Germany sees both side by side", agree, ok=shown.startswith(b"\x89PNG"))


def _file(jpeg: bytes) -> dict[str, Any]:
    return {"content": jpeg, "headers": {"Content-Type": "image/jpeg"}}
