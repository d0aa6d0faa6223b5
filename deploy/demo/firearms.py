"""The part of the story about a stolen pistol: its number, which many makers use, its make, and where it came from."""

from collections.abc import Mapping
from secrets import randbelow
from typing import Any, Final

from deploy.demo.actors import Officer, VerifiedAnswer
from deploy.demo.story_printer import StoryPrinter, missing_hit

FIREARMS: Final = "/api/firearms"
TRACES: Final = "/api/traces"
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


# What the books of each country say: where it went from there.
BOOKS: Final[Mapping[str, Mapping[str, Any]]] = {
    "DE": {"from": "DE", "to": "ES", "on": "2004-05", "kind": "export"},
    "ES": {"from": "ES", "to": "PT", "on": "2011-09-02", "kind": "transfer"},
    "PT": {"from": "PT", "to": "IT", "on": "2019", "kind": "export"},
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
        await self._confirmed(pistol.body["id"])
        await self._traced(f"{SERIES} {figures}", pistol.body["id"])
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

    async def _confirmed(self, record: str) -> None:
        italy, poland = self._cast["IT"], self._cast["PL"]
        path = f"/api/hits/{await self._hit(record)}"
        asked = await poland.ask("POST", f"{path}/requests", json={"urgency": "urgent"})
        self._printer.status("Poland asks Italy to confirm the hit", asked, 202)
        await italy.until(path, lambda hit: hit["state"] == "requested")
        answered = await italy.ask("POST", f"{path}/answer", json={"answer": "confirmed"})
        self._printer.status("Italy confirms it", answered, 202)
        await poland.until(path, lambda hit: hit["state"] == "confirmed")

    async def _hit(self, record: str) -> str:
        listed = f"/api/hits?side=finder&record={record}"
        hits = await self._cast["PL"].until(listed, lambda page: bool(page["items"]))
        hit: str = hits["items"][0]["id"]
        return hit

    async def _traced(self, serial_number: str, record: str) -> None:
        poland, kenya = self._cast["PL"], self._cast["KE"]
        firearm = {"make": "Walther", "model": "P99", "serial_number": serial_number, "country_of_manufacture": "DE"}
        begun = await poland.ask(
            "POST", TRACES, json={"to": "DE", "firearm": firearm, "hit": await self._hit(record), "urgency": "urgent"}
        )
        self._printer.status("Poland asks Germany, where it was made, to trace it", begun, 202)
        path = f"{TRACES}/{begun.json()['id']}"
        for code, link in BOOKS.items():
            await self._answered(path, code, link)
            if link["to"] in BOOKS:
                going_on = await poland.ask("POST", f"{path}/requests", json={"to": link["to"], "urgency": "urgent"})
                self._printer.status(f"Poland asks {self._cast[link['to']].country}", going_on, 202)
        chain = (await poland.ask("GET", f"{path}/chain")).json()
        way = [link["from"] for link in chain["links"]] + [chain["next"]]
        self._printer.line(
            "Poland has the answers of three bureaus, and the way through four countries",
            " > ".join(way),
            ok=chain["links"] == [*BOOKS.values()] and not chain["doubts"],
        )
        picture = await poland.ask("GET", f"{path}/chain.svg")
        self._printer.line(
            "and its picture", f"{len(picture.content)} bytes of SVG", ok=picture.text.startswith("<svg")
        )
        self._printer.status("Kenya, which is no party, finds no such trace", await kenya.ask("GET", path), 404)

    async def _answered(self, path: str, code: str, link: Mapping[str, Any]) -> None:
        asked, poland = self._cast[code], self._cast["PL"]
        await asked.until(path, lambda trace: trace.get("state") == "sent")
        accepted = await asked.ask("POST", f"{path}/answer", json={"answer": "accepted"})
        self._printer.status(f"{asked.country} accepts the request", accepted, 202)
        answer = {"answer": "answered", "link": link, "onward": True}
        answered = await asked.ask("POST", f"{path}/answer", json=answer)
        self._printer.status(f"{asked.country} answers with a link: to {link['to']}", answered, 202)
        await poland.until(path, lambda trace: trace["state"] == "answered" and trace["asked"] == code)
