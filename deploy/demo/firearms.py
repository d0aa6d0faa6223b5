"""The part of the story about a stolen pistol: its number, which many makers use, and its make."""

from secrets import randbelow
from typing import Any, Final

from deploy.demo.actors import Officer, VerifiedAnswer
from deploy.demo.story_printer import StoryPrinter, missing_hit

FIREARMS: Final = "/api/firearms"
# No maker has this series.
SERIES: Final = "DEM"
PISTOL: Final[dict[str, Any]] = {
    "make": "Walther",
    "model": "P99",
    "calibre": "9x19",
    "kind": "pistol",
    "country_of_manufacture": "DE",
    "status": "stolen",
    "event_date": "2026-03-14",
    "event_place": "Torino, shooting range",
    "event_country": "IT",
}


class StolenPistol:
    """The steps on a pistol that Italy misses and Poland finds."""

    def __init__(self, cast: dict[str, Officer], printer: StoryPrinter) -> None:
        self._cast = cast
        self._printer = printer

    async def play(self) -> str:
        """Play the steps; return the path of the record."""
        italy = self._cast["IT"]
        # A bureau enters the number of a make once.
        figures = f"{randbelow(1_000_000):06}"
        pistol = await italy.post(FIREARMS, PISTOL | {"serial_number": f"{SERIES} {figures}"})
        self._printer.say(f"Italy enters a stolen pistol, Walther {SERIES} {figures}", pistol, 201)
        await self._found(figures, pistol.body["id"])
        return f"{FIREARMS}/{pistol.body['id']}"

    async def _found(self, figures: str, record: str) -> VerifiedAnswer:
        poland = self._cast["PL"]
        alone = await poland.get(f"{FIREARMS}/search", serial_number=f"{SERIES}{figures}")
        is_near = not alone.body["hits"] and record in [hit["record"]["id"] for hit in alone.body["near"]]
        self._printer.say(
            "Poland checks the number alone, which proves nothing", alone, 200, None if is_near else "it is not near"
        )
        found = await poland.get(f"{FIREARMS}/search", serial_number=figures, make="C. Walther", calibre="9 Para")
        self._printer.say("and finds it by make and figures", found, 200, missing_hit(found, record))
        return found
