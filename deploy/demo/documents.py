"""The part of the story about a stolen passport: entered by the issuing country, found by a misread zone."""

from secrets import randbelow
from typing import Any, Final

from deploy.demo.actors import Officer
from deploy.demo.story_printer import StoryPrinter
from shared.mrz import check_digit

PATH: Final = "/api/travel-documents"
PASSPORT: Final[dict[str, Any]] = {"type": "passport", "status": "stolen", "event_date": "2026-03-14"}
# No German passport has a number that begins with T.
BEGINS: Final = "TX80"
BOX: Final[dict[str, Any]] = {"type": "passport", "event_date": "2026-03-14"}
HOLDER: Final = "P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<"


class StolenDocuments:
    """The steps on a stolen passport and a box of blanks."""

    def __init__(self, cast: dict[str, Officer], printer: StoryPrinter) -> None:
        self._cast = cast
        self._printer = printer

    async def play(self) -> list[tuple[Officer, str]]:
        """Play the steps; return who entered which record, and its path."""
        serial = f"{randbelow(100_000):05}"
        return [await self._passport(f"{BEGINS}{serial}"), await self._blanks()]

    async def _passport(self, number: str) -> tuple[Officer, str]:
        germany, france, poland = self._cast["DE"], self._cast["FR"], self._cast["PL"]
        refused = await france.post(PATH, PASSPORT | {"issuer": "D", "number": number})
        self._printer.say("France may not enter a German passport", refused, 403)
        stolen = await germany.post(PATH, PASSPORT | {"number": number})
        self._printer.say(f"Germany enters a stolen passport, {number}", stolen, 201)
        zone = _zone(number.replace("8", "3", 1), check_digit(number))
        found = await poland.get(f"{PATH}/search", mrz=zone)
        said = [hit["match"] for hit in found.body["near"] if hit["record"]["id"] == stolen.body["id"]]
        self._printer.say("Poland scans it, and the camera misreads an 8", found, 200, None if said else "not near")
        self._printer.line("nothing is corrected silently", "; ".join(said), ok=found.body["verdict"] == "near")
        return germany, f"{PATH}/{stolen.body['id']}"

    async def _blanks(self) -> tuple[Officer, str]:
        italy, poland = self._cast["IT"], self._cast["PL"]
        first = f"TX{randbelow(900) + 100}00"
        box = await italy.post(f"{PATH}/blanks", BOX | {"first_number": f"{first}01", "last_number": f"{first}99"})
        self._printer.say(f"Italy enters a box of blanks, {first}01 to {first}99", box, 201)
        found = await poland.get(f"{PATH}/search", issuer="ITA", number=f"{first}42")
        is_found = any(hit["record"]["id"] == box.body["id"] for hit in found.body["hits"])
        self._printer.say("Poland checks a passport of it", found, 200, None if is_found else "the box is no hit")
        return italy, f"{PATH}/{box.body['id']}"


def _zone(number: str, digit: str) -> str:
    """Return the zone of a German passport with a number and digit as they were read."""
    dates = ("640812", "310211")
    first, *others = f"{number}{digit}", *(f"{each}{check_digit(each)}" for each in dates)
    optional = "<" * 14 + "0"
    composite = check_digit(first + "".join(others) + optional)
    return f"{HOLDER}\n{first}D<<{others[0]}F{others[1]}{optional}{composite}"
